import type { NeuralGeneratorSpec } from "../spec.ts";
import type { RandomStream } from "../tensor/random.ts";
import type { TrainingOptions } from "../tensor/training.ts";
import { loadDdpm, trainDdpm } from "./ddpm/index.ts";
import { loadFlowModel, trainFlowMatching, trainFlowMatchingGrid, type FlowModel } from "./flow-matching/index.ts";
import type { ModelSizes } from "./neural/definition.ts";
import type { NeuralGenerator } from "./neural/model.ts";
import type { GeneratorTraining } from "./neural/plan.ts";
import { loadNormalizingFlow, trainNormalizingFlow } from "./normalizing-flow/index.ts";
import type { Checkpoint, TrainHooks, TrainingSet } from "./sampler.ts";
import { loadScoreSde, trainScoreSde } from "./score-sde/index.ts";
import { loadVae, trainVae } from "./vae/index.ts";

/** Any generator trained by gradient steps: it samples, has a likelihood or a bound on it, and can be loaded again. */
export type TrainedGenerator = NeuralGenerator | FlowModel;

/**
 * Trains the generator of a spec on (weighted) rows.
 * @throws RuntimeError for a training set that cannot be trained on, a diverging loss or a foreign checkpoint
 */
export function trainNeuralGenerator(
  spec: NeuralGeneratorSpec,
  training: GeneratorTraining,
  data: TrainingSet,
  sizes: ModelSizes,
  stream: RandomStream,
  hooks: TrainHooks = {},
  options: TrainingOptions = {},
): Promise<TrainedGenerator> {
  switch (spec.kind) {
    case "flow_matching":
      return trainFlowMatching(spec, training, data, sizes, stream, hooks, options);
    case "ddpm":
      return trainDdpm(spec, training, data, sizes, stream, hooks, options);
    case "score_sde":
      return trainScoreSde(spec, training, data, sizes, stream, hooks, options);
    case "vae":
      return trainVae(spec, training, data, sizes, stream, hooks, options);
    case "normalizing_flow":
      return trainNormalizingFlow(spec, training, data, sizes, stream, hooks, options);
  }
}

/**
 * Trains one generator for each weighting of the same rows: flows in one program, others one after another without the
 * slot, which could not keep several trainings.
 * @throws RuntimeError as `trainNeuralGenerator`
 */
export async function trainNeuralGeneratorGrid(
  spec: NeuralGeneratorSpec,
  training: GeneratorTraining,
  data: TrainingSet,
  grid: readonly Float64Array[],
  sizes: ModelSizes,
  stream: RandomStream,
  hooks: TrainHooks = {},
  options: TrainingOptions = {},
): Promise<TrainedGenerator[]> {
  if (spec.kind === "flow_matching")
    return trainFlowMatchingGrid(spec, training, data, grid, sizes, stream, hooks, options);
  const { checkpoint: _slot, ...rest } = hooks;
  const models: TrainedGenerator[] = [];
  for (const weights of grid)
    models.push(await trainNeuralGenerator(spec, training, { ...data, weights }, sizes, stream, rest, options));
  return models;
}

/**
 * The generator that `tensors` were saved from.
 * @throws RuntimeError weights-mismatch where a tensor is missing or of another size
 */
export function loadNeuralGenerator(
  spec: NeuralGeneratorSpec,
  sizes: ModelSizes,
  tensors: Checkpoint["tensors"],
): Promise<TrainedGenerator> {
  switch (spec.kind) {
    case "flow_matching":
      return loadFlowModel(spec, sizes, tensors);
    case "ddpm":
      return loadDdpm(spec, sizes, tensors);
    case "score_sde":
      return loadScoreSde(spec, sizes, tensors);
    case "vae":
      return loadVae(spec, sizes, tensors);
    case "normalizing_flow":
      return loadNormalizingFlow(spec, sizes, tensors);
  }
}
