import type { Dataset, LoadOptions } from "../data/dataset.ts";
import type { Decider } from "../decide/types.ts";
import type { NeuralGenerator } from "../models/neural/model.ts";
import type { Checkpoint, ConditionalSampler, TrainHooks, TrainingSet } from "../models/sampler.ts";
import type {
  AdamSpec,
  DataSpec,
  DecisionProblem,
  FlowMatchingSpec,
  MixtureSpec,
  NeuralGeneratorSpec,
  Sizes,
} from "../spec.ts";
import type { MixtureTensors } from "../models/mixture/stored.ts";
import type { ResidualBootstrap } from "../models/residual/index.ts";
import type { RandomStream } from "../tensor/random.ts";

/** Named float32 tensors, as a run folder keeps them. */
export type ModelTensors = Checkpoint["tensors"];

/** A trained model that its tensors bring back. */
export interface StoredSampler
  extends ConditionalSampler, Pick<NeuralGenerator, "logLikelihood" | "samplerOnnx" | "dispose"> {
  readonly tensors: ModelTensors;
}

export interface PointPredictor {
  readonly tensors: ModelTensors;
  /** `context` to `outcome`, in the data's units, for any number of rows. */
  predictorOnnx(): Uint8Array;
  /** @returns rows × d */
  predict(contexts: Float64Array, rows: number): Promise<Float64Array>;
  dispose(): Promise<void>;
}

/** A multilayer perceptron trained on squared error. */
export interface PredictorSpec {
  readonly hidden: readonly number[];
  readonly activation: FlowMatchingSpec["activation"];
  readonly steps: number;
  readonly batch: number;
  readonly optimizer: AdamSpec;
}

export interface FlowTraining {
  readonly steps: number;
  readonly batch: number;
  readonly optimizer: AdamSpec;
}

type ModelSizes = Pick<Sizes, "context" | "outcome">;

/** The parts that a run is made of. Tests watch or replace one; nothing else does. */
export interface Backend {
  loadData(spec: DataSpec, sizes: Sizes, options: LoadOptions): Promise<Dataset>;
  createDecider(problem: DecisionProblem): Promise<Decider>;
  trainFlow(
    spec: NeuralGeneratorSpec,
    training: FlowTraining,
    data: TrainingSet,
    sizes: ModelSizes,
    stream: RandomStream,
    hooks: TrainHooks,
  ): Promise<StoredSampler>;
  /** One generator for each weighting of the rows; flows all in one program. */
  trainFlowGrid(
    spec: NeuralGeneratorSpec,
    training: FlowTraining,
    data: TrainingSet,
    grid: readonly Float64Array[],
    sizes: ModelSizes,
    stream: RandomStream,
    hooks: TrainHooks,
  ): Promise<StoredSampler[]>;
  loadFlow(spec: NeuralGeneratorSpec, sizes: ModelSizes, tensors: ModelTensors): Promise<StoredSampler>;
  trainPredictor(
    spec: PredictorSpec,
    data: TrainingSet,
    sizes: ModelSizes,
    stream: RandomStream,
    hooks: TrainHooks,
  ): Promise<PointPredictor>;
  fitMixture(
    spec: MixtureSpec,
    data: TrainingSet,
    sizes: ModelSizes,
    stream: RandomStream,
    hooks: Pick<TrainHooks, "signal">,
  ): Promise<ConditionalSampler & { readonly tensors: MixtureTensors }>;
  fitResidualBootstrap(data: TrainingSet, sizes: ModelSizes): ResidualBootstrap;
}
