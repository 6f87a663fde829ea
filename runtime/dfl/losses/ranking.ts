import type { DecisionPool } from "../decision-pool.ts";
import { leastIndex } from "./contrastive.ts";
import { rankingLoss, type DflLoss } from "./row.ts";

/** Least target of a decision: without one, decisions that are far from best would not count at all. */
const LEAST_TARGET = 1e-8;

/** `softmax(−values / τ)` into `shares`; returns `log softmax` as `from − values / τ`. */
function softmin(values: Float64Array, temperature: number, shares: Float64Array): number {
  const least = values[leastIndex(values)]!;
  let total = 0;
  for (let j = 0; j < values.length; j++) total += shares[j] = Math.exp((least - values[j]!) / temperature);
  for (let j = 0; j < values.length; j++) shares[j]! /= total;
  return least / temperature - Math.log(total);
}

/**
 * Listwise learning to rank (Mandi et al. 2022, eq. 8): cross-entropy of `softmax(−f(z_j, ŝ)/τ)` over the pool to the
 * same at the outcome that came.
 */
export function listwise(pool: DecisionPool, temperature: number): DflLoss {
  let targets = new Float64Array(0);
  return rankingLoss(pool, ({ cost, context }, values, bars) => {
    if (targets.length < values.length) targets = new Float64Array(2 * values.length);
    softmin(pool.valuesOf(cost, context), temperature, targets);
    const from = softmin(values, temperature, bars);
    let loss = 0;
    let total = 0;
    for (let j = 0; j < values.length; j++) {
      const target = (targets[j] = Math.max(targets[j]!, LEAST_TARGET));
      loss -= target * (from - values[j]! / temperature);
      total += target;
    }
    for (let j = 0; j < values.length; j++) bars[j] = (targets[j]! - total * bars[j]!) / temperature;
    return loss;
  });
}

/** Pairwise (Mandi et al. 2022, eq. 6): `Σ_j [ν + f(z_best, ŝ) − f(z_j, ŝ)]₊ / (|pool| − 1)`, best by the true outcome. */
export function pairwise(pool: DecisionPool, margin: number): DflLoss {
  return rankingLoss(pool, ({ cost, context }, values, bars) => {
    const best = leastIndex(pool.valuesOf(cost, context));
    const pairs = Math.max(values.length - 1, 1);
    const mark = margin + values[best]!;
    let loss = 0;
    let counted = 0;
    for (let j = 0; j < values.length; j++) {
      const excess = mark - values[j]!;
      if (j === best || !(excess > 0)) continue;
      loss += excess;
      counted++;
      bars[j] = -1 / pairs;
    }
    bars[best] = counted / pairs;
    return loss / pairs;
  });
}

/** Pointwise (Mandi et al. 2022, eq. 5): `mean_j (f(z_j, ŝ) − f(z_j, s))²`. */
export function pointwise(pool: DecisionPool): DflLoss {
  return rankingLoss(pool, ({ cost, context }, values, bars) => {
    const truth = pool.valuesOf(cost, context);
    let loss = 0;
    for (let j = 0; j < values.length; j++) {
      const error = values[j]! - truth[j]!;
      bars[j] = (2 * error) / values.length;
      loss += error ** 2 / values.length;
    }
    return loss;
  });
}
