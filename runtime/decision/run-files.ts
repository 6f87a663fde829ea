import type { TrainingSet } from "../models/sampler.ts";
import { doubles } from "../methods/decide-contexts.ts";
import type { ModelFile } from "../runs/model-file.ts";
import { readOwnFile } from "../runs/own-file.ts";
import type { Pipeline } from "../spec.ts";
import type { TensorFile } from "../tensor/safetensors.ts";

/** A finished run's folder, with the pipeline as written that its files must be of. */
export interface RunFiles {
  readonly folder: string;
  readonly pipeline: Pipeline;
  readonly model: ModelFile;
}

/**
 * A tensor file of the run, as the run wrote it.
 * @throws RuntimeError run-folder-damaged, artefact-of-another-spec, artefact-changed
 */
export function readOwn({ folder, pipeline, model }: RunFiles, name: string): Promise<TensorFile> {
  return readOwnFile(folder, name, pipeline, model.files?.[name]);
}

/** The rows that the methods of the first seed were fitted on, as the model sees them. */
export async function readTrainingRows(files: RunFiles): Promise<TrainingSet> {
  const file = await readOwn(files, "train.safetensors");
  return {
    rows: file.tensors["contexts"]?.shape[0] ?? 0,
    contexts: doubles(file, "contexts"),
    outcomes: doubles(file, "outcomes"),
  };
}
