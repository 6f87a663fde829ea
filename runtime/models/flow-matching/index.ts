import type { FlowMatchingSpec } from "../../spec.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { runTraining, type TrainingOptions } from "../../tensor/training.ts";
import { readWeights, weightTensors } from "../mlp-weights.ts";
import type { Checkpoint, ConditionalSampler, TrainHooks, TrainingSet } from "../sampler.ts";
import { fitStandardizer } from "../standardizer.ts";
import { checkTrainingSet } from "../training-set.ts";
import type { LikelihoodOptions } from "../ode/flow-density.ts";
import { flowLogDensities } from "./likelihood.ts";
import { FlowSampler, samplerOnnx, type FlowWeights } from "./sample.ts";
import { flowPlan, type FlowTraining } from "./train.ts";
import { velocityLayout, type FlowSizes } from "./velocity.ts";

export type { FlowSizes, FlowTraining };

/** A trained conditional flow: samples, and can be saved and loaded. */
export interface FlowModel extends ConditionalSampler {
  /** Sampling weights by name, with the scalers: all that `loadFlowModel` needs. */
  readonly tensors: Checkpoint["tensors"];
  /**
   * Log of the flow's density q(s | x) at each row in the data's units: exact, or an unbiased estimate of it by
   * Hutchinson's trace where `options` ask for that.
   * @throws RuntimeError likelihood-constant-column
   */
  logLikelihood(
    contexts: Float64Array,
    outcomes: Float64Array,
    rows: number,
    stream: RandomStream,
    options?: LikelihoodOptions,
  ): Promise<Float64Array>;
  readonly likelihood: "exact";
  /** The sampler as an ONNX model: `noise` and `context` (in the data's units) to `outcome`, any number of rows. */
  samplerOnnx(): Uint8Array;
  dispose(): Promise<void>;
}

/**
 * Trains a conditional flow (003 §4.1) on the given rows; weighted rows train the tilted law w·q (003 §4.3).
 * @param data contexts, outcomes and optional weights in the data's units; both are standardised inside, on these rows
 * @param stream all randomness: the same data, spec and stream give the same numbers, interrupted or not
 * @throws RuntimeError for a training set that cannot be trained on, a diverging loss or a foreign checkpoint
 */
export async function trainFlowMatching(
  spec: FlowMatchingSpec,
  training: FlowTraining,
  data: TrainingSet,
  sizes: FlowSizes,
  stream: RandomStream,
  hooks: TrainHooks = {},
  options: TrainingOptions = {},
): Promise<FlowModel> {
  checkTrainingSet(spec.kind, data, sizes);
  const context = fitStandardizer(data.contexts, data.rows, sizes.context);
  const outcome = fitStandardizer(data.outcomes, data.rows, sizes.outcome);
  const plan = flowPlan(spec, training, data, sizes, { context, outcome }, stream);
  const { average } = await runTraining(plan, hooks, options);
  return createFlowModel({ spec, sizes, parameters: average, context, outcome });
}

/**
 * Trains one flow for each weighting of the same rows, in one program: what `trainFlowMatching` with the same stream
 * gives for each, up to the rounding of float32. The grid of 003's strengths λ is such a set.
 * @param grid weights of the rows for each model; equal ones are Uniform FM
 * @throws RuntimeError as `trainFlowMatching`
 */
export async function trainFlowMatchingGrid(
  spec: FlowMatchingSpec,
  training: FlowTraining,
  data: TrainingSet,
  grid: readonly Float64Array[],
  sizes: FlowSizes,
  stream: RandomStream,
  hooks: TrainHooks = {},
  options: TrainingOptions = {},
): Promise<FlowModel[]> {
  checkTrainingSet(spec.kind, data, sizes);
  for (const weights of grid) checkTrainingSet(spec.kind, { ...data, weights }, sizes);
  if (grid.length === 0) return [];
  if (spec.coupling === "minibatch_ot") {
    // Each weighting draws its own rows, so that there is nothing to share; one slot cannot keep several trainings.
    const { checkpoint: _slot, ...rest } = hooks;
    const models: FlowModel[] = [];
    for (const weights of grid)
      models.push(await trainFlowMatching(spec, training, { ...data, weights }, sizes, stream, rest, options));
    return models;
  }
  const context = fitStandardizer(data.contexts, data.rows, sizes.context);
  const outcome = fitStandardizer(data.outcomes, data.rows, sizes.outcome);
  const plan = flowPlan(spec, training, data, sizes, { context, outcome }, stream, grid);
  const { average } = await runTraining(plan, hooks, options);
  const size = average.length / grid.length;
  return grid.map((_, member) => {
    const parameters = average.slice(member * size, (member + 1) * size);
    return createFlowModel({ spec, sizes, parameters, context, outcome });
  });
}

/**
 * The model that `tensors` were saved from.
 * @throws RuntimeError weights-mismatch where a tensor is missing or of another size
 */
export async function loadFlowModel(
  spec: FlowMatchingSpec,
  sizes: FlowSizes,
  tensors: Checkpoint["tensors"],
): Promise<FlowModel> {
  return createFlowModel({ spec, sizes, ...readWeights(spec.kind, velocityLayout(spec, sizes), sizes, tensors) });
}

function createFlowModel(weights: FlowWeights): FlowModel {
  const sampler = new FlowSampler(weights);
  return {
    tensors: weightTensors(velocityLayout(weights.spec, weights.sizes), weights),
    likelihood: "exact",
    logLikelihood: (contexts, outcomes, rows, stream, options = { divergence: "exact" }) =>
      flowLogDensities(weights, options, contexts, outcomes, rows, stream),
    sample: (contexts, rows, count, stream) => sampler.sample(contexts, rows, count, stream),
    samplerOnnx: () => samplerOnnx(weights),
    dispose: () => sampler.dispose(),
  };
}
