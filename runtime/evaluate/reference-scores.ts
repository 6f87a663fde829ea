import type { ScenarioSet } from "../decide/types.ts";
import { sampleRisk, tailRisk } from "../risk/sample-risk.ts";
import { deterministicRisk } from "../risk/index.ts";
import type { DecisionProblem } from "../spec.ts";
import type { EvaluationContexts } from "./contexts.ts";
import type { Evaluator } from "./evaluator.ts";
import { mean } from "./statistics.ts";

/** Columns of a tail's regret and of what it is relative to. */
export function tailRegretColumns(tail: number): { readonly regret: string; readonly scale: string } {
  return { regret: `regret_tail_${tail}`, scale: `regret_tail_${tail}_scale` };
}

/** Regret against the best decision for the outcome that came, and the size of that decision's objective. */
export const HINDSIGHT_COLUMNS = { regret: "hindsight_regret", scale: "hindsight_scale" } as const;
/** The same for the worst of the decisions that a method thinks equally good. */
export const UNAMBIGUOUS_COLUMN = "unambiguous_regret";
/** Squared error of the mean of a method's scenarios, averaged over the outcome's components. */
export const MSE_COLUMN = "mse";

export interface ReferenceScores {
  readonly columns: Readonly<Record<string, Float64Array>>;
  score(position: number, z: Float64Array): void;
  /** Regret in hindsight of a decision; NaN where the evaluator has no such reference. */
  hindsight(position: number, z: Float64Array): number;
}

/**
 * Scores against the references of the evaluator. At tail mass α, 004 §6.1:
 * `CVaR_α[f(c, ẑ) − f(c, z*_α)]` relative to `E f(c, z*_α)`, `z*_α` the best decision under CVaR of that tail. In
 * hindsight: `f(c, ẑ) − min_z f(c, z)` at the outcome that came, f with the deterministic part of the risk.
 */
export function scoreReferences(
  problem: DecisionProblem,
  contexts: EvaluationContexts,
  evaluator: Evaluator,
): ReferenceScores {
  const { context: p, outcome: d, decision: n } = problem.sizes;
  const column = (): Float64Array => new Float64Array(contexts.count).fill(Number.NaN);
  const columns: Record<string, Float64Array> = {};
  for (const reference of evaluator.references) {
    const { regret, scale } = reference.kind === "tail" ? tailRegretColumns(reference.tail) : HINDSIGHT_COLUMNS;
    columns[regret] = column();
    columns[scale] = column();
  }
  const weight = problem.risk.mean + problem.risk.cvar.reduce((sum, term) => sum + term.weight, 0);
  const pull = new Float64Array(evaluator.scenarios);
  /** `f(z, c)` at the outcome that came. */
  function objective(position: number, z: Float64Array): number {
    const outcome = contexts.outcomes.slice(position * d, (position + 1) * d);
    const context = contexts.values.slice(position * p, (position + 1) * p);
    return weight * problem.loss(z, outcome, context) + deterministicRisk(problem.risk, z);
  }

  function hindsight(position: number, z: Float64Array): number {
    const reference = evaluator.references.find(({ kind }) => kind === "hindsight");
    if (reference === undefined) return Number.NaN;
    return objective(position, z) - objective(position, reference.z.slice(position * n, (position + 1) * n));
  }

  return {
    columns,
    hindsight,
    score(position, z) {
      for (const reference of evaluator.references) {
        const best = reference.z.slice(position * n, (position + 1) * n);
        if (reference.kind === "hindsight") {
          columns[HINDSIGHT_COLUMNS.regret]![position] = hindsight(position, z);
          columns[HINDSIGHT_COLUMNS.scale]![position] = Math.abs(objective(position, best));
          continue;
        }
        const names = tailRegretColumns(reference.tail);
        const own = evaluator.worth(position, z).losses.slice();
        const losses = evaluator.worth(position, best).losses;
        const fixed = deterministicRisk(problem.risk, best);
        columns[names.scale]![position] = Math.abs(mean(losses) + fixed);
        for (let k = 0; k < own.length; k++) own[k]! -= losses[k]!;
        const regret = sampleRisk(tailRisk(reference.tail), own, pull);
        columns[names.regret]![position] = regret + deterministicRisk(problem.risk, z) - fixed;
      }
    },
  };
}

/** Squared error of the mean of a method's scenarios, averaged over the outcome's components. */
export function squaredError({ count, outcomes, weights }: ScenarioSet, outcome: Float64Array): number {
  const d = outcome.length;
  const centre = new Float64Array(d);
  let total = 0;
  for (let k = 0; k < count; k++) {
    const share = weights?.[k] ?? 1;
    total += share;
    for (let j = 0; j < d; j++) centre[j]! += share * outcomes[k * d + j]!;
  }
  let sum = 0;
  for (let j = 0; j < d; j++) sum += (centre[j]! / total - outcome[j]!) ** 2;
  return sum / d;
}
