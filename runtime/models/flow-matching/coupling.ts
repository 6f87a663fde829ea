import type { FloatData } from "../../tensor/executor.ts";
import { assignment } from "./assignment.ts";

/**
 * What moving noise between rows costs per squared distance of their standardised contexts, against 1 per squared
 * distance of noise and outcome: noise is only exchanged among rows of nearly the same context, as it must be for the
 * flow to have the conditional law as its end (Kerrigan et al. 2024, §4; exact where the law is unconditional).
 */
const CONTEXT_COST = 100;

/** A batch: row-major tables of `rows` rows. */
interface Batch {
  readonly rows: number;
  /** Columns of an outcome and of its noise. */
  readonly outcome: number;
  readonly context: number;
  readonly outcomes: FloatData;
  readonly contexts: FloatData | null;
  /** Its rows are put in the order of the coupling. */
  readonly noise: FloatData;
}

/** Pairs noise and outcomes within a batch by optimal transport of the squared distance (Tong et al. 2024, §3.2). */
export function coupleBatch({ rows, outcome: d, context: p, outcomes, contexts, noise }: Batch): void {
  const cost = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < rows; j++) {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += (outcomes[i * d + k]! - noise[j * d + k]!) ** 2;
      if (contexts !== null)
        for (let k = 0; k < p; k++) sum += CONTEXT_COST * (contexts[i * p + k]! - contexts[j * p + k]!) ** 2;
      cost[i * rows + j] = sum;
    }
  const old = noise.slice();
  assignment(cost, rows).forEach((from, row) => noise.set(old.subarray(from * d, (from + 1) * d), row * d));
}

/** Cumulative shares of weights, by which rows are drawn where a coupling would otherwise tilt the noise. */
export function cumulativeShares(weights: Float64Array): Float64Array {
  let sum = 0;
  const total = weights.reduce((a, w) => a + w, 0);
  return weights.map((w) => (sum += w / total));
}

/** The first row whose cumulative share exceeds each uniform number. */
export function rowsByShare(shares: Float64Array, uniform: Float64Array, out: Int32Array): void {
  // The last row with any weight: rounding may leave the sum below a number near 1.
  let last = shares.length - 1;
  while (last > 0 && shares[last - 1] === shares[last]) last--;
  uniform.forEach((u, i) => {
    let low = 0;
    let high = last;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (shares[middle]! > u) high = middle;
      else low = middle + 1;
    }
    out[i] = low;
  });
}
