import { dualBound } from "../certificate.ts";
import type { Reach } from "../implied-bounds.ts";
import type { ScenarioProgram } from "../scenario-program.ts";
import { createLineMinimum } from "../structured/line-minimum.ts";
import type { RelativeInterior } from "../structured/relative-interior.ts";
import { slopeNorms, type RobustProgram } from "./robust-program.ts";

/** A decision with a lower bound on the minimum. */
export interface LineProposal {
  readonly z: Float64Array;
  /** λ */
  readonly multiplier: number;
  readonly bound: number;
  readonly residual: number;
  /** K × J, of the scenarios' pieces. */
  readonly masses: Float64Array;
}

/** Gap, relative to the sizes of what the objective sums, at which the search for λ ends. */
const TARGET_GAP = 1e-12;
const MAX_SOLVES = 100;

/**
 * The worst mean within a ball of order 2 where the decision has one component and the slopes of the pieces in the
 * outcome do not depend on it, as of a newsvendor:
 *
 * `min_{z, λ} linear·z + λ r² + mean·E[max_j a_kj z + b_kj + mean·ν_j² / 4λ]`.
 *
 * For each λ it is the nominal problem with other offsets (`createLineMinimum`). Masses α of the pieces that balance in z
 * bound it from below by their nominal value plus `r·mean·S`, `S² = Σ α_j ν_j²`, which `λ = mean·S / 2r` attains: λ is
 * found as that fixed point, by bisection where masses jump.
 *
 * @returns `null` for other problems; the function itself returns `null` where the slopes do depend on z, or no minimum
 * was found
 */
export function createLineSolver(
  robust: RobustProgram,
  interior: RelativeInterior,
  reach: Reach,
): ((guess: Float64Array | undefined) => LineProposal | null) | null {
  const { nominal, set, mean, tails } = robust;
  const { pieces } = nominal;
  if (set.kind !== "wasserstein" || set.order !== 2 || tails.length > 0 || !(mean > 0)) return null;
  const shifted: ScenarioProgram = { ...nominal };
  const line = createLineMinimum(shifted, interior);
  if (line === null) return null;
  let offsets = new Float64Array(0);

  function shift(squares: Float64Array, multiplier: number): void {
    const total = nominal.count * pieces;
    if (offsets.length < total) offsets = new Float64Array(total);
    for (let at = 0; at < total; at++) {
      offsets[at] = nominal.offsets[at]! + (mean * squares[at % pieces]!) / (4 * multiplier);
    }
    shifted.count = nominal.count;
    shifted.slopes = nominal.slopes;
    shifted.offsets = offsets;
    shifted.probabilities = nominal.probabilities;
    shifted.linear[0] = nominal.linear[0]!;
    shifted.constant = nominal.constant;
  }

  return (guess) => {
    const { slopes } = robust;
    if (slopes === null || slopes.matrix.some((value) => value !== 0)) return null;
    const { radius } = robust.set;
    const squares = slopeNorms(robust, interior.point).map((norm) => norm * norm);
    const steepest = Math.sqrt(squares.reduce((a, b) => Math.max(a, b), 0));
    if (!(steepest > 0)) return null;
    const highest = (mean * steepest) / (2 * radius);
    let [low, high] = [0, highest];
    let multiplier = highest;
    for (let solve = 0; solve < MAX_SOLVES; solve++) {
      shift(squares, multiplier);
      const found = line.solve(guess?.[0] ?? Number.NaN);
      if (found === null || found.multipliers === null) return null;
      const masses = found.multipliers.blocks[0]!;
      let square = 0;
      for (let at = 0; at < masses.length; at++) square += (masses[at]! * squares[at % pieces]!) / mean;
      const spread = mean * Math.sqrt(square);
      const cost = multiplier * radius * radius;
      const excess = cost + (spread * spread) / (4 * multiplier) - radius * spread;
      if (excess <= TARGET_GAP * (cost + radius * spread)) {
        const { value, residual } = dualBound(nominal, found.z, found.multipliers, reach);
        return { z: found.z, multiplier, bound: value + radius * spread, residual, masses };
      }
      const next = spread / (2 * radius);
      if (next > multiplier) low = multiplier;
      else high = multiplier;
      multiplier = next > low && next < high ? next : low + (high - low) / 2;
      if (!(multiplier > low && multiplier < high)) return null;
    }
    return null;
  };
}
