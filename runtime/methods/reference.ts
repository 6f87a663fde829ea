import type { DecisionAnswer, Decider, ScenarioSet } from "../decide/types.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import type { TrainingSet } from "../models/sampler.ts";
import { RUN_MESSAGES } from "../runs/messages.ts";
import type { DecisionProblem, ReferenceSpec } from "../spec.ts";
import { readsContext } from "./context-use.ts";
import { neighbourFinder, type NeighbourFinder } from "./neighbours.ts";
import type { Pace } from "./pace.ts";
import { solve } from "./solve.ts";
import { sensitivity, type ReferenceDecision } from "./weights.ts";

/** Out-of-fold outcomes that an SAA reference uses where the loss reads the context and every row has its own solve. */
export const CONTEXTUAL_REFERENCE_ROWS = 1024;

/** Row range [from, to) of one fold. Folds are blocks of neighbouring rows, so that a time series leaks least. */
export interface Fold {
  readonly from: number;
  readonly to: number;
}

/** Cuts `rows` into `count` blocks whose sizes differ by one at most. */
export function foldsOf(rows: number, count: number): Fold[] {
  return Array.from({ length: count }, (_, k) => ({
    from: Math.floor((k * rows) / count),
    to: Math.floor(((k + 1) * rows) / count),
  }));
}

/**
 * `‖∇ₛ ℓ_ext‖²` of every training outcome at a reference decision fitted on the other folds only, so that the weights
 * are fixed relative to the rows that they train on (003 Appendix D).
 *
 * @throws RuntimeError `too-few-rows` where a fold would be empty
 */
export async function crossFittedSensitivities(
  problem: DecisionProblem,
  decider: Decider,
  spec: ReferenceSpec,
  train: TrainingSet,
  pace: Pace,
): Promise<Float64Array> {
  if (train.rows < Math.max(2, spec.folds)) {
    throw new RuntimeError(RUN_MESSAGES, "too-few-rows", {
      what: `A reference decision over ${spec.folds} folds`,
      needed: Math.max(2, spec.folds),
      split: "train",
      rows: train.rows,
    });
  }
  const { context: p, outcome: d } = problem.sizes;
  const contextual = spec.kind === "knn_saa" || readsContext(problem, train.outcomes, train.rows);
  const finder = neighbourFinder(train, p);
  const squares = new Float64Array(train.rows);
  const outcome = new Float64Array(d);
  const gradient = new Float64Array(d);
  for (const fold of foldsOf(train.rows, spec.folds)) {
    let reference: DecisionAnswer | undefined;
    for (let row = fold.from; row < fold.to; row++) {
      const context = train.contexts.subarray(row * p, (row + 1) * p);
      if (reference === undefined || contextual) {
        const scenarios = referenceScenarios(spec, train, finder, d, context, fold, contextual);
        reference = solve(decider, scenarios, context, "the reference decision", reference);
        await pace.turn();
      }
      outcome.set(train.outcomes.subarray(row * d, (row + 1) * d));
      squares[row] = sensitivity(problem, reference, outcome, context, gradient);
    }
  }
  return squares;
}

/**
 * The reference decision fitted on all training rows, for contexts that are not among them. One decision for every
 * context where neither the rule nor the loss reads it.
 */
export function fittedReference(
  problem: DecisionProblem,
  decider: Decider,
  spec: ReferenceSpec,
  train: TrainingSet,
): (context: Float64Array) => ReferenceDecision {
  const contextual = spec.kind === "knn_saa" || readsContext(problem, train.outcomes, train.rows);
  const finder = neighbourFinder(train, problem.sizes.context);
  let last: DecisionAnswer | undefined;
  return (context) => {
    if (last === undefined || contextual) {
      const scenarios = referenceScenarios(spec, train, finder, problem.sizes.outcome, context, NO_FOLD, contextual);
      last = solve(decider, scenarios, context, "the reference decision", last);
    }
    return last;
  };
}

const NO_FOLD: Fold = { from: 0, to: 0 };

/** Outcomes that the reference at a context is decided on: never a row of `fold`. */
function referenceScenarios(
  spec: ReferenceSpec,
  train: TrainingSet,
  finder: NeighbourFinder,
  d: number,
  context: Float64Array,
  fold: Fold,
  contextual: boolean,
): ScenarioSet {
  if (spec.kind === "knn_saa") {
    return rowsOf(train, d, finder.nearest(context, spec.neighbours, fold));
  }
  const others = train.rows - (fold.to - fold.from);
  const count = contextual ? Math.min(others, CONTEXTUAL_REFERENCE_ROWS) : others;
  const rows = Int32Array.from({ length: count }, (_, k) => {
    const other = Math.floor((k * others) / count);
    return other < fold.from ? other : other + (fold.to - fold.from);
  });
  return rowsOf(train, d, rows);
}

/** Outcomes of the given rows as scenarios of equal weight. */
export function rowsOf(train: TrainingSet, d: number, rows: Int32Array): ScenarioSet {
  const outcomes = new Float64Array(rows.length * d);
  for (let k = 0; k < rows.length; k++) {
    outcomes.set(train.outcomes.subarray(rows[k]! * d, (rows[k]! + 1) * d), k * d);
  }
  return { count: rows.length, outcomes };
}
