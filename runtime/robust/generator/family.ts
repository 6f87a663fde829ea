import type { ModelSizes } from "../../models/neural/definition.ts";
import type { FloatData } from "../../tensor/executor.ts";
import type { Tensor } from "../../tensor/graph.ts";
import type { ParameterLayout } from "../../tensor/parameters.ts";
import type { RandomStream } from "../../tensor/random.ts";

/** Random numbers that each row of the reconstruction loss reads. */
export interface ReconstructionInput {
  readonly name: string;
  readonly columns: number;
  /** Fills `out` for the rows from `firstRow` of the stream on. */
  readonly fill: (stream: RandomStream, out: FloatData, firstRow: number) => void;
}

/** A Gaussian with independent components at each row. */
export interface Transition {
  /** [rows, d] */
  readonly mean: Tensor;
  /** [rows, 1] or [rows, d], positive, and no function of the parameters. */
  readonly deviation: Tensor;
}

/**
 * A likelihood-based generator as a set of laws P_θ (001 §4): its reconstruction loss J(θ), and sampling as a chain of
 * Gaussian transitions, whose densities the gradient estimators need. All in the space standardised on the training rows.
 */
export interface GenerativeFamily {
  /** `ddpm` */
  readonly model: string;
  readonly sizes: ModelSizes;
  readonly layout: ParameterLayout;
  /** J of each row, [rows, 1]: mean over columns of the squared error (001 eq. 4; 001 App. B for a VAE). */
  readonly reconstruction: (
    parameters: readonly Tensor[],
    outcomes: Tensor,
    contexts: Tensor | null,
    drawn: (name: string) => Tensor,
  ) => Tensor;
  readonly reconstructionInputs: readonly ReconstructionInput[];
  /** Columns of the state that a chain starts from. */
  readonly start: number;
  /** Numbers that each transition reads, the same for all rows of a step. */
  readonly coefficients: readonly (readonly number[])[];
  /** @param coefficients [rows, …] or [1, …] */
  readonly transition: (
    parameters: readonly Tensor[],
    state: Tensor,
    contexts: Tensor | null,
    coefficients: Tensor,
  ) => Transition;
}
