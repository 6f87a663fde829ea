import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { AnyResult } from "../../runtime/pipeline.ts";
import type { Device, ExecutorName } from "../../runtime/tensor/device.ts";
import { buildModel } from "../build.ts";
import type { RunnableIR } from "../compile.ts";
import { showText } from "../diagnostics/index.ts";
import { cliError } from "./cli-error.ts";
import { chooseRunnable, compileSpec } from "./compile-spec.ts";
import { EXIT } from "./exit-codes.ts";
import { importPipeline, PIPELINE_ARGUMENTS } from "./import-pipeline.ts";
import { prepareFolder } from "./output-folder.ts";
import { createProgress } from "./progress.ts";
import type { SpecOptions } from "./program.ts";
import { runtimeProblem } from "./runtime-problem.ts";
import type { Outcome, Session } from "./session.ts";

/** How a spec is run; what is not given is as the spec says. */
export interface SpecRunOptions extends SpecOptions {
  readonly seeds?: number;
  readonly quick?: boolean;
  readonly jobs?: number;
  readonly device?: Device;
  readonly executor?: ExecutorName;
  /** The spec's text where `file` is only the place that its paths are relative to. */
  readonly source?: string;
  /** The run folder as the user knows it, from the chosen model. */
  readonly folder: (model: RunnableIR) => string;
}

export type SpecRun =
  | {
      readonly model: RunnableIR;
      readonly results: AnyResult;
      /** As the user knows it. */
      readonly runFolder: string;
      readonly milliseconds: number;
      readonly diagnostics: Outcome["diagnostics"];
    }
  /** The spec, its data or the run is wrong, which stderr says. */
  | { readonly refused: Outcome };

/**
 * check → build into the run folder → import the emitted pipeline → run it. A folder that holds an interrupted run is gone
 * on with, and finished work is kept.
 *
 * @throws CliError `cli-interrupted` after a signal, `cli-out-not-writable`, `cli-model-…`
 */
export async function runSpec(session: Session, file: string, options: SpecRunOptions): Promise<SpecRun> {
  const spec = compileSpec(session, file, options);
  const { compilation, sources, diagnostics, ok } = spec;
  if (!ok) return { refused: { exit: EXIT.wrong, diagnostics } };
  const chosen = chooseRunnable(session, spec, file, options.model);
  if ("refused" in chosen) return chosen;
  const { model } = chosen;
  const shown = options.folder(model);
  const runFolder = resolve(session.cwd, shown);
  prepareFolder(runFolder, shown);

  const specFolder = dirname(resolve(session.cwd, file));
  await buildModel(model, {
    specFolder,
    outFolder: runFolder,
    ...(options.source === undefined ? {} : { texts: compilation.sources.map(({ text }) => text) }),
  });
  const module = join(runFolder, "pipeline.js");
  const pipeline = await importPipeline(module);
  const { runPipeline } = await import("../../runtime/index.ts");

  const progress = createProgress(session.err, session.note, () => performance.now());
  const start = performance.now();
  try {
    const results = await runPipeline(pipeline, {
      runFolder,
      allow: (options.allow ?? []).map((path) => resolve(session.cwd, path)),
      signal: session.signal,
      quick: options.quick === true,
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
    return { model, results, runFolder: shown, milliseconds: performance.now() - start, diagnostics };
  } catch (error) {
    progress.close();
    if (session.signal.aborted) throw cliError("cli-interrupted", { path: showText(shown) }, EXIT.interrupted);
    const problem = runtimeProblem(error, compilation.sources, sources, { color: session.err.color });
    if (problem === null) throw error;
    session.note(problem.text);
    return { refused: { exit: EXIT.wrong, diagnostics: [...diagnostics, problem.json] } };
  } finally {
    progress.close();
  }
}
