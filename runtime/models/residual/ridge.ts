import { backwardSolve, cholesky, forwardSolve } from "../mixture/cholesky.ts";

/** Linear regressions of several responses on one design, each with its own ridge strength. */
export interface RidgeFit {
  /** d intercepts: the responses' means, since the design is centred. */
  readonly intercepts: Float64Array;
  /** d × p */
  readonly slopes: Float64Array;
  /** d strengths, in units of the design's mean square (1 for a standardised design). */
  readonly strengths: Float64Array;
}

/** Strengths tried; the last leaves practically the mean alone. */
const GRID = [0, 1e-4, 1e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3, 10, 100, 1e4];

/**
 * Ridge regression `y_j ≈ a_j + b_jᵀ x` with the strength chosen for each response by generalised cross-validation
 * (Golub, Heath and Wahba 1979): the least `RSS(κ) / (1 − df(κ)/n)²`, `df = 1 + tr G (G + κ I)⁻¹`, `G = XᵀX / n`.
 * @param design rows × p with weighted column means 0
 * @param weights add up to rows
 */
export function fitRidge(
  design: Float64Array,
  responses: Float64Array,
  weights: Float64Array,
  sizes: { readonly rows: number; readonly context: number; readonly outcome: number },
): RidgeFit {
  const { rows: n, context: p, outcome: d } = sizes;
  const intercepts = new Float64Array(d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) intercepts[j]! += (weights[i]! * responses[i * d + j]!) / n;
  const gram = new Float64Array(p * p);
  const cross = Array.from({ length: d }, () => new Float64Array(p));
  const squares = new Float64Array(d);
  for (let i = 0; i < n; i++) {
    const w = weights[i]! / n;
    for (let a = 0; a < p; a++) {
      const scaled = w * design[i * p + a]!;
      for (let b = 0; b <= a; b++) gram[a * p + b]! += scaled * design[i * p + b]!;
      for (let j = 0; j < d; j++) cross[j]![a]! += scaled * (responses[i * d + j]! - intercepts[j]!);
    }
    for (let j = 0; j < d; j++) squares[j]! += w * (responses[i * d + j]! - intercepts[j]!) ** 2;
  }
  for (let a = 0; a < p; a++) for (let b = 0; b < a; b++) gram[b * p + a] = gram[a * p + b]!;

  const slopes = new Float64Array(d * p);
  const strengths = new Float64Array(d).fill(GRID.at(-1)!);
  const least = new Float64Array(d).fill(Infinity);
  for (const strength of GRID) {
    const ridged = gram.slice();
    for (let a = 0; a < p; a++) ridged[a * p + a]! += strength;
    const factor = cholesky(ridged, p);
    // A singular design has no unpenalised fit; the next strength has one.
    if (factor === null) continue;
    const freedom = 1 + degreesOfFreedom(factor, gram, p);
    if (freedom >= n) continue;
    for (let j = 0; j < d; j++) {
      const slope = cross[j]!.slice();
      forwardSolve(factor, p, slope);
      backwardSolve(factor, p, slope);
      const score = Math.max(0, residualSquares(squares[j]!, slope, cross[j]!, gram, p)) / (1 - freedom / n) ** 2;
      // A tie goes to the stronger ridge.
      if (score > least[j]!) continue;
      least[j] = score;
      strengths[j] = strength;
      slopes.set(slope, j * p);
    }
  }
  return { intercepts, slopes, strengths };
}

/** Fitted values at a centred design, rows × d. */
export function predictRidge(fit: RidgeFit, design: Float64Array, rows: number): Float64Array {
  const d = fit.intercepts.length;
  const p = d === 0 ? 0 : fit.slopes.length / d;
  const out = new Float64Array(rows * d);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < d; j++) {
      let sum = fit.intercepts[j]!;
      for (let a = 0; a < p; a++) sum += fit.slopes[j * p + a]! * design[i * p + a]!;
      out[i * d + j] = sum;
    }
  return out;
}

/** `tr (G + κ I)⁻¹ G` by solving for the columns of G. */
function degreesOfFreedom(factor: Float64Array, gram: Float64Array, p: number): number {
  let trace = 0;
  for (let a = 0; a < p; a++) {
    const column = gram.slice(a * p, (a + 1) * p);
    forwardSolve(factor, p, column);
    backwardSolve(factor, p, column);
    trace += column[a]!;
  }
  return trace;
}

/** Mean square of `y − b·x` from second moments: `yy − 2 b·xy + bᵀ G b`. */
function residualSquares(yy: number, slope: Float64Array, xy: Float64Array, gram: Float64Array, p: number): number {
  let sum = yy;
  for (let a = 0; a < p; a++) {
    let row = -2 * xy[a]!;
    for (let b = 0; b < p; b++) row += gram[a * p + b]! * slope[b]!;
    sum += slope[a]! * row;
  }
  return sum;
}
