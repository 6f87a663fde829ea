import type { Writable } from "node:stream";
import { openContexts } from "../data/contexts.ts";
import type { ContextSource } from "../data/context-source.ts";
import { openChunkDecider, type DecisionOptions } from "../decision.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import { defaultBackend } from "../methods/default-backend.ts";
import { decisionNames } from "../report/decision-names.ts";
import { RUN_MESSAGES } from "../runs/messages.ts";
import type { Pipeline } from "../spec.ts";
import { decideRows } from "./decide-rows.ts";
import { readFinishedRun } from "./method-decider.ts";
import { rowTable } from "./row-table.ts";
import { fileWriter, streamWriter, type RowFormat } from "./row-writer.ts";

export interface DecideFileOptions extends DecisionOptions {
  readonly source: ContextSource;
  /** A path, or a stream that takes CSV or JSON lines. */
  readonly to: string | Writable;
  readonly format: RowFormat;
  /** A row that is wrong ends the work, after the rows before it, or is kept with the status `error`. */
  readonly onError: "stop" | "skip";
  readonly signal?: AbortSignal;
  onWarning?(warning: RuntimeError): void;
  /** Called with the number of rows that are written. */
  onRows?(rows: number): void;
}

/** What became of the rows. */
export interface DecideSummary {
  readonly method: string;
  readonly rows: number;
  readonly optimal: number;
  readonly inaccurate: number;
  /** Rows without a decision. */
  readonly errors: number;
}

/** How far the work came before it failed. */
export interface DecideFailure {
  readonly rows: number;
  /** The file that these rows are in, where they went to a file. */
  readonly kept: string | null;
}

/**
 * Decides at the contexts of a file or stream with a method of a finished run, and writes a row for each as it is there.
 * @param onFailure told, before an error is thrown, how far the work came
 * @throws RuntimeError what `openDecision` and `openContexts` throw, run-without-names, and with `stop` the error of the
 *   first row that has one; the signal's reason
 */
export async function decideFile(
  pipeline: Pipeline,
  runFolder: string,
  options: DecideFileOptions,
  onFailure: (failure: DecideFailure) => void = () => {},
): Promise<DecideSummary> {
  const { source, to, format, onError, signal, onWarning, onRows, ...opening } = options;
  const model = await readFinishedRun(pipeline, runFolder);
  if (model.contextNames === undefined) throw new RuntimeError(RUN_MESSAGES, "run-without-names", { path: runFolder });
  const decider = await openChunkDecider(pipeline, runFolder, defaultBackend, opening);
  try {
    const reader = await openContexts(pipeline.data, model.contextNames, source);
    try {
      for (const warning of reader.warnings) onWarning?.(warning);
      const table = rowTable({
        index: reader.indexName,
        decision: decisionNames(pipeline),
        tails: pipeline.problem.risk.cvar.length,
        errors: onError === "skip",
      });
      const writer =
        typeof to === "string"
          ? await fileWriter(table, format, to)
          : streamWriter(table, format === "parquet" ? "csv" : format, to);
      const count = { rows: 0, optimal: 0, inaccurate: 0, errors: 0 };
      try {
        for await (const rows of decideRows(decider, reader, { model: pipeline.name, onError })) {
          signal?.throwIfAborted();
          await writer.write(rows);
          for (const { answer, error } of rows) {
            count.rows++;
            if (error !== null || answer === null) count.errors++;
            else if (answer.status === "optimal") count.optimal++;
            else count.inaccurate++;
          }
          onRows?.(count.rows);
        }
        await writer.end();
      } catch (error) {
        onFailure({ rows: count.rows, kept: await writer.abandon() });
        throw error;
      }
      return { method: opening.method ?? model.method, ...count };
    } finally {
      await reader.close();
    }
  } finally {
    await decider.dispose();
  }
}
