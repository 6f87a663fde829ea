import { deterministicRisk } from "../../risk/index.ts";
import type { DecisionProblem } from "../../spec.ts";
import type { ScenarioSet } from "../types.ts";

/** Value and gradient in z of a problem's risk under a law. Not reentrant: it owns its working memory. */
export interface RiskGradient {
  /** @param out receives `∂ρ/∂z`, n values @returns ρ(z) */
  at(z: Float64Array, scenarios: ScenarioSet, context: Float64Array, out: Float64Array): number;
}

/**
 * `ρ(z) = mean·E[L] + Σ_c weight_c CVaR_c[L] + linear·z + zᵀQz + constant` and a subgradient: CVaR's is the mean of
 * `∇_z ℓ` over the worst 1 − β of the mass, the scenario at its edge with the part of its mass that is inside. What a
 * decision costs under the law that it is judged by: the outer loss of task-based learning, and up to the constant
 * `min ρ` its regret.
 */
export function createRiskGradient(problem: DecisionProblem): RiskGradient {
  const { risk, sizes, loss, lossGradientZ } = problem;
  const { decision: n, outcome: d } = sizes;
  const outcome = new Float64Array(d);
  const slope = new Float64Array(n);

  function at(z: Float64Array, scenarios: ScenarioSet, context: Float64Array, out: Float64Array): number {
    const { count, outcomes, weights } = scenarios;
    const read = (k: number): void => outcome.set(outcomes.subarray(k * d, (k + 1) * d));
    let total = 0;
    for (let k = 0; k < count; k++) total += weights?.[k] ?? 1;
    const losses = new Float64Array(count);
    for (let k = 0; k < count; k++) {
      read(k);
      losses[k] = loss(z, outcome, context);
    }
    /** Weight of each scenario's gradient. */
    const pull = new Float64Array(count);
    let value = deterministicRisk(risk, z);
    for (let k = 0; k < count; k++) {
      const mass = (weights?.[k] ?? 1) / total;
      value += risk.mean * mass * losses[k]!;
      pull[k] = risk.mean * mass;
    }
    const worst = risk.cvar.length === 0 ? [] : [...losses.keys()].sort((a, b) => losses[b]! - losses[a]!);
    for (const { weight, level } of risk.cvar) {
      let left = 1 - level;
      for (const k of worst) {
        const mass = Math.min(left, (weights?.[k] ?? 1) / total);
        left -= mass;
        value += (weight / (1 - level)) * mass * losses[k]!;
        pull[k]! += (weight / (1 - level)) * mass;
        if (left <= 0) break;
      }
    }
    for (let i = 0; i < n; i++) {
      let curvature = 0;
      if (risk.quadratic !== null) for (let j = 0; j < n; j++) curvature += risk.quadratic[i * n + j]! * z[j]!;
      out[i] = risk.linear[i]! + 2 * curvature;
    }
    for (let k = 0; k < count; k++) {
      if (pull[k] === 0) continue;
      read(k);
      lossGradientZ(z, outcome, context, slope);
      for (let i = 0; i < n; i++) out[i]! += pull[k]! * slope[i]!;
    }
    return value;
  }

  return { at };
}
