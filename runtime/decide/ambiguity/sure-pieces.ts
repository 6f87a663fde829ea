import type { ScenarioProgram } from "../scenario-program.ts";
import type { RobustProgram, SurePieces } from "./robust-program.ts";

/** A piece of the loss in a regime. */
interface Choice {
  readonly regime: number;
  readonly piece: number;
}

/** In a regime without slope all pieces are one. */
function choicesOf({ nominal: { pieces }, regimes }: RobustProgram): readonly Choice[] {
  return regimes.flatMap(({ factor }, regime) =>
    Array.from({ length: factor === 0 ? 1 : pieces }, (_, piece) => ({ regime, piece })),
  );
}

/** The choices of each scenario at a decision, numbered by regime and piece; the last is nothing, of a conditional law. */
export interface RankedPieces {
  /** K */
  readonly largest: Int32Array;
  /** How far each choice lies below the largest: as many arrays of K as there are choices. */
  readonly below: readonly Float64Array[];
}

/**
 * @param values K × R × J, as `extendedPieces` with what moving each piece adds
 * @param floor K values that the pieces stand against, of a conditional law; `null` without
 */
export function rankPieces(robust: RobustProgram, values: Float64Array, floor: Float64Array | null): RankedPieces {
  const { nominal, regimes } = robust;
  const { count, pieces } = nominal;
  const width = regimes.length * pieces;
  const columns = choicesOf(robust).map(({ regime, piece }) => regime * pieces + piece);
  const below = columns.map((column) => Float64Array.from({ length: count }, (_, k) => values[k * width + column]!));
  if (floor !== null) below.push(floor.slice());
  const largest = new Int32Array(count);
  for (let k = 0; k < count; k++) {
    for (let o = 1; o < below.length; o++) if (below[o]![k]! > below[largest[k]!]![k]!) largest[k] = o;
    const top = below[largest[k]!]![k]!;
    for (const own of below) own[k] = top - own[k]!;
  }
  return { largest, below };
}

/**
 * Adds to the scenarios held those whose sure choice is no longer the largest, and, of every two choices, so many of the
 * scenarios where one is the largest and the other is nearest to it: choices of different regimes differ in scale.
 *
 * @param sure the choices that the others were taken to make; `null` before the first solve
 * @returns how many were added for the first reason; without any, nothing is added for the second
 */
export function holdNearest(
  held: Uint8Array,
  { largest, below }: RankedPieces,
  count: number,
  sure: Int32Array | null,
): number {
  let wrong = 0;
  sure?.forEach((choice, k) => {
    if (held[k] === 1 || largest[k] === choice) return;
    held[k] = 1;
    wrong++;
  });
  if (sure !== null && wrong === 0) return 0;
  const open = [...held.keys()].filter((k) => held[k] === 0);
  for (let a = 0; a < below.length; a++) {
    for (let b = 0; b < a; b++) {
      const distance = (k: number): number => below[a]![k]! + below[b]![k]!;
      const between = open.filter((k) => largest[k] === a || largest[k] === b);
      for (const k of between.sort((i, j) => distance(i) - distance(j)).slice(0, count)) held[k] = 1;
    }
  }
  return wrong;
}

/** What the scenarios that are not held add to the expectation with the choices that they are taken to make. */
export function sumSure(robust: RobustProgram, held: Uint8Array, sure: Int32Array): SurePieces {
  const { nominal, regimes, tails, set, conditional } = robust;
  const { size: n, count, pieces, slopes, offsets, probabilities } = nominal;
  const choices = choicesOf(robust);
  const z = new Float64Array(n);
  const t = new Float64Array(tails.length);
  const moved = new Float64Array(pieces);
  const squared = set.kind === "wasserstein" && set.order === 2;
  let constant = 0;
  let lambda = 0;
  let eta = 0;
  for (let k = 0; k < count; k++) {
    const choice = choices[sure[k]!];
    if (held[k] === 1 || choice === undefined) continue;
    const own = probabilities[k]!;
    const { factor, steepness } = regimes[choice.regime]!;
    const at = k * pieces + choice.piece;
    const mass = own * factor;
    for (let i = 0; i < n; i++) z[i]! += mass * slopes[at * n + i]!;
    for (let c = 0; c < t.length; c++) t[c]! -= own * steepness[c]!;
    moved[choice.piece]! += squared ? mass * factor : mass;
    constant += mass * offsets[at]!;
    if (conditional !== null) lambda -= own * conditional.costs[k]!;
    eta -= own;
  }
  return { z, t, moved, constant, lambda, eta };
}

/** A program of fewer scenarios, which `take` copies into it. */
export function createHeldProgram(whole: ScenarioProgram): {
  readonly program: ScenarioProgram;
  take(held: Uint8Array): void;
} {
  const { size: n, pieces } = whole;
  const program: ScenarioProgram = { ...whole, count: 0 };
  function take(held: Uint8Array): void {
    const most = whole.count;
    if (program.probabilities === whole.probabilities || program.probabilities.length < most) {
      program.slopes = new Float64Array(most * pieces * n);
      program.offsets = new Float64Array(most * pieces);
      program.probabilities = new Float64Array(most);
    }
    let count = 0;
    for (let k = 0; k < most; k++) {
      if (held[k] === 0) continue;
      const from = k * pieces;
      program.slopes.set(whole.slopes.subarray(from * n, (from + pieces) * n), count * pieces * n);
      program.offsets.set(whole.offsets.subarray(from, from + pieces), count * pieces);
      program.probabilities[count++] = whole.probabilities[k]!;
    }
    program.count = count;
    program.constant = whole.constant;
    program.magnitude = whole.magnitude;
  }
  return { program, take };
}
