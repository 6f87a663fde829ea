import { join, relative, resolve } from "node:path";
import type { AnyResult } from "../../../runtime/pipeline.ts";
import { setMetrics, setTable } from "../../../runtime/predict/report.ts";
import { shortDiagnosisTable, theoryTable } from "../../../runtime/report/diagnostics.ts";
import { comparisonTable, resultTable, type TextTable } from "../../../runtime/report/table.ts";
import { showText } from "../../diagnostics/index.ts";
import { hashModel } from "../../ir/index.ts";
import { formatDuration } from "../duration.ts";
import { EXIT } from "../exit-codes.ts";
import { runSpec, type SpecRunOptions } from "../run-spec.ts";
import type { Outcome, Session } from "../session.ts";
import { renderTable } from "../table.ts";
import { paint } from "../terminal.ts";

export interface RunCommandOptions extends Omit<SpecRunOptions, "folder" | "source"> {
  readonly out?: string;
}

/** The answer of `run --json`. `results` is the content of the run folder's results.json. */
export interface RunAnswer {
  readonly model: string;
  readonly runFolder: string;
  readonly results: AnyResult;
}

/**
 * check → build into the run folder → import the emitted pipeline → run it. The folder is named after the model and
 * its meaning, so that the same command goes on where it was interrupted and a changed spec starts afresh.
 */
export async function runCommand(session: Session, file: string, options: RunCommandOptions): Promise<Outcome> {
  const run = await runSpec(session, file, {
    ...options,
    folder: (model) =>
      options.out ??
      join("runs", `${model.name}-${hashModel(model).slice(0, 8)}${options.quick === true ? "-quick" : ""}`),
  });
  if ("refused" in run) return run.refused;
  const { model, results, runFolder, milliseconds, diagnostics } = run;
  const answer: RunAnswer = {
    model: model.name,
    runFolder: relative(session.cwd, resolve(session.cwd, runFolder)),
    results,
  };
  return {
    exit: EXIT.done,
    text: renderEnd(session, results, runFolder, milliseconds),
    ...(diagnostics === undefined ? {} : { diagnostics }),
    result: answer,
  };
}

/** The table, the comparisons on the first metric, and where the rest is. */
function renderEnd(session: Session, results: AnyResult, runFolder: string, milliseconds: number): string {
  const { out } = session;
  const main = resultTable(results);
  const parts = [renderTable(main.columns, main.rows, out, 2)];
  const [metric] = results.metrics;
  const compared = metric === undefined ? null : comparisonTable(results, metric.id);
  if (metric !== undefined && compared !== null && compared.rows.length > 0) {
    parts.push(
      `${paint(out, showText(metric.label), "bold")}\n${renderTable(compared.columns, compared.rows, out, 2)}`,
    );
  }
  for (const [title, table] of furtherTables(results)) {
    if (table.rows.length === 0) continue;
    parts.push(`${paint(out, title, "bold")}\n${renderTable(table.columns, table.rows, out, 2)}`);
  }
  const folder = paint(out, showText(runFolder), "bold");
  parts.push(
    `Finished in ${formatDuration(milliseconds)}. Report, weights and ${whatIsLeft(results)} are in ${folder}\n`,
  );
  return `\n${parts.join("\n")}`;
}

function whatIsLeft(results: AnyResult): string {
  if ("sets" in results) return "predictions";
  return results.evaluator.kind === "held_out" ? "samples" : "decisions";
}

/** What a result of its kind has beside the table of its methods. */
function furtherTables(results: AnyResult): readonly (readonly [title: string, table: TextTable])[] {
  if ("sets" in results) {
    // The others are in the report.
    const [first] = setMetrics(results);
    return first === undefined ? [] : [[`${first.label} by test set`, setTable(results, first.id)]];
  }
  return [
    ["scenarios against held-out outcomes", shortDiagnosisTable(results)],
    ["parts of the regret bound", theoryTable(results)],
  ];
}
