import type { DecisionOracle, OracleAnswer } from "./types.ts";
import { dot } from "./losses/vectors.ts";

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
  /** `∂f(z_j, s)/∂s` into `out`. */
  slope(index: number, s: Float64Array, x: Float64Array, out: Float64Array): void;
  /** What a solver would answer if the pool were the feasible set; the first of equals. */
  best(s: Float64Array, x: Float64Array): OracleAnswer;
}

const DIGITS = 1e6;

export function createDecisionPool(oracle: DecisionOracle): DecisionPool {
  const decisions: Float64Array[] = [];
  const known = new Set<string>();
  /** φ and g of each decision, where they are the same at every s and x. */
  const fixed = oracle.linear && !oracle.contextual ? { slopes: [] as Float64Array[], offsets: [] as number[] } : null;

  function values(s: Float64Array, x: Float64Array): Float64Array {
    const out = new Float64Array(decisions.length);
    for (let j = 0; j < out.length; j++) {
      out[j] = fixed === null ? oracle.value(decisions[j]!, s, x) : dot(fixed.slopes[j]!, s) + fixed.offsets[j]!;
    }
    return out;
  }

  function slope(index: number, s: Float64Array, x: Float64Array, out: Float64Array): void {
    if (fixed === null) oracle.slope(decisions[index]!, s, x, out);
    else out.set(fixed.slopes[index]!);
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
      fixed?.slopes.push(own.slice());
      fixed?.offsets.push(objective - dot(own, s));
    },
    values,
    slope,
    best(s, x) {
      const costs = values(s, x);
      let least = 0;
      for (let j = 1; j < costs.length; j++) if (costs[j]! < costs[least]!) least = j;
      const own = new Float64Array(oracle.outcome);
      slope(least, s, x, own);
      return { status: "optimal", z: decisions[least]!, objective: costs[least]!, slope: own };
    },
  };
}
