import type { ConeAnswer } from "../../decide/cone/index.ts";
import { rowPoints } from "../row-points.ts";
import { ConeBuilder } from "./cone-builder.ts";
import {
  boundLoss,
  linearLosses,
  scoresOf,
  type LinearData,
  type LinearLoss,
  type LinearModel,
} from "./linear-loss.ts";
import { uniform, type ReweightingSet } from "./types.ts";
import { createWorstLaw, type WorstLaw } from "./worst-law.ts";

export interface RobustLinearModel extends LinearModel {
  /** The worst expected loss at the model, its least. */
  readonly value: number;
  readonly worst: WorstLaw;
}

/**
 * `min_{w, b} max_{q in the set} Σ q_i loss(w·x_i + b, y_i)`, exactly: the inner maximisation by its dual, everything in
 * one cone program.
 */
export function fitLinear(set: ReweightingSet, loss: LinearLoss, data: LinearData): RobustLinearModel {
  const { dual } = set;
  if (dual === undefined) throw new Error(`${set.name} has no cone program; train against its weights instead.`);
  const p = data.inputs.length / data.rows;
  const builder = new ConeBuilder();
  const weights = builder.variables(p);
  const intercept = builder.variable();
  const losses = builder.variables(data.rows);
  scoresOf(weights, intercept, data).forEach((score, i) =>
    boundLoss(builder, loss, losses[i]!, score, data.targets[i]!),
  );
  const answer = builder.minimise(dual(builder, losses, uniform(data.rows)));
  const model = { weights: Float64Array.from(weights, (w) => answer.value(w)), intercept: answer.value(intercept) };
  const { weights: worst, value } = set.worst(linearLosses(loss, model, data));
  checkGap(set.name, value, answer);
  return { ...model, value, worst: createWorstLaw(rowPoints(data), worst) };
}

/** A fit that has no answer: no law is in the set, or the solver did not come close enough to the least worst case. */
export class SetFitError extends RangeError {}

/** Largest share by which a model's exact worst case may exceed the solver's lower bound. */
const GAP = 1e-5;

/**
 * The worst case at the model is an upper bound on the least one and the solver's dual objective a lower bound, whatever
 * the solver says of its own accuracy.
 * @throws SetFitError where they are apart
 */
export function checkGap(what: string, value: number, answer: ConeAnswer, bound = answer.dualObjective): void {
  if (
    answer.status === "infeasible" ||
    answer.status === "unbounded" ||
    !(value - bound <= GAP * Math.max(1, Math.abs(value)))
  )
    throw new SetFitError(
      `the cone program of ${what} ended ${answer.status} at a worst case of ${value} with a lower bound of ${bound}`,
    );
}
