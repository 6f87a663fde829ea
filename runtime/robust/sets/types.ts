import type { Affine, ConeBuilder } from "./cone-builder.ts";

/** The worst expectation of given losses over the laws of a set, with a law that attains it. */
export interface WorstWeights {
  readonly value: number;
  /** Probabilities of the rows. */
  readonly weights: Float64Array;
}

/**
 * An ambiguity set of laws that have their mass on the data: the inner maximisation is over the rows' weights alone,
 * whatever the predictor.
 */
export interface ReweightingSet {
  /** `chi2` */
  readonly name: string;
  /**
   * `max { Σ q_i f_i : q in the set }`.
   * @param losses f_i
   * @param probabilities of the nominal law, positive and summing to 1; uniform unless given
   */
  worst(losses: Float64Array, probabilities?: Float64Array): WorstWeights;
  /**
   * An upper bound on the worst expectation as rows of a cone program whose minimum is that expectation: the dual of the
   * inner maximisation, linear in the losses. Absent where the set has no such form.
   */
  readonly dual?: (builder: ConeBuilder, losses: readonly Affine[], probabilities: Float64Array) => Affine;
}

/** 1/n each. */
export function uniform(count: number): Float64Array {
  return new Float64Array(count).fill(1 / count);
}

/** Indices of values from the largest to the smallest. */
export function descending(values: ArrayLike<number>): Int32Array {
  return Int32Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[b]! - values[a]!);
}

/** Indices of values from the smallest to the largest. */
export function ascending(values: ArrayLike<number>): Int32Array {
  return descending(values).reverse();
}

export function expectation(weights: Float64Array, values: Float64Array): number {
  return weights.reduce((sum, w, i) => sum + w * values[i]!, 0);
}
