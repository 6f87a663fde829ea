import { deterministicRisk } from "../../risk/index.ts";
import type { DecisionProblem } from "../../spec.ts";
import { sampleRisk, type SampleRisk } from "../../risk/sample-risk.ts";

/** Regret of decisions under a law, in CVaR of the difference (004 §4.2). Not reentrant. */
export interface DifferenceRegret {
  /**
   * `ρ_q[f(c, z) − f(c, w*)]` with the deterministic parts of the risk.
   * @param scenarios of q, count × d
   * @param out receives `∂/∂z`, n values
   */
  at(
    z: Float64Array,
    best: Float64Array,
    scenarios: Float64Array,
    count: number,
    x: Float64Array,
    out: Float64Array,
  ): number;
}

export function differenceRegret(problem: DecisionProblem, measure: SampleRisk): DifferenceRegret {
  const { risk, sizes, loss, lossGradientZ } = problem;
  const { outcome: d, decision: n } = sizes;
  const outcome = new Float64Array(d);
  const slope = new Float64Array(n);
  return {
    at(z, best, scenarios, count, x, out) {
      const differences = new Float64Array(count);
      const pull = new Float64Array(count);
      const read = (k: number): void => outcome.set(scenarios.subarray(k * d, (k + 1) * d));
      for (let k = 0; k < count; k++) {
        read(k);
        differences[k] = loss(z, outcome, x) - loss(best, outcome, x);
      }
      const value = sampleRisk(measure, differences, pull) + deterministicRisk(risk, z) - deterministicRisk(risk, best);
      for (let i = 0; i < n; i++) {
        let curvature = 0;
        if (risk.quadratic !== null) for (let j = 0; j < n; j++) curvature += risk.quadratic[i * n + j]! * z[j]!;
        out[i] = risk.linear[i]! + 2 * curvature;
      }
      for (let k = 0; k < count; k++) {
        if (pull[k] === 0) continue;
        read(k);
        lossGradientZ(z, outcome, x, slope);
        for (let i = 0; i < n; i++) out[i]! += pull[k]! * slope[i]!;
      }
      return value;
    },
  };
}
