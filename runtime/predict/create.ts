import { join } from "node:path";
import { RuntimeError } from "../errors/runtime-error.ts";
import { RUN_MESSAGES } from "../runs/messages.ts";
import { checkProvenance } from "../runs/provenance.ts";
import { damaged, runFolderAt } from "../runs/run-folder.ts";
import type { TensorFile } from "../tensor/safetensors.ts";
import { predict } from "./evaluate.ts";
import { inputSize } from "./load.ts";
import type { ForecastPipeline } from "./spec.ts";
import { loadPredictor } from "./stored.ts";

/** A trained predictor as an application uses it. */
export interface OpenPredictor {
  /**
   * Predictions at rows of inputs as they are in the data.
   * @param inputs rows × p, row-major: the predictor's inputs one after another
   * @returns rows × d, in the data's units
   * @throws RuntimeError `inputs-size`
   */
  predict(inputs: Float64Array): Promise<Float64Array>;
}

/** See `createPredictor`. */
export async function openPredictor(pipeline: ForecastPipeline, runFolder: string): Promise<OpenPredictor> {
  const folder = runFolderAt(runFolder);
  const file = (await folder.read("results.json")) === null ? null : await folder.readTensors("weights.safetensors");
  if (file === null) throw new RuntimeError(RUN_MESSAGES, "no-finished-run", { path: runFolder, model: pipeline.name });
  const path = join(runFolder, "weights.safetensors");
  checkProvenance(path, file.metadata, pipeline);
  const predictor = loadPredictor(pipeline.predictor, file, pipeline.seed);
  const inputs = transformOf(path, file, "inputs");
  const targets = transformOf(path, file, "targets");
  const p = inputSize(pipeline.predictor);
  return {
    async predict(raw) {
      if (raw.length === 0 || raw.length % p !== 0)
        throw new RuntimeError(RUN_MESSAGES, "inputs-size", { given: raw.length, model: pipeline.name, expected: p });
      const modelled = raw.map((value, k) => (value - inputs.shift[k % p]!) / inputs.scale[k % p]!);
      const d = targets.shift.length;
      const predictions = await predict(predictor, modelled, raw.length / p);
      return predictions.map((value, k) => value * targets.scale[k % d]! + targets.shift[k % d]!);
    },
  };
}

function transformOf(path: string, { tensors }: TensorFile, side: "inputs" | "targets") {
  const read = (name: string): ArrayLike<number> => {
    const found = tensors[`transform.${side}.${name}`]?.data;
    if (found instanceof Float64Array) return found;
    throw damaged(path, new RangeError(`transform.${side}.${name} is missing`));
  };
  return { shift: read("shift"), scale: read("scale") };
}
