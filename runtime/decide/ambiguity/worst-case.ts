import type { ScenarioSet } from "../types.ts";
import { steepestDirection } from "./norms.ts";
import { slopeAt } from "./outcome-slopes.ts";
import { extendedPieces, type RobustProgram, type RobustValue } from "./robust-program.ts";
import { spectrumNorm, spectrumOf } from "./spectrum.ts";

/** Mass under which an atom is rounding. */
const NOTHING = 1e-12;

/** Where a decision and its price stand, and what the solver knows of the pieces that count. */
export interface WorstCaseInput {
  readonly robust: RobustProgram;
  readonly scenarios: ScenarioSet;
  readonly z: Float64Array;
  readonly t: Float64Array;
  readonly value: RobustValue;
  /** K × rows; `null` where they are not known. */
  readonly masses: Float64Array | null;
  readonly scenarioRows: readonly { readonly regime: number; readonly piece: number }[];
}

/**
 * A law in the ambiguity set whose risk at z is the worst: atoms that came from the scenarios, with weights that sum to
 * 1. `null` where none attains it or the multipliers that name it are not known.
 */
export function worstCase(input: WorstCaseInput): ScenarioSet | null {
  const { robust, value } = input;
  const used = usedOutcomes(input);
  if (robust.set.kind === "kl") {
    const weights = value.divergence?.weights;
    return weights === undefined ? null : { count: robust.nominal.count, outcomes: used, weights };
  }
  if (robust.nominal.pieces === 1) return movedByRank(input, used);
  return robust.set.order === 1 ? null : movedByPiece(input, used);
}

/** Outcomes of the scenarios of positive weight, which are those that the program has. */
function usedOutcomes({ robust, scenarios }: WorstCaseInput): Float64Array {
  const { outcomes: d } = robust;
  const { count, outcomes, weights } = scenarios;
  if (weights === undefined) return outcomes;
  const kept: number[] = [];
  for (let k = 0; k < count; k++) {
    if (weights[k] !== 0) for (let i = 0; i < d; i++) kept.push(outcomes[k * d + i]!);
  }
  return Float64Array.from(kept);
}

/**
 * One piece: the losses move by `r φ(U)^{q − 1} / ‖φ‖_q^{q − 1}`, φ the risk's spectrum and U the loss's rank, all along the
 * direction that the loss grows fastest in. An atom that straddles a level is split.
 */
function movedByRank({ robust, z }: WorstCaseInput, outcomes: Float64Array): ScenarioSet {
  const { nominal, outcomes: d, set, tails, mean, slopes } = robust;
  if (set.kind === "kl" || slopes === null) throw new Error("only a Wasserstein ball moves scenarios");
  const { count, size: n, slopes: lossSlopes, offsets, probabilities } = nominal;
  const losses = Float64Array.from({ length: count }, (_, k) => {
    let loss = offsets[k]!;
    for (let i = 0; i < n; i++) loss += lossSlopes[k * n + i]! * z[i]!;
    return loss;
  });
  const ranked = Array.from({ length: count }, (_, k) => k).sort((a, b) => losses[a]! - losses[b]!);
  const steps = spectrumOf(mean, tails);
  const norm = spectrumNorm(set.order, steps);
  const top = steps.at(-1)!;
  const distance = (value: number): number => {
    if (norm === 0 || set.order === "infinity") return set.radius;
    if (set.order === 2) return (set.radius * value) / norm;
    return value === top.value ? set.radius / steps.reduce((m, s) => (s.value === top.value ? m + s.mass : m), 0) : 0;
  };
  const slope = new Float64Array(d);
  slopeAt(slopes, 0, z, slope);
  const direction = steepestDirection(set.norm, slope);
  const moved: number[] = [];
  const weights: number[] = [];
  let step = 0;
  let room = steps[0]!.mass;
  for (const k of ranked) {
    let left = probabilities[k]!;
    while (left > NOTHING) {
      const last = step === steps.length - 1;
      const taken = last ? left : Math.min(left, room);
      if (taken > NOTHING) {
        const by = distance(steps[step]!.value);
        for (let i = 0; i < d; i++) moved.push(outcomes[k * d + i]! + by * direction[i]!);
        weights.push(taken);
      }
      left -= taken;
      room -= taken;
      if (!last && room <= NOTHING) room = steps[++step]!.mass;
    }
  }
  return { count: weights.length, outcomes: Float64Array.from(moved), weights: Float64Array.from(weights) };
}

/**
 * Several pieces, order 2: the mass `α_kRj` of scenario k that multiplies piece j in regime R moves by `f ‖a_j‖_* / 2λ`
 * along the direction that piece j grows fastest in. Order infinity: everything moves by the radius, along its own piece.
 */
function movedByPiece(
  { robust, z, t, value, masses, scenarioRows }: WorstCaseInput,
  outcomes: Float64Array,
): ScenarioSet | null {
  const { nominal, outcomes: d, set, regimes, slopes } = robust;
  if (set.kind === "kl" || slopes === null || masses === null) return null;
  const { count, pieces, probabilities } = nominal;
  const slope = new Float64Array(d);
  const moves = Array.from({ length: pieces }, (_, piece) => {
    slopeAt(slopes, piece, z, slope);
    const direction = steepestDirection(set.norm, slope);
    return { direction, norm: direction.reduce((sum, x, i) => sum + x * slope[i]!, 0) };
  });
  const width = scenarioRows.length;
  const values = extendedPieces(robust, z, t);
  const moved: number[] = [];
  const weights: number[] = [];
  for (let k = 0; k < count; k++) {
    const own = masses.subarray(k * width, (k + 1) * width);
    let total = own.reduce((sum, mass) => sum + Math.max(0, mass), 0);
    // Without any multiplier the largest piece is the one that counts.
    const largest = total > 0 ? -1 : largestRow(values, k, scenarioRows, regimes.length, pieces);
    if (largest >= 0) total = 1;
    for (let row = 0; row < width; row++) {
      const share = largest >= 0 ? (row === largest ? 1 : 0) : Math.max(0, own[row]!) / total;
      if (share * probabilities[k]! <= NOTHING) continue;
      const { regime, piece } = scenarioRows[row]!;
      const { direction, norm } = moves[piece]!;
      const { factor } = regimes[regime]!;
      const by =
        set.order === "infinity"
          ? factor > 0
            ? set.radius
            : 0
          : norm === 0
            ? 0
            : (factor * norm) / (2 * value.multiplier);
      for (let i = 0; i < d; i++) moved.push(outcomes[k * d + i]! + by * direction[i]!);
      weights.push(share * probabilities[k]!);
    }
  }
  return { count: weights.length, outcomes: Float64Array.from(moved), weights: Float64Array.from(weights) };
}

function largestRow(
  values: Float64Array,
  k: number,
  rows: WorstCaseInput["scenarioRows"],
  regimes: number,
  pieces: number,
): number {
  const own = rows.map(({ regime, piece }) => values[(k * regimes + regime) * pieces + piece]!);
  return own.indexOf(Math.max(...own));
}
