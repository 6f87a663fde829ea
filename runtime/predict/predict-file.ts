import type { Writable } from "node:stream";
import type { ContextSource } from "../data/context-source.ts";
import { fileWriter, streamWriter, type RowFormat } from "../decision/row-writer.ts";
import type { DecideFailure } from "../decision/decide-file.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import { RUN_MESSAGES } from "../runs/messages.ts";
import { openPredictor, type OpenPredictor, type PredictorOptions } from "./create.ts";
import { openNewRows } from "./new-rows.ts";
import { predictionColumns, predictionTable, type PredictedRow } from "./prediction-table.ts";
import { readPredictorFile } from "./predictor-file.ts";
import type { InputBlock } from "./series-windows.ts";
import type { ForecastPipeline } from "./spec.ts";

export interface PredictFileOptions extends PredictorOptions {
  readonly source: ContextSource;
  /** A path, or a stream that takes CSV or JSON lines. */
  readonly to: string | Writable;
  readonly format: RowFormat;
  /** A row that is wrong ends the work, after the rows before it, or is kept with the status `error`. */
  readonly onError: "stop" | "skip";
  readonly signal?: AbortSignal;
  onWarning?(warning: RuntimeError): void;
}

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
  onFailure: (failure: DecideFailure) => void = () => {},
): Promise<PredictSummary> {
  const { source, to, format, onError, signal, onWarning = () => {}, ...which } = options;
  const stored = await readPredictorFile(runFolder, pipeline.name);
  const predictor = await openPredictor(pipeline, runFolder, which);
  try {
    const reader = await openNewRows(pipeline, stored, source, onWarning);
    try {
      const prediction = predictionColumns(pipeline, stored.targets);
      const { indexName: index, zoneName: zone } = reader;
      const table = predictionTable({ index, zone, prediction, errors: onError === "skip" });
      const writer =
        typeof to === "string"
          ? await fileWriter(table, format, to)
          : streamWriter(table, format === "parquet" ? "csv" : format, to);
      const count = { rows: 0, predicted: 0, errors: 0 };
      try {
        for await (const block of reader.blocks()) {
          signal?.throwIfAborted();
          const rows = await predictedRows(predictor, block, pipeline.name);
          const wrong = onError === "stop" ? rows.findIndex(({ error }) => error !== null) : -1;
          const kept = wrong < 0 ? rows : rows.slice(0, wrong);
          await writer.write(kept);
          const errors = kept.filter(({ error }) => error !== null).length;
          count.rows += kept.length;
          count.errors += errors;
          count.predicted += kept.length - errors;
          if (wrong >= 0) throw rows[wrong]!.error!;
        }
        await writer.end();
      } catch (error) {
        onFailure({ rows: count.rows, kept: await writer.abandon() });
        throw error;
      }
      const { method = stored.method, seed = 0 } = which;
      return { method, seed, ...count, past: reader.past() };
    } finally {
      await reader.close();
    }
  } finally {
    await predictor.dispose();
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
