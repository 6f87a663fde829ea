import type { DecisionProblem } from "../spec.ts";

/** Evaluates the loss of one decision at many outcomes without allocating per outcome. */
export interface LossTable {
  /**
   * `ℓ(z, s_k)` for each of `count` outcomes (count × d, row-major). With `out` the result is written there.
   */
  at(z: Float64Array, outcomes: Float64Array, count: number, context: Float64Array, out?: Float64Array): Float64Array;
}

export function lossTable(problem: DecisionProblem): LossTable {
  const d = problem.sizes.outcome;
  const outcome = new Float64Array(d);
  return {
    at(z, outcomes, count, context, out = new Float64Array(count)) {
      for (let k = 0, at = 0; k < count; k++) {
        for (let j = 0; j < d; j++) outcome[j] = outcomes[at++]!;
        out[k] = problem.loss(z, outcome, context);
      }
      return out;
    },
  };
}
