import type { MixtureSampler } from "../models/mixture/conditional.ts";
import { mixtureDistance } from "./mixture-distance.ts";

/** Refits that an estimate at least rests on. */
const REFITS = 40;
/** Refits beyond the level, of which the largest distances tell. */
const BEYOND = 3;
const MOST_REFITS = 400;

/** Refits that the radius of a level asks for. */
export function coverageRefits(level: number): number {
  return Math.min(MOST_REFITS, Math.max(REFITS, Math.ceil(BEYOND / (1 - level))));
}

/**
 * The radius at which the ball around a fitted conditional mixture holds the true one with probability `level`.
 *
 * 002 theorem 3.1 bounds the 2-Wasserstein distance of the two by the errors of weights, means and covariances (through
 * prop. 8.4); what those errors are it leaves open, and the worst case over them is far too wide to decide with. Here
 * they are those of refits on rows drawn with replacement: at each context the bound between the fit and every refit is
 * computed with the components' own errors, and the radius is its quantile.
 * @param refits fits of the same mixture, component by component
 */
export function coverageRadius(
  fit: Pick<MixtureSampler, "condition">,
  refits: readonly Pick<MixtureSampler, "condition">[],
  level: number,
): (context: Float64Array) => number {
  const distances = refits.map(() => mixtureDistance());
  // Of B exchangeable distances a further one lies below the k-th with probability k / (B + 1).
  const rank = Math.min(refits.length, Math.ceil(level * (refits.length + 1)));
  return (context) => {
    const own = fit.condition(context);
    const found = refits.map((refit, b) => distances[b]!.corresponding(own, refit.condition(context)));
    return Float64Array.from(found).sort()[rank - 1]!;
  };
}
