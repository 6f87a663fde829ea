import type { NormalizingFlowSpec } from "../../spec.ts";
import type { RandomStream } from "../../tensor/random.ts";
import type { TrainingOptions, TrainingPlan } from "../../tensor/training.ts";
import type { ModelSizes } from "../neural/definition.ts";
import { logDensities, type RowFunction } from "../neural/density.ts";
import { createGenerator, readGenerator, trainGenerator, type NeuralGenerator } from "../neural/model.ts";
import { generatorPlan, type GeneratorTraining } from "../neural/plan.ts";
import { prepareRows, varyingColumns } from "../neural/rows.ts";
import type { GeneratorWeights } from "../neural/sampler.ts";
import { readOutcomeScaler } from "../neural/weights.ts";
import type { Checkpoint, TrainHooks, TrainingSet } from "../sampler.ts";
import { defineNormalizingFlow, flowLogDensity } from "./definition.ts";

/** Rows whose density one call computes. */
const ROWS = 256;

/**
 * Trains a conditional normalizing flow by (weighted) maximum likelihood on the given rows (002 §4.2; 004 §5).
 * @param data contexts, outcomes and optional weights in the data's units; both are standardised inside, on these rows
 * @throws RuntimeError for a training set that cannot be trained on, a diverging loss or a foreign checkpoint
 */
export async function trainNormalizingFlow(
  spec: NormalizingFlowSpec,
  training: GeneratorTraining,
  data: TrainingSet,
  sizes: ModelSizes,
  stream: RandomStream,
  hooks: TrainHooks = {},
  options: TrainingOptions = {},
): Promise<NeuralGenerator> {
  const rows = prepareRows(spec.kind, data, sizes);
  const definition = defineNormalizingFlow(spec, rows.sizes);
  return createFlow(spec, await trainGenerator(definition, training, rows, stream, hooks, options));
}

/**
 * The training of `trainNormalizingFlow` as a plan: `trainingProgram(plan, unroll)` is its program.
 * @throws RuntimeError for a training set that cannot be trained on
 */
export function normalizingFlowPlan(
  spec: NormalizingFlowSpec,
  training: GeneratorTraining,
  data: TrainingSet,
  sizes: ModelSizes,
  stream: RandomStream,
): TrainingPlan {
  const rows = prepareRows(spec.kind, data, sizes);
  return generatorPlan(defineNormalizingFlow(spec, rows.sizes), training, rows, stream);
}

/**
 * The model that `tensors` were saved from.
 * @throws RuntimeError weights-mismatch where a tensor is missing or of another size
 */
export async function loadNormalizingFlow(
  spec: NormalizingFlowSpec,
  sizes: ModelSizes,
  tensors: Checkpoint["tensors"],
): Promise<NeuralGenerator> {
  const outcome = varyingColumns(readOutcomeScaler(spec.kind, tensors, sizes)).length;
  const definition = defineNormalizingFlow(spec, { context: sizes.context, outcome });
  return createFlow(spec, readGenerator(definition, sizes, tensors));
}

function createFlow(spec: NormalizingFlowSpec, weights: GeneratorWeights): NeuralGenerator {
  const logDensity = flowLogDensity(spec, weights.definition.sizes);
  const density: RowFunction = {
    size: ROWS,
    inputs: {},
    build: (parameters, outcomes, contexts) => logDensity(parameters, outcomes, contexts),
    calls: [() => undefined],
  };
  return createGenerator(weights, {
    likelihood: "exact",
    logLikelihood: (contexts, outcomes, rows) => logDensities(weights, density, contexts, outcomes, rows),
  });
}
