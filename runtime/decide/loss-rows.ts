import { LONG, lossRowModule, VECTOR_BYTES, WIDE } from "./loss-rows-code.ts";

/** Scenarios filled at a time: their rows stay in the nearest cache while they are summed. */
export const STRIP_ROWS = 32;

/**
 * Room for the outcomes and the affine losses of `STRIP_ROWS` scenarios, row after row, with a view of each row: what a
 * loss with one piece is filled into, so that no number is copied one by one.
 */
export interface LossRows {
  /** STRIP_ROWS × d */
  readonly outcomes: Float64Array;
  readonly outcome: readonly Float64Array[];
  /** STRIP_ROWS × n */
  readonly slopes: Float64Array;
  readonly slope: readonly Float64Array[];
  /** STRIP_ROWS, what `addSums` weighs the slopes with. */
  readonly weights: Float64Array;
  /** Whether every number of the first `count` outcomes is finite; the others are made 0. */
  areFinite(count: number): boolean;
  /** Makes the sums and the slopes 0. */
  clear(): void;
  /** Adds the first `count` slopes and their sizes, weighed, to the sums. */
  addSums(count: number): void;
  /** Writes the sums: n values each. */
  readSums(sums: Float64Array, sizes: Float64Array): void;
}

/** From so many scenarios on, vector kernels are worth their making. */
const MANY = 128;
/** Kernels of this many sizes are kept: deciders of one size share them, since a fill is over before the next begins. */
const KEPT = 16;
const kept = new Map<string, LossRows>();

/**
 * @param d numbers of an outcome
 * @param n numbers of a decision
 * @param scenarios as many as will be filled
 */
export function lossRows(d: number, n: number, scenarios: number): LossRows {
  const vectors = scenarios >= MANY;
  const key = `${d} ${n} ${vectors}`;
  let rows = kept.get(key);
  if (rows === undefined) {
    if (kept.size >= KEPT) kept.clear();
    rows = vectors ? vectorLossRows(d, n) : plainLossRows(d, n);
    kept.set(key, rows);
  }
  return rows;
}

const rowsOf = (all: Float64Array, width: number): Float64Array[] =>
  Array.from({ length: STRIP_ROWS }, (_, row) => all.subarray(row * width, (row + 1) * width));

/** By loops of JavaScript: the reference of the vector kernels, and as fast for a few scenarios. */
export function plainLossRows(d: number, n: number): LossRows {
  const outcomes = new Float64Array(STRIP_ROWS * d);
  const slopes = new Float64Array(STRIP_ROWS * n);
  const weights = new Float64Array(STRIP_ROWS);
  const sums = new Float64Array(n);
  const sizes = new Float64Array(n);
  return {
    outcomes,
    outcome: rowsOf(outcomes, d),
    slopes,
    slope: rowsOf(slopes, n),
    weights,
    areFinite: (count) => allFinite(outcomes.subarray(0, count * d)),
    addSums: (count) => addColumnSums(slopes, n, count, weights, sums, sizes),
    clear() {
      slopes.fill(0);
      sums.fill(0);
      sizes.fill(0);
    },
    readSums(ownSums, ownSizes) {
      ownSums.set(sums);
      ownSizes.set(sizes);
    },
  };
}

const PAGE = 65_536;
/** Numbers of a vector. */
const LANES = 2;

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly wide: Sums;
  readonly narrow: Sums;
  readonly rest: (values: number, out: number, count: number) => void;
}
type Sums = (rows: number, weights: number, out: number, stride: number, rowCount: number, count: number) => void;

/** By WebAssembly's vectors, in its own memory. */
export function vectorLossRows(d: number, n: number): LossRows {
  let bytes = 0;
  const place = (length: number): { readonly at: number; readonly length: number } => {
    const at = bytes;
    bytes += Math.ceil((8 * length) / VECTOR_BYTES) * VECTOR_BYTES;
    return { at, length };
  };
  const columns = Math.ceil(n / LANES);
  const wide = Math.floor(columns / WIDE);
  const narrow = columns - wide * WIDE;
  const outcomes = place(STRIP_ROWS * d);
  // The last row of an odd number of columns is read past its end.
  const slopes = place(STRIP_ROWS * n + 1);
  const weights = place(STRIP_ROWS);
  const sums = place(2 * LANES * columns);
  const check = place(LANES);
  const bytesOfModule = lossRowModule(Math.max(1, Math.ceil(bytes / PAGE)));
  const { exports } = new WebAssembly.Instance<Exports>(new WebAssembly.Module(bytesOfModule));
  const view = (at: number, length: number): Float64Array => new Float64Array(exports.memory.buffer, at, length);
  const outcomeView = view(outcomes.at, STRIP_ROWS * d);
  const slopeView = view(slopes.at, STRIP_ROWS * n);
  const sumView = view(sums.at, sums.length);
  const checkView = view(check.at, LANES);
  const group = LANES * LONG;
  const narrowSums = sums.at + wide * WIDE * 2 * VECTOR_BYTES;
  const narrowRows = slopes.at + wide * WIDE * VECTOR_BYTES;
  return {
    outcomes: outcomeView,
    outcome: rowsOf(outcomeView, d),
    slopes: slopeView,
    slope: rowsOf(slopeView, n),
    weights: view(weights.at, STRIP_ROWS),
    areFinite(count) {
      if (count < STRIP_ROWS) outcomeView.fill(0, count * d);
      if (d === 0) return true;
      // STRIP_ROWS is a multiple of a group.
      exports.rest(outcomes.at, check.at, (STRIP_ROWS * d) / group);
      return 0 === checkView[0]! + checkView[1]!;
    },
    addSums(count) {
      if (count === 0) return;
      if (wide > 0) exports.wide(slopes.at, weights.at, sums.at, 8 * n, count, wide);
      if (narrow > 0) exports.narrow(narrowRows, weights.at, narrowSums, 8 * n, count, narrow);
    },
    clear() {
      slopeView.fill(0);
      sumView.fill(0);
    },
    readSums(ownSums, ownSizes) {
      for (let i = 0; i < n; i++) {
        const vectors = i < wide * WIDE * LANES ? WIDE : 1;
        const within = i % (vectors * LANES);
        const at = 2 * (i - within) + within;
        ownSums[i] = sumView[at]!;
        ownSizes[i] = sumView[at + vectors * LANES]!;
      }
    },
  };
}

/** `v − v` is 0 for a finite number and NaN for any other; four sums, so that none waits for the one before. */
export function allFinite(values: Float64Array): boolean {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < values.length; i += 4) {
    s0 += values[i]! - values[i]!;
    s1 += values[i + 1]! - values[i + 1]!;
    s2 += values[i + 2]! - values[i + 2]!;
    s3 += values[i + 3]! - values[i + 3]!;
  }
  for (; i < values.length; i++) s0 += values[i]! - values[i]!;
  return s0 + s1 + s2 + s3 === 0;
}

/**
 * Adds `Σ_r weight_r v_r` and `Σ_r weight_r |v_r|` of rows of `size` numbers. Four columns at a time, so that their sums
 * stay in registers.
 */
function addColumnSums(
  rows: Float64Array,
  size: number,
  count: number,
  weights: Float64Array,
  sums: Float64Array,
  sizes: Float64Array,
): void {
  let i = 0;
  for (; i + 3 < size; i += 4) {
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    let [a0, a1, a2, a3] = [0, 0, 0, 0];
    for (let r = 0, at = i; r < count; r++, at += size) {
      const weight = weights[r]!;
      const v0 = weight * rows[at]!;
      const v1 = weight * rows[at + 1]!;
      const v2 = weight * rows[at + 2]!;
      const v3 = weight * rows[at + 3]!;
      s0 += v0;
      s1 += v1;
      s2 += v2;
      s3 += v3;
      a0 += Math.abs(v0);
      a1 += Math.abs(v1);
      a2 += Math.abs(v2);
      a3 += Math.abs(v3);
    }
    sums[i]! += s0;
    sums[i + 1]! += s1;
    sums[i + 2]! += s2;
    sums[i + 3]! += s3;
    sizes[i]! += a0;
    sizes[i + 1]! += a1;
    sizes[i + 2]! += a2;
    sizes[i + 3]! += a3;
  }
  for (; i < size; i++) {
    let sum = 0;
    let absolute = 0;
    for (let r = 0, at = i; r < count; r++, at += size) {
      const value = weights[r]! * rows[at]!;
      sum += value;
      absolute += Math.abs(value);
    }
    sums[i]! += sum;
    sizes[i]! += absolute;
  }
}
