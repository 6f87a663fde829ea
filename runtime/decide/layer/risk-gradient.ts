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
  const { risk, sizes, loss } = problem;
  const { outcome: d } = sizes;
  const outcome = new Float64Array(d);
  const addSlopes = riskSlopes(problem);

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
    addSlopes(z, scenarios.outcomes, pull, context, out);
    return value;
  }

  return { at };
}

/**
 * The gradient of a risk in z, given how much each scenario's loss counts in it: `linear + 2Qz + Σ_k pull_k ∇_z ℓ_k`, the
 * deterministic part of the problem's risk first. Not reentrant.
 *
 * @param problem of n components and outcomes of d values
 * @returns a function that writes n values to its last argument
 */
export function riskSlopes(
  problem: DecisionProblem,
): (z: Float64Array, outcomes: Float64Array, pull: Float64Array, context: Float64Array, out: Float64Array) => void {
  const { risk, sizes, lossGradientZ } = problem;
  const { decision: n, outcome: d } = sizes;
  const outcome = new Float64Array(d);
  const slope = new Float64Array(n);
  return (z, outcomes, pull, context, out) => {
    for (let i = 0; i < n; i++) {
      let curvature = 0;
      if (risk.quadratic !== null) for (let j = 0; j < n; j++) curvature += risk.quadratic[i * n + j]! * z[j]!;
      out[i] = risk.linear[i]! + 2 * curvature;
    }
    for (let k = 0; k < pull.length; k++) {
      if (pull[k] === 0) continue;
      outcome.set(outcomes.subarray(k * d, (k + 1) * d));
      lossGradientZ(z, outcome, context, slope);
      for (let i = 0; i < n; i++) out[i]! += pull[k]! * slope[i]!;
    }
  };
}
