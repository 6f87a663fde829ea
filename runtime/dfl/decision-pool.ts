import type { DecisionOracle, OracleAnswer } from "./types.ts";
import { dot } from "../decide/dot.ts";
import { createPoolMatrix } from "./pool-matrix.ts";

/** An outcome and the context that it is at. */
export interface PoolPoint {
  /** d values. */
  readonly s: Float64Array;
  /** p values. */
  readonly x: Float64Array;
}

/**
 * Decisions that some solve gave: the cache of a training, and what contrastive and ranking losses compare (Mulamba et al.
 * 2021). Decisions that agree to six digits after the point are one.
 */
export interface DecisionPool {
  readonly size: number;
  readonly decisions: readonly Float64Array[];
  add(answer: OracleAnswer, s: Float64Array): void;
  /** `f(z_j, s)` of every decision. */
  values(s: Float64Array, x: Float64Array): Float64Array;
  /** The same at several points, of the decisions from `from` on, into arrays with room for all. */
  fill(points: readonly PoolPoint[], from: number, out: readonly Float64Array[]): void;
  /**
   * `values` at an outcome that is asked for again and again, such as one of the data: those of the decisions since are all
   * that is computed. The array `s` must keep its numbers; the result is valid until the next call.
   */
  valuesOf(s: Float64Array, x: Float64Array): Float64Array;
  /** `out_r += Σ_j bars_r[j] ∂f(z_j, s_r)/∂s` */
  addSlopes(bars: readonly Float64Array[], points: readonly PoolPoint[], out: readonly Float64Array[]): void;
  /** `∂f(z_j, s)/∂s` into `out`. */
  slope(index: number, s: Float64Array, x: Float64Array, out: Float64Array): void;
  /** Mean of f, and of its slope into `out`, over the pool. */
  mean(s: Float64Array, x: Float64Array, out: Float64Array): number;
  /** What a solver would answer if the pool were the feasible set; the first of equals. */
  best(s: Float64Array, x: Float64Array): OracleAnswer;
}

const DIGITS = 1e6;

export function createDecisionPool(oracle: DecisionOracle): DecisionPool {
  const { outcome: d } = oracle;
  const decisions: Float64Array[] = [];
  const known = new Set<string>();
  /** φ and g of each decision, where they are the same at every s and x. */
  const fixed = oracle.linear && !oracle.contextual ? { slopes: createPoolMatrix(d), offsets: [] as number[] } : null;
  const sums = { slope: new Float64Array(d), offset: 0 };
  const kept = new WeakMap<Float64Array, { values: Float64Array; count: number }>();

  function fill(points: readonly PoolPoint[], from: number, out: readonly Float64Array[]): void {
    if (fixed === null) {
      points.forEach(({ s, x }, r) => {
        for (let j = from; j < decisions.length; j++) out[r]![j] = oracle.value(decisions[j]!, s, x);
      });
      return;
    }
    fixed.slopes.multiply(
      points.map(({ s }) => s),
      from,
      out,
    );
    const { offsets } = fixed;
    for (const own of out) for (let j = from; j < offsets.length; j++) own[j]! += offsets[j]!;
  }

  function values(s: Float64Array, x: Float64Array): Float64Array {
    const out = new Float64Array(decisions.length);
    fill([{ s, x }], 0, [out]);
    return out;
  }

  function slope(index: number, s: Float64Array, x: Float64Array, out: Float64Array): void {
    if (fixed === null) oracle.slope(decisions[index]!, s, x, out);
    else out.set(fixed.slopes.row(index));
  }

  function addSlopes(bars: readonly Float64Array[], points: readonly PoolPoint[], out: readonly Float64Array[]): void {
    if (fixed !== null) {
      fixed.slopes.addCombinations(bars, out);
      return;
    }
    const own = new Float64Array(d);
    points.forEach(({ s, x }, r) => {
      bars[r]!.forEach((bar, j) => {
        if (bar === 0) return;
        oracle.slope(decisions[j]!, s, x, own);
        for (let i = 0; i < d; i++) out[r]![i]! += bar * own[i]!;
      });
    });
  }

  return {
    get size() {
      return decisions.length;
    },
    decisions,
    add({ z, slope: own, objective }, s) {
      const key = z.map((value) => Math.round(value * DIGITS)).join();
      if (known.has(key)) return;
      known.add(key);
      decisions.push(z.slice());
      if (fixed === null) return;
      const offset = objective - dot(own, s);
      fixed.slopes.push(own);
      fixed.offsets.push(offset);
      for (let i = 0; i < d; i++) sums.slope[i]! += own[i]!;
      sums.offset += offset;
    },
    values,
    fill,
    valuesOf(s, x) {
      if (fixed === null) return values(s, x);
      let own = kept.get(s);
      if (own === undefined) kept.set(s, (own = { values: new Float64Array(0), count: 0 }));
      const { length: size } = decisions;
      if (own.values.length < size) {
        const grown = new Float64Array(Math.max(64, 2 * size));
        grown.set(own.values.subarray(0, own.count));
        own.values = grown;
      }
      if (own.count < size) fill([{ s, x }], own.count, [own.values]);
      own.count = size;
      return own.values.subarray(0, size);
    },
    addSlopes,
    slope,
    mean(s, x, out) {
      const { length } = decisions;
      if (fixed !== null) {
        for (let i = 0; i < d; i++) out[i] = sums.slope[i]! / length;
        return (dot(sums.slope, s) + sums.offset) / length;
      }
      out.fill(0);
      addSlopes([new Float64Array(length).fill(1 / length)], [{ s, x }], [out]);
      return values(s, x).reduce((sum, value) => sum + value / length, 0);
    },
    best(s, x) {
      const costs = values(s, x);
      let least = 0;
      for (let j = 1; j < costs.length; j++) if (costs[j]! < costs[least]!) least = j;
      const own = new Float64Array(d);
      slope(least, s, x, own);
      return { status: "optimal", z: decisions[least]!, objective: costs[least]!, slope: own };
    },
  };
}
