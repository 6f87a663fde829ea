import { cholesky } from "./cholesky.ts";
import type { JointRows } from "./em.ts";
import { BLOCK_ROWS, rowKernels } from "./row-kernels.ts";

/** Lower Cholesky factor, width × width, of the variances with the floor added: a diagonal. */
export function diagonalFactor(variances: Float64Array, floor: number): Float64Array {
  const width = variances.length;
  const added = variances.every((variance) => variance + floor > 0) ? floor : LEAST_FLOOR;
  const factor = new Float64Array(width * width);
  for (const [j, variance] of variances.entries()) {
    if (!Number.isFinite(variance)) throw notFinite();
    factor[j * width + j] = Math.sqrt(variance + added);
  }
  return factor;
}

/** What a floor of 0 becomes where it leaves a covariance singular. */
const LEAST_FLOOR = 1e-12;

/** Factor of the covariance (lower part) with the floor on its diagonal; more where rounding still makes it indefinite. */
export function flooredFactor(covariance: Float64Array, width: number, floor: number): Float64Array {
  for (let added = floor; ; added = Math.max(10 * added, LEAST_FLOOR)) {
    const floored = covariance.slice();
    for (let j = 0; j < width; j++) floored[j * width + j]! += added;
    const factor = cholesky(floored, width);
    if (factor !== null) return factor;
    if (!(added < 1e6)) throw notFinite();
  }
}

function notFinite(): RangeError {
  return new RangeError("A covariance of the mixture is not finite.");
}

/** `Σ share v² / mass − μ²`. Rows are standardised, so that what cancels is small beside the floor. */
export function variances(mean: Float64Array, squares: Float64Array, mass: number): Float64Array {
  return mean.map((value, j) => (mass > 0 ? Math.max(0, squares[j]! / mass - value ** 2) : 0));
}

/** `Σ share (v − c)(v − c)ᵀ / mass` over the first `size` members, lower part; 0 where the mass is 0. */
export function secondMoments(
  { width, values }: JointRows,
  members: Int32Array,
  shares: Float64Array,
  size: number,
  centre: Float64Array,
  mass: number,
): Float64Array {
  const covariance = new Float64Array(width * width);
  if (!(mass > 0)) return covariance;
  const kernels = rowKernels(width, 1);
  const { rows: block } = kernels;
  kernels.clearProducts();
  for (let first = 0; first < size; first += BLOCK_ROWS) {
    const last = Math.min(size, first + BLOCK_ROWS);
    if (last - first < BLOCK_ROWS) block.fill(0);
    for (let m = first; m < last; m++) {
      const root = Math.sqrt(shares[m]!);
      const from = members[m]! * width;
      for (let j = 0, to = m - first; j < width; j++, to += BLOCK_ROWS)
        block[to] = root * (values[from + j]! - centre[j]!);
    }
    kernels.addProducts();
  }
  kernels.readProducts(covariance, mass);
  return covariance;
}

/** The weighted covariance of all rows around their mean, lower part, which the steps of EM leave as it is. */
export interface Scatter {
  readonly centre: Float64Array;
  readonly covariance: Float64Array;
}

export function scatterOf(data: JointRows): Scatter {
  const { rows, width, values, weights } = data;
  const centre = new Float64Array(width);
  let total = 0;
  for (let i = 0, at = 0; i < rows; i++) {
    total += weights[i]!;
    for (let j = 0; j < width; j++, at++) centre[j]! += weights[i]! * values[at]!;
  }
  for (let j = 0; j < width; j++) centre[j]! /= total;
  const all = Int32Array.from({ length: rows }, (_, row) => row);
  return { centre, covariance: secondMoments(data, all, weights, rows, centre, total) };
}

/**
 * The components' covariances averaged by their masses, the one covariance of highest likelihood: what all rows vary
 * around their common mean, less what the components' means do.
 */
export function within(
  { centre, covariance }: Scatter,
  means: readonly Float64Array[],
  masses: Float64Array,
  total: number,
): Float64Array {
  const width = centre.length;
  const left = covariance.slice();
  for (const [k, mean] of means.entries())
    for (let j = 0; j < width; j++)
      for (let l = 0; l <= j; l++)
        left[j * width + l]! -= (masses[k]! / total) * (mean[j]! - centre[j]!) * (mean[l]! - centre[l]!);
  return left;
}
