import { affine, combine, type Affine, type ConeBuilder } from "./cone-builder.ts";
import { descending, expectation, uniform, type ReweightingSet, type WorstWeights } from "./types.ts";

/**
 * Laws whose density ratio is at most 1/tail: their worst expectation is the CVaR of the losses at that tail mass
 * (Rockafellar & Uryasev 2000). The rows are filled up from the largest loss on.
 * @param tail in (0, 1]: 1 is the mean, towards 0 the largest loss
 */
export function cvarSet(tail: number): ReweightingSet {
  return {
    name: "cvar",
    worst: (losses, probabilities = uniform(losses.length)) => largestShare(losses, probabilities, tail),
    dual: (builder, losses, probabilities) => tailMean(builder, losses, probabilities, tail),
  };
}

/** The mean of the largest losses that have the mass `tail`. */
export function largestShare(losses: Float64Array, probabilities: Float64Array, tail: number): WorstWeights {
  const weights = new Float64Array(losses.length);
  let left = 1;
  for (const i of descending(losses)) {
    weights[i] = Math.min(left, probabilities[i]! / tail);
    left -= weights[i]!;
    if (left <= 0) break;
  }
  return { value: expectation(weights, losses), weights };
}

/** `min_η η + E[(f − η)+] / tail` */
export function tailMean(
  builder: ConeBuilder,
  losses: readonly Affine[],
  probabilities: ArrayLike<number>,
  tail: number,
): Affine {
  const eta = builder.variable();
  const excess = builder.variables(losses.length);
  losses.forEach((loss, i) => builder.nonnegative(excess[i]!, combine([1, excess[i]!], [-1, loss], [1, eta])));
  return combine([1, eta], ...excess.map((e, i) => [probabilities[i]! / tail, e] as const), [0, affine(0)]);
}
