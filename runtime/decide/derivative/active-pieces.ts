import type { Multipliers } from "../certificate.ts";
import type { ScenarioProgram } from "../scenario-program.ts";
import { dot } from "../structured/dense.ts";

/** The piece that is no piece of the loss: `0 ≥ …` of a CVaR term's `max(L − t, 0)`. */
export const ZERO = -1;

/** One scenario in one term of the risk at the optimum. */
export interface ActiveScenario {
  /** −1 for the mean, else an index into `program.tails`. */
  readonly tail: number;
  readonly scenario: number;
  /** `density · p_k`; the multipliers of the pieces sum to it. */
  readonly density: number;
  /** Piece with the largest multiplier, or `ZERO`. */
  readonly reference: number;
  /** Further pieces with a positive multiplier: as large as the reference at the optimum. */
  readonly others: readonly number[];
}

export interface ActivePieces {
  /** Those with a piece of the loss among reference and others. */
  readonly scenarios: readonly ActiveScenario[];
  /** t of each tail: on the kink where there is one, else between the losses above and below. */
  readonly thresholds: Float64Array;
  /** Pieces as large as the reference whose multiplier vanishes. */
  readonly weak: number;
}

/** A multiplier below this share of the scenario's mass is 0. */
const NOTHING = 1e-9;
/** Both a slack and a multiplier below this share: neither says that the piece is active. */
const WEAK = 1e-7;

/**
 * Which pieces hold each scenario up, told by the multipliers: of a slack and its multiplier one vanishes, and near the
 * optimum it is the one that is smaller in its own unit (the loss's spread, the scenario's mass).
 */
export function activePieces(program: ScenarioProgram, z: Float64Array, blocks: Multipliers["blocks"]): ActivePieces {
  const { size: n, pieces, count, slopes, offsets, probabilities, tails } = program;
  const values = new Float64Array(count * pieces);
  let lowest = Infinity;
  let highest = -Infinity;
  for (let at = 0; at < values.length; at++) {
    const value = offsets[at]! + dot(slopes, at * n, z, 0, n);
    values[at] = value;
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
  }
  const spread = highest > lowest ? highest - lowest : Math.max(program.magnitude, Number.MIN_VALUE);
  const scenarios: ActiveScenario[] = [];
  const thresholds = new Float64Array(tails.length);
  let weak = 0;
  const list = (tail: number, density: number, lambda: Float64Array): void => {
    const threshold = tail < 0 ? 0 : thresholdOf(program, values, density, lambda);
    if (tail >= 0) thresholds[tail] = threshold;
    for (let k = 0; k < count; k++) {
      const mass = density * probabilities[k]!;
      let used = 0;
      let top = tail < 0 ? -Infinity : 0;
      let reference = ZERO;
      for (let j = 0; j < pieces; j++) {
        const own = Math.max(lambda[k * pieces + j]!, 0);
        used += own;
        top = Math.max(top, values[k * pieces + j]! - threshold);
        if (reference === ZERO || own > lambda[k * pieces + reference]!) reference = j;
      }
      const rest = tail < 0 ? 0 : Math.max(0, mass - used);
      if (tail >= 0 && rest >= lambda[k * pieces + reference]!) reference = ZERO;
      const others: number[] = [];
      const consider = (piece: number, multiplier: number, value: number): void => {
        if (piece === reference) return;
        const share = multiplier / mass;
        const slack = (top - value) / spread;
        if (share > Math.max(NOTHING, slack)) others.push(piece);
        else if (share <= WEAK && slack <= WEAK) weak++;
      };
      for (let j = 0; j < pieces; j++) consider(j, lambda[k * pieces + j]!, values[k * pieces + j]! - threshold);
      if (tail >= 0) consider(ZERO, rest, 0);
      if (reference !== ZERO || others.length > 0) scenarios.push({ tail, scenario: k, density, reference, others });
    }
  };
  let block = 0;
  if (program.meanWeight > 0) list(-1, program.meanWeight, blocks[block++]!);
  tails.forEach((tail, c) => list(c, tail.weight / (1 - tail.level), blocks[block++]!));
  return { scenarios, thresholds, weak };
}

/** A scenario whose multiplier is between these shares of its mass lies on t. */
const ON_KINK = 1e-6;

/** t of a CVaR term, from which scenarios the multipliers put above it. */
function thresholdOf(
  { pieces, count, probabilities }: ScenarioProgram,
  values: Float64Array,
  density: number,
  lambda: Float64Array,
): number {
  let below = -Infinity;
  let above = Infinity;
  let kink = NaN;
  let margin = ON_KINK;
  for (let k = 0; k < count; k++) {
    let used = 0;
    let loss = -Infinity;
    for (let j = 0; j < pieces; j++) {
      used += Math.max(lambda[k * pieces + j]!, 0);
      loss = Math.max(loss, values[k * pieces + j]!);
    }
    const share = used / (density * probabilities[k]!);
    if (Math.min(share, 1 - share) > margin) {
      margin = Math.min(share, 1 - share);
      kink = loss;
    }
    if (share > 0.5) above = Math.min(above, loss);
    else below = Math.max(below, loss);
  }
  if (!Number.isNaN(kink)) return kink;
  if (below === -Infinity) return above;
  return above === Infinity ? below : (below + above) / 2;
}
