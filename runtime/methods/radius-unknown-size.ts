import type { ConditionalMixture, MixtureSampler } from "../models/mixture/conditional.ts";
import { mixtureDistance } from "./mixture-distance.ts";

/** The candidate at the centre of a context's ball, and the distance from it to the farthest other one. */
export interface CentralCandidate {
  readonly candidate: number;
  readonly distance: number;
}

/**
 * The centre of 002 prop. 3.5 for mixtures of several sizes of which one is the true one: the conditional law whose
 * largest distance D to the others is smallest. A ball around it of radius D + r holds whatever law a ball of radius r
 * around the true size would. The first of equals.
 * @returns a function of the candidates' conditionals at a context
 */
export function centralCandidate(
  candidates: readonly Pick<MixtureSampler, "condition">[],
): (context: Float64Array) => CentralCandidate {
  const pairs = candidates.map((_, i) => candidates.slice(0, i).map(() => mixtureDistance()));
  return (context) => {
    const laws: readonly ConditionalMixture[] = candidates.map((candidate) => candidate.condition(context));
    const farthest = new Float64Array(laws.length);
    for (let i = 0; i < laws.length; i++)
      for (let j = 0; j < i; j++) {
        const distance = pairs[i]![j]!.between(laws[i]!, laws[j]!);
        farthest[i] = Math.max(farthest[i]!, distance);
        farthest[j] = Math.max(farthest[j]!, distance);
      }
    const distance = farthest.reduce((least, one) => Math.min(least, one), Infinity);
    return { candidate: farthest.indexOf(distance), distance };
  };
}
