import type { RandomStream } from "../../tensor/random.ts";
import { combine } from "./cone-builder.ts";
import { uniform, type ReweightingSet } from "./types.ts";

/**
 * Bayesian distributionally robust optimisation (Shapiro, Zhou & Lin 2023): the mean, over draws of the nominal law from
 * its posterior, of the worst expectation in a set around each. The worst law is the mixture of the draws' own.
 * @param nominal draws of the nominal law, each non-negative and summing to 1: see `bayesianBootstrap`
 */
export function bayesianSet(set: ReweightingSet, nominal: readonly Float64Array[]): ReweightingSet {
  const { dual } = set;
  return {
    name: "bayesian",
    worst(losses, probabilities = uniform(losses.length)) {
      const weights = new Float64Array(losses.length);
      let value = 0;
      for (const draw of nominal) {
        const worst = set.worst(losses, tilted(draw, probabilities));
        value += worst.value / nominal.length;
        worst.weights.forEach((q, i) => (weights[i]! += q / nominal.length));
      }
      return { value, weights };
    },
    ...(dual === undefined
      ? {}
      : {
          dual: (builder, losses, probabilities) =>
            combine(
              ...nominal.map(
                (draw) => [1 / nominal.length, dual(builder, losses, tilted(draw, probabilities))] as const,
              ),
            ),
        }),
  };
}

/** A draw for rows of unequal probability: its density ratio to the uniform law, times theirs. */
function tilted(draw: Float64Array, probabilities: Float64Array): Float64Array {
  const raw = draw.map((p, i) => p * probabilities[i]!);
  const total = raw.reduce((sum, p) => sum + p, 0);
  return raw.map((p) => p / total);
}

/**
 * Draws of the law of n rows from its posterior without a model (Rubin 1981): weights uniform over the simplex, that is
 * exponential numbers divided by their sum. None is zero.
 */
export function bayesianBootstrap(rows: number, draws: number, stream: RandomStream): Float64Array[] {
  return Array.from({ length: draws }, (_, k) => {
    const u = new Float64Array(rows);
    stream.child(String(k)).uniform(u);
    const raw = u.map((value) => -Math.log1p(-value) + Number.MIN_VALUE);
    const total = raw.reduce((sum, value) => sum + value, 0);
    return raw.map((value) => value / total);
  });
}
