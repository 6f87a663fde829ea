import type { TrainingSet } from "../../models/sampler.ts";
import type { PredictorData } from "../../predict/types.ts";
import { rowPoints } from "../row-points.ts";

/**
 * What of a predictor's rows the generator makes: inputs and targets together (a window and what follows it are one
 * series), or the inputs given the targets (images of a class). What is given is taken from training rows.
 */
export type RowRoles = "joint" | "inputs_given_targets";

/** Columns of the generator's context and outcome for rows of p inputs and d targets. */
export function generatorSizes(
  roles: RowRoles,
  p: number,
  d: number,
): { readonly context: number; readonly outcome: number } {
  return roles === "joint" ? { context: 0, outcome: p + d } : { context: d, outcome: p };
}

/** A predictor's rows as a generator is trained on them. */
export function toGeneratorRows(roles: RowRoles, data: PredictorData): TrainingSet {
  const { rows, inputs, targets } = data;
  if (roles === "inputs_given_targets") return { rows, contexts: targets, outcomes: inputs };
  return { rows, contexts: new Float64Array(0), outcomes: rowPoints(data) };
}

/** The reverse of `toGeneratorRows`, all rows in one group. */
export function toPredictorRows(roles: RowRoles, p: number, { rows, contexts, outcomes }: TrainingSet): PredictorData {
  const groups = { groups: new Int32Array(rows), groupNames: ["generated"] };
  if (roles === "inputs_given_targets") return { rows, inputs: outcomes, targets: contexts, ...groups };
  const columns = outcomes.length / rows;
  const d = columns - p;
  const inputs = new Float64Array(rows * p);
  const targets = new Float64Array(rows * d);
  for (let i = 0; i < rows; i++) {
    inputs.set(outcomes.subarray(i * columns, i * columns + p), i * p);
    targets.set(outcomes.subarray(i * columns + p, (i + 1) * columns), i * d);
  }
  return { rows, inputs, targets, ...groups };
}
