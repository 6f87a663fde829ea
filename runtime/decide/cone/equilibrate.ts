import type { SparseMatrix } from "../sparse/matrix.ts";
import type { ConeBlock } from "./cones/cone-block.ts";

const ROUNDS = 15;
/** Rounds end when every row's largest entry is this near to 1. */
const EVEN = 1e-2;
/** An entry below this share of the largest says nothing of what the others are like. */
const ROUNDING = 1e-13;

/** The numbers of `min ½xᵀPx + qᵀx, Ax + s = b`; the arrays are written into when it is scaled. */
export interface Numbers {
  readonly p: SparseMatrix | null;
  readonly q: Float64Array;
  readonly a: SparseMatrix;
  readonly b: Float64Array;
}

/** `x = primal · D x̂`, `s = primal · E⁻¹ ŝ`, `z = dual · E ẑ`, where hats are the scaled problem's. */
export interface Scaling {
  /** D, one a column. */
  readonly columns: Float64Array;
  /** E, one a row; the same throughout a cone that is no product. */
  readonly rows: Float64Array;
  readonly primal: number;
  readonly dual: number;
}

/** What b and q are divided by: their median, or their largest entry. */
export type Unit = "typical" | "largest";

/**
 * Scales a problem in place so that its numbers are near 1. Ruiz's iteration (2001) makes the largest entry of every row
 * and column of `[P Aᵀ; A 0]` nearly 1, which changes neither solution nor cones. Then b and q are divided by their
 * typical (median) sizes: one far-off bound must not make all others look small.
 */
export function equilibrate(numbers: Numbers, blocks: readonly ConeBlock[], unit: Unit = "typical"): Scaling {
  const { p, q, a, b } = numbers;
  const columns = new Float64Array(q.length).fill(1);
  const rows = new Float64Array(b.length).fill(1);
  const columnNorm = new Float64Array(q.length);
  const rowNorm = new Float64Array(b.length);
  for (let round = 0; round < ROUNDS; round++) {
    measureNorms(p, a, columnNorm, rowNorm);
    evenOut(rowNorm, blocks);
    let uneven = 0;
    for (const norms of [columnNorm, rowNorm]) {
      for (let i = 0; i < norms.length; i++) {
        const norm = norms[i]!;
        if (norm > 0) uneven = Math.max(uneven, Math.abs(1 - norm));
        norms[i] = norm > 0 ? 1 / Math.sqrt(norm) : 1;
      }
    }
    scaleMatrix(a, rowNorm, columnNorm);
    if (p !== null) scaleMatrix(p, columnNorm, columnNorm);
    for (let i = 0; i < rows.length; i++) rows[i]! *= rowNorm[i]!;
    for (let j = 0; j < columns.length; j++) columns[j]! *= columnNorm[j]!;
    if (uneven < EVEN) break;
  }
  for (let i = 0; i < b.length; i++) b[i]! *= rows[i]!;
  for (let j = 0; j < q.length; j++) q[j]! *= columns[j]!;
  return { columns, rows, ...normalise(numbers, unit) };
}

function normalise({ p, q, b }: Numbers, unit: Unit): { readonly primal: number; readonly dual: number } {
  let curvature = 0;
  if (p !== null) for (const value of p.values) curvature = Math.max(curvature, Math.abs(value));
  let primal = sizeOf(b, unit);
  let dual = sizeOf(q, unit);
  if (primal === 0) primal = curvature > 0 && dual > 0 ? dual / curvature : 1;
  dual = Math.max(dual, primal * curvature);
  if (dual === 0) dual = 1;
  for (let i = 0; i < b.length; i++) b[i]! /= primal;
  for (let j = 0; j < q.length; j++) q[j]! /= dual;
  if (p !== null) for (let k = 0; k < p.values.length; k++) p.values[k]! *= primal / dual;
  return { primal, dual };
}

/** The median is of the entries that are no rounding of 0. 0 where all are zero. */
function sizeOf(v: Float64Array, unit: Unit): number {
  let largest = 0;
  for (const value of v) largest = Math.max(largest, Math.abs(value));
  if (unit === "largest") return largest;
  const sizes = v
    .map(Math.abs)
    .filter((size) => size > ROUNDING * largest)
    .sort();
  return sizes.length === 0 ? 0 : sizes[(sizes.length - 1) >> 1]!;
}

function measureNorms(p: SparseMatrix | null, a: SparseMatrix, columnNorm: Float64Array, rowNorm: Float64Array): void {
  columnNorm.fill(0);
  rowNorm.fill(0);
  for (let j = 0; j < a.columns; j++) {
    for (let k = a.starts[j]!; k < a.starts[j + 1]!; k++) {
      const size = Math.abs(a.values[k]!);
      const i = a.indices[k]!;
      columnNorm[j] = Math.max(columnNorm[j]!, size);
      rowNorm[i] = Math.max(rowNorm[i]!, size);
    }
  }
  if (p === null) return;
  for (let j = 0; j < p.columns; j++) {
    for (let k = p.starts[j]!; k < p.starts[j + 1]!; k++) {
      const size = Math.abs(p.values[k]!);
      const i = p.indices[k]!;
      columnNorm[j] = Math.max(columnNorm[j]!, size);
      columnNorm[i] = Math.max(columnNorm[i]!, size);
    }
  }
}

/** One factor for a whole cone where the cone is no product of half-lines: the geometric mean of its rows'. */
function evenOut(rowNorm: Float64Array, blocks: readonly ConeBlock[]): void {
  for (const { offset, size, separable } of blocks) {
    if (separable) continue;
    let sum = 0;
    let count = 0;
    for (let i = offset; i < offset + size; i++) {
      const norm = rowNorm[i]!;
      if (norm > 0) {
        sum += Math.log(norm);
        count++;
      }
    }
    rowNorm.fill(count === 0 ? 0 : Math.exp(sum / count), offset, offset + size);
  }
}

function scaleMatrix(a: SparseMatrix, rows: Float64Array, columns: Float64Array): void {
  for (let j = 0; j < a.columns; j++) {
    for (let k = a.starts[j]!; k < a.starts[j + 1]!; k++) a.values[k]! *= rows[a.indices[k]!]! * columns[j]!;
  }
}
