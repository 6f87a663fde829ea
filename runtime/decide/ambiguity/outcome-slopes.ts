import { RuntimeError } from "../../errors/runtime-error.ts";
import type { DecisionProblem } from "../../spec.ts";
import { decideCatalogue } from "../catalogue.ts";
import type { ScenarioSet } from "../types.ts";

/**
 * How the pieces of the loss depend on the outcome at one context: the slope of piece j in s is `A_j z + e_j`, so that
 * `ℓ(z, s) = max_j (A_j z + e_j)·s + b_j(z)`.
 */
export interface OutcomeSlopes {
  /** J × d × n */
  readonly matrix: Float64Array;
  /** J × d */
  readonly constant: Float64Array;
}

/** Rounding allowed between a piece and its affine continuation, relative to the numbers in it. */
const ROUNDING = 1e-7;

/**
 * Reads the slopes off the pieces by differences, exactly up to rounding since each piece is affine in the outcome: at
 * zero, and at one step along each component, as long as the scenarios are large (a power of two).
 *
 * @throws RuntimeError `problem-malformed` where a piece is not affine in the outcome at the first scenario
 */
export function outcomeSlopes(problem: DecisionProblem, scenarios: ScenarioSet, context: Float64Array): OutcomeSlopes {
  const { outcome: d, decision: n } = problem.sizes;
  const { count: pieces, fill } = problem.pieces;
  const s = new Float64Array(d);
  const slopesAt0 = new Float64Array(pieces * n);
  const offsetsAt0 = new Float64Array(pieces);
  fill(s, context, slopesAt0, offsetsAt0);
  const slopes = new Float64Array(pieces * n);
  const offsets = new Float64Array(pieces);
  const matrix = new Float64Array(pieces * d * n);
  const constant = new Float64Array(pieces * d);
  const step = stepOf(scenarios.outcomes);
  for (let i = 0; i < d; i++) {
    s.fill(0);
    s[i] = step;
    fill(s, context, slopes, offsets);
    for (let j = 0; j < pieces; j++) {
      constant[j * d + i] = (offsets[j]! - offsetsAt0[j]!) / step;
      for (let k = 0; k < n; k++) {
        matrix[(j * d + i) * n + k] = (slopes[j * n + k]! - slopesAt0[j * n + k]!) / step;
      }
    }
  }
  s.set(scenarios.outcomes.subarray(0, d));
  fill(s, context, slopes, offsets);
  for (let j = 0; j < pieces; j++) {
    for (let k = 0; k <= n; k++) {
      const at0 = k < n ? slopesAt0[j * n + k]! : offsetsAt0[j]!;
      let value = at0;
      let size = Math.abs(at0);
      for (let i = 0; i < d; i++) {
        const part = (k < n ? matrix[(j * d + i) * n + k]! : constant[j * d + i]!) * s[i]!;
        value += part;
        size += Math.abs(part);
      }
      const actual = k < n ? slopes[j * n + k]! : offsets[j]!;
      if (Math.abs(actual - value) > ROUNDING * (size + Math.abs(actual))) {
        const what = `piece ${j} of the loss bends in the outcome, and a Wasserstein ball needs pieces that are affine in it`;
        throw new RuntimeError(decideCatalogue, "problem-malformed", { what });
      }
    }
  }
  return { matrix, constant };
}

function stepOf(outcomes: Float64Array): number {
  let largest = 0;
  for (const value of outcomes) largest = Math.max(largest, Math.abs(value));
  return largest === 0 ? 1 : 2 ** Math.round(Math.log2(largest));
}

/** `A_j z + e_j` into `out`, d values. */
export function slopeAt(slopes: OutcomeSlopes, piece: number, z: Float64Array, out: Float64Array): void {
  const d = out.length;
  const n = z.length;
  for (let i = 0; i < d; i++) {
    const row = (piece * d + i) * n;
    let value = slopes.constant[piece * d + i]!;
    for (let k = 0; k < n; k++) value += slopes.matrix[row + k]! * z[k]!;
    out[i] = value;
  }
}

/** Whether the piece's slope in the outcome is zero at every decision. */
export function ignoresOutcome(slopes: OutcomeSlopes, piece: number, d: number, n: number): boolean {
  return (
    slopes.constant.subarray(piece * d, (piece + 1) * d).every((value) => value === 0) &&
    slopes.matrix.subarray(piece * d * n, (piece + 1) * d * n).every((value) => value === 0)
  );
}
