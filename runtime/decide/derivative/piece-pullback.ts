import { RuntimeError } from "../../errors/runtime-error.ts";
import type { DecisionProblem } from "../../spec.ts";
import { decideCatalogue } from "../catalogue.ts";

/** `out = ∇_s Σ_j slopes_j·slope_j(s, x) + offsets_j offset_j(s, x)`. */
export type PiecePullback = (
  s: Float64Array,
  x: Float64Array,
  slopes: Float64Array,
  offsets: Float64Array,
  out: Float64Array,
) => void;

/**
 * The problem's own pull-back, or for a loss with one piece the one that its gradient in s implies: `ℓ = a(s)·z + b(s)`
 * is affine in z, so `Σ v_i ∇a_i + w ∇b = ∇_s ℓ(v, s) − (1 − w) ∇_s ℓ(0, s)`.
 *
 * @throws RuntimeError `no-derivative` where several pieces come without a pull-back
 */
export function createPiecePullback(problem: DecisionProblem): PiecePullback {
  const { pieces, sizes, lossGradientS } = problem;
  const outcome = new Float64Array(sizes.outcome);
  const back = new Float64Array(sizes.outcome);
  const { pull } = pieces;
  if (pull !== undefined) {
    // Emitted code reads and writes whole vectors: views into larger arrays are copied.
    return (s, x, slopes, offsets, out) => {
      outcome.set(s);
      pull(outcome, x, slopes, offsets, back);
      out.set(back);
    };
  }
  if (pieces.count > 1) {
    const reason =
      "its loss has several pieces and no function that takes derivatives back to the outcome (pieces.pull)";
    throw new RuntimeError(decideCatalogue, "no-derivative", { reason });
  }
  const origin = new Float64Array(sizes.decision);
  const atOrigin = new Float64Array(sizes.outcome);
  return (s, x, slopes, offsets, out) => {
    outcome.set(s);
    lossGradientS(slopes, outcome, x, back);
    lossGradientS(origin, outcome, x, atOrigin);
    const rest = 1 - offsets[0]!;
    for (let i = 0; i < out.length; i++) out[i] = back[i]! - rest * atOrigin[i]!;
  };
}
