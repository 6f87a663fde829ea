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
  /** One a row: `ŵ`, by a reference that was not fitted on these rows. */
  readonly weights: Float64Array;
  /** Components that vary. */
  readonly varying: readonly number[];
  readonly stream: RandomStream;
}

/**
 * Weighted excess risk and tilting bias on held-out rows. By 003 theorem 5.4 `E[m ‖v − u_w‖²] = L_w(v) − L_w(u_w)` for any
 * field v, and `B_tilt = E[‖Cov(w, Δ | Y)‖²/m]` is that at `v = u`. Both targets are regressed: `û` and `û_w` are the plain
 * field corrected by a cross-fitted ridge regression of what it misses, without weights and with them, on features of
 * `Y = (t, s_t, x)` that include the trained field. What the features cannot express is missing from `E_w`, so that it is
 * a lower estimate; the errors of û and û_w nearly cancel in `B_tilt`, which is 0 exactly where all weights are equal.
 * Standard errors take rows as independent. In standardised outcomes, so that no component counts for its unit.
 */
export function riskParts(input: RiskPartsInput): RiskParts {
  const { tuples, sizes, field, plain, weights, varying, stream } = input;
  const { count, repeats, labels } = tuples;
  const d = sizes.outcome;
  const difference = field.map((value, k) => value - plain[k]!);
  const features = fieldFeatures(tuples, difference, sizes, stream);
  const residuals = labels.map((value, k) => value - plain[k]!);
  const each = Float64Array.from({ length: count }, (_, k) => weights[Math.floor(k / repeats)]!);
  const tilted = crossFit(features, residuals, each, repeats);
  const target = each.every((weight) => weight === each[0])
    ? tilted
    : crossFit(features, residuals, new Float64Array(count).fill(1), repeats);

  const rows = count / repeats;
  const excess = new Float64Array(rows);
  const tilt = new Float64Array(rows);
  for (let k = 0; k < count; k++) {
    let [ofField, ofTarget, ofTilted] = [0, 0, 0];
    for (const j of varying) {
      const at = k * d + j;
      ofField += (field[at]! - labels[at]!) ** 2;
      ofTarget += (target[at]! - residuals[at]!) ** 2;
      ofTilted += (tilted[at]! - residuals[at]!) ** 2;
    }
    const row = Math.floor(k / repeats);
    excess[row]! += (each[k]! * (ofField - ofTilted)) / repeats;
    tilt[row]! += (each[k]! * (ofTarget - ofTilted)) / repeats;
  }
  return {
    excessRisk: meanOf(excess),
    tiltingBias: meanOf(tilt),
    sum: meanOf(excess.map((value, row) => value + tilt[row]!)),
  };
}
