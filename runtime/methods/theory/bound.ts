import type { DecisionProblem } from "../../spec.ts";
import type { TheoryRows } from "./interpolation.ts";
import type { ReferenceDecision } from "../weights.ts";

/** What the weights say on held-out rows. */
export interface WeightTheory {
  /** `(Σŵ)² / (n Σŵ²)`. */
  readonly effectiveShare: number;
  /**
   * Share of the scenarios that is left after de-tilting, `1 / (E ŵ · E 1/ŵ)`: the effective size, relative to their
   * number, of scenarios of the tilted law `∝ ŵ q` with weights 1/ŵ.
   */
  readonly detiltedShare: number;
  /**
   * Least constant C that assumption 5.5 of 003 allows, from the path's end: there the ideal weight is at least
   * `g = ‖∇ℓ̄‖²` at the reference and the path weight is ŵ, so `C ≥ max g/ŵ`. In standardised outcomes.
   */
  readonly leastConstant: number;
}

/**
 * @param weights one an outcome
 * @param gradients squared length of the loss's gradient in standardised outcomes, one an outcome
 * @throws RangeError for no rows
 */
export function weightTheory(weights: Float64Array, gradients: Float64Array): WeightTheory {
  const n = weights.length;
  if (n === 0) throw new RangeError("No weights to describe.");
  let [sum, squares, inverse, least] = [0, 0, 0, 0];
  for (const [i, weight] of weights.entries()) {
    sum += weight;
    squares += weight * weight;
    inverse += 1 / weight;
    least = Math.max(least, gradients[i]! / weight);
  }
  return {
    effectiveShare: (sum * sum) / (n * squares),
    detiltedShare: (n * n) / (sum * inverse),
    leastConstant: least,
  };
}

/**
 * `2 √(2 C (E_w + B_tilt))` (003 thm 5.6), in the unit of the loss, at a given C.
 * @returns `null` where the errors are not known; a sum below zero, which only noise makes, counts as zero
 */
export function regretBound(constant: number, sum: number | null): number | null {
  return sum === null ? null : 2 * Math.sqrt(2 * constant * Math.max(0, sum));
}

/** Squared gradients of the extended loss at each outcome: plain, as the weights have them, and in standardised outcomes. */
export function heldOutGradients(
  problem: DecisionProblem,
  referenceAt: (position: number) => ReferenceDecision,
  rows: TheoryRows,
  scale: ArrayLike<number>,
): { readonly plain: Float64Array; readonly standardised: Float64Array } {
  const { context: p, outcome: d } = problem.sizes;
  const { count, repeats, values, outcomes } = rows;
  const plain = new Float64Array(count * repeats);
  const standardised = new Float64Array(count * repeats);
  const gradient = new Float64Array(d);
  for (let i = 0; i < count * repeats; i++) {
    const row = Math.floor(i / repeats);
    const { z, t } = referenceAt(row);
    const outcome = outcomes.slice(i * d, (i + 1) * d);
    problem.extendedGradientS(z, t, outcome, values.subarray(row * p, (row + 1) * p), gradient);
    for (let j = 0; j < d; j++) {
      plain[i]! += gradient[j]! ** 2;
      standardised[i]! += (gradient[j]! * scale[j]!) ** 2;
    }
  }
  return { plain, standardised };
}
