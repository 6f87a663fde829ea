import { buresSquared } from "../decide/ambiguity/bures.ts";
import { transportCost } from "../decide/ambiguity/transport.ts";
import { cholesky } from "../models/mixture/cholesky.ts";
import type { ConditionalMixture } from "../models/mixture/conditional.ts";

/**
 * The distance of two conditional mixtures that 002 bounds their 2-Wasserstein distance by (prop. 3.5),
 * `D² = min Σ π_ij W2²(N_i, N_j)` over couplings of their weights: mass moves between whole components (Delon and
 * Desolneux 2020). The covariances of two mixtures are the same at every context, so that their part is found once.
 */
export interface MixtureDistance {
  between(a: ConditionalMixture, b: ConditionalMixture): number;
  /**
   * An upper bound on the same for two fits of one mixture, whose components correspond: what both give a component stays
   * in it, and the rest is spread over what the other has more of (002 prop. 8.4).
   */
  corresponding(a: ConditionalMixture, b: ConditionalMixture): number;
}

/** The distance between the conditionals of two fitted mixtures, at any context. */
export function mixtureDistance(): MixtureDistance {
  let spread: Float64Array | null = null;
  const costs = (a: ConditionalMixture, b: ConditionalMixture): Float64Array => {
    const [m, n] = [a.means.length, b.means.length];
    const d = a.means[0]!.length;
    spread ??= covarianceCosts(a, b, d);
    return spread.map((own, at) => {
      const [mean, other] = [a.means[Math.floor(at / n)]!, b.means[at % n]!];
      let sum = own;
      for (let j = 0; j < d; j++) sum += (mean[j]! - other[j]!) ** 2;
      return m * n === 0 ? 0 : sum;
    });
  };
  return {
    between: (a, b) => Math.sqrt(Math.max(0, transportCost(a.weights, b.weights, costs(a, b)))),
    corresponding(a, b) {
      const cost = costs(a, b);
      const count = a.weights.length;
      let total = 0;
      let left = 0;
      const more = new Float64Array(count);
      const less = new Float64Array(count);
      for (let k = 0; k < count; k++) {
        const kept = Math.min(a.weights[k]!, b.weights[k]!);
        total += kept * cost[k * count + k]!;
        more[k] = a.weights[k]! - kept;
        less[k] = b.weights[k]! - kept;
        left += more[k]!;
      }
      if (left > 0)
        for (let i = 0; i < count; i++)
          for (let j = 0; j < count; j++) total += (more[i]! * less[j]! * cost[i * count + j]!) / left;
      return Math.sqrt(total);
    },
  };
}

function covarianceCosts(a: ConditionalMixture, b: ConditionalMixture, d: number): Float64Array {
  const n = b.means.length;
  const factors = a.covariances.map((covariance) => factorOf(covariance, d));
  return Float64Array.from({ length: a.means.length * n }, (_, at) => {
    const i = Math.floor(at / n);
    return buresSquared(factors[i]!, a.covariances[i]!, b.covariances[at % n]!, d);
  });
}

/** Cholesky factor; where rounding denies it, of the least addition to the diagonal that has one. */
function factorOf(covariance: Float64Array, d: number): Float64Array {
  let largest = 0;
  for (let j = 0; j < d; j++) largest = Math.max(largest, covariance[j * (d + 1)]!);
  for (let added = 0; ; added = Math.max(10 * added, 1e-15 * largest, Number.MIN_VALUE)) {
    const raised = covariance.slice();
    for (let j = 0; j < d; j++) raised[j * (d + 1)]! += added;
    const factor = cholesky(raised, d);
    if (factor !== null) return factor;
  }
}
