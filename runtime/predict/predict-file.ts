import { writeRows, type RowFailure, type RowWork } from "../decision/write-rows.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import { RUN_MESSAGES } from "../runs/messages.ts";
import { openStored, type OpenPredictor, type PredictorOptions } from "./create.ts";
import { openNewRows, type NewRows } from "./new-rows.ts";
import { predictionColumns, predictionTable, type PredictedRow } from "./prediction-table.ts";
import { readPredictorFile } from "./predictor-file.ts";
import type { InputBlock } from "./series-windows.ts";
import type { ForecastPipeline } from "./spec.ts";

export interface PredictFileOptions extends PredictorOptions, RowWork {}

/** What became of the rows. */
export interface PredictSummary {
  readonly method: string;
  readonly seed: number;
  /** Rows that are written. */
  readonly rows: number;
  readonly predicted: number;
  /** Rows without a prediction. */
  readonly errors: number;
  /** Rows that are not written: only the past of others. */
  readonly past: number;
}

/**
 * Predicts at the rows of a file or stream with a predictor of a finished run, and writes a row for each as it is there.
 * @param onFailure told, before an error is thrown, how far the work came
 * @throws RuntimeError what `openPredictor` and `openNewRows` throw, and with `stop` the error of the first row that has
 *   one; the signal's reason
 */
export async function predictFile(
  pipeline: ForecastPipeline,
  runFolder: string,
  options: PredictFileOptions,
  onFailure: (failure: RowFailure) => void = () => {},
): Promise<PredictSummary> {
  const { source, to, format, onError, signal, onWarning = () => {}, ...which } = options;
  const stored = await readPredictorFile(runFolder, pipeline.name);
  const predictor = await openStored(pipeline, runFolder, stored, which);
  try {
    const reader = await openNewRows(pipeline, stored, source, onWarning);
    try {
      const prediction = predictionColumns(pipeline, stored.targets);
      const { indexName: index, zoneName: zone } = reader;
      const table = predictionTable({ index, zone, prediction, errors: onError === "skip" });
      const count = { rows: 0, predicted: 0, errors: 0 };
      const onWritten = (rows: readonly PredictedRow[]): void => {
        const errors = rows.filter(({ error }) => error !== null).length;
        count.rows += rows.length;
        count.errors += errors;
        count.predicted += rows.length - errors;
      };
      const rows = predictRows(predictor, reader, { model: pipeline.name, onError });
      await writeRows(table, rows, { to, format, signal }, { onWritten, onFailure });
      const { method, seed } = predictor;
      return { method, seed, ...count, past: reader.past() };
    } finally {
      await reader.close();
    }
  } finally {
    await predictor.dispose();
  }
}

/** Predicts block by block; with `stop` throws the error of the first row that has one, after the rows before it. */
async function* predictRows(
  predictor: OpenPredictor,
  reader: NewRows,
  { model, onError }: { readonly model: string } & Pick<RowWork, "onError">,
): AsyncGenerator<readonly PredictedRow[], void, undefined> {
  for await (const block of reader.blocks()) {
    const rows = await predictedRows(predictor, block, model);
    const wrong = onError === "stop" ? rows.findIndex(({ error }) => error !== null) : -1;
    yield wrong < 0 ? rows : rows.slice(0, wrong);
    if (wrong >= 0) throw rows[wrong]!.error!;
  }
}

async function predictedRows(
  predictor: OpenPredictor,
  { rows, inputs }: InputBlock,
  model: string,
): Promise<readonly PredictedRow[]> {
  const count = rows.filter(({ error }) => error === null).length;
  if (count === 0) return rows.map((row) => ({ ...row, prediction: null }));
  const predictions = await predictor.predict(inputs);
  const d = predictions.length / count;
  let next = 0;
  return rows.map((row): PredictedRow => {
    if (row.error !== null) return { ...row, prediction: null };
    const prediction = predictions.slice(d * next, d * ++next);
    if (prediction.every(Number.isFinite)) return { ...row, prediction };
    const error = new RuntimeError(RUN_MESSAGES, "prediction-overflow", { model, row: row.row });
    return { ...row, error, prediction: null };
  });
}
