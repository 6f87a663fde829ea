import type { DecisionOracle } from "../types.ts";
import { leaveOneOut, perturb } from "./perturb.ts";
import { addScaled } from "./vectors.ts";
import { rowLoss, type DflLoss } from "./row.ts";

/**
 * Score-function gradient (Silvestri et al. 2023; Williams 1992): the expected regret of a policy that decides for
 * `ŝ + σε`. `∇ E[f(z(ŝ + σε), s)] = E[f ε] / σ` holds whatever f and the solver are; the others' mean is the baseline.
 */
export function policyGradient(oracle: DecisionOracle, samples: number, sigma: number): DflLoss {
  return rowLoss((row) => {
    const { cost, context, best, gradient } = row;
    const { noise, answers } = perturb(row, samples, sigma, "additive");
    const costs = answers.map(({ z }) => oracle.value(z, cost, context));
    const d = gradient.length;
    leaveOneOut(costs).forEach((reward, k) => {
      addScaled(gradient, noise.subarray(k * d, (k + 1) * d), reward / (samples * sigma));
    });
    return costs.reduce((sum, value) => sum + value, 0) / samples - best.objective;
  });
}
