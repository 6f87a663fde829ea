import type { FloatData } from "../../tensor/executor.ts";
import type { Tensor } from "../../tensor/graph.ts";
import type { ParameterLayout } from "../../tensor/parameters.ts";
import type { RandomStream } from "../../tensor/random.ts";

/** p context values (0 for an unconditional law) and d outcome values. */
export interface ModelSizes {
  readonly context: number;
  readonly outcome: number;
}

/** Random numbers that the loss of each row reads beside the row itself. */
export interface RowInput {
  readonly name: string;
  readonly columns: number;
  /** Fills `out` for the rows from `firstRow` of the whole training on: a function of the stream and the position. */
  readonly fill: (stream: RandomStream, out: FloatData, firstRow: number) => void;
}

/** Rows of a batch in standardised space. */
export interface BatchRows {
  /** `[rows, d]` */
  readonly outcomes: Tensor;
  /** `[rows, p]`, or `null` for p = 0 */
  readonly contexts: Tensor | null;
  /** The row input of that name, `[rows, columns]`. */
  readonly drawn: (name: string) => Tensor;
}

/** How outcomes are drawn: a state of noise that is moved one step at a time. A map is one step. */
export interface Sampling {
  /** Standard normal numbers that a row starts from. */
  readonly start: number;
  /** Numbers that each step reads, the same for all rows; one empty list for a map. */
  readonly coefficients: readonly (readonly number[])[];
  /** Further standard normal numbers that each step of a row reads. */
  readonly noise: number;
  /**
   * @param state `[rows, start]`
   * @param coefficients `[1, …]`, or `null` where there are none
   * @param noise `[rows, noise]`, or `null` for none
   * @returns the next state; after the last step `[rows, d]`
   */
  readonly step: (
    parameters: readonly Tensor[],
    state: Tensor,
    contexts: Tensor | null,
    coefficients: Tensor | null,
    noise: Tensor | null,
  ) => Tensor;
}

/**
 * What tells one generator trained by gradient steps from another. Everything is in space standardised on the training
 * rows, and the outcome's constant columns are left out.
 */
export interface GeneratorDefinition {
  /** For messages: `ddpm`. */
  readonly model: string;
  readonly sizes: ModelSizes;
  readonly layout: ParameterLayout;
  /** Decay of the weights' moving average; 0 for none. */
  readonly ema: number;
  readonly initial: (stream: RandomStream) => Float32Array;
  readonly inputs: readonly RowInput[];
  /** Loss of each row, `[rows, 1]`: its weighted mean is what training minimises. */
  readonly loss: (parameters: readonly Tensor[], rows: BatchRows) => Tensor;
  readonly sampling: Sampling;
}

/** Standard normal numbers for each row. */
export function normalInput(name: string, columns: number): RowInput {
  return { name, columns, fill: (stream, out, firstRow) => stream.normal(out, firstRow * columns) };
}

/** Numbers uniform in [0, 1) for each row. */
export function uniformInput(name: string, columns: number): RowInput {
  return { name, columns, fill: (stream, out, firstRow) => stream.uniform(out, firstRow * columns) };
}
