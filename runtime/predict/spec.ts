/**
 * What an emitted pipeline whose decision is a predictor is made of (001); see `runtime/spec.ts` for decisions of one
 * stage. Nothing here refers to the language.
 */
import type { PartIR } from "../ir/model.ts";
import type { AdamSpec, FieldSpec, GeneratorSpec, PipelineHeader, Place, SourceSpec, SplitSpec } from "../spec.ts";
import type { RobustMethodSpec } from "../robust/spec.ts";
import type { InputPart, PredictorSpec } from "./nets/spec.ts";
import type { RowLoss } from "./types.ts";

export type { PredictorSpec } from "./nets/spec.ts";

/** `window y: real[24] -> horizon: real[h]`: one column, cut into its past and what follows. */
export interface WindowSpec {
  /** Of one column; its role is `outcome`, since what it predicts is its own future. */
  readonly field: FieldSpec;
  /** Past values, the last of which is the newest that is known. */
  readonly length: number;
  readonly horizon: { readonly name: string; readonly size: number };
}

/** Rows of equal values of a column stay together; values that no part takes are left out. */
export interface SplitBySpec {
  readonly kind: "by";
  readonly column: string;
  readonly train: PartIR;
  readonly validation?: PartIR;
  readonly test: PartIR;
  readonly at: Place;
}

export interface ForecastDataSpec {
  readonly name: string;
  readonly source: SourceSpec;
  /** Index, contexts and, where there are no windows, outcomes. */
  readonly fields: readonly FieldSpec[];
  readonly windows: readonly WindowSpec[];
  readonly split: SplitSpec | SplitBySpec;
  /** Columns whose values tell which group a row is of, all of them together where there are several. */
  readonly groups?: readonly { readonly name: string; readonly column: string; readonly at: Place }[];
}

/** The decision: a network from the named fields to a horizon or an outcome. */
export interface PredictorDecisionSpec {
  readonly name: string;
  /** Windows and contexts that it reads, in the order of the loss's inputs. */
  readonly inputs: readonly InputPart[];
  readonly target: { readonly name: string; readonly size: number };
  readonly network: PredictorSpec;
  /**
   * How the loss makes scores probabilities, where it is the negative logarithm of one: of one-hot targets by `softmax`, of
   * a label 0 or 1, or −1 or 1 (`sigmoid_of_signs`), by a sigmoid.
   */
  readonly likelihood?: "softmax" | "sigmoid" | "sigmoid_of_signs";
  readonly at: Place;
}

/** `mean·E[L] + Σ_k weight_k·CVaR_{level_k}[L]` of the loss over the rows. */
export interface PredictorRiskSpec {
  readonly mean: number;
  readonly cvar: readonly { readonly weight: number; readonly level: number }[];
}

/** Steps of Adam on batches of the training rows. */
export interface MlSpec {
  readonly method: "ml";
  readonly steps: number;
  readonly batch: number;
  readonly optimizer: AdamSpec;
}

/** How the predictor is trained, and what it is compared with. */
export type PredictorMethodSpec = MlSpec | RobustMethodSpec;

/** Test sets made from the rows of the test part. */
export type CorruptionSpec =
  /** Independent Gaussian noise on the inputs, one test set a standard deviation (in the inputs' modelled units). */
  | { readonly kind: "gaussian"; readonly sd: readonly number[] }
  /** Smooth noise along the window or over the image: octaves of gradient noise, scaled to the amplitude (001 App. D). */
  | { readonly kind: "perlin"; readonly octaves: number; readonly amplitude: number }
  /** A stretch of the window, or a rectangle of the image, replaced by a constant. */
  | { readonly kind: "cutout"; readonly ratio: number; readonly value: number };

export interface StressSpec {
  readonly on: "test" | "validation";
  readonly corruptions: readonly CorruptionSpec[];
  readonly at: Place;
}

export type PredictorMetricSpec =
  /** Mean of the spec's own loss. */
  | { readonly metric: "mean_loss" }
  | { readonly metric: "mse" }
  | { readonly metric: "mae" }
  /** Share of rows whose greatest prediction is the class's; of one value, whose sides of `threshold` agree. */
  | { readonly metric: "accuracy" }
  | { readonly metric: "quantile_loss"; readonly level: number }
  /** The worst test set on the first of the other metrics, or on the loss. */
  | { readonly metric: "worst" }
  /** Wasserstein-1 distance of each test set's rows from the training rows. */
  | { readonly metric: "wasserstein_to_train" };

export interface PredictorEvaluationSpec {
  readonly on: "test" | "validation";
  readonly metrics: readonly PredictorMetricSpec[];
  readonly seeds: number;
  /** At most so many rows of each test set, evenly spaced; 0 is all. */
  readonly contexts: number;
}

/** A pipeline whose decision is a predictor. */
export interface ForecastPipeline extends PipelineHeader {
  readonly kind: "forecast";
  readonly places?: NonNullable<PipelineHeader["places"]> & {
    /** One a method of `compare`. */
    readonly baselines?: readonly Place[];
  };
  readonly data: ForecastDataSpec;
  readonly predictor: PredictorDecisionSpec;
  /** The loss of each row as a tensor program. */
  readonly loss: RowLoss;
  readonly risk: PredictorRiskSpec;
  /** The joint law of inputs and target that robust methods draw from; absent where none is declared. */
  readonly generator?: GeneratorSpec;
  /** Largest reconstruction loss of the generator (`ambiguity generative { budget }`): several are chosen among. */
  readonly budgets?: readonly number[];
  readonly train: PredictorMethodSpec;
  readonly compare: readonly PredictorMethodSpec[];
  readonly stress?: StressSpec;
  readonly evaluate: PredictorEvaluationSpec;
}
