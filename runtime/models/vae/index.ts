import type { VaeSpec } from "../../spec.ts";
import type { RandomStream } from "../../tensor/random.ts";
import type { TrainingOptions, TrainingPlan } from "../../tensor/training.ts";
import type { ModelSizes } from "../neural/definition.ts";
import { logDensities } from "../neural/density.ts";
import { createGenerator, readGenerator, trainGenerator, type NeuralGenerator } from "../neural/model.ts";
import { generatorPlan, type GeneratorTraining } from "../neural/plan.ts";
import { prepareRows, varyingColumns } from "../neural/rows.ts";
import type { GeneratorWeights } from "../neural/sampler.ts";
import { readOutcomeScaler } from "../neural/weights.ts";
import type { Checkpoint, TrainHooks, TrainingSet } from "../sampler.ts";
import { importanceBound } from "./bound.ts";
import { defineVae } from "./definition.ts";

/** Draws of the latent behind each bound on a log-density. */
const DRAWS = 64;

/**
 * Trains a conditional variational autoencoder with a Gaussian decoder on the given rows (001 §3; 004 §5); weighted rows
 * train the tilted law.
 * @param data contexts, outcomes and optional weights in the data's units; both are standardised inside, on these rows
 * @throws RuntimeError for a training set that cannot be trained on, a diverging loss or a foreign checkpoint
 */
export async function trainVae(
  spec: VaeSpec,
  training: GeneratorTraining,
  data: TrainingSet,
  sizes: ModelSizes,
  stream: RandomStream,
  hooks: TrainHooks = {},
  options: TrainingOptions = {},
): Promise<NeuralGenerator> {
  const rows = prepareRows(spec.kind, data, sizes);
  const definition = defineVae(spec, rows.sizes);
  return createVae(spec, await trainGenerator(definition, training, rows, stream, hooks, options));
}

/**
 * The training of `trainVae` as a plan: `trainingProgram(plan, unroll)` is its program.
 * @throws RuntimeError for a training set that cannot be trained on
 */
export function vaePlan(
  spec: VaeSpec,
  training: GeneratorTraining,
  data: TrainingSet,
  sizes: ModelSizes,
  stream: RandomStream,
): TrainingPlan {
  const rows = prepareRows(spec.kind, data, sizes);
  return generatorPlan(defineVae(spec, rows.sizes), training, rows, stream);
}

/**
 * The model that `tensors` were saved from.
 * @throws RuntimeError weights-mismatch where a tensor is missing or of another size
 */
export async function loadVae(
  spec: VaeSpec,
  sizes: ModelSizes,
  tensors: Checkpoint["tensors"],
): Promise<NeuralGenerator> {
  const outcome = varyingColumns(readOutcomeScaler(spec.kind, tensors, sizes)).length;
  const definition = defineVae(spec, { context: sizes.context, outcome });
  return createVae(spec, readGenerator(definition, sizes, tensors));
}

function createVae(spec: VaeSpec, weights: GeneratorWeights): NeuralGenerator {
  return createGenerator(weights, {
    likelihood: "bound",
    logLikelihood: (contexts, outcomes, rows, stream) => {
      const bound = importanceBound(spec, weights.definition.sizes, DRAWS, stream);
      return logDensities(weights, bound, contexts, outcomes, rows);
    },
  });
}
