import { join } from "node:path";
import { didYouMean } from "../errors/did-you-mean.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import { RUN_MESSAGES } from "../runs/messages.ts";
import { readOwnFile } from "../runs/own-file.ts";
import { damaged } from "../runs/run-folder.ts";
import type { TensorFile } from "../tensor/safetensors.ts";
import { inOneCall } from "./batches.ts";
import { openPrediction } from "./evaluate.ts";
import { inputSize } from "./load.ts";
import { readPredictorFile, weightsName, type PredictorFile } from "./predictor-file.ts";
import type { ForecastPipeline } from "./spec.ts";
import { loadPredictor } from "./stored.ts";

/** Which predictor of a run predicts. */
export interface PredictorOptions {
  /** A method of the run; the trained one unless given. */
  readonly method?: string;
  /** The seed of the run that trained it, from 0; the first unless given. */
  readonly seed?: number;
}

/** A trained predictor as an application uses it. */
export interface OpenPredictor {
  /** The method of the run, and its seed, that it was trained by. */
  readonly method: string;
  readonly seed: number;
  /**
   * Predictions at rows of inputs as they are in the data. A prediction is a function of its row alone.
   * @param inputs rows × p, row-major: the predictor's inputs one after another
   * @returns rows × d, in the data's units
   * @throws RuntimeError `inputs-size`
   */
  predict(inputs: Float64Array): Promise<Float64Array>;
  /**
   * Predictions at one row after another, in their order, several in one call of the program; rows are asked for as they
   * are needed, so there may be any number.
   * @throws RuntimeError `inputs-size`, at its place in the order
   */
  many(rows: AsyncIterable<Float64Array> | Iterable<Float64Array>): AsyncIterable<Float64Array>;
  /** Lets go of the program. */
  dispose(): Promise<void>;
}

/** See `createPredictor`. */
export async function openPredictor(
  pipeline: ForecastPipeline,
  runFolder: string,
  options: PredictorOptions = {},
): Promise<OpenPredictor> {
  return openStored(pipeline, runFolder, await readPredictorFile(runFolder, pipeline.name), options);
}

/**
 * A predictor of a run whose `predictor.json` is read.
 * @throws RuntimeError run-method-unknown, run-seed-unknown, run-folder-damaged, artefact-of-another-spec, artefact-changed
 */
export async function openStored(
  pipeline: ForecastPipeline,
  runFolder: string,
  stored: PredictorFile,
  { method = stored.method, seed = 0 }: PredictorOptions,
): Promise<OpenPredictor> {
  const file = await readWeights(pipeline, runFolder, stored, method, seed);
  const path = join(runFolder, file.name);
  const opened = openPrediction(loadPredictor(pipeline.predictor, file, pipeline.seed));
  const inputs = transformOf(path, file, "inputs");
  const targets = transformOf(path, file, "targets");
  const p = inputSize(pipeline.predictor);
  const d = targets.shift.length;
  const predict = async (raw: Float64Array): Promise<Float64Array> => {
    if (raw.length === 0 || raw.length % p !== 0)
      throw new RuntimeError(RUN_MESSAGES, "inputs-size", { given: raw.length, model: pipeline.name, expected: p });
    const modelled = raw.map((value, k) => (value - inputs.shift[k % p]!) / inputs.scale[k % p]!);
    const predictions = await opened.predict(modelled, raw.length / p);
    return predictions.map((value, k) => value * targets.scale[k % d]! + targets.shift[k % d]!);
  };
  return {
    method,
    seed,
    predict,
    async *many(rows) {
      for await (const batch of inOneCall(rows, p)) {
        const predictions = await predict(batch);
        for (let from = 0; from < predictions.length; from += d) yield predictions.slice(from, from + d);
      }
    },
    dispose: () => opened.dispose(),
  };
}

async function readWeights(
  pipeline: ForecastPipeline,
  runFolder: string,
  { methods, seeds, files }: PredictorFile,
  method: string,
  seed: number,
): Promise<TensorFile & { readonly name: string }> {
  if (!methods.includes(method)) {
    const args = { path: runFolder, method, suggestion: didYouMean(method, methods), known: methods.join(", ") };
    throw new RuntimeError(RUN_MESSAGES, "run-method-unknown", args);
  }
  if (!Number.isInteger(seed) || seed < 0 || seed >= seeds)
    throw new RuntimeError(RUN_MESSAGES, "run-seed-unknown", { path: runFolder, seed, last: seeds - 1 });
  const name = weightsName(method, seed);
  const file = await readOwnFile(runFolder, name, pipeline, files[name]);
  return { ...file, name };
}

function transformOf(path: string, { tensors }: TensorFile, side: "inputs" | "targets") {
  const read = (name: string): ArrayLike<number> => {
    const found = tensors[`transform.${side}.${name}`]?.data;
    if (found instanceof Float64Array) return found;
    throw damaged(path, new RangeError(`transform.${side}.${name} is missing`));
  };
  return { shift: read("shift"), scale: read("scale") };
}
