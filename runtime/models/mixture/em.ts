import { cholesky, forwardSolve, invertLower } from "./cholesky.ts";
import { BLOCK_ROWS, packDense, packDiagonal, rowKernels, type PackedComponent } from "./row-kernels.ts";

/** Standardised joint rows (x, s), n × D, with weights that add up to n. */
export interface JointRows {
  readonly rows: number;
  readonly width: number;
  readonly values: Float64Array;
  readonly weights: Float64Array;
}

/** A Gaussian mixture; covariances are kept as lower Cholesky factors. */
export interface Mixture {
  readonly width: number;
  /** log π_k */
  readonly logWeights: Float64Array;
  /** K vectors of D. */
  readonly means: readonly Float64Array[];
  /** K factors D × D. */
  readonly factors: readonly Float64Array[];
  /** Rows that each component explains. */
  readonly masses: Float64Array;
}

export interface CovarianceRule {
  /** `tied`: one full covariance for all components. */
  readonly kind: "full" | "diagonal" | "tied";
  /** Added to every diagonal, in units of the column's variance. */
  readonly floor: number;
}

const LOG_2PI = Math.log(2 * Math.PI);

/** `log N(v; μ, L Lᵀ)` over the first `dimensions` components. `scratch` holds `L⁻¹(v − μ)` afterwards. */
export function logNormal(
  mean: Float64Array,
  factor: Float64Array,
  width: number,
  dimensions: number,
  values: Float64Array,
  at: number,
  scratch: Float64Array,
): number {
  for (let j = 0; j < dimensions; j++) scratch[j] = values[at + j]! - mean[j]!;
  forwardSolve(factor, width, scratch, 0, dimensions);
  let sum = -0.5 * dimensions * LOG_2PI;
  for (let j = 0; j < dimensions; j++) sum -= 0.5 * scratch[j]! ** 2 + Math.log(factor[j * width + j]!);
  return sum;
}

/** Normalises log terms to weights in place; returns the log of their sum. */
export function softmaxInPlace(terms: Float64Array): number {
  let most = -Infinity;
  for (const term of terms) most = Math.max(most, term);
  let sum = 0;
  for (let k = 0; k < terms.length; k++) sum += terms[k] = Math.exp(terms[k]! - most);
  for (let k = 0; k < terms.length; k++) terms[k]! /= sum;
  return most + Math.log(sum);
}

/**
 * The E-step: fills responsibilities, n × K.
 * @returns the weighted mean log-likelihood of a row under the mixture
 */
export function expectation(mixture: Mixture, data: JointRows, responsibilities: Float64Array): number {
  const { rows, width, values, weights } = data;
  const components = mixture.means.map((mean, k) => packed(mean, mixture.factors[k]!, mixture.logWeights[k]!));
  const count = components.length;
  const kernels = rowKernels(width, count);
  const { terms, evidence } = kernels;
  let total = 0;
  for (let first = 0; first < rows; first += BLOCK_ROWS) {
    const size = Math.min(BLOCK_ROWS, rows - first);
    fillBlock(kernels.rows, values, width, first, size);
    for (let k = 0; k < count; k++) kernels.fillTerms(k, components[k]!);
    kernels.softmax(count);
    for (let i = 0; i < size; i++) total += weights[first + i]! * (evidence[i]! + Math.log(evidence[BLOCK_ROWS + i]!));
    for (let k = 0, from = 0; k < count; k++, from += BLOCK_ROWS)
      for (let i = 0, to = first * count + k; i < size; i++, to += count) responsibilities[to] = terms[from + i]!;
  }
  return total / rows;
}

/** The component for the kernels: `log π + log N(v; μ, L Lᵀ)` is a constant and `−½‖L⁻¹(v − μ)‖²`. */
function packed(mean: Float64Array, factor: Float64Array, logWeight: number): PackedComponent {
  const width = mean.length;
  let constant = logWeight - 0.5 * width * LOG_2PI;
  for (let j = 0; j < width; j++) constant -= Math.log(factor[j * width + j]!);
  if (!isDiagonal(factor, width)) return packDense(constant, invertLower(factor, width), mean);
  const reciprocals = Float64Array.from({ length: width }, (_, j) => 1 / factor[j * width + j]!);
  return packDiagonal(constant, reciprocals, mean);
}

function isDiagonal(factor: Float64Array, width: number): boolean {
  for (let j = 1; j < width; j++) for (let l = 0; l < j; l++) if (factor[j * width + l] !== 0) return false;
  return true;
}

/** A responsibility below this moves no mean and no covariance beyond rounding. */
const NEGLIGIBLE = 1e-14;

/** The M-step: weights, means and covariances (with the floor on the diagonal) from responsibilities. */
export function maximisation(data: JointRows, responsibilities: Float64Array, rule: CovarianceRule): Mixture {
  const { rows, width } = data;
  const count = responsibilities.length / rows;
  const { masses, means, squares } = moments(data, responsibilities, count);
  const total = masses.reduce((a, b) => a + b, 0);
  const logWeights = masses.map((mass) => Math.log(mass / total));
  if (rule.kind === "tied") {
    const factor = flooredFactor(within(data, means, masses, total), width, rule.floor);
    return { width, logWeights, means, factors: means.map(() => factor), masses };
  }
  const factors = means.map((mean, k) => {
    const covariance =
      rule.kind === "full"
        ? ownCovariance(data, responsibilities, k, mean, masses[k]!)
        : variances(mean, squares[k]!, masses[k]!);
    return flooredFactor(covariance, width, rule.floor);
  });
  return { width, logWeights, means, factors, masses };
}

/** Mass, mean and `Σ share v²` of each component. */
function moments(
  { rows, width, values, weights }: JointRows,
  responsibilities: Float64Array,
  count: number,
): { readonly masses: Float64Array; readonly means: Float64Array[]; readonly squares: Float64Array[] } {
  const masses = new Float64Array(count);
  const means = Array.from({ length: count }, () => new Float64Array(width));
  const squares = Array.from({ length: count }, () => new Float64Array(width));
  const kernels = rowKernels(width, count);
  const { shares } = kernels;
  for (let first = 0; first < rows; first += BLOCK_ROWS) {
    const size = Math.min(BLOCK_ROWS, rows - first);
    fillBlock(kernels.rows, values, width, first, size);
    shares.fill(0, size);
    for (let k = 0; k < count; k++) {
      let mass = 0;
      for (let i = 0, at = first * count + k; i < size; i++, at += count) {
        const r = weights[first + i]! * responsibilities[at]!;
        shares[i] = r < NEGLIGIBLE ? 0 : r;
        mass += shares[i]!;
      }
      if (mass === 0) continue;
      masses[k]! += mass;
      kernels.addMoments(means[k]!, squares[k]!);
    }
  }
  for (const [k, mean] of means.entries()) if (masses[k]! > 0) for (let j = 0; j < width; j++) mean[j]! /= masses[k]!;
  return { masses, means, squares };
}

/** Rows from `first` on, column by column. */
function fillBlock(block: Float64Array, values: Float64Array, width: number, first: number, size: number): void {
  for (let i = 0, at = first * width; i < size; i++)
    for (let j = 0, to = i; j < width; j++, at++, to += BLOCK_ROWS) block[to] = values[at]!;
}

/** `Σ share v² / mass − μ²` on the diagonal. Rows are standardised, so that what cancels is small beside the floor. */
function variances(mean: Float64Array, squares: Float64Array, mass: number): Float64Array {
  const width = mean.length;
  const covariance = new Float64Array(width * width);
  if (mass > 0)
    for (let j = 0; j < width; j++) covariance[j * width + j] = Math.max(0, squares[j]! / mass - mean[j]! ** 2);
  return covariance;
}

/** A component's covariance over the rows that it has a share in: of many components each row has a share in few. */
function ownCovariance(
  data: JointRows,
  responsibilities: Float64Array,
  k: number,
  mean: Float64Array,
  mass: number,
): Float64Array {
  const { rows, weights } = data;
  const count = responsibilities.length / rows;
  const members = new Int32Array(rows);
  const shares = new Float64Array(rows);
  let size = 0;
  for (let i = 0, at = k; i < rows; i++, at += count) {
    const r = weights[i]! * responsibilities[at]!;
    if (r < NEGLIGIBLE) continue;
    members[size] = i;
    shares[size++] = r;
  }
  return secondMoments(data, members, shares, size, mean, mass);
}

/** `Σ share (v − c)(v − c)ᵀ / mass` over the members, lower part; 0 where the mass is 0. */
function secondMoments(
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

/**
 * The components' covariances averaged by their masses, the one covariance of highest likelihood: what all rows vary
 * around their common mean, less what the components' means do.
 */
function within(data: JointRows, means: readonly Float64Array[], masses: Float64Array, total: number): Float64Array {
  const { rows, width, weights } = data;
  const centre = new Float64Array(width);
  for (const [k, mean] of means.entries())
    for (let j = 0; j < width; j++) centre[j]! += (masses[k]! / total) * mean[j]!;
  const all = Int32Array.from({ length: rows }, (_, row) => row);
  const covariance = secondMoments(data, all, weights, rows, centre, total);
  for (const [k, mean] of means.entries())
    for (let j = 0; j < width; j++)
      for (let l = 0; l <= j; l++)
        covariance[j * width + l]! -= (masses[k]! / total) * (mean[j]! - centre[j]!) * (mean[l]! - centre[l]!);
  return covariance;
}

/** Factor of the covariance (lower part) with the floor on its diagonal; more where rounding still makes it indefinite. */
export function flooredFactor(covariance: Float64Array, width: number, floor: number): Float64Array {
  for (let added = floor; ; added = Math.max(10 * added, 1e-12)) {
    const floored = covariance.slice();
    for (let j = 0; j < width; j++) floored[j * width + j]! += added;
    const factor = cholesky(floored, width);
    if (factor !== null) return factor;
    if (!(added < 1e6)) throw new RangeError("A covariance of the mixture is not finite.");
  }
}

/** Free parameters: weights, means and covariances. */
export function parameterCount(components: number, width: number, kind: CovarianceRule["kind"]): number {
  const triangle = (width * (width + 1)) / 2;
  const covariances = kind === "tied" ? triangle : components * (kind === "full" ? triangle : width);
  return components - 1 + components * width + covariances;
}
