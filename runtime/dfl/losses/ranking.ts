import type { DecisionPool } from "../decision-pool.ts";
import { leastIndex } from "./contrastive.ts";
import { poolLoss, type DflLoss, type LossRow } from "./row.ts";
import { addScaled } from "./vectors.ts";

/** Least target of a decision: without one, decisions that are far from best would not count at all. */
const LEAST_TARGET = 1e-8;

/** `softmax(−values / τ)` and its logarithm. */
function softmin(
  values: Float64Array,
  temperature: number,
): { readonly shares: Float64Array; readonly logs: Float64Array } {
  const least = values[leastIndex(values)]!;
  let total = 0;
  for (const value of values) total += Math.exp((least - value) / temperature);
  const logs = values.map((value) => (least - value) / temperature - Math.log(total));
  return { shares: logs.map(Math.exp), logs };
}

/** `Σ_j bars_j ∂f(z_j, ŝ)/∂ŝ` into the row's gradient. */
function pull(pool: DecisionPool, { predicted, context, gradient }: LossRow, bars: Float64Array): void {
  const slope = new Float64Array(gradient.length);
  bars.forEach((bar, j) => {
    if (bar === 0) return;
    pool.slope(j, predicted, context, slope);
    addScaled(gradient, slope, bar);
  });
}

/**
 * Listwise learning to rank (Mandi et al. 2022, eq. 8): cross-entropy of `softmax(−f(z_j, ŝ)/τ)` over the pool to the
 * same at the outcome that came.
 */
export function listwise(pool: DecisionPool, temperature: number): DflLoss {
  return poolLoss(pool, (row) => {
    const { predicted, cost, context } = row;
    const targets = softmin(pool.values(cost, context), temperature).shares.map((t) => Math.max(t, LEAST_TARGET));
    const { shares, logs } = softmin(pool.values(predicted, context), temperature);
    let loss = 0;
    let total = 0;
    targets.forEach((target, j) => {
      loss -= target * logs[j]!;
      total += target;
    });
    pull(
      pool,
      row,
      targets.map((target, j) => (target - total * shares[j]!) / temperature),
    );
    return loss;
  });
}

/** Pairwise (Mandi et al. 2022, eq. 6): `Σ_j [ν + f(z_best, ŝ) − f(z_j, ŝ)]₊ / (|pool| − 1)`, best by the true outcome. */
export function pairwise(pool: DecisionPool, margin: number): DflLoss {
  return poolLoss(pool, (row) => {
    const { predicted, cost, context } = row;
    const best = leastIndex(pool.values(cost, context));
    const values = pool.values(predicted, context);
    const pairs = Math.max(values.length - 1, 1);
    const bars = new Float64Array(values.length);
    let loss = 0;
    values.forEach((value, j) => {
      const excess = margin + values[best]! - value;
      if (j === best || !(excess > 0)) return;
      loss += excess / pairs;
      bars[best]! += 1 / pairs;
      bars[j]! -= 1 / pairs;
    });
    pull(pool, row, bars);
    return loss;
  });
}

/** Pointwise (Mandi et al. 2022, eq. 5): `mean_j (f(z_j, ŝ) − f(z_j, s))²`. */
export function pointwise(pool: DecisionPool): DflLoss {
  return poolLoss(pool, (row) => {
    const { predicted, cost, context } = row;
    const truth = pool.values(cost, context);
    const errors = pool.values(predicted, context).map((value, j) => value - truth[j]!);
    pull(
      pool,
      row,
      errors.map((error) => (2 * error) / errors.length),
    );
    return errors.reduce((sum, error) => sum + error ** 2 / errors.length, 0);
  });
}
