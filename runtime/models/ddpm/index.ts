import type { DdpmSpec } from "../../spec.ts";
import type { RandomStream } from "../../tensor/random.ts";
import type { TrainingOptions, TrainingPlan } from "../../tensor/training.ts";
import { dataBound, OUTCOME_BOUND } from "../neural/bound.ts";
import type { ModelSizes } from "../neural/definition.ts";
import { logDensities } from "../neural/density.ts";
import { createGenerator, readGenerator, trainGenerator, type NeuralGenerator } from "../neural/model.ts";
import { generatorPlan, type GeneratorTraining } from "../neural/plan.ts";
import { prepareRows, varyingColumns } from "../neural/rows.ts";
import type { GeneratorWeights } from "../neural/sampler.ts";
import { readOutcomeScaler, readTensor } from "../neural/weights.ts";
import type { Checkpoint, TrainHooks, TrainingSet } from "../sampler.ts";
import { elbo } from "./bound.ts";
import { defineDdpm } from "./definition.ts";

export { noiseSchedule, reverseStep, type NoiseSchedule } from "./schedule.ts";

/**
 * Trains a denoising diffusion model (001 §3; Ho et al. 2020) on the given rows; weighted rows train the tilted law.
 * @param data contexts, outcomes and optional weights in the data's units; both are standardised inside, on these rows
 * @throws RuntimeError for a training set that cannot be trained on, a diverging loss or a foreign checkpoint
 */
export async function trainDdpm(
  spec: DdpmSpec,
  training: GeneratorTraining,
  data: TrainingSet,
  sizes: ModelSizes,
  stream: RandomStream,
  hooks: TrainHooks = {},
  options: TrainingOptions = {},
): Promise<NeuralGenerator> {
  const rows = prepareRows(spec.kind, data, sizes);
  const bound = dataBound(rows);
  const definition = defineDdpm(spec, rows.sizes, bound);
  return createDdpm(spec, await trainGenerator(definition, training, rows, stream, hooks, options), bound);
}

/**
 * The training of `trainDdpm` as a plan: `trainingProgram(plan, unroll)` is its program.
 * @throws RuntimeError for a training set that cannot be trained on
 */
export function ddpmPlan(
  spec: DdpmSpec,
  training: GeneratorTraining,
  data: TrainingSet,
  sizes: ModelSizes,
  stream: RandomStream,
): TrainingPlan {
  const rows = prepareRows(spec.kind, data, sizes);
  return generatorPlan(defineDdpm(spec, rows.sizes, dataBound(rows)), training, rows, stream);
}

/**
 * The model that `tensors` were saved from.
 * @throws RuntimeError weights-mismatch where a tensor is missing or of another size
 */
export async function loadDdpm(
  spec: DdpmSpec,
  sizes: ModelSizes,
  tensors: Checkpoint["tensors"],
): Promise<NeuralGenerator> {
  const outcome = varyingColumns(readOutcomeScaler(spec.kind, tensors, sizes)).length;
  const bound = readTensor(spec.kind, tensors, OUTCOME_BOUND, 1)[0]!;
  const definition = defineDdpm(spec, { context: sizes.context, outcome }, bound);
  return createDdpm(spec, readGenerator(definition, sizes, tensors), bound);
}

function createDdpm(spec: DdpmSpec, weights: GeneratorWeights, bound: number): NeuralGenerator {
  return createGenerator(
    weights,
    {
      likelihood: "bound",
      logLikelihood: (contexts, outcomes, rows, stream) =>
        logDensities(weights, elbo(spec, weights.definition.sizes, bound, stream), contexts, outcomes, rows),
    },
    { [OUTCOME_BOUND]: Float32Array.of(bound) },
  );
}
