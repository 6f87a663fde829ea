import { dot } from "../structured/dense.ts";

/** Rows left with less than this of their length are combinations of those before them. */
const DEPENDENT = 1e-9;
/** Curvature below this, relative to the largest, is none. */
const FLAT = 1e-11;

/**
 * The symmetric system `[H Bᵀ; B 0] [u; v] = [r; s]` with H positive semidefinite, solved in the sense of the
 * pseudo-inverse where it is singular: rows of B that depend on each other share their multiplier in the least norm, and
 * `u` has no part along directions within the null space of B that H does not curve.
 */
export interface SaddleSystem {
  /** Rows of B beyond its rank. */
  readonly dependent: number;
  /** Directions in the null space of B. */
  readonly free: number;
  /** Directions among them without curvature, along which u is 0. */
  readonly flat: number;
  /** @returns u (as many values as H has rows) and v (one a row of B) */
  solve(r: Float64Array, s: Float64Array): { readonly u: Float64Array; readonly v: Float64Array };
}

/**
 * Orthogonal coordinates `Bᵀ P = Q [R; 0]` by Householder reflections with column pivoting, then a pivoted Cholesky
 * factor of H on the null space of B (the null-space method; Nocedal and Wright 2006, §16.2). O(N³) for N rows of H.
 *
 * @param size N
 * @param h N × N, or `null` for 0
 * @param rows of B, N values each
 */
export function createSaddleSystem(size: number, h: Float64Array | null, rows: readonly Float64Array[]): SaddleSystem {
  const count = rows.length;
  const norms = rows.map((row) => Math.sqrt(dot(row, 0, row, 0, size)));
  const columns = rows.map((row, e) => row.map((value) => (norms[e]! > 0 ? value / norms[e]! : 0)));
  const { reflectors, order } = triangulate(columns, size);
  const rank = reflectors.length;
  const free = size - rank;

  const forward = (x: Float64Array): void => reflectors.forEach((v) => reflect(v, x));
  const back = (x: Float64Array): void => reflectors.toReversed().forEach((v) => reflect(v, x));

  const reduced = h === null || free === 0 ? null : reduce(h, size, reflectors);
  const curved = reduced === null ? null : createCurvature(reduced, free);
  // R is rank × count: entry (i, e) is columns[e][i], and the first `rank` columns in order are triangular.
  const gram = rank < count ? createGram(columns, rank) : null;

  /** `(Bᵀ)⁺ (rotated right side)`: least-norm multipliers of the normalised rows. */
  function multipliersOf(rotated: Float64Array): Float64Array {
    const v = new Float64Array(count);
    if (gram !== null) {
      const w = gram.solve(rotated);
      for (let e = 0; e < count; e++) v[e] = dot(columns[e]!, 0, w, 0, rank);
    } else {
      for (let i = rank - 1; i >= 0; i--) {
        let value = rotated[i]!;
        for (let j = i + 1; j < rank; j++) value -= columns[order[j]!]![i]! * v[order[j]!]!;
        v[order[i]!] = value / columns[order[i]!]![i]!;
      }
    }
    for (let e = 0; e < count; e++) v[e] = norms[e]! > 0 ? v[e]! / norms[e]! : 0;
    return v;
  }

  /** Rotated u with `B u = s` and no part in the null space of B; least squares where rows contradict each other. */
  function reach(s: Float64Array): Float64Array {
    const target = s.map((value, e) => (norms[e]! > 0 ? value / norms[e]! : 0));
    const u = new Float64Array(size);
    if (gram !== null) {
      const right = new Float64Array(rank);
      for (let e = 0; e < count; e++) for (let i = 0; i < rank; i++) right[i]! += columns[e]![i]! * target[e]!;
      u.set(gram.solve(right));
      return u;
    }
    for (let i = 0; i < rank; i++) {
      const column = columns[order[i]!]!;
      u[i] = (target[order[i]!]! - dot(column, 0, u, 0, i)) / column[i]!;
    }
    return u;
  }

  return {
    dependent: count - rank,
    free,
    flat: curved === null ? free : curved.flat,
    solve(r, s) {
      const u = reach(s);
      const left = r.slice();
      if (h !== null && s.some((value) => value !== 0)) {
        const range = u.slice();
        back(range);
        for (let i = 0; i < size; i++) left[i]! -= dot(h, i * size, range, 0, size);
      }
      forward(left);
      if (curved !== null) u.set(curved.solve(left.subarray(rank)), rank);
      back(u);
      const force = r.slice();
      if (h !== null) for (let i = 0; i < size; i++) force[i]! -= dot(h, i * size, u, 0, size);
      forward(force);
      return { u, v: multipliersOf(force) };
    },
  };
}

/** Reflects the columns in place until they are triangular in `order`; the columns that are left depend on the others. */
function triangulate(
  columns: readonly Float64Array[],
  size: number,
): { readonly reflectors: readonly Float64Array[]; readonly order: readonly number[] } {
  const reflectors: Float64Array[] = [];
  const order: number[] = [];
  const left = new Set(columns.keys());
  while (left.size > 0 && reflectors.length < size) {
    const k = reflectors.length;
    let best = -1;
    let longest = DEPENDENT ** 2;
    for (const e of left) {
      const squared = dot(columns[e]!, k, columns[e]!, k, size - k);
      if (squared > longest) {
        best = e;
        longest = squared;
      }
    }
    if (best < 0) break;
    left.delete(best);
    order.push(best);
    const reflector = new Float64Array(size);
    reflector.set(columns[best]!.subarray(k), k);
    reflector[k]! += (reflector[k]! < 0 ? -1 : 1) * Math.sqrt(longest);
    const length = Math.sqrt(dot(reflector, k, reflector, k, size - k));
    for (let i = k; i < size; i++) reflector[i]! /= length;
    reflectors.push(reflector);
    reflect(reflector, columns[best]!);
    for (const e of left) reflect(reflector, columns[e]!);
  }
  return { reflectors, order: [...order, ...left] };
}

/** `x ← (I − 2vvᵀ) x` */
function reflect(v: Float64Array, x: Float64Array): void {
  const twice = 2 * dot(v, 0, x, 0, v.length);
  for (let i = 0; i < v.length; i++) x[i]! -= twice * v[i]!;
}

/** `Zᵀ H Z`, Z the last columns of the product of the reflections. */
function reduce(h: Float64Array, size: number, reflectors: readonly Float64Array[]): Float64Array {
  const rank = reflectors.length;
  const free = size - rank;
  const rows = Array.from({ length: size }, (_, i) => h.slice(i * size, (i + 1) * size));
  for (const row of rows) for (const v of reflectors) reflect(v, row);
  const reduced = new Float64Array(free * free);
  const column = new Float64Array(size);
  for (let j = 0; j < free; j++) {
    for (let i = 0; i < size; i++) column[i] = rows[i]![rank + j]!;
    for (const v of reflectors) reflect(v, column);
    for (let i = 0; i < free; i++) reduced[i * free + j] = column[rank + i]!;
  }
  return reduced;
}

interface Curvature {
  readonly flat: number;
  /** `M⁺ right` */
  solve(right: Float64Array): Float64Array;
}

/**
 * Pseudo-inverse of a positive semidefinite M from its pivoted Cholesky factor `M = L Lᵀ`, L of full column rank:
 * `M⁺ = L (LᵀL)⁻² Lᵀ`, or the inverse itself where nothing is flat.
 */
function createCurvature(m: Float64Array, size: number): Curvature {
  const rest = Array.from({ length: size }, (_, i) => m[i * (size + 1)]!);
  const largest = Math.max(0, ...rest);
  const factor: Float64Array[] = [];
  const pivots: number[] = [];
  const taken = new Uint8Array(size);
  while (factor.length < size) {
    let pivot = -1;
    for (let i = 0; i < size; i++) if (taken[i] === 0 && (pivot < 0 || rest[i]! > rest[pivot]!)) pivot = i;
    if (!(rest[pivot]! > FLAT * largest)) break;
    const root = Math.sqrt(rest[pivot]!);
    const column = new Float64Array(size);
    for (let i = 0; i < size; i++) {
      if (taken[i] === 1) continue;
      let value = m[i * size + pivot]!;
      for (const known of factor) value -= known[i]! * known[pivot]!;
      column[i] = i === pivot ? root : value / root;
      rest[i]! -= column[i]! * column[i]!;
    }
    taken[pivot] = 1;
    pivots.push(pivot);
    factor.push(column);
  }
  const rank = factor.length;
  if (rank === size) {
    return {
      flat: 0,
      solve(right) {
        const y = new Float64Array(size);
        const x = new Float64Array(size);
        const left = right.slice();
        factor.forEach((column, k) => {
          y[k] = left[pivots[k]!]! / column[pivots[k]!]!;
          for (let i = 0; i < size; i++) left[i]! -= column[i]! * y[k]!;
        });
        for (let k = size - 1; k >= 0; k--) {
          const column = factor[k]!;
          let value = y[k]!;
          for (let j = k + 1; j < size; j++) value -= column[pivots[j]!]! * x[pivots[j]!]!;
          x[pivots[k]!] = value / column[pivots[k]!]!;
        }
        return x;
      },
    };
  }
  // LᵀL is the Gram matrix of the factor's columns.
  const gram = createGram(
    Array.from({ length: size }, (_, i) => Float64Array.from(factor, (column) => column[i]!)),
    rank,
  );
  return {
    flat: size - rank,
    solve(right) {
      const w = gram.solve(gram.solve(Float64Array.from(factor, (column) => dot(column, 0, right, 0, size))));
      const x = new Float64Array(size);
      factor.forEach((column, k) => {
        for (let i = 0; i < size; i++) x[i]! += w[k]! * column[i]!;
      });
      return x;
    },
  };
}

/** Solves with `Σ_e c_e c_eᵀ` over the first `size` values of each vector, which together span that space. */
function createGram(vectors: readonly Float64Array[], size: number): { solve(right: Float64Array): Float64Array } {
  const l = new Float64Array(size * size);
  for (const vector of vectors) {
    for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) l[i * size + j]! += vector[i]! * vector[j]!;
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const value = l[i * size + j]! - dot(l, i * size, l, j * size, j);
      l[i * size + j] = i === j ? Math.sqrt(Math.max(value, Number.MIN_VALUE)) : value / l[j * (size + 1)]!;
    }
  }
  return {
    solve(right) {
      const x = new Float64Array(size);
      for (let i = 0; i < size; i++) x[i] = (right[i]! - dot(l, i * size, x, 0, i)) / l[i * (size + 1)]!;
      for (let i = size - 1; i >= 0; i--) {
        let value = x[i]!;
        for (let k = i + 1; k < size; k++) value -= l[k * size + i]! * x[k]!;
        x[i] = value / l[i * (size + 1)]!;
      }
      return x;
    },
  };
}
