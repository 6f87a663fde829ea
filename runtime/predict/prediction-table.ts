import { column, distinct, finite, type Column, type RowTable } from "../decision/row-table.ts";
import type { NewRow } from "./series-windows.ts";
import type { ForecastPipeline } from "./spec.ts";

/** A row with what is predicted there; `null` where there is an error. */
export interface PredictedRow extends NewRow {
  readonly prediction: Float64Array | null;
}

/** Columns of a prediction, and their values. */
export interface PredictionColumns {
  readonly columns: readonly Column[];
  /** @param prediction the predictor's d values in the units of the data */
  values(prediction: Float64Array): readonly (string | number | null)[];
}

/**
 * What a prediction is written as. Of one value or several: each by its name. Of a class: the class, under the target's
 * name, and the probability of each class as `P(…)` where the loss makes the predictor's scores such, else the scores.
 * @param targets names of the predicted values
 */
export function predictionColumns(
  { predictor, data }: Pick<ForecastPipeline, "predictor" | "data">,
  targets: readonly string[],
): PredictionColumns {
  const { likelihood, network, target } = predictor;
  const oneHot = data.fields.some(({ name, columns }) => name === target.name && columns?.kind === "one_hot");
  if (likelihood === "sigmoid" || likelihood === "sigmoid_of_signs") {
    const other = likelihood === "sigmoid" ? 0 : -1;
    return {
      columns: [column(target.name, "BIGINT"), column(`P(${targets[0]!} = 1)`, "DOUBLE")],
      values: ([score]) => [score! >= 0 ? 1 : other, finite(1 / (1 + Math.exp(-score!)))],
    };
  }
  const probable = likelihood === "softmax" || network.kind === "logistic";
  if (!oneHot && likelihood !== "softmax")
    return {
      columns: targets.map((name) => column(name, "DOUBLE")),
      values: (prediction) => Array.from(prediction, finite),
    };
  return {
    columns: [
      column(target.name, oneHot ? "BIGINT" : "VARCHAR"),
      ...targets.map((name) => column(probable ? `P(${name})` : name, "DOUBLE")),
    ],
    values(prediction) {
      const most = prediction.reduce((best, score, j) => (score > prediction[best]! ? j : best), 0);
      const shares = likelihood === "softmax" ? softmax(prediction) : prediction;
      return [oneHot ? most : targets[most]!, ...Array.from(shares, finite)];
    },
  };
}

function softmax(scores: Float64Array): Float64Array {
  const most = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - most));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

function named(name: string | null): readonly Column[] {
  return name === null ? [] : [column(name, "VARCHAR")];
}

export interface PredictionTableOptions {
  /** Names of the index and of the column that tells series apart, where the rows have them. */
  readonly index: string | null;
  readonly zone: string | null;
  readonly prediction: PredictionColumns;
  /** With the text of a row's error, where rows with one are kept. */
  readonly errors: boolean;
}

/** `row`, the index, the column of the series, the prediction, `status` (`predicted` or `error`), `error`. */
export function predictionTable({ index, zone, prediction, errors }: PredictionTableOptions): RowTable<PredictedRow> {
  const columns = [
    column("row", "BIGINT"),
    ...named(index),
    ...named(zone),
    ...prediction.columns,
    column("status", "VARCHAR"),
    ...(errors ? [column("error", "VARCHAR")] : []),
  ];
  const nothing = prediction.columns.map(() => null);
  return {
    columns: distinct(columns),
    values: ({ row, index: key, zone: series, prediction: found, error }) => [
      row,
      ...(index === null ? [] : [key]),
      ...(zone === null ? [] : [series]),
      ...(found === null ? nothing : prediction.values(found)),
      error === null ? "predicted" : "error",
      ...(errors ? [error === null ? null : `${error.code}: ${error.message}`] : []),
    ],
  };
}
