import { coneSize } from "../cone/check-cone.ts";
import { createKktSystem } from "../cone/kkt.ts";
import type { ConeProblem } from "../cone/types.ts";
import {
  addProduct,
  addSymmetricProduct,
  addTransposedProduct,
  entriesOf,
  sparseFromEntries,
} from "../sparse/matrix.ts";
import type { Entry, SparseMatrix } from "../sparse/matrix.ts";
import { projectionDerivatives, type ProjectionDerivative } from "./cone-projection.ts";
import { leastNormSolution } from "./least-norm-solution.ts";

/** The direct solve is taken where its residual, relative to the right side, is at most this. */
const SOLVED = 1e-9;
const REGULARISATION = 1e-8;
/** A direct solution this much longer than the right side along a flat direction is no solution but a blow-up. */
const LONG = 1e8;

/** `[P AᵀW; WA −D]` at a solution: D the derivative of the projection onto K, `W = (I − D)^½`. */
export interface ConeSystem {
  readonly blocks: readonly PlacedDerivative[];
  /** P's upper triangle. */
  readonly upper: SparseMatrix | null;
  readonly singular: boolean;
  /** The solution, of least norm and least squares where the matrix is singular; n + m values. */
  solve(right: Float64Array): Float64Array;
  /** Some solution, singular or not; `null` where there is none to rounding. */
  solveExactly(right: Float64Array): Float64Array | null;
  /** `v ← W v`, m values. */
  applyRoot(v: Float64Array): void;
}

export interface PlacedDerivative {
  readonly offset: number;
  readonly derivative: ProjectionDerivative;
}

export function createConeSystem(problem: ConeProblem, s: Float64Array, y: Float64Array): ConeSystem {
  const { p, a } = problem;
  const n = problem.q.length;
  const m = problem.b.length;
  const blocks = listBlocks(problem, s, y);
  const mixed = mixRows(a, blocks, m);
  const places: [number, number][] = [];
  const values: number[] = [];
  for (const { offset, derivative } of blocks) {
    const { size, matrix, uniform } = derivative;
    for (let i = 0; i < size; i++) {
      for (let j = i; j < size; j++) {
        if (matrix === null && i !== j) continue;
        places.push([offset + i, offset + j]);
        values.push(matrix === null ? uniform : matrix[i * size + j]!);
      }
    }
  }
  const upper = p === null ? null : upperOf(p);
  const kkt = createKktSystem(upper, mixed, [
    {
      offset: 0,
      size: m,
      extraSigns: [],
      places,
      writeKkt: (out, at) => values.forEach((value, k) => (out[at + k] = -value)),
    },
  ]);
  const factored = kkt.factor(REGULARISATION);

  /** The symmetric matrix times a vector. */
  function multiply(v: Float64Array, out: Float64Array): void {
    out.fill(0);
    const [top, bottom] = [out.subarray(0, n), out.subarray(n)];
    const [first, second] = [v.subarray(0, n), v.subarray(n)];
    if (upper !== null) addSymmetricProduct(upper, first, 1, top);
    addTransposedProduct(mixed, second, 1, top);
    addProduct(mixed, first, 1, bottom);
    places.forEach(([i, j], k) => {
      bottom[i]! -= values[k]! * second[j]!;
      if (i !== j) bottom[j]! -= values[k]! * second[i]!;
    });
  }

  /** `null` where the right side is outside the range of the matrix, to rounding. */
  function solveDirectly(right: Float64Array): Float64Array | null {
    const solution = right.slice();
    const residual = factored ? kkt.solve(solution, false) : Infinity;
    return residual <= SOLVED && lengthOf(solution) <= LONG * lengthOf(right) ? solution : null;
  }

  const applyRoot = (v: Float64Array): void => applyRoots(blocks, v);

  // A right side with every part tells whether the matrix is singular.
  const probe = Float64Array.from({ length: n + m }, (_, i) => Math.sin(1 + 12.9898 * i));
  applyRoot(probe.subarray(n));
  const singular = solveDirectly(probe) === null;
  return {
    blocks,
    upper,
    singular,
    solveExactly: solveDirectly,
    solve: (right) => (singular ? null : solveDirectly(right)) ?? leastNormSolution(multiply, right),
    applyRoot,
  };
}

function lengthOf(v: Float64Array): number {
  let squared = 0;
  for (const value of v) squared += value * value;
  return Math.sqrt(squared);
}

/** The greatest absolute finite value, above 0. */
function largest(v: Float64Array): number {
  let size = Number.MIN_VALUE;
  for (const value of v) if (Number.isFinite(value)) size = Math.max(size, Math.abs(value));
  return size;
}

function listBlocks({ cones, b }: ConeProblem, s: Float64Array, y: Float64Array): readonly PlacedDerivative[] {
  // Slacks of a problem at the origin of its cones are small against b, not against each other.
  const scales = { slack: Math.max(largest(s), largest(b)), multiplier: largest(y) };
  const blocks: PlacedDerivative[] = [];
  let offset = 0;
  for (const cone of cones) {
    const size = coneSize(cone);
    const own = projectionDerivatives(
      cone,
      s.subarray(offset, offset + size),
      y.subarray(offset, offset + size),
      scales,
    );
    for (const derivative of own) {
      blocks.push({ offset, derivative });
      offset += derivative.size;
    }
  }
  return blocks;
}

/** `W A`. */
function mixRows(a: SparseMatrix, blocks: readonly PlacedDerivative[], m: number): SparseMatrix {
  const blockOf = new Int32Array(m);
  blocks.forEach(({ offset, derivative }, k) => blockOf.fill(k, offset, offset + derivative.size));
  const entries: Entry[] = [];
  for (const { row, column, value } of entriesOf(a)) {
    const { offset, derivative } = blocks[blockOf[row]!]!;
    const { size, complementRoot, uniform } = derivative;
    if (complementRoot === null) {
      if (uniform === 0) entries.push({ row, column, value });
      continue;
    }
    for (let i = 0; i < size; i++) {
      entries.push({ row: offset + i, column, value: complementRoot[i * size + (row - offset)]! * value });
    }
  }
  return sparseFromEntries(m, a.columns, entries);
}

/** `v ← W v`. */
function applyRoots(blocks: readonly PlacedDerivative[], v: Float64Array): void {
  for (const { offset, derivative } of blocks) {
    const { size, complementRoot, uniform } = derivative;
    if (complementRoot === null) {
      if (uniform === 1) v.fill(0, offset, offset + size);
      continue;
    }
    const own = v.slice(offset, offset + size);
    for (let i = 0; i < size; i++) {
      let value = 0;
      for (let j = 0; j < size; j++) value += complementRoot[i * size + j]! * own[j]!;
      v[offset + i] = value;
    }
  }
}

function upperOf(p: SparseMatrix): SparseMatrix {
  const entries: Entry[] = [];
  for (const entry of entriesOf(p)) if (entry.row <= entry.column) entries.push(entry);
  return sparseFromEntries(p.rows, p.columns, entries);
}
