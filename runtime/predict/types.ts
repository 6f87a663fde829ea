/**
 * A predictor as a decision (001): a network whose parameters are what is decided, the loss of each row, and what it is
 * trained on. Robust methods train the same network on other rows, with other weights, or against an adversary.
 */
import type { Standardizer } from "../models/standardizer.ts";
import type { TrainHooks } from "../models/sampler.ts";
import type { Tensor } from "../tensor/graph.ts";
import type { Shape } from "../tensor/node.ts";
import type { OptimizerSpec } from "../tensor/optimizers.ts";
import type { ParameterLayout } from "../tensor/parameters.ts";
import type { RandomStream } from "../tensor/random.ts";

/** Mean and scale of the rows that a network was fitted on: inputs p values, targets d values. A scale of 0 is a constant. */
export interface PredictorScaling {
  readonly inputs: Standardizer;
  readonly targets: Standardizer;
}

/**
 * A network from inputs to predictions, both in the data's units: it standardises what it reads and unstandardises what
 * it predicts, so that losses, perturbations and generated rows are all in the units of the data.
 */
export interface PredictorNet {
  /** As the spec names it: `lstm`. */
  readonly name: string;
  /** Shape of one row's input: `[24]` a window, `[14, 14]` an image; rows are flat, p values each. */
  readonly input: Shape;
  /** d: values that are predicted. */
  readonly outputs: number;
  readonly scaling: PredictorScaling;
  /** Columns from … to − 1 of an input whose values are of one kind: a series, an image. */
  readonly alike: readonly (readonly [from: number, to: number])[];
  readonly layout: ParameterLayout;
  /** Numbers that the network has beside its parameters, which training leaves alone (random features). */
  readonly fixed: readonly { readonly name: string; readonly shape: Shape; readonly data: Float32Array }[];
  initial(stream: RandomStream): Float32Array;
  /** `inputs` [rows, p] to predictions [rows, d], as part of the graph of `inputs`. */
  forward(parameters: readonly Tensor[], inputs: Tensor): Tensor;
}

/** Rows of one program. */
export interface PredictedRows {
  /** [rows, d] */
  readonly predictions: Tensor;
  /** [rows, d] */
  readonly targets: Tensor;
  /** [rows, p] */
  readonly inputs: Tensor;
}

/** The loss of each row as part of a tensor program: [rows, 1]. */
export type RowLoss = (rows: PredictedRows) => Tensor;

/** Rows with what is to be predicted, row-major, in the data's units. */
export interface PredictorData {
  readonly rows: number;
  /** rows × p */
  readonly inputs: Float64Array;
  /** rows × d */
  readonly targets: Float64Array;
  /** The zone or group of each row, an index into `groupNames`. */
  readonly groups: Int32Array;
  readonly groupNames: readonly string[];
  /** What the columns of groups say of each row, where the data declare some. */
  readonly labels?: RowLabels;
}

/** A label for each row. */
export interface RowLabels {
  /** An index into `names`. */
  readonly of: Int32Array;
  readonly names: readonly string[];
}

export interface PredictorTraining {
  readonly steps: number;
  readonly batch: number;
  readonly optimizer: OptimizerSpec;
}

/** What an attack sees of a batch; `loss` is the loss of each row at other rows, under the current parameters. */
export interface AttackedBatch {
  readonly parameters: readonly Tensor[];
  readonly inputs: Tensor;
  readonly targets: Tensor;
  loss(inputs: Tensor, targets: Tensor): Tensor;
}

/** Rows to train on instead of a batch's own; their dependence on the parameters is cut by `trainPredictor`. */
export type Attack = (batch: AttackedBatch) => { readonly inputs: Tensor; readonly targets: Tensor };

/** One number from the losses of a batch, [rows, 1]; `weights` [rows, 1] have mean one over the training rows. */
export type Aggregate = (losses: Tensor, weights: Tensor | null) => Tensor;

export interface PredictorTrainingOptions {
  /** A weight for each row, non-negative. */
  readonly weights?: Float64Array;
  /** Moves each batch to where the loss is worse, inside the training program. */
  readonly attack?: Attack;
  /** The (weighted) mean where it is left out. */
  readonly aggregate?: Aggregate;
  /** Parameters to go on from, instead of `net.initial`. */
  readonly initial?: Float32Array;
  readonly hooks?: TrainHooks;
  /** In messages instead of the network's name. */
  readonly model?: string;
}

/** A network with its parameters. */
export interface TrainedPredictor {
  readonly net: PredictorNet;
  readonly parameters: Float32Array;
}

/** See `trainPredictor` in train.ts. Deterministic in the stream's seed and name. */
export type TrainPredictor = (
  net: PredictorNet,
  loss: RowLoss,
  data: PredictorData,
  training: PredictorTraining,
  stream: RandomStream,
  options?: PredictorTrainingOptions,
) => Promise<TrainedPredictor>;

/** Predictions (rows × d) at inputs (rows × p); see `predict` in evaluate.ts. */
export type Predict = (predictor: TrainedPredictor, inputs: Float64Array, rows: number) => Promise<Float64Array>;

/** The loss of each row of a data set; see `rowLosses` in evaluate.ts. */
export type RowLosses = (predictor: TrainedPredictor, loss: RowLoss, data: PredictorData) => Promise<Float64Array>;
