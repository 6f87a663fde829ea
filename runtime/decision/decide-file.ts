import { openContexts } from "../data/contexts.ts";
import { openChunkDecider, type DecisionOptions } from "../decision.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import { defaultBackend } from "../methods/default-backend.ts";
import { decisionNames } from "../report/decision-names.ts";
import { RUN_MESSAGES } from "../runs/messages.ts";
import type { Pipeline } from "../spec.ts";
import { decideRows, type DecidedRow } from "./decide-rows.ts";
import { readFinishedRun } from "./method-decider.ts";
import { rowTable } from "./row-table.ts";
import { writeRows, type RowFailure, type RowWork } from "./write-rows.ts";

export interface DecideFileOptions extends DecisionOptions, RowWork {}

/** What became of the rows. */
export interface DecideSummary {
  readonly method: string;
  readonly rows: number;
  readonly optimal: number;
  readonly inaccurate: number;
  /** Rows without a decision. */
  readonly errors: number;
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
  onFailure: (failure: RowFailure) => void = () => {},
): Promise<DecideSummary> {
  const { source, to, format, onError, signal, onWarning, ...opening } = options;
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
      const count = { rows: 0, optimal: 0, inaccurate: 0, errors: 0 };
      const onWritten = (rows: readonly DecidedRow[]): void => {
        count.rows += rows.length;
        for (const { answer, error } of rows) {
          if (error !== null || answer === null) count.errors++;
          else if (answer.status === "optimal") count.optimal++;
          else count.inaccurate++;
        }
      };
      const rows = decideRows(decider, reader, { model: pipeline.name, onError });
      await writeRows(table, rows, { to, format, signal }, { onWritten, onFailure });
      return { method: opening.method ?? model.method, ...count };
    } finally {
      await reader.close();
    }
  } finally {
    await decider.dispose();
  }
}
