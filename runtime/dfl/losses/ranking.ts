import type { DecisionPool } from "../decision-pool.ts";
import { leastIndex } from "./contrastive.ts";
import { rankingLoss, type DflLoss } from "./row.ts";

/** Least target of a decision: without one, decisions that are far from best would not count at all. */
const LEAST_TARGET = 1e-8;

/** `softmax(−values / τ)`. */
interface Softmin {
  readonly least: number;
  /** `Σ exp((least − value) / τ)` */
  readonly total: number;
  readonly shares: Float64Array;
}

function softmin(values: Float64Array, temperature: number): Softmin {
  const least = values[leastIndex(values)]!;
  const shares = new Float64Array(values.length);
  let total = 0;
  for (let j = 0; j < values.length; j++) total += shares[j] = Math.exp((least - values[j]!) / temperature);
  for (let j = 0; j < values.length; j++) shares[j]! /= total;
  return { least, total, shares };
}

/**
 * Listwise learning to rank (Mandi et al. 2022, eq. 8): cross-entropy of `softmax(−f(z_j, ŝ)/τ)` over the pool to the
 * same at the outcome that came.
 */
export function listwise(pool: DecisionPool, temperature: number): DflLoss {
  return rankingLoss(pool, ({ cost, context }, values) => {
    const targets = softmin(pool.valuesOf(cost, context), temperature).shares;
    const { least, total: mass, shares } = softmin(values, temperature);
    const shift = Math.log(mass);
    let loss = 0;
    let total = 0;
    for (let j = 0; j < targets.length; j++) {
      const target = (targets[j] = Math.max(targets[j]!, LEAST_TARGET));
      loss -= target * ((least - values[j]!) / temperature - shift);
      total += target;
    }
    for (let j = 0; j < shares.length; j++) shares[j] = (targets[j]! - total * shares[j]!) / temperature;
    return { loss, bars: shares };
  });
}

/** Pairwise (Mandi et al. 2022, eq. 6): `Σ_j [ν + f(z_best, ŝ) − f(z_j, ŝ)]₊ / (|pool| − 1)`, best by the true outcome. */
export function pairwise(pool: DecisionPool, margin: number): DflLoss {
  return rankingLoss(pool, ({ cost, context }, values) => {
    const best = leastIndex(pool.valuesOf(cost, context));
    const pairs = Math.max(values.length - 1, 1);
    const bars = new Float64Array(values.length);
    const bar = margin + values[best]!;
    let loss = 0;
    let counted = 0;
    for (let j = 0; j < values.length; j++) {
      const excess = bar - values[j]!;
      if (j === best || !(excess > 0)) continue;
      loss += excess;
      counted++;
      bars[j] = -1 / pairs;
    }
    bars[best] = counted / pairs;
    return { loss: loss / pairs, bars };
  });
}

/** Pointwise (Mandi et al. 2022, eq. 5): `mean_j (f(z_j, ŝ) − f(z_j, s))²`. */
export function pointwise(pool: DecisionPool): DflLoss {
  return rankingLoss(pool, ({ cost, context }, values) => {
    const truth = pool.valuesOf(cost, context);
    const bars = new Float64Array(values.length);
    let loss = 0;
    for (let j = 0; j < values.length; j++) {
      const error = values[j]! - truth[j]!;
      bars[j] = (2 * error) / values.length;
      loss += error ** 2 / values.length;
    }
    return { loss, bars };
  });
}
