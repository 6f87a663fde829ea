import * as ops from "../tensor/ops.ts";
import type { Tensor } from "../tensor/graph.ts";
import type { PredictorRiskSpec } from "./spec.ts";
import { meanLoss } from "./train.ts";
import type { Aggregate } from "./types.ts";

/**
 * The risk of a batch's losses. CVaR at level β is `t + mean(max(L − t, 0)) / (1 − β)` with t the batch's own β quantile:
 * its gradient is that of the mean of the batch's worst losses.
 */
export function aggregateOf(risk: PredictorRiskSpec): Aggregate {
  return (losses, weights) => {
    const terms: Tensor[] = [];
    if (risk.mean !== 0) terms.push(ops.mul(meanLoss(losses, weights), risk.mean));
    for (const { weight, level } of risk.cvar) {
      const worst = Math.max(1, Math.round((1 - level) * losses.shape[0]!));
      const t = ops.stopGradient(ops.slice(ops.topK(losses, worst, 0), 0, worst - 1, worst));
      const excess = meanLoss(ops.relu(ops.sub(losses, t)), weights);
      terms.push(ops.mul(ops.add(ops.sum(t), ops.div(excess, worst / losses.shape[0]!)), weight));
    }
    return terms.reduce((sum, term) => ops.add(sum, term));
  };
}
