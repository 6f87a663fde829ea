import type { ScoreSdeSpec } from "../../spec.ts";
import type { Tensor } from "../../tensor/graph.ts";
import * as ops from "../../tensor/ops.ts";
import type { RandomStream } from "../../tensor/random.ts";
import type { TrainingOptions, TrainingPlan } from "../../tensor/training.ts";
import { dataBound, OUTCOME_BOUND } from "../neural/bound.ts";
import type { ModelSizes } from "../neural/definition.ts";
import { createGenerator, readGenerator, trainGenerator, type NeuralGenerator } from "../neural/model.ts";
import { generatorPlan, type GeneratorTraining } from "../neural/plan.ts";
import { prepareRows, varyingColumns } from "../neural/rows.ts";
import type { GeneratorWeights } from "../neural/sampler.ts";
import { readOutcomeScaler, readTensor } from "../neural/weights.ts";
import { continuousLogDensities, type ContinuousFlow, type LikelihoodOptions } from "../ode/flow-density.ts";
import type { Checkpoint, TrainHooks, TrainingSet } from "../sampler.ts";
import { defineScoreSde, noiseDeviation, numbersAt, predictNoise } from "./definition.ts";
import { FIRST_TIME, noiseProcess } from "./process.ts";

/**
 * Trains score-based diffusion on the given rows (000 §3; Song et al. 2021); weighted rows train the tilted law.
 * @param data contexts, outcomes and optional weights in the data's units; both are standardised inside, on these rows
 * @throws RuntimeError for a training set that cannot be trained on, a diverging loss or a foreign checkpoint
 */
export async function trainScoreSde(
  spec: ScoreSdeSpec,
  training: GeneratorTraining,
  data: TrainingSet,
  sizes: ModelSizes,
  stream: RandomStream,
  hooks: TrainHooks = {},
  options: TrainingOptions = {},
): Promise<NeuralGenerator> {
  const rows = prepareRows(spec.kind, data, sizes);
  const bound = dataBound(rows);
  const definition = defineScoreSde(spec, rows.sizes, bound);
  return createScoreSde(spec, await trainGenerator(definition, training, rows, stream, hooks, options), bound);
}

/**
 * The training of `trainScoreSde` as a plan: `trainingProgram(plan, unroll)` is its program.
 * @throws RuntimeError for a training set that cannot be trained on
 */
export function scoreSdePlan(
  spec: ScoreSdeSpec,
  training: GeneratorTraining,
  data: TrainingSet,
  sizes: ModelSizes,
  stream: RandomStream,
): TrainingPlan {
  const rows = prepareRows(spec.kind, data, sizes);
  return generatorPlan(defineScoreSde(spec, rows.sizes, dataBound(rows)), training, rows, stream);
}

/**
 * The model that `tensors` were saved from.
 * @throws RuntimeError weights-mismatch where a tensor is missing or of another size
 */
export async function loadScoreSde(
  spec: ScoreSdeSpec,
  sizes: ModelSizes,
  tensors: Checkpoint["tensors"],
): Promise<NeuralGenerator> {
  const outcome = varyingColumns(readOutcomeScaler(spec.kind, tensors, sizes)).length;
  const bound = readTensor(spec.kind, tensors, OUTCOME_BOUND, 1)[0]!;
  const definition = defineScoreSde(spec, { context: sizes.context, outcome }, bound);
  return createScoreSde(spec, readGenerator(definition, sizes, tensors), bound);
}

/** The probability flow `ds/dt = f s + ½ g² ε̂/σ` of a trained model (Song et al. 2021, eq. 13). */
export function probabilityFlow(spec: ScoreSdeSpec, weights: GeneratorWeights): ContinuousFlow {
  const process = noiseProcess(spec.sde);
  const predict = predictNoise(spec, weights.definition.sizes);
  return {
    layout: weights.definition.layout,
    parameters: weights.parameters,
    context: weights.context,
    outcome: weights.outcome,
    times: [FIRST_TIME, 1],
    noise: noiseDeviation(process),
    coefficients(t) {
      const [, scale, , sigma] = numbersAt(process, t);
      return [t, scale, process.drift(t), process.diffusion(t) / (2 * sigma)];
    },
    velocity(parameters, state, contexts, coefficients) {
      const c = (k: number): Tensor => ops.slice(coefficients, 1, k, k + 1);
      const predicted = predict(parameters, state, contexts, c(0), c(1));
      return ops.add(ops.mul(state, c(2)), ops.mul(predicted, c(3)));
    },
  };
}

/** Components up to which the divergence is computed exactly. */
const EXACT_COMPONENTS = 16;

function createScoreSde(spec: ScoreSdeSpec, weights: GeneratorWeights, bound: number): NeuralGenerator {
  const exact = weights.definition.sizes.outcome <= EXACT_COMPONENTS;
  const options: LikelihoodOptions = exact ? { divergence: "exact" } : { divergence: "hutchinson", probes: 4 };
  return createGenerator(
    weights,
    {
      likelihood: exact ? "exact" : "estimate",
      logLikelihood: (contexts, outcomes, rows, stream) =>
        continuousLogDensities(probabilityFlow(spec, weights), options, contexts, outcomes, rows, stream),
    },
    { [OUTCOME_BOUND]: Float32Array.of(bound) },
  );
}
