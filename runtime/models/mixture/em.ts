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
  return softmaxAt(terms, 0, terms.length);
}

/** The same for `count` terms from `from` on. */
function softmaxAt(terms: Float64Array, from: number, count: number): number {
  const to = from + count;
  let most = -Infinity;
  for (let k = from; k < to; k++) most = Math.max(most, terms[k]!);
  let sum = 0;
  for (let k = from; k < to; k++) sum += terms[k] = Math.exp(terms[k]! - most);
  for (let k = from; k < to; k++) terms[k]! /= sum;
  return most + Math.log(sum);
}

/** Rows that the inner loops take together: their sums do not wait for each other, and a factor is read once for all. */
const TOGETHER = 4;

/**
 * The E-step: fills responsibilities, n × K.
 * @returns the weighted mean log-likelihood of a row under the mixture
 */
export function expectation(mixture: Mixture, data: JointRows, responsibilities: Float64Array): number {
  const { rows, width, weights } = data;
  const count = mixture.means.length;
  for (let k = 0; k < count; k++) {
    const factor = mixture.factors[k]!;
    if (isDiagonal(factor, width)) {
      fillDiagonalTerms(data, mixture.means[k]!, factor, mixture.logWeights[k]!, responsibilities, k, count);
      continue;
    }
    const inverse = invertLower(factor, width);
    let constant = mixture.logWeights[k]! - 0.5 * width * LOG_2PI;
    for (let j = 0; j < width; j++) constant += Math.log(inverse[j * width + j]!);
    fillLogTerms(data, mixture.means[k]!, inverse, constant, responsibilities, k, count);
  }
  let total = 0;
  for (let i = 0; i < rows; i++) total += (weights[i]! * softmaxAt(responsibilities, i * count, count)) / rows;
  return total;
}

function isDiagonal(factor: Float64Array, width: number): boolean {
  for (let j = 1; j < width; j++) for (let l = 0; l < j; l++) if (factor[j * width + l] !== 0) return false;
  return true;
}

/** The log terms of a component without correlations: the work grows with the columns, not with their square. */
function fillDiagonalTerms(
  { rows, width, values }: JointRows,
  mean: Float64Array,
  factor: Float64Array,
  logWeight: number,
  out: Float64Array,
  k: number,
  count: number,
): void {
  const inverse = new Float64Array(width);
  let constant = logWeight - 0.5 * width * LOG_2PI;
  for (let j = 0; j < width; j++) {
    inverse[j] = 1 / factor[j * width + j]!;
    constant += Math.log(inverse[j]!);
  }
  for (let i = 0, at = 0; i < rows; i++) {
    let square = 0;
    for (let j = 0; j < width; j++, at++) {
      const offset = (values[at]! - mean[j]!) * inverse[j]!;
      square += offset * offset;
    }
    out[i * count + k] = constant - 0.5 * square;
  }
}

/** `constant − ½‖L⁻¹(v − μ)‖²` of every row, into column k of n × count. */
function fillLogTerms(
  { rows, width, values }: JointRows,
  mean: Float64Array,
  inverse: Float64Array,
  constant: number,
  out: Float64Array,
  k: number,
  count: number,
): void {
  const [a, b, c, d] = scratchRows(width);
  for (let first = 0; first < rows; first += TOGETHER) {
    // The last rows are taken again where four do not come out even: what is written twice is the same.
    const i = Math.max(0, Math.min(first, rows - TOGETHER));
    const last = rows - 1;
    const at = [i, Math.min(i + 1, last), Math.min(i + 2, last), Math.min(i + 3, last)] as const;
    subtract(values, at[0] * width, mean, a);
    subtract(values, at[1] * width, mean, b);
    subtract(values, at[2] * width, mean, c);
    subtract(values, at[3] * width, mean, d);
    let squareA = 0;
    let squareB = 0;
    let squareC = 0;
    let squareD = 0;
    for (let j = 0; j < width; j++) {
      let sumA = 0;
      let sumB = 0;
      let sumC = 0;
      let sumD = 0;
      for (let l = 0, from = j * width; l <= j; l++, from++) {
        const entry = inverse[from]!;
        sumA += entry * a[l]!;
        sumB += entry * b[l]!;
        sumC += entry * c[l]!;
        sumD += entry * d[l]!;
      }
      squareA += sumA * sumA;
      squareB += sumB * sumB;
      squareC += sumC * sumC;
      squareD += sumD * sumD;
    }
    out[at[0] * count + k] = constant - 0.5 * squareA;
    out[at[1] * count + k] = constant - 0.5 * squareB;
    out[at[2] * count + k] = constant - 0.5 * squareC;
    out[at[3] * count + k] = constant - 0.5 * squareD;
  }
}

type FourRows = readonly [Float64Array, Float64Array, Float64Array, Float64Array];

function scratchRows(width: number): FourRows {
  return [new Float64Array(width), new Float64Array(width), new Float64Array(width), new Float64Array(width)];
}

/** The row that begins at `at`, minus the mean. */
function subtract(values: Float64Array, at: number, mean: Float64Array, out: Float64Array): void {
  for (let j = 0; j < out.length; j++) out[j] = values[at + j]! - mean[j]!;
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
  const covariances: Float64Array[] = [];
  const offsets = scratchRows(width);
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
    const shares = new Float64Array(TOGETHER);
    let waiting = 0;
    const add = (): void => {
      if (rule.kind === "diagonal") addSquares(covariance, offsets, shares, width);
      else addProducts(covariance, offsets, shares, width);
      shares.fill(0);
      waiting = 0;
    };
    for (let i = 0; i < rows; i++) {
      const r = weights[i]! * responsibilities[i * count + k]!;
      if (r < NEGLIGIBLE) continue;
      subtract(values, i * width, mean, offsets[waiting]!);
      shares[waiting++] = r / mass;
      if (waiting === TOGETHER) add();
    }
    // Rows left over from before have share 0.
    if (waiting > 0) add();
    means.push(mean);
    covariances.push(covariance);
  }
  const total = masses.reduce((a, b) => a + b, 0);
  if (rule.kind === "tied") {
    const factor = flooredFactor(pooled(covariances, masses, total), width, rule.floor);
    for (let k = 0; k < count; k++) factors.push(factor);
  } else for (const covariance of covariances) factors.push(flooredFactor(covariance, width, rule.floor));
  return { width, logWeights: masses.map((mass) => Math.log(mass / total)), means, factors, masses };
}

/** The components' covariances averaged by their masses: the one covariance of highest likelihood. */
function pooled(covariances: readonly Float64Array[], masses: Float64Array, total: number): Float64Array {
  const out = new Float64Array(covariances[0]!.length);
  for (const [k, covariance] of covariances.entries())
    for (let at = 0; at < out.length; at++) out[at]! += (masses[k]! / total) * covariance[at]!;
  return out;
}

/** Adds `Σ share · offset offsetᵀ`, lower part. */
function addProducts(covariance: Float64Array, [a, b, c, d]: FourRows, shares: Float64Array, width: number): void {
  for (let j = 0; j < width; j++) {
    const scaledA = shares[0]! * a[j]!;
    const scaledB = shares[1]! * b[j]!;
    const scaledC = shares[2]! * c[j]!;
    const scaledD = shares[3]! * d[j]!;
    for (let l = 0, at = j * width; l <= j; l++, at++)
      covariance[at]! += scaledA * a[l]! + scaledB * b[l]! + (scaledC * c[l]! + scaledD * d[l]!);
  }
}

/** Adds `Σ share · offset²` to the diagonal. */
function addSquares(covariance: Float64Array, offsets: FourRows, shares: Float64Array, width: number): void {
  const [a, b, c, d] = offsets;
  for (let j = 0, at = 0; j < width; j++, at += width + 1)
    covariance[at]! +=
      shares[0]! * a[j]! * a[j]! +
      shares[1]! * b[j]! * b[j]! +
      (shares[2]! * c[j]! * c[j]! + shares[3]! * d[j]! * d[j]!);
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
