import { RuntimeError } from "../../errors/runtime-error.ts";
import type { DecisionProblem } from "../../spec.ts";
import { decideCatalogue } from "../catalogue.ts";

/**
 * `out = ∇_s Σ_j slopes_j·slope_j(s, x) + offsets_j offset_j(s, x)`, by buffers that the caller fills and reads: views into
 * larger arrays, one a scenario, would cost more than the work.
 */
export interface PiecePullback {
  readonly s: Float64Array;
  readonly slopes: Float64Array;
  readonly offsets: Float64Array;
  readonly out: Float64Array;
  run(x: Float64Array): void;
}

/**
 * The problem's own pull-back, or for a loss with one piece the one that its gradient in s implies: `ℓ = a(s)·z + b(s)`
 * is affine in z, so `Σ v_i ∇a_i + w ∇b = ∇_s ℓ(v, s) − (1 − w) ∇_s ℓ(0, s)`.
 *
 * @throws RuntimeError `no-derivative` where several pieces come without a pull-back
 */
export function createPiecePullback(problem: DecisionProblem): PiecePullback {
  const { pieces, sizes, lossGradientS } = problem;
  const s = new Float64Array(sizes.outcome);
  const slopes = new Float64Array(pieces.count * sizes.decision);
  const offsets = new Float64Array(pieces.count);
  const out = new Float64Array(sizes.outcome);
  const buffers = { s, slopes, offsets, out };
  const { pull } = pieces;
  if (pull !== undefined) return { ...buffers, run: (x) => pull(s, x, slopes, offsets, out) };
  if (pieces.count > 1) {
    const reason =
      "its loss has several pieces and no function that takes derivatives back to the outcome (pieces.pull)";
    throw new RuntimeError(decideCatalogue, "no-derivative", { reason });
  }
  const origin = new Float64Array(sizes.decision);
  const atOrigin = new Float64Array(sizes.outcome);
  return {
    ...buffers,
    run(x) {
      lossGradientS(slopes, s, x, out);
      lossGradientS(origin, s, x, atOrigin);
      const rest = 1 - offsets[0]!;
      for (let i = 0; i < out.length; i++) out[i]! -= rest * atOrigin[i]!;
    },
  };
}
