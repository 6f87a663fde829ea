import type { Decider } from "../decide/types.ts";
import { takeRows } from "../evaluate/contexts.ts";
import type { TrainingSet } from "../models/sampler.ts";
import { riskOf } from "../risk/index.ts";
import type { DecisionProblem, RadiusChoice } from "../spec.ts";
import type { RandomStream } from "../tensor/random.ts";
import type { DrawnScenarios } from "./outcome-range.ts";
import { solve } from "./solve.ts";

/** Share of the training rows that `holdout` keeps back (002 App. 10.1). */
const HELD_OUT = 0.1;
/** Parts of `cross_validation` that names no number. */
const FOLDS = 5;
/** What the deterministic part of a risk is asked with. */
const NO_LOSS = new Float64Array(1);

export interface RadiusTask extends RadiusChoice {
  /** Parts of `cross_validation`. */
  readonly folds?: number;
  readonly problem: DecisionProblem;
  readonly train: TrainingSet;
  readonly stream: RandomStream;
  /** The decision problem with a ball of this radius. */
  decider(radius: number): Promise<Decider>;
  /** What the ball is around, fitted on some of the rows. */
  center(rows: TrainingSet): Promise<RadiusCenter>;
}

/** Scenarios at a context. */
export interface RadiusCenter {
  at(context: Float64Array): DrawnScenarios | Promise<DrawnScenarios>;
}

/** A radius and the risk of the losses that came true on rows left out; `null` where none could be. */
export interface ScoredRadius {
  readonly radius: number;
  readonly heldOutRisk: number | null;
}

/**
 * The radius whose decisions have the least risk of realised losses on training rows that the centre was not fitted on.
 * The least radius wins a tie, and where there are too few rows to leave any out.
 * @throws RuntimeError what the centre or the decider throws
 */
export async function chooseRadius(task: RadiusTask): Promise<number> {
  return leastRisk(await scoreRadii(task)).radius;
}

/** The one of least risk, the first of equals. */
export function leastRisk(scored: readonly ScoredRadius[]): ScoredRadius {
  return scored.reduce((best, other) => ((other.heldOutRisk ?? 0) < (best.heldOutRisk ?? 0) ? other : best));
}

/**
 * Each radius, in ascending order, with the risk of the losses that came true on training rows left out: a random tenth
 * (`holdout`), or each of `folds` parts in turn (`cross_validation`).
 * @throws RuntimeError what the centre or the decider throws
 */
export async function scoreRadii(task: RadiusTask): Promise<readonly ScoredRadius[]> {
  const { radii, select, problem, train, stream, folds: parts = FOLDS } = task;
  const ascending = radii.toSorted((a, b) => a - b);
  if (radii.length === 1 || train.rows < 2 * parts) return ascending.map((radius) => ({ radius, heldOutRisk: null }));
  const order = stream.permutation(train.rows);
  const size = Math.max(1, Math.round(HELD_OUT * train.rows));
  const folds =
    select === "holdout"
      ? [order.slice(0, size)]
      : Array.from({ length: parts }, (_, k) => order.filter((_row, at) => at % parts === k));
  const deciders = await Promise.all(ascending.map((radius) => task.decider(radius)));
  const losses: number[][] = ascending.map(() => []);
  const fixed = new Float64Array(ascending.length);
  const deterministic = { ...problem.risk, mean: 0, cvar: [] };
  const { context: p, outcome: d } = problem.sizes;
  for (const held of folds) {
    const out = new Set(held);
    const kept = Int32Array.from({ length: train.rows }, (_, row) => row).filter((row) => !out.has(row));
    const center = await task.center({
      rows: kept.length,
      contexts: takeRows(train.contexts, p, kept),
      outcomes: takeRows(train.outcomes, d, kept),
    });
    for (const row of held) {
      const x = train.contexts.slice(row * p, (row + 1) * p);
      const s = train.outcomes.slice(row * d, (row + 1) * d);
      const scenarios = await center.at(x);
      for (const [k, decider] of deciders.entries()) {
        const { z } = solve(decider, scenarios, x, `radius ${ascending[k]} on a training row held out`);
        losses[k]!.push(problem.loss(z, s, x));
        fixed[k]! += riskOf(deterministic, z, NO_LOSS);
      }
    }
  }
  const random = { ...problem.risk, linear: problem.risk.linear.map(() => 0), quadratic: null, constant: 0 };
  const nowhere = new Float64Array(problem.sizes.decision);
  return ascending.map((radius, k) => {
    const realised = riskOf(random, nowhere, Float64Array.from(losses[k]!));
    return { radius, heldOutRisk: realised + fixed[k]! / losses[k]!.length };
  });
}
