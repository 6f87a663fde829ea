import type { SparseMatrix } from "../sparse/matrix.ts";
import type { ConeBlock } from "./cones/cone-block.ts";
import { createExponentialBlock } from "./cones/exponential.ts";
import { createNonnegativeBlock } from "./cones/nonnegative.ts";
import { createSecondOrderBlock } from "./cones/second-order.ts";
import { createZeroBlock } from "./cones/zero.ts";
import { coneSize } from "./check-cone.ts";
import type { Numbers } from "./equilibrate.ts";
import type { Cone, ConeProblem } from "./types.ts";

/**
 * A problem over zero, nonnegative, second-order and exponential cones alone, its rows `ŝ = L s`:
 *
 * - rotated: `((s₀ + s₁)/√2, (s₀ − s₁)/√2, s₂, …)` is in the second-order cone;
 * - dual exponential: `(s₀ − s₁, −s₀, s₂)` is in the exponential cone.
 */
export interface StandardForm {
  readonly blocks: readonly ConeBlock[];
  /** A fresh copy of the numbers, in the standard form's own order. Rows whose b is +Infinity become `0·x ≤ 1`. */
  numbersOf(p: Float64Array | null, q: Float64Array, a: Float64Array, b: Float64Array): Numbers;
  /** `s = L⁻¹ ŝ` */
  slacksOf(s: Float64Array): Float64Array;
  /** `y = Lᵀ ŷ` */
  multipliersOf(y: Float64Array): Float64Array;
}

/** One entry of L or L⁻¹. */
interface Link {
  readonly from: number;
  readonly to: number;
  readonly factor: number;
}

export function createStandardForm({ p, a, b, cones }: ConeProblem): StandardForm {
  const m = b.length;
  const forward: Link[] = [];
  const backward: Link[] = [];
  let row = 0;
  for (const cone of cones) {
    const size = coneSize(cone);
    const { there, back } = linksOf(cone, size);
    for (const { from, to, factor } of there) forward.push({ from: row + from, to: row + to, factor });
    for (const { from, to, factor } of back) backward.push({ from: row + from, to: row + to, factor });
    row += size;
  }
  const upper = p === null ? null : upperEntries(p);
  const rows = mapRows(a, forward, m);
  return {
    blocks: createBlocks(cones),
    numbersOf(pValues, q, aValues, bounds) {
      const absent = bounds.map((value) => (value === Infinity ? 1 : 0));
      const values = new Float64Array(rows.matrix.indices.length);
      rows.targets.forEach((target, k) => {
        values[target]! += rows.factors[k]! * aValues[rows.sources[k]!]!;
      });
      rows.matrix.indices.forEach((i, k) => {
        if (absent[i] === 1) values[k] = 0;
      });
      const right = new Float64Array(m);
      for (const { from, to, factor } of forward) right[to]! += factor * (absent[from] === 1 ? 1 : bounds[from]!);
      return {
        p:
          upper === null || pValues === null
            ? null
            : { ...upper.matrix, values: Float64Array.from(upper.sources, (source) => pValues[source]!) },
        q: q.slice(),
        a: { ...rows.matrix, values },
        b: right,
      };
    },
    slacksOf(s) {
      const out = new Float64Array(m);
      for (const { from, to, factor } of backward) out[to]! += factor * s[from]!;
      return out;
    },
    multipliersOf(y) {
      const out = new Float64Array(m);
      for (const { from, to, factor } of forward) out[from]! += factor * y[to]!;
      return out;
    },
  };
}

function linksOf(cone: Cone, size: number): { readonly there: readonly Link[]; readonly back: readonly Link[] } {
  const keep = (first: number): Link[] =>
    Array.from({ length: Math.max(0, size - first) }, (_, i) => ({ from: first + i, to: first + i, factor: 1 }));
  if (cone.kind === "rotated") {
    const links = [
      { from: 0, to: 0, factor: Math.SQRT1_2 },
      { from: 1, to: 0, factor: Math.SQRT1_2 },
      { from: 0, to: 1, factor: Math.SQRT1_2 },
      { from: 1, to: 1, factor: -Math.SQRT1_2 },
      ...keep(2),
    ];
    return { there: links, back: links };
  }
  if (cone.kind === "dual-exponential") {
    return {
      there: [
        { from: 0, to: 0, factor: 1 },
        { from: 1, to: 0, factor: -1 },
        { from: 0, to: 1, factor: -1 },
        ...keep(2),
      ],
      back: [
        { from: 1, to: 0, factor: -1 },
        { from: 0, to: 1, factor: -1 },
        { from: 1, to: 1, factor: -1 },
        ...keep(2),
      ],
    };
  }
  return { there: keep(0), back: keep(0) };
}

/** Neighbouring half-lines share a block. */
function createBlocks(cones: readonly Cone[]): ConeBlock[] {
  const blocks: ConeBlock[] = [];
  let offset = 0;
  let run = 0;
  const endRun = (): void => {
    if (run > 0) blocks.push(createNonnegativeBlock(offset - run, run));
    run = 0;
  };
  for (const cone of cones) {
    const size = coneSize(cone);
    const halfLines = cone.kind === "nonnegative" || (cone.kind === "second-order" && size === 1);
    if (!halfLines && size > 0) endRun();
    if (halfLines) run += size;
    else if (cone.kind === "zero" && size > 0) blocks.push(createZeroBlock(offset, size));
    else if (cone.kind === "exponential" || cone.kind === "dual-exponential")
      blocks.push(createExponentialBlock(offset));
    else if (size > 0) blocks.push(createSecondOrderBlock(offset, size));
    offset += size;
  }
  endRun();
  return blocks;
}

/** The pattern of P's upper triangle, and where each of its entries is in P. */
function upperEntries(p: SparseMatrix): { readonly matrix: SparseMatrix; readonly sources: Int32Array } {
  const starts = new Int32Array(p.columns + 1);
  const indices: number[] = [];
  const sources: number[] = [];
  for (let j = 0; j < p.columns; j++) {
    for (let k = p.starts[j]!; k < p.starts[j + 1]!; k++) {
      if (p.indices[k]! > j) continue;
      indices.push(p.indices[k]!);
      sources.push(k);
    }
    starts[j + 1] = indices.length;
  }
  const values = new Float64Array(indices.length);
  const matrix = { rows: p.rows, columns: p.columns, starts, indices: Int32Array.from(indices), values };
  return { matrix, sources: Int32Array.from(sources) };
}

interface MappedRows {
  readonly matrix: SparseMatrix;
  /** `values[targets[k]] += factors[k] · a.values[sources[k]]` */
  readonly targets: Int32Array;
  readonly sources: Int32Array;
  readonly factors: Float64Array;
}

/** The pattern of `L A`. */
function mapRows(a: SparseMatrix, links: readonly Link[], m: number): MappedRows {
  const linksFrom: Link[][] = Array.from({ length: m }, () => []);
  for (const link of links) linksFrom[link.from]!.push(link);
  const starts = new Int32Array(a.columns + 1);
  const indices: number[] = [];
  const targets: number[] = [];
  const sources: number[] = [];
  const factors: number[] = [];
  for (let j = 0; j < a.columns; j++) {
    const places = new Map<number, number>();
    for (let k = a.starts[j]!; k < a.starts[j + 1]!; k++) {
      for (const { to, factor } of linksFrom[a.indices[k]!]!) {
        let place = places.get(to);
        if (place === undefined) {
          place = indices.length;
          places.set(to, place);
          indices.push(to);
        }
        targets.push(place);
        sources.push(k);
        factors.push(factor);
      }
    }
    starts[j + 1] = indices.length;
  }
  const values = new Float64Array(indices.length);
  return {
    matrix: { rows: m, columns: a.columns, starts, indices: Int32Array.from(indices), values },
    targets: Int32Array.from(targets),
    sources: Int32Array.from(sources),
    factors: Float64Array.from(factors),
  };
}
