import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Device, ExecutorName } from "../../../runtime/tensor/device.ts";
import type { RunResult } from "../../../runtime/report/results.ts";
import { shortDiagnosisTable, theoryTable } from "../../../runtime/report/diagnostics.ts";
import { comparisonTable, resultTable } from "../../../runtime/report/table.ts";
import { buildModel } from "../../build.ts";
import { showText } from "../../diagnostics/index.ts";
import { hashModel } from "../../ir/index.ts";
import { cliError } from "../cli-error.ts";
import { chooseRunnable, compileSpec } from "../compile-spec.ts";
import { formatDuration } from "../duration.ts";
import { EXIT } from "../exit-codes.ts";
import { importPipeline, PIPELINE_ARGUMENTS } from "../import-pipeline.ts";
import { prepareFolder } from "../output-folder.ts";
import { createProgress } from "../progress.ts";
import type { SpecOptions } from "../program.ts";
import { runtimeProblem } from "../runtime-problem.ts";
import type { Outcome, Session } from "../session.ts";
import { renderTable } from "../table.ts";
import { paint } from "../terminal.ts";

export interface RunCommandOptions extends SpecOptions {
  readonly out?: string;
  readonly seeds?: number;
  readonly quick?: boolean;
  readonly jobs?: number;
  readonly device?: Device;
  readonly executor?: ExecutorName;
}

/** The answer of `run --json`. `results` is the content of the run folder's results.json. */
export interface RunAnswer {
  readonly model: string;
  readonly runFolder: string;
  readonly results: RunResult;
}

/**
 * check → build into the run folder → import the emitted pipeline → run it. The folder is named after the model and
 * its meaning, so that the same command goes on where it was interrupted and a changed spec starts afresh.
 */
export async function runCommand(session: Session, file: string, options: RunCommandOptions): Promise<Outcome> {
  const spec = compileSpec(session, file, options);
  const { compilation, sources, diagnostics, ok } = spec;
  if (!ok) return { exit: EXIT.wrong, diagnostics };
  const chosen = chooseRunnable(session, spec, file, options.model);
  if ("refused" in chosen) return chosen.refused;
  const { model } = chosen;
  const quick = options.quick === true;
  const name = `${model.name}-${hashModel(model).slice(0, 8)}${quick ? "-quick" : ""}`;
  const shown = options.out ?? join("runs", name);
  const runFolder = resolve(session.cwd, shown);
  prepareFolder(runFolder, shown);

  const specFolder = dirname(resolve(session.cwd, file));
  await buildModel(model, { specFolder, outFolder: runFolder });
  const module = join(runFolder, "pipeline.js");
  const pipeline = await importPipeline(module);
  const { runPipeline } = await import("../../../runtime/index.ts");

  const progress = createProgress(session.err, session.note, () => performance.now());
  const start = performance.now();
  let results: RunResult;
  try {
    results = await runPipeline(pipeline, {
      runFolder,
      allow: (options.allow ?? []).map((path) => resolve(session.cwd, path)),
      signal: session.signal,
      quick,
      ir: `${JSON.stringify(model, null, 2)}\n`,
      ...(sources[0] === undefined ? {} : { spec: sources[0].text }),
      ...(options.seeds === undefined ? {} : { seeds: options.seeds }),
      ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
      workers: { module: pathToFileURL(module), execArgv: PIPELINE_ARGUMENTS },
      ...(options.device === undefined ? {} : { device: options.device }),
      ...(options.executor === undefined ? {} : { executor: options.executor }),
      onEvent(event) {
        progress.show(event);
      },
    });
  } catch (error) {
    progress.close();
    if (session.signal.aborted) throw cliError("cli-interrupted", { path: showText(shown) }, EXIT.interrupted);
    const problem = runtimeProblem(error, compilation.sources, sources, { color: session.err.color });
    if (problem === null) throw error;
    session.note(problem.text);
    return { exit: EXIT.wrong, diagnostics: [...diagnostics, problem.json] };
  }
  progress.close();
  const answer: RunAnswer = { model: model.name, runFolder: relative(session.cwd, runFolder), results };
  return {
    exit: EXIT.done,
    text: renderEnd(session, results, shown, performance.now() - start),
    diagnostics,
    result: answer,
  };
}

/** The table, the comparisons on the first metric, and where the rest is. */
function renderEnd(session: Session, results: RunResult, runFolder: string, milliseconds: number): string {
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
  const diagnosis = shortDiagnosisTable(results);
  const theory = theoryTable(results);
  const further = [
    ["scenarios against held-out outcomes", diagnosis],
    ["parts of the regret bound", theory],
  ] as const;
  for (const [title, table] of further) {
    if (table.rows.length === 0) continue;
    parts.push(`${paint(out, title, "bold")}\n${renderTable(table.columns, table.rows, out, 2)}`);
  }
  const folder = paint(out, showText(runFolder), "bold");
  parts.push(`Finished in ${formatDuration(milliseconds)}. Report, weights and decisions are in ${folder}\n`);
  return `\n${parts.join("\n")}`;
}
