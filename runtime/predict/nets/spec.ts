import { sizeOf, type Shape } from "../../tensor/node.ts";
import type { Activation } from "../../tensor/parameters.ts";

/** The network of a predictor, as `= lstm { … }` says it. */
export type PredictorSpec =
  /** Affine in the inputs: linear regression, or the scores of a linear classifier. */
  | { readonly kind: "linear" }
  /** Probabilities from affine scores: the logistic function of one, the softmax of several. */
  | { readonly kind: "logistic" }
  /**
   * Affine in `features` random Fourier features of the inputs (Rahimi & Recht 2007), the least-squares fit of which tends
   * to ridge regression with the Gaussian kernel `exp(−‖x − x′‖² / (2 p bandwidth²))` of standardised inputs as their
   * number grows.
   */
  | { readonly kind: "kernel"; readonly features: number; readonly bandwidth: number }
  | { readonly kind: "mlp"; readonly hidden: readonly number[]; readonly activation: Activation }
  /** LSTM layers over a window, and an affine layer on the last step's output (001 §5). */
  | { readonly kind: "lstm"; readonly layers: readonly number[] }
  /** Convolutions along a window or over an image, each with ReLU, then fully connected layers. */
  | {
      readonly kind: "cnn";
      readonly channels: readonly number[];
      readonly kernel: number;
      readonly stride: number;
      readonly hidden: readonly number[];
    };

/** One field of the input: `window y: real[24]` has shape [24]. */
export interface InputPart {
  readonly name: string;
  readonly shape: Shape;
  /**
   * True where its values are of one kind, as those of a series or an image are: they are standardised together, so that
   * a pixel that hardly varies is not blown up. Else each is standardised for itself.
   */
  readonly alike?: boolean;
}

/** Columns from … to − 1 of each part whose values are of one kind. */
export function alikeColumns({ inputs }: Pick<PredictorShape, "inputs">): readonly (readonly [number, number])[] {
  let to = 0;
  return inputs.flatMap(({ shape, alike }) => {
    const from = to;
    to += sizeOf(shape);
    return alike === true ? [[from, to] as const] : [];
  });
}

/** What a network reads and how many values it predicts. */
export interface PredictorShape {
  /** The fields one after another. */
  readonly inputs: readonly InputPart[];
  readonly outputs: number;
}
