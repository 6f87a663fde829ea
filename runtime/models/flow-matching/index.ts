import { RuntimeError } from "../../errors/runtime-error.ts";
import type { FlowMatchingSpec } from "../../spec.ts";
import { tensorCatalogue } from "../../tensor/catalogue.ts";
import { sizeOf } from "../../tensor/node.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { runTraining, type TrainingOptions } from "../../tensor/training.ts";
import type { Checkpoint, ConditionalSampler, TrainHooks, TrainingSet } from "../sampler.ts";
import { fitStandardizer } from "../standardizer.ts";
import { checkTrainingSet } from "../training-set.ts";
import { FlowSampler, samplerOnnx, type FlowWeights } from "./sample.ts";
import { flowPlan, type FlowTraining } from "./train.ts";
import { velocityLayout, type FlowSizes } from "./velocity.ts";

export type { FlowSizes, FlowTraining };

/** A trained conditional flow: samples, and can be saved and loaded. */
export interface FlowModel extends ConditionalSampler {
  /** Sampling weights by name, with the scalers: all that `loadFlowModel` needs. */
  readonly tensors: Checkpoint["tensors"];
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
 * The model that `tensors` were saved from.
 * @throws RuntimeError weights-mismatch where a tensor is missing or of another size
 */
export async function loadFlowModel(
  spec: FlowMatchingSpec,
  sizes: FlowSizes,
  tensors: Checkpoint["tensors"],
): Promise<FlowModel> {
  const read = (name: string, size: number): Float32Array => {
    const found = tensors[name]?.data;
    if (found?.length === size) return found;
    const reason = found === undefined ? `${name} is missing` : `${name} has ${found.length} values, not ${size}`;
    throw new RuntimeError(tensorCatalogue, "weights-mismatch", { model: spec.kind, reason });
  };
  const layout = velocityLayout(spec, sizes);
  const parameters = new Float32Array(layout.size);
  for (const { name, shape, offset } of layout.slots) parameters.set(read(name, sizeOf(shape)), offset);
  const context = { mean: read("context.mean", sizes.context), scale: read("context.scale", sizes.context) };
  const outcome = { mean: read("outcome.mean", sizes.outcome), scale: read("outcome.scale", sizes.outcome) };
  return createFlowModel({ spec, sizes, parameters, context, outcome });
}

function createFlowModel(weights: FlowWeights): FlowModel {
  const { spec, sizes, parameters, context, outcome } = weights;
  const sampler = new FlowSampler(weights);
  const slots = velocityLayout(spec, sizes).slots.map(({ name, shape, offset }) => [
    name,
    { shape, data: parameters.slice(offset, offset + sizeOf(shape)) },
  ]);
  return {
    tensors: {
      ...Object.fromEntries(slots),
      "context.mean": vector(context.mean),
      "context.scale": vector(context.scale),
      "outcome.mean": vector(outcome.mean),
      "outcome.scale": vector(outcome.scale),
    },
    sample: (contexts, rows, count, stream) => sampler.sample(contexts, rows, count, stream),
    samplerOnnx: () => samplerOnnx(weights),
    dispose: () => sampler.dispose(),
  };
}

function vector(data: Float32Array): Checkpoint["tensors"][string] {
  return { shape: [data.length], data };
}
