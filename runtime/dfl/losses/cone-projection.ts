import { factorize, solveFactored } from "../../decide/structured/dense.ts";
import { dot } from "./vectors.ts";

/** A normal enters that the residual leans towards by more than this, relative to the vector. */
const TOLERANCE = 1e-10;

/**
 * The point of the cone `{Σ_k a_k n_k : a ≥ 0}` that is nearest to y: non-negative least squares by the active-set method
 * of Lawson and Hanson (1974, ch. 23).
 *
 * @param normals one after another, as long as y each
 */
export function projectOnCone(y: Float64Array, normals: Float64Array): Float64Array {
  const n = y.length;
  const count = normals.length / n;
  const row = (k: number): Float64Array => normals.subarray(k * n, (k + 1) * n);
  const squares = Float64Array.from({ length: count }, (_, k) => dot(row(k), row(k)));
  const weights = new Float64Array(count);
  let passive: number[] = [];
  let point = new Float64Array(n);
  const limit = TOLERANCE * Math.sqrt(dot(y, y));
  for (let round = 0; round < 3 * count + 10; round++) {
    const residual = y.map((value, i) => value - point[i]!);
    let entering = -1;
    let steepest = limit;
    for (let k = 0; k < count; k++) {
      if (squares[k] === 0 || passive.includes(k)) continue;
      const lean = dot(residual, row(k)) / Math.sqrt(squares[k]!);
      if (lean > steepest) [steepest, entering] = [lean, k];
    }
    if (entering < 0) break;
    passive.push(entering);
    for (;;) {
      const target = leastSquares(y, passive.map(row));
      const blocked = passive.filter((_, i) => target[i]! <= 0);
      if (blocked.length === 0) {
        passive.forEach((k, i) => (weights[k] = target[i]!));
        break;
      }
      let step = 1;
      passive.forEach((k, i) => {
        if (target[i]! <= 0) step = Math.min(step, weights[k]! / (weights[k]! - target[i]!));
      });
      passive.forEach((k, i) => (weights[k]! += step * (target[i]! - weights[k]!)));
      const left = passive.filter((k, i) => target[i]! > 0 || weights[k]! > 1e-14);
      // The step ends at the one that blocks first.
      const out = left.length < passive.length ? left : passive.filter((k) => k !== blocked[0]);
      for (const k of passive) if (!out.includes(k)) weights[k] = 0;
      passive = out;
      if (passive.length === 0) break;
    }
    point = new Float64Array(n);
    for (const k of passive) for (let i = 0; i < n; i++) point[i]! += weights[k]! * row(k)[i]!;
  }
  return point;
}

function leastSquares(y: Float64Array, rows: readonly Float64Array[]): Float64Array {
  const size = rows.length;
  const gram = new Float64Array(size * size);
  for (let a = 0; a < size; a++) for (let b = 0; b <= a; b++) gram[a * size + b] = dot(rows[a]!, rows[b]!);
  factorize(gram, size, size);
  const out = Float64Array.from(rows, (row) => dot(row, y));
  solveFactored(gram, size, size, out);
  return out;
}
