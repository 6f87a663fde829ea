/**
 * Orthogonal coordinates for `{ z : Ez = f }`: `Q = H_1 ⋯ H_r` with `Qᵀ Eᵀ = [R; 0]`, from Householder reflections with
 * column pivoting. The first r coordinates of `Qᵀz` are fixed by the equalities, the rest are free. Dependent rows are
 * dropped; whether they agree is for the feasibility check.
 */
export interface NullSpace {
  /** r */
  readonly rank: number;
  /** The rows kept, r of them: independent, of length 1. */
  readonly basis: readonly { readonly values: Float64Array; readonly bound: number }[];
  /** `x ← Qᵀ x` over the first n values. */
  rotate(x: Float64Array): void;
  /** `x ← Q x` over the first n values. */
  rotateBack(x: Float64Array): void;
  /** `H ← Qᵀ H Q` on the first n coordinates of a symmetric matrix of `order` rows; both triangles are written. */
  rotateMatrix(h: Float64Array, order: number): void;
  /** Moves z by the least distance so that `Ez = f`. */
  project(z: Float64Array): void;
}

/** Rows left with less than this of their length are combinations of the rows before them. */
const DEPENDENT = 1e-10;

interface Row {
  readonly coefficients: ArrayLike<number>;
  readonly bound: number;
}

export function createNullSpace(size: number, rows: readonly Row[]): NullSpace {
  const columns: { values: Float64Array; bound: number }[] = [];
  for (const { coefficients, bound } of rows) {
    const length = Math.hypot(...Array.from(coefficients));
    if (length > 0) columns.push({ values: Float64Array.from(coefficients, (c) => c / length), bound: bound / length });
  }
  const reflectors: Float64Array[] = [];
  // Row k of Rᵀ, and the pivot row's normalised coefficients and bound.
  const triangle: Float64Array[] = [];
  const pivots: { values: Float64Array; bound: number }[] = [];
  const originals = columns.map(({ values, bound }) => ({ values: values.slice(), bound }));
  const left = columns.map((_, i) => i);
  while (left.length > 0 && reflectors.length < size) {
    const k = reflectors.length;
    const tails = left.map((c) => Math.hypot(...columns[c]!.values.subarray(k)));
    const best = tails.indexOf(Math.max(...tails));
    const norm = tails[best]!;
    if (norm < DEPENDENT) break;
    const column = left.splice(best, 1)[0]!;
    const { values } = columns[column]!;
    const reflector = new Float64Array(size);
    reflector.set(values.subarray(k), k);
    const sign = values[k]! < 0 ? -1 : 1;
    reflector[k]! += sign * norm;
    const length = Math.hypot(...reflector);
    for (let i = k; i < size; i++) reflector[i]! /= length;
    reflectors.push(reflector);
    reflect(reflector, values);
    for (const other of left) reflect(reflector, columns[other]!.values);
    triangle.push(values.slice(0, k + 1));
    pivots.push(originals[column]!);
  }
  const rank = reflectors.length;
  const correction = new Float64Array(size);

  function rotate(x: Float64Array): void {
    for (let k = 0; k < rank; k++) reflect(reflectors[k]!, x);
  }
  function rotateBack(x: Float64Array): void {
    for (let k = rank - 1; k >= 0; k--) reflect(reflectors[k]!, x);
  }
  function project(z: Float64Array): void {
    correction.fill(0);
    for (let k = 0; k < rank; k++) {
      const { values, bound } = pivots[k]!;
      let value = bound;
      for (let i = 0; i < size; i++) value -= values[i]! * z[i]!;
      for (let j = 0; j < k; j++) value -= triangle[k]![j]! * correction[j]!;
      correction[k] = value / triangle[k]![k]!;
    }
    rotateBack(correction);
    for (let i = 0; i < size; i++) z[i]! += correction[i]!;
  }
  let work = new Float64Array(0);
  function rotateMatrix(h: Float64Array, order: number): void {
    if (work.length < order) work = new Float64Array(order);
    for (let k = 0; k < rank; k++) reflectBothSides(reflectors[k]!, h, order, size, work);
  }
  return { rank, basis: pivots, rotate, rotateBack, rotateMatrix, project };
}

/** `x ← (I − 2vvᵀ) x` */
function reflect(v: Float64Array, x: Float64Array): void {
  let inner = 0;
  for (let i = 0; i < v.length; i++) inner += v[i]! * x[i]!;
  inner *= 2;
  for (let i = 0; i < v.length; i++) x[i]! -= inner * v[i]!;
}

/** `H ← (I − 2vvᵀ) H (I − 2vvᵀ)` with v in the first `size` coordinates, as a symmetric update of rank two. */
function reflectBothSides(v: Float64Array, h: Float64Array, order: number, size: number, p: Float64Array): void {
  let inner = 0;
  for (let i = 0; i < order; i++) {
    let value = 0;
    for (let j = 0; j < size; j++) value += h[i * order + j]! * v[j]!;
    p[i] = 2 * value;
    if (i < size) inner += v[i]! * p[i]!;
  }
  for (let i = 0; i < size; i++) p[i]! -= inner * v[i]!;
  for (let i = 0; i < order; i++) {
    for (let j = 0; j <= i; j++) {
      const vi = i < size ? v[i]! : 0;
      const vj = j < size ? v[j]! : 0;
      const value = h[i * order + j]! - vi * p[j]! - p[i]! * vj;
      h[i * order + j] = value;
      h[j * order + i] = value;
    }
  }
}
