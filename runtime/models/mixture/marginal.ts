import { cholesky } from "./cholesky.ts";
import { logNormal, softmaxInPlace, type Mixture } from "./em.ts";
import type { ColumnScales } from "./standardise.ts";

/** A mixture's law of some of its columns, in the units of the data. */
export interface MarginalMixture {
  /** π_k */
  readonly weights: Float64Array;
  /** K vectors, one value a column. */
  readonly means: readonly Float64Array[];
  /** K covariances, row-major. */
  readonly covariances: readonly Float64Array[];
  /** `log q` of each of `rows` rows of these columns, row-major. */
  logDensity(values: Float64Array, rows: number): Float64Array;
}

/**
 * The marginal of a Gaussian mixture is the mixture of its components' marginals: the means and covariances of the
 * columns that are kept, with the same weights. Densities in log space.
 * @param columns of the joint (x, s), each once, in the order wanted
 */
export function marginalMixture(mixture: Mixture, scales: ColumnScales, columns: readonly number[]): MarginalMixture {
  const { width, logWeights, means, factors } = mixture;
  const size = columns.length;
  const parts = factors.map((factor, k) => {
    const covariance = new Float64Array(size * size);
    for (const [a, row] of columns.entries())
      for (const [b, other] of columns.entries()) {
        let sum = 0;
        for (let j = 0; j <= Math.min(row, other); j++) sum += factor[row * width + j]! * factor[other * width + j]!;
        covariance[a * size + b] = sum;
      }
    // A part of a positive definite matrix is positive definite; where rounding denies it, the least addition helps.
    let own = cholesky(covariance, size);
    for (let added = 1e-14; own === null; added *= 10) {
      const raised = covariance.slice();
      for (let j = 0; j < size; j++) raised[j * size + j]! += added;
      own = cholesky(raised, size);
    }
    return { mean: Float64Array.from(columns, (column) => means[k]![column]!), covariance, factor: own };
  });
  const spread = Float64Array.from(columns, (column) => scales.spread[column]!);
  const shift = Float64Array.from(columns, (column) => scales.mean[column]!);
  const jacobian = spread.reduce((sum, value) => sum + Math.log(value), 0);
  return {
    weights: logWeights.map(Math.exp),
    means: parts.map(({ mean }) => mean.map((value, j) => value * spread[j]! + shift[j]!)),
    covariances: parts.map(({ covariance }) =>
      covariance.map((value, at) => value * spread[Math.floor(at / size)]! * spread[at % size]!),
    ),
    logDensity(values, rows) {
      const terms = new Float64Array(parts.length);
      const row = new Float64Array(size);
      const scratch = new Float64Array(size);
      return Float64Array.from({ length: rows }, (_, at) => {
        for (let j = 0; j < size; j++) row[j] = (values[at * size + j]! - shift[j]!) / spread[j]!;
        for (const [k, { mean, factor }] of parts.entries())
          terms[k] = logWeights[k]! + logNormal(mean, factor, size, size, row, 0, scratch);
        return softmaxInPlace(terms) - jacobian;
      });
    },
  };
}
