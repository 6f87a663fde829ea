import type { ConditionalLaw } from "../ambiguity/robust-program.ts";

/** The dual of the worst conditional expectation at a price λ of transport, minimised over its free multiplier. */
export interface WorstExpectation {
  readonly value: number;
  /** η: rows whose value is at most this add nothing. */
  readonly threshold: number;
}

/**
 * `min_η η + max(g, g / ε)`, `g = Σ (v_i − η)⁺ / N + λ budget`: convex and piecewise linear in η, so that the minimum is at
 * a value v_i or where g changes its sign.
 *
 * @param values `v_i = sup_s [Λ(s) − λ‖s − s_i‖²] − λ cost_i`, one for each of the law's rows
 */
export function worstExpectation(
  values: Float64Array,
  multiplier: number,
  { budget, rows, probability }: Pick<ConditionalLaw, "budget" | "rows" | "probability">,
): WorstExpectation {
  const sorted = values.slice().sort().reverse();
  const fixed = multiplier * budget;
  let best: WorstExpectation = { value: Infinity, threshold: Number.NaN };
  let sum = 0;
  const consider = (threshold: number, count: number): void => {
    const g = (sum - count * threshold) / rows + fixed;
    const value = threshold + Math.max(g, g / probability);
    if (value < best.value) best = { value, threshold };
  };
  for (const [k, value] of sorted.entries()) {
    consider(value, k);
    sum += value;
    // g is 0 where k + 1 values lie above η.
    const root = (sum + rows * fixed) / (k + 1);
    if (root <= value && root >= (sorted[k + 1] ?? -Infinity)) consider(root, k + 1);
  }
  return best;
}
