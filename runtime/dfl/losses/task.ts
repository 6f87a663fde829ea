import type { Differentiability } from "../../decide/derivative/index.ts";
import type { DecisionOracle } from "../types.ts";
import { rowLoss, type DflLoss } from "./row.ts";

/**
 * Task-based learning (Donti et al. 2017): the regret of `z(ŝ)` itself, `∂z/∂ŝ` by implicit differentiation. Of a linear
 * program it is 0 almost everywhere.
 *
 * @param count told how far each decision could be differentiated
 */
export function taskLoss(
  oracle: DecisionOracle & Required<Pick<DecisionOracle, "gradientZ" | "pull">>,
  count: (differentiability: Differentiability) => void,
): DflLoss {
  const zBar = new Float64Array(oracle.decision);
  return rowLoss((row) => {
    const { predicted, cost, context, best, gradient } = row;
    const answer = row.solve(predicted);
    oracle.gradientZ(answer.z, cost, context, zBar);
    count(oracle.pull(answer, predicted, context, zBar, gradient));
    return oracle.value(answer.z, cost, context) - best.objective;
  });
}
