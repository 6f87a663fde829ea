import { openDecision, type Decide, type DecisionOptions } from "./decision.ts";
import { RuntimeError } from "./errors/runtime-error.ts";
import { execute } from "./execute.ts";
import { executeGeneration } from "./generation/execute.ts";
import type { GenerationPipeline } from "./generation/spec.ts";
import { isEntryScript, runMain } from "./main.ts";
import { defaultBackend } from "./methods/default-backend.ts";
import type { RunOptions } from "./options.ts";
import { openPredictor, type OpenPredictor, type PredictorOptions } from "./predict/create.ts";
import { executeForecast } from "./predict/execute.ts";
import type { ForecastResult } from "./predict/results.ts";
import type { ForecastPipeline } from "./predict/spec.ts";
import type { RunResult } from "./report/results.ts";
import { locate } from "./runs/locate.ts";
import type { Pipeline } from "./spec.ts";
import { tensorCatalogue } from "./tensor/catalogue.ts";
import { resolveExecutor, type Device } from "./tensor/device.ts";
import { choiceText, withExecutor } from "./tensor/executor-choice.ts";

/** A pipeline of any kind that can be run; without `kind` it decides. */
export type AnyPipeline = Pipeline | GenerationPipeline | ForecastPipeline;
export type AnyResult = RunResult | ForecastResult;

/** Names the type of an emitted pipeline, so that its literal is checked where it is written. */
export function definePipeline<P extends AnyPipeline>(pipeline: P): P {
  return pipeline;
}

/**
 * Runs a pipeline: loads the data, trains, chooses on validation, decides at every context of the held-out split with
 * every method, and writes the run folder. The same pipeline, data and seed give the same `results.json`, whatever the number of jobs and also after an
 * interruption; work that the folder holds finished is not done again.
 *
 * @throws RuntimeError for wrong data, an infeasible or unbounded decision, a folder that cannot be written
 * @throws the signal's reason where `options.signal` aborts
 */
export async function runPipeline(pipeline: ForecastPipeline, options: RunOptions): Promise<ForecastResult>;
export async function runPipeline(pipeline: Pipeline | GenerationPipeline, options: RunOptions): Promise<RunResult>;
export async function runPipeline(pipeline: AnyPipeline, options: RunOptions): Promise<AnyResult>;
export async function runPipeline(pipeline: AnyPipeline, options: RunOptions): Promise<AnyResult> {
  try {
    const { choice, instead } = await resolveExecutor(options);
    if (instead !== undefined) {
      const { code, message } = new RuntimeError(tensorCatalogue, "executor-fallback", {
        ...instead,
        used: choiceText(choice),
      });
      options.onEvent?.({ kind: "warning", code, message });
    }
    return await withExecutor(choice, () => executeAny(pipeline, options));
  } catch (error) {
    throw locate(error, pipeline);
  }
}

function executeAny(pipeline: AnyPipeline, options: RunOptions): Promise<AnyResult> {
  if (pipeline.kind === "forecast") return executeForecast(pipeline, options);
  if (pipeline.kind === "generation") return executeGeneration(pipeline, options, defaultBackend);
  return execute(pipeline, options, defaultBackend);
}

/**
 * The decision rule of a finished run: takes a context as in the data (before transforms, the spec's context fields one
 * after another) and returns the decision with its certificate; `many` takes a sequence of contexts. Draws the same
 * noise for every context. `dispose` it when it is not needed any more.
 *
 * @throws RuntimeError `no-finished-run`, `run-of-another-model`, `run-folder-damaged`, `artefact-of-another-spec`,
 *   `artefact-changed`, `run-method-unknown`
 */
export function createDecision(pipeline: Pipeline, runFolder: string, options: DecisionOptions = {}): Promise<Decide> {
  return openDecision(pipeline, runFolder, defaultBackend, options);
}

/**
 * The predictor of a finished run, by default of the trained method at its first seed: takes inputs as they are in the data
 * (before the spec's transforms) and returns predictions in the data's units. `dispose` it when it is not needed any more.
 *
 * @throws RuntimeError `no-finished-run`, `run-without-names`, `run-method-unknown`, `run-seed-unknown`,
 *   `artefact-of-another-spec`, `artefact-changed`, `run-folder-damaged`, `weights-mismatch`
 */
export function createPredictor(
  pipeline: ForecastPipeline,
  runFolder: string,
  options: PredictorOptions = {},
): Promise<OpenPredictor> {
  return openPredictor(pipeline, runFolder, options);
}

/**
 * What an emitted pipeline ends with: runs it where its module is the script that node was started with
 * (`node pipeline.js --help` lists its options), and does nothing where it is imported.
 * Sets the exit code: 0 done, 1 wrong spec or data, 2 usage, 130 interrupted with the run resumable.
 *
 * @param moduleUrl `import.meta.url` of the emitted module
 * @param defaults what `droc build` was told, where the command line says nothing else
 */
export async function main(
  pipeline: AnyPipeline,
  moduleUrl: string,
  defaults: { readonly device?: Device } = {},
): Promise<void> {
  if (!isEntryScript(moduleUrl, process.argv[1])) return;
  process.exitCode = await runMain(pipeline, {
    argv: process.argv.slice(2),
    module: moduleUrl,
    write: (line) => process.stdout.write(`${line}\n`),
    writeError: (line) => process.stderr.write(`${line}\n`),
    run: (given, options) => runPipeline(given, { ...defaults, ...options }),
    onInterrupt(callback) {
      const signals = ["SIGINT", "SIGTERM"] as const;
      for (const signal of signals) process.once(signal, callback);
      return () => {
        for (const signal of signals) process.off(signal, callback);
      };
    },
  });
}
