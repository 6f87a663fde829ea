import { backwardSolve, cholesky, forwardSolve } from "../../models/mixture/cholesky.ts";
import { foldsOf } from "../reference.ts";
import type { Features } from "./features.ts";

/** Folds of the cross-fit. */
export const THEORY_FOLDS = 4;
/** Ridge, in units of the mean square of the features. */
const RIDGE = 1e-3;

/**
 * Weighted ridge regression of residuals on features, each row predicted by a fit on the other folds: no row has a say in
 * its own prediction. Folds are blocks of neighbouring rows, the tuples of one row together.
 *
 * @param residuals N × d
 * @param weights N, non-negative
 * @param repeats tuples a row
 * @returns N × d predictions; zeros where there are fewer rows than folds
 */
export function crossFit(
  { values, size: q }: Features,
  residuals: Float64Array,
  weights: Float64Array,
  repeats: number,
): Float64Array {
  const count = weights.length;
  const d = residuals.length / count;
  const rows = count / repeats;
  const out = new Float64Array(residuals.length);
  if (rows < THEORY_FOLDS) return out;
  const folds = foldsOf(rows, THEORY_FOLDS);
  const parts = folds.map(({ from, to }) => moments(values, q, residuals, d, weights, from * repeats, to * repeats));
  for (const [k, { from, to }] of folds.entries()) {
    const gram = new Float64Array(q * q);
    const cross = new Float64Array(d * q);
    for (const [other, part] of parts.entries()) {
      if (other === k) continue;
      for (let i = 0; i < gram.length; i++) gram[i]! += part.gram[i]!;
      for (let i = 0; i < cross.length; i++) cross[i]! += part.cross[i]!;
    }
    let trace = 0;
    for (let a = 0; a < q; a++) trace += gram[a * q + a]!;
    for (let a = 0; a < q; a++) gram[a * q + a]! += (RIDGE * trace) / q;
    const factor = cholesky(gram, q);
    if (factor === null) continue;
    for (let j = 0; j < d; j++) {
      const slope = cross.subarray(j * q, (j + 1) * q);
      forwardSolve(factor, q, slope);
      backwardSolve(factor, q, slope);
      for (let i = from * repeats; i < to * repeats; i++) {
        let sum = 0;
        for (let a = 0; a < q; a++) sum += slope[a]! * values[i * q + a]!;
        out[i * d + j] = sum;
      }
    }
  }
  return out;
}

/** `ΦᵀWΦ` and `ΦᵀWR` over the tuples from … to − 1. */
function moments(
  features: Float64Array,
  q: number,
  residuals: Float64Array,
  d: number,
  weights: Float64Array,
  from: number,
  to: number,
): { readonly gram: Float64Array; readonly cross: Float64Array } {
  const gram = new Float64Array(q * q);
  const cross = new Float64Array(d * q);
  for (let i = from; i < to; i++) {
    const row = features.subarray(i * q, (i + 1) * q);
    for (let a = 0; a < q; a++) {
      const scaled = weights[i]! * row[a]!;
      if (scaled === 0) continue;
      for (let b = 0; b <= a; b++) gram[a * q + b]! += scaled * row[b]!;
      for (let j = 0; j < d; j++) cross[j * q + a]! += scaled * residuals[i * d + j]!;
    }
  }
  for (let a = 0; a < q; a++) for (let b = 0; b < a; b++) gram[b * q + a] = gram[a * q + b]!;
  return { gram, cross };
}
