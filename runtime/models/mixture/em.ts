import { cholesky, forwardSolve, invertLower } from "./cholesky.ts";

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
  readonly kind: "full" | "diagonal";
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
  const count = mixture.means.length;
  for (let k = 0; k < count; k++) {
    const mean = mixture.means[k]!;
    const inverse = invertLower(mixture.factors[k]!, width);
    let constant = mixture.logWeights[k]! - 0.5 * width * LOG_2PI;
    for (let j = 0; j < width; j++) constant += Math.log(inverse[j * width + j]!);
    const offset = new Float64Array(width);
    for (let i = 0; i < rows; i++) {
      for (let j = 0, at = i * width; j < width; j++, at++) offset[j] = values[at]! - mean[j]!;
      let square = 0;
      for (let j = 0; j < width; j++) {
        let sum = 0;
        for (let l = 0, at = j * width; l <= j; l++, at++) sum += inverse[at]! * offset[l]!;
        square += sum * sum;
      }
      responsibilities[i * count + k] = constant - 0.5 * square;
    }
  }
  let total = 0;
  for (let i = 0; i < rows; i++)
    total += (weights[i]! * softmaxInPlace(responsibilities.subarray(i * count, (i + 1) * count))) / rows;
  return total;
}

/** A responsibility below this moves no mean and no covariance beyond rounding. */
const NEGLIGIBLE = 1e-14;

/** The M-step: weights, means and covariances (with the floor on the diagonal) from responsibilities. */
export function maximisation(data: JointRows, responsibilities: Float64Array, rule: CovarianceRule): Mixture {
  const { rows, width, values, weights } = data;
  const count = responsibilities.length / rows;
  const masses = new Float64Array(count);
  const means: Float64Array[] = [];
  const factors: Float64Array[] = [];
  const offset = new Float64Array(width);
  for (let k = 0; k < count; k++) {
    const mean = new Float64Array(width);
    let mass = 0;
    for (let i = 0; i < rows; i++) {
      const r = weights[i]! * responsibilities[i * count + k]!;
      if (r < NEGLIGIBLE) continue;
      mass += r;
      for (let j = 0; j < width; j++) mean[j]! += r * values[i * width + j]!;
    }
    masses[k] = mass;
    if (mass > 0) for (let j = 0; j < width; j++) mean[j]! /= mass;
    const covariance = new Float64Array(width * width);
    for (let i = 0; i < rows; i++) {
      const r = weights[i]! * responsibilities[i * count + k]!;
      if (r < NEGLIGIBLE) continue;
      for (let j = 0; j < width; j++) offset[j] = values[i * width + j]! - mean[j]!;
      if (rule.kind === "diagonal") {
        for (let j = 0; j < width; j++) covariance[j * width + j]! += (r / mass) * offset[j]! ** 2;
        continue;
      }
      for (let j = 0; j < width; j++) {
        const scaled = (r / mass) * offset[j]!;
        for (let l = 0; l <= j; l++) covariance[j * width + l]! += scaled * offset[l]!;
      }
    }
    means.push(mean);
    factors.push(flooredFactor(covariance, width, rule.floor));
  }
  const total = masses.reduce((a, b) => a + b, 0);
  return { width, logWeights: masses.map((mass) => Math.log(mass / total)), means, factors, masses };
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
  const covariance = kind === "full" ? (width * (width + 1)) / 2 : width;
  return components - 1 + components * (width + covariance);
}
