import type { RandomStream } from "../../tensor/random.ts";
import { runTraining, type TrainingOptions } from "../../tensor/training.ts";
import { readWeights, weightTensors } from "../mlp-weights.ts";
import type { Checkpoint, ConditionalSampler, TrainHooks } from "../sampler.ts";
import type { GeneratorDefinition, ModelSizes } from "./definition.ts";
import { generatorPlan, type GeneratorTraining } from "./plan.ts";
import type { PreparedRows } from "./rows.ts";
import { generatorOnnx, GeneratorSampler, type GeneratorWeights } from "./sampler.ts";

/** A generator trained by gradient steps: samples, and can be saved and loaded. */
export interface NeuralGenerator extends ConditionalSampler {
  /** Sampling weights by name, with the scalers: all that the model is loaded from. */
  readonly tensors: Checkpoint["tensors"];
  /**
   * Log of the model's density q(s | x) at each row in the data's units, or a lower bound on it: `likelihood` says which.
   * @param contexts rows × p, row-major
   * @param outcomes rows × d, row-major
   * @param stream draws of a bound or an estimate; exact densities read nothing of it
   */
  logLikelihood(
    contexts: Float64Array,
    outcomes: Float64Array,
    rows: number,
    stream: RandomStream,
  ): Promise<Float64Array>;
  readonly likelihood: "exact" | "bound" | "estimate";
  /** The sampler as an ONNX model: `noise` and `context` (in the data's units) to `outcome`, any number of rows. */
  samplerOnnx(): Uint8Array;
  dispose(): Promise<void>;
}

/**
 * Trains a definition on prepared rows, weighted where they have weights. A law whose every column is constant has
 * nothing to train.
 * @throws RuntimeError for a diverging loss or a foreign checkpoint
 */
export async function trainGenerator(
  definition: GeneratorDefinition,
  training: GeneratorTraining,
  data: PreparedRows,
  stream: RandomStream,
  hooks: TrainHooks = {},
  options: TrainingOptions = {},
): Promise<GeneratorWeights> {
  const { context, outcome } = data;
  if (data.sizes.outcome === 0) {
    const parameters = new Float32Array(definition.layout.size);
    return { definition, parameters, context, outcome };
  }
  const plan = generatorPlan(definition, training, data, stream);
  const { average } = await runTraining(plan, hooks, options);
  return { definition, parameters: average, context, outcome };
}

/**
 * The weights that a model's tensors hold.
 * @param sizes of the data, constant columns included
 * @throws RuntimeError weights-mismatch where a tensor is missing or of another size
 */
export function readGenerator(
  definition: GeneratorDefinition,
  sizes: ModelSizes,
  tensors: Checkpoint["tensors"],
): GeneratorWeights {
  return { definition, ...readWeights(definition.model, definition.layout, sizes, tensors) };
}

/**
 * A generator around trained weights.
 * @param extras further tensors that the definition is made from when it is loaded
 */
export function createGenerator(
  weights: GeneratorWeights,
  density: Pick<NeuralGenerator, "logLikelihood" | "likelihood">,
  extras: Readonly<Record<string, Float32Array>> = {},
): NeuralGenerator {
  const sampler = new GeneratorSampler(weights);
  const more = Object.entries(extras).map(([name, data]) => [name, { shape: [data.length], data }]);
  return {
    tensors: { ...weightTensors(weights.definition.layout, weights), ...Object.fromEntries(more) },
    sample: (contexts, rows, count, stream) => sampler.sample(contexts, rows, count, stream),
    logLikelihood: density.logLikelihood,
    likelihood: density.likelihood,
    samplerOnnx: () => generatorOnnx(weights),
    dispose: () => sampler.dispose(),
  };
}
