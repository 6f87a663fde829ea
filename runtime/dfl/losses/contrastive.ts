import type { DecisionPool } from "../decision-pool.ts";
import type { DecisionOracle } from "../types.ts";
import { poolLoss, rankingLoss, type DflLoss } from "./row.ts";
import { addScaled } from "./vectors.ts";

/**
 * NCE (Mulamba et al. 2021, eq. 5): `mean_j f(z*(s), ŝ) − f(z_j, ŝ)` over the pool. Where f is linear its gradient
 * `φ(z*) − mean φ(z_j)` does not depend on ŝ: it has no minimum, and is trained with few steps.
 */
export function noiseContrastive(oracle: DecisionOracle, pool: DecisionPool): DflLoss {
  const slope = new Float64Array(oracle.outcome);
  return poolLoss(pool, ({ predicted, context, best, gradient }) => {
    const mean = pool.mean(predicted, context, slope);
    oracle.slope(best.z, predicted, context, gradient);
    addScaled(gradient, slope, -1);
    return oracle.value(best.z, predicted, context) - mean;
  });
}

/** MAP (Mulamba et al. 2021, eq. 8): `f(z*(s), ŝ) − min_j f(z_j, ŝ)`, the pool's most tempting decision alone. */
export function contrastiveMap(oracle: DecisionOracle, pool: DecisionPool): DflLoss {
  const slope = new Float64Array(oracle.outcome);
  return rankingLoss(pool, ({ predicted, context, best, gradient }, values) => {
    const least = leastIndex(values);
    oracle.slope(best.z, predicted, context, gradient);
    pool.slope(least, predicted, context, slope);
    addScaled(gradient, slope, -1);
    return oracle.value(best.z, predicted, context) - values[least]!;
  });
}

/** The first index of the least value. */
export function leastIndex(values: Float64Array): number {
  let least = 0;
  for (let j = 1; j < values.length; j++) if (values[j]! < values[least]!) least = j;
  return least;
}
