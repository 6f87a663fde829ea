import { createLdl } from "../sparse/ldl.ts";
import type { LdlFactor } from "../sparse/ldl.ts";
import { createKrylovCorrection, type KrylovCorrection } from "../sparse/krylov.ts";
import type { SparseMatrix } from "../sparse/matrix.ts";
import { orderByMinimumDegree } from "../sparse/minimum-degree.ts";
import type { ConeBlock } from "./cones/cone-block.ts";

/** Iterative refinement ends at this residual, relative to the right side, or when it stops helping. */
const REFINED = 1e-13;
const REFINEMENTS = 12;
const WORTHWHILE = 0.5;
/** Where refinement stalls short of that, the residual is brought down in Krylov spaces, so many of such a dimension. */
const RESTARTS = 3;
const DIRECTIONS = 12;

/** The system `[P Aᵀ; A −H] [x; z] = [right]` with H block diagonal, one block a cone. */
export interface KktSystem {
  /**
   * Takes P, A (whose values may have changed) and the cones' H.
   *
   * @param regularisation ε, added to every pivot with its sign; at least 1e-8
   * @returns false where it cannot be factorised
   */
  factor(regularisation: number): boolean;
  /**
   * Overwrites `right` (n + m values) with the solution, refined against the matrix without regularisation, or with it
   * where `regularised` is set. A singular matrix has solutions only with it.
   *
   * @returns the residual that is left, relative to the right side
   */
  solve(right: Float64Array, regularised: boolean): number;
}

/** What the KKT system needs to know of a cone. */
export type KktBlock = Pick<ConeBlock, "offset" | "size" | "extraSigns" | "places" | "writeKkt">;

/**
 * The KKT system, ordered by minimum degree and analysed once. A static regularisation makes it quasi-definite, so that
 * LDLᵀ exists for any ordering; refinement takes it out again. Cones with extra variables add rows (`ConeBlock.places`).
 */
export function createKktSystem(p: SparseMatrix | null, a: SparseMatrix, blocks: readonly KktBlock[]): KktSystem {
  const n = a.columns;
  const m = a.rows;
  const signs: number[] = [];
  for (let i = 0; i < n + m; i++) signs.push(i < n ? 1 : -1);
  const rowOf: number[] = [];
  const columnOf: number[] = [];
  const place = (i: number, j: number): void => {
    rowOf.push(Math.min(i, j));
    columnOf.push(Math.max(i, j));
  };
  const pCount = p === null ? 0 : p.starts[n]!;
  if (p !== null)
    for (let j = 0; j < n; j++) for (let k = p.starts[j]!; k < p.starts[j + 1]!; k++) place(p.indices[k]!, j);
  for (let j = 0; j < n; j++) for (let k = a.starts[j]!; k < a.starts[j + 1]!; k++) place(j, n + a.indices[k]!);
  const blockAt = blocks.map((block) => {
    const at = rowOf.length;
    const extra = signs.length;
    const index = (i: number): number => (i < block.size ? n + block.offset + i : extra + i - block.size);
    for (const [i, j] of block.places) place(index(i), index(j));
    signs.push(...block.extraSigns);
    return at;
  });
  const diagonalAt = rowOf.length;
  const size = signs.length;
  for (let i = 0; i < size; i++) place(i, i);

  const rows = Int32Array.from(rowOf);
  const columns = Int32Array.from(columnOf);
  const entries = new Float64Array(rows.length);
  const order = orderByMinimumDegree(size, pairsOf(rows, columns));
  const { pattern, positions, at } = permute(size, rows, columns, order);
  const values = new Float64Array(pattern.indices.length);
  const ldl: LdlFactor = createLdl(
    pattern,
    Int8Array.from(order, (i) => signs[i]!),
  );
  const solution = new Float64Array(size);
  const residual = new Float64Array(size);
  const right = new Float64Array(size);
  const permuted = new Float64Array(size);
  const before = new Float64Array(size);
  let krylov: KrylovCorrection | undefined;
  let shift = 0;

  function factor(regularisation: number): boolean {
    if (p !== null) entries.set(p.values, 0);
    entries.set(a.values, pCount);
    blocks.forEach((block, k) => block.writeKkt(entries, blockAt[k]!));
    values.fill(0);
    let largest = 0;
    for (let k = 0; k < diagonalAt; k++) {
      values[positions[k]!]! += entries[k]!;
      if (rows[k] === columns[k]) largest = Math.max(largest, Math.abs(entries[k]!));
    }
    if (!(largest < Infinity)) return false;
    shift = regularisation + largest * 2 ** -104;
    for (let i = 0; i < size; i++) values[positions[diagonalAt + i]!]! += signs[i]! * shift;
    ldl.factor(values);
    return true;
  }

  function solveOnce(x: Float64Array): void {
    for (let i = 0; i < size; i++) permuted[at[i]!] = x[i]!;
    ldl.solve(permuted);
    for (let i = 0; i < size; i++) x[i] = permuted[at[i]!]!;
  }

  /** `out = K v` */
  function multiply(v: Float64Array, regularised: boolean, out: Float64Array): void {
    const pull = regularised ? shift : 0;
    for (let i = 0; i < size; i++) out[i] = signs[i]! * pull * v[i]!;
    for (let k = 0; k < diagonalAt; k++) {
      const i = rows[k]!;
      const j = columns[k]!;
      const value = entries[k]!;
      out[i]! += value * v[j]!;
      if (i !== j) out[j]! += value * v[i]!;
    }
  }

  /** `residual = right − K solution`; returns its largest component. */
  function measure(regularised: boolean): number {
    multiply(solution, regularised, residual);
    for (let i = 0; i < size; i++) residual[i] = right[i]! - residual[i]!;
    return largestOf(residual);
  }

  /** Where the regularisation is no small part of the matrix along some directions, refinement creeps along them. */
  function accelerate(stalled: number, enough: number, regularised: boolean): number {
    krylov ??= createKrylovCorrection(size, DIRECTIONS);
    // What is left in `residual` may be that of a step that was not taken.
    let error = Math.min(stalled, measure(regularised));
    for (let restart = 0; restart < RESTARTS && error > enough; restart++) {
      before.set(solution);
      const operators = {
        multiply: (v: Float64Array, out: Float64Array) => multiply(v, regularised, out),
        precondition: solveOnce,
      };
      krylov.correct(residual, solution, operators);
      const next = measure(regularised);
      const helped = next < WORTHWHILE * error;
      if (next < error) error = next;
      else solution.set(before);
      if (!helped) break;
    }
    return error;
  }

  function solve(x: Float64Array, regularised: boolean): number {
    right.fill(0);
    right.set(x);
    const scale = largestOf(right);
    if (scale === 0) return 0;
    solution.set(right);
    solveOnce(solution);
    let error = measure(regularised);
    for (let k = 0; k < REFINEMENTS && error > REFINED * scale; k++) {
      solveOnce(residual);
      before.set(solution);
      for (let i = 0; i < size; i++) solution[i]! += residual[i]!;
      const next = measure(regularised);
      if (!(next < error)) {
        solution.set(before);
        break;
      }
      const helped = next < WORTHWHILE * error;
      error = next;
      if (!helped) break;
    }
    if (error > REFINED * scale) error = accelerate(error, REFINED * scale, regularised);
    x.set(solution.subarray(0, n + m));
    return error / scale;
  }

  return { factor, solve };
}

function largestOf(v: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < v.length; i++) {
    const size = Math.abs(v[i]!);
    if (!(size <= largest)) largest = size;
  }
  return largest;
}

function* pairsOf(rows: Int32Array, columns: Int32Array): Generator<readonly [number, number]> {
  for (let k = 0; k < rows.length; k++) yield [rows[k]!, columns[k]!];
}

/** The upper triangle of the permuted matrix in columns, and where each entry (entries may coincide) goes in it. */
function permute(
  size: number,
  rows: Int32Array,
  columns: Int32Array,
  order: Int32Array,
): {
  readonly pattern: { readonly size: number; readonly starts: Int32Array; readonly indices: Int32Array };
  readonly positions: Int32Array;
  /** New place of each row. */
  readonly at: Int32Array;
} {
  const at = new Int32Array(size);
  order.forEach((i, k) => {
    at[i] = k;
  });
  const count = rows.length;
  const upper = new Int32Array(count);
  const lower = new Int32Array(count);
  for (let k = 0; k < count; k++) {
    const i = at[rows[k]!]!;
    const j = at[columns[k]!]!;
    upper[k] = Math.min(i, j);
    lower[k] = Math.max(i, j);
  }
  // By column, then by row: two counting sorts, the minor key first.
  const sorted = countingSort(
    countingSort(
      Int32Array.from({ length: count }, (_, k) => k),
      upper,
      size,
    ),
    lower,
    size,
  );
  const positions = new Int32Array(count);
  const starts = new Int32Array(size + 1);
  const indices: number[] = [];
  let lastRow = -1;
  let lastColumn = -1;
  for (const k of sorted) {
    if (upper[k] !== lastRow || lower[k] !== lastColumn) {
      lastRow = upper[k]!;
      lastColumn = lower[k]!;
      indices.push(lastRow);
      starts[lastColumn + 1]!++;
    }
    positions[k] = indices.length - 1;
  }
  for (let j = 0; j < size; j++) starts[j + 1]! += starts[j]!;
  return { pattern: { size, starts, indices: Int32Array.from(indices) }, positions, at };
}

function countingSort(items: Int32Array, keys: Int32Array, range: number): Int32Array {
  const starts = new Int32Array(range + 1);
  for (const item of items) starts[keys[item]! + 1]!++;
  for (let key = 0; key < range; key++) starts[key + 1]! += starts[key]!;
  const sorted = new Int32Array(items.length);
  for (const item of items) sorted[starts[keys[item]!]!++] = item;
  return sorted;
}
