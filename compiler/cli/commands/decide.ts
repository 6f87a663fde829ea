import { existsSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { RowFormat } from "../../../runtime/decision/row-writer.ts";
import type { DecideSummary } from "../../../runtime/decision/decide-file.ts";
import type { RowFailure } from "../../../runtime/decision/write-rows.ts";
import type { PredictSummary } from "../../../runtime/predict/predict-file.ts";
import { renderDataPlace, renderRuntimeError, RuntimeError } from "../../../runtime/errors/runtime-error.ts";
import { renderJson, showText } from "../../diagnostics/index.ts";
import { createSourceText } from "../../source/source-text.ts";
import { cliError, errorCode, fileReason } from "../cli-error.ts";
import { formatDuration } from "../duration.ts";
import { EXIT } from "../exit-codes.ts";
import { importPipeline, PIPELINE_ARGUMENTS } from "../import-pipeline.ts";
import { runtimeProblem } from "../runtime-problem.ts";
import type { Outcome, Session } from "../session.ts";
import { decideAtRows, predictAtRows, type RunWork } from "./decide-run.ts";

export interface DecideCommandOptions {
  readonly context: string;
  readonly out?: string;
  readonly format?: RowFormat;
  readonly method?: string;
  readonly scenarios?: number;
  readonly seed?: number;
  readonly jobs?: number;
  readonly onError: "stop" | "skip";
}

/** The answer of `decide --json`. */
export type DecideAnswer = (DecideSummary | PredictSummary) & {
  readonly model: string;
  readonly out: string;
  readonly milliseconds: number;
};

/**
 * Decides at new contexts with a finished run, or predicts where its decision is a predictor. Rows go to standard output, or
 * to a file, as they are there; everything else goes to standard error.
 */
export async function decideCommand(session: Session, folder: string, options: DecideCommandOptions): Promise<Outcome> {
  const { context, out, onError } = options;
  const format = options.format ?? formatOf(out);
  if (format === "parquet" && out === undefined) throw usage("Parquet goes to a file: name one with --out.");
  if (session.json && out === undefined)
    throw usage("--json answers on standard output: name a file for the rows with --out.");
  const started = performance.now();
  const runFolder = resolve(session.cwd, folder);
  const module = join(runFolder, "pipeline.js");
  if (!existsSync(module))
    throw cliError("cli-no-run", { path: showText(folder), found: whatIs(runFolder) }, EXIT.wrong);
  const pipeline = await importPipeline(module);
  if (pipeline.kind !== undefined && pipeline.kind !== "forecast") {
    throw cliError("cli-decides-nothing", { path: showText(folder), model: showText(pipeline.name) }, EXIT.wrong);
  }
  const { contextFile, contextStream } = await import("../../../runtime/data/context-source.ts");
  const done = pipeline.kind === "forecast" ? "predicted" : "decided";
  let failure: RowFailure | null = null;
  const problems: unknown[] = [];
  const say = (error: RuntimeError): void => {
    const problem = problemOf(session, runFolder, folder, error);
    problems.push(problem.json);
    session.note(problem.text);
  };
  try {
    const source =
      context === "-" ? contextStream("standard input", process.stdin) : await contextFile(context, session.cwd);
    const work: RunWork = {
      source,
      to: out === undefined ? process.stdout : resolve(session.cwd, out),
      format,
      onError,
      signal: session.signal,
      onWarning: say,
      workers: { module: pathToFileURL(module), execArgv: PIPELINE_ARGUMENTS },
    };
    const onFailure = (found: RowFailure): void => {
      failure = found;
    };
    const { summary, counts } =
      pipeline.kind === "forecast"
        ? await predictAtRows(pipeline, runFolder, work, options, onFailure)
        : await decideAtRows(pipeline, runFolder, work, options, onFailure);
    const milliseconds = performance.now() - started;
    const { rows, method } = summary;
    session.note(
      `${rows === 1 ? "1 row" : `${rows} rows`} by ${method} in ${formatDuration(milliseconds)}: ${counts}\n`,
    );
    const answer: DecideAnswer = { model: pipeline.name, ...summary, out: out ?? "-", milliseconds };
    return { exit: EXIT.done, diagnostics: problems, result: answer };
  } catch (error) {
    if (session.signal.aborted) {
      session.note(`Interrupted.${soFar(session, failure, done)}\n`);
      return { exit: EXIT.interrupted, diagnostics: problems };
    }
    if (!(error instanceof RuntimeError)) {
      if (out === undefined || errorCode(error) === null || !(error instanceof Error) || !("syscall" in error))
        throw error;
      throw cliError("cli-out-not-writable", { path: showText(out), reason: fileReason(error) }, EXIT.wrong);
    }
    say(error);
    if (failure !== null) session.note(`${soFar(session, failure, done).trim()}\n`);
    return { exit: EXIT.wrong, diagnostics: problems };
  }
}

function usage(text: string) {
  return cliError("cli-usage", { text, command: "decide " }, EXIT.usage);
}

function formatOf(out: string | undefined): RowFormat {
  if (out?.toLowerCase().endsWith(".parquet") === true) return "parquet";
  return out !== undefined && /\.(jsonl|ndjson)$/i.test(out) ? "jsonl" : "csv";
}

function whatIs(folder: string): string {
  if (!existsSync(folder)) return "there is no such folder";
  return statSync(folder).isDirectory() ? "it holds no pipeline.js" : "it is a file";
}

/** The error at its place in the spec that the run folder keeps, where it has one. */
function problemOf(session: Session, runFolder: string, folder: string, error: RuntimeError) {
  const path = join(runFolder, "spec.dro");
  const [, name] = /^(.*):\d+:\d+$/s.exec(error.place ?? "") ?? [];
  const text = name === undefined || !existsSync(path) ? null : readFileSync(path, "utf8");
  if (name !== undefined && text !== null) {
    const original = [createSourceText(name, path, text)];
    const shown = [createSourceText(relative(session.cwd, join(folder, "spec.dro")), path, text)];
    const problem = runtimeProblem(error, original, shown, { color: session.err.color });
    if (problem !== null) return problem;
  }
  const { code, severity, why, help, data } = error;
  const message = data === undefined ? error.message : `${error.message} (${renderDataPlace(data)})`;
  const file = data?.file ?? folder;
  const plain = { code, severity, message, why, help, file, span: { start: 0, end: 0 }, related: [] };
  const [json] = renderJson([plain], []);
  return { text: `${renderRuntimeError(error)}\n`, json: { ...json!, ...(data === undefined ? {} : { data }) } };
}

function soFar(session: Session, failure: RowFailure | null, done: string): string {
  if (failure === null) return "";
  const rows = failure.rows === 1 ? "1 row is" : `${failure.rows} rows are`;
  const where = failure.kept === null ? "written" : `in ${showText(relative(session.cwd, failure.kept))}`;
  return ` ${rows} ${done} and ${where}.`;
}
