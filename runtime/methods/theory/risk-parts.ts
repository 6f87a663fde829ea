import { meanOf, type Estimate } from "../../evaluate/generator/sample.ts";
import type { RandomStream } from "../../tensor/random.ts";
import type { FlowSizes } from "../../models/flow-matching/velocity.ts";
import { crossFit } from "./cross-fit.ts";
import { fieldFeatures } from "./features.ts";
import type { Interpolation } from "./interpolation.ts";

/** The two errors that the regret of DW-FM is bounded by (003 thm 5.6), and their sum. */
export interface RiskParts {
  /** `E_w = L_w(v_θ) − L_w(u_w)`: how far the trained field is from the best one under the weights. */
  readonly excessRisk: Estimate;
  /** `B_tilt = L_w(u) − L_w(u_w)`: how far the weights move the target away from the plain one. */
  readonly tiltingBias: Estimate;
  readonly sum: Estimate;
}

export interface RiskPartsInput {
  readonly tuples: Interpolation;
  readonly sizes: FlowSizes;
  /** N × d: the trained field v_θ. */
  readonly field: Float64Array;
  /** N × d: the field trained without weights; the trained one where there is none. */
  readonly plain: Float64Array;
  /** N: `ŵ` of each tuple's outcome, by a reference that was not fitted on these outcomes. */
  readonly weights: Float64Array;
  /** Components that vary. */
  readonly varying: readonly number[];
  readonly stream: RandomStream;
}

/**
 * Weighted excess risk and tilting bias on held-out rows. By 003 theorem 5.4 `E[m ‖v − u_w‖²] = L_w(v) − L_w(u_w)` for any
 * field v, and `B_tilt = E[‖Cov(w, Δ | Y)‖²/m]` is that at `v = u`. Both targets are regressed on held-out rows by
 * `crossFit`, û without weights and û_w with them, from the trained fields and features of `Y = (t, s_t, x)`. What these
 * cannot express is missing from `E_w`, so that it is a lower estimate; the errors of û and û_w nearly cancel in `B_tilt`,
 * which is 0 exactly where all weights are equal. Standard errors take contexts as independent. Outcomes are standardised, so
 * that no component counts for its unit.
 */
export function riskParts(input: RiskPartsInput): RiskParts {
  const { tuples, sizes, field, plain, weights, varying, stream } = input;
  const { count, repeats, labels } = tuples;
  const d = sizes.outcome;
  const difference = field.map((value, k) => value - plain[k]!);
  const features = fieldFeatures(tuples, difference, sizes, stream);
  const bases = field === plain ? [field] : [field, plain];
  const tilted = crossFit(features, labels, bases, weights, repeats);
  const target = weights.every((weight) => weight === weights[0])
    ? tilted
    : crossFit(features, labels, bases, new Float64Array(count).fill(1), repeats);

  const rows = count / repeats;
  const excess = new Float64Array(rows);
  const tilt = new Float64Array(rows);
  for (let k = 0; k < count; k++) {
    let [ofField, ofTarget, ofTilted] = [0, 0, 0];
    for (const j of varying) {
      const at = k * d + j;
      ofField += (field[at]! - labels[at]!) ** 2;
      ofTarget += (target[at]! - labels[at]!) ** 2;
      ofTilted += (tilted[at]! - labels[at]!) ** 2;
    }
    const row = Math.floor(k / repeats);
    excess[row]! += (weights[k]! * (ofField - ofTilted)) / repeats;
    tilt[row]! += (weights[k]! * (ofTarget - ofTilted)) / repeats;
  }
  return {
    excessRisk: meanOf(excess),
    tiltingBias: meanOf(tilt),
    sum: meanOf(excess.map((value, row) => value + tilt[row]!)),
  };
}
