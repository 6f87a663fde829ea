import { riskSlopes } from "../../decide/layer/risk-gradient.ts";
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
  const { risk, sizes, loss } = problem;
  const { outcome: d } = sizes;
  const outcome = new Float64Array(d);
  const addSlopes = riskSlopes(problem);
  return {
    at(z, best, scenarios, count, x, out) {
      const differences = new Float64Array(count);
      const pull = new Float64Array(count);
      for (let k = 0; k < count; k++) {
        outcome.set(scenarios.subarray(k * d, (k + 1) * d));
        differences[k] = loss(z, outcome, x) - loss(best, outcome, x);
      }
      const value = sampleRisk(measure, differences, pull) + deterministicRisk(risk, z) - deterministicRisk(risk, best);
      addSlopes(z, scenarios, pull, x, out);
      return value;
    },
  };
}
