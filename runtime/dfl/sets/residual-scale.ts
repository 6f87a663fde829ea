import { factorize } from "../../decide/structured/dense.ts";

/** Added to the covariance's diagonal, relative to it. */
const RIDGE = 1e-3;

/**
 * The lower Cholesky factor of the residuals' covariance: the set of mean and covariance that training starts from.
 *
 * @param fitted predictions, rows × d
 */
export function residualScale(fitted: Float64Array, outcomes: Float64Array, d: number): Float64Array {
  const rows = outcomes.length / d;
  const covariance = new Float64Array(d * d);
  const residual = new Float64Array(d);
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < d; j++) residual[j] = outcomes[row * d + j]! - fitted[row * d + j]!;
    for (let i = 0; i < d; i++)
      for (let j = 0; j <= i; j++) covariance[i * d + j]! += (residual[i]! * residual[j]!) / rows;
  }
  let mean = 0;
  for (let j = 0; j < d; j++) mean += covariance[j * (d + 1)]! / d;
  for (let j = 0; j < d; j++)
    covariance[j * (d + 1)]! += RIDGE * Math.max(covariance[j * (d + 1)]!, mean, Number.MIN_VALUE);
  factorize(covariance, d, d);
  for (let i = 0; i < d; i++) for (let j = i + 1; j < d; j++) covariance[i * d + j] = 0;
  return covariance;
}
