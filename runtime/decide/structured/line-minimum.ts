import type { ScenarioProgram } from "../scenario-program.ts";
import type { InteriorProposal } from "./interior-point.ts";
import type { RelativeInterior } from "./relative-interior.ts";

export interface LineMinimum {
  /** `null` where the objective falls without end, or levels off without one. */
  solve(guess: number): InteriorProposal | null;
}

/** Slopes below this share of the sizes that they sum are zero. */
const LEVEL = 1e-13;
/** Values nearer than this to a bound below, relative to the sizes that they sum, are on it. */
const ON = 1e-14;
const MAX_STEPS = 500;

/** A line that supports the objective: its slope, its value at 0, and where it was found. */
interface Support {
  readonly slope: number;
  readonly constant: number;
  /** ±Infinity for the line that the objective comes to be. */
  readonly at: number;
  /** Of pieces that are equally large, those that count to this side. */
  readonly side: -1 | 1;
}

/**
 * The minimum over a decision of one component of `linear·z + meanWeight·E[max_j a_kj z + b_kj]`, which is convex and
 * piecewise linear: two lines that support it, one that falls and one that rises, meet below the minimum; where the
 * objective is higher there, it has a new line for one of the two. The bracket is halved where that does not shrink it
 * as fast. A step is one pass over the pieces, O(K J). Where a whole stretch is optimal, its middle is taken.
 *
 * The multipliers are those of the two lines, mixed so that their slopes cancel.
 *
 * @returns `null` for other programs
 */
export function createLineMinimum(program: ScenarioProgram, set: RelativeInterior): LineMinimum | null {
  const { size, tails, quadratic, pieces, meanWeight } = program;
  const flat = quadratic === null || quadratic.every((value) => value === 0);
  const alone = set.rows.length === 0 && set.equalities.rank === 0;
  if (size !== 1 || tails.length > 0 || !flat || !alone || meanWeight === 0) return null;
  const [lower, upper] = [set.lower[0]!, set.upper[0]!];
  /** Of the last line looked for: the sizes of what its slope and its value sum. */
  let slopeSize = 0;
  let valueSize = 0;

  /** Which piece of a scenario counts at a point, and of several to which side. */
  function pieceAt(k: number, at: number, side: -1 | 1): number {
    const { slopes, offsets } = program;
    const first = k * pieces;
    const finite = Math.abs(at) < Infinity;
    let best = first;
    for (let j = first + 1; j < first + pieces; j++) {
      const change = slopes[j]! - slopes[best]!;
      const steeper = side * change;
      const higher = finite ? change * at + offsets[j]! - offsets[best]! : at > 0 ? change : -change;
      if (higher > 0 || (higher === 0 && (steeper > 0 || (steeper === 0 && offsets[j]! > offsets[best]!)))) best = j;
    }
    return best;
  }

  function supportAt(at: number, side: -1 | 1): Support {
    const { count, probabilities, slopes, offsets } = program;
    let slope = program.linear[0]!;
    let constant = program.constant;
    slopeSize = Math.abs(slope);
    valueSize = Math.abs(constant);
    for (let k = 0; k < count; k++) {
      const piece = pieceAt(k, at, side);
      const mass = meanWeight * probabilities[k]!;
      slope += mass * slopes[piece]!;
      constant += mass * offsets[piece]!;
      slopeSize += mass * Math.abs(slopes[piece]!);
      valueSize += mass * Math.abs(offsets[piece]!);
    }
    if (Math.abs(slope) <= LEVEL * slopeSize) slope = 0;
    return { slope, constant, at, side };
  }

  /** Where the pieces of a line stop being the largest, on its side. */
  function endOf({ at, side }: Support): number {
    const { count, slopes, offsets } = program;
    let end = side > 0 ? upper : lower;
    for (let k = 0; k < count; k++) {
      const own = pieceAt(k, at, side);
      for (let j = k * pieces; j < (k + 1) * pieces; j++) {
        const steeper = side * (slopes[j]! - slopes[own]!);
        if (!(steeper > 0)) continue;
        const crossing = (offsets[own]! - offsets[j]!) / (slopes[j]! - slopes[own]!);
        if (side * crossing < side * end) end = side > 0 ? Math.max(crossing, at) : Math.min(crossing, at);
      }
    }
    return end;
  }

  /** The masses of two lines, the first with so large a share. */
  function mix(first: Support, second: Support, share: number): Float64Array {
    const { count, probabilities } = program;
    const masses = new Float64Array(count * pieces);
    for (const [{ at, side }, part] of [
      [first, share],
      [second, 1 - share],
    ] as const) {
      if (part === 0) continue;
      for (let k = 0; k < count; k++) masses[pieceAt(k, at, side)]! += part * meanWeight * probabilities[k]!;
    }
    return masses;
  }

  /** At a point where the lines to its two sides do not fall; one of them may be level, and then so is what follows. */
  function minimumAt(left: Support, right: Support, iterations: number): InteriorProposal {
    let from = left.slope === 0 && left.side < 0 ? endOf(left) : left.at;
    let to = right.slope === 0 && right.side > 0 ? endOf(right) : right.at;
    // A stretch without an end is left where it begins.
    if (from === -Infinity) from = to === Infinity ? left.at : to;
    if (to === Infinity) to = from;
    const share = left.slope === 0 ? 1 : right.slope / (right.slope - left.slope);
    return proposal(from === to ? from : from + (to - from) / 2, mix(left, right, share), iterations);
  }

  function solve(guess: number): InteriorProposal | null {
    let falling = supportAt(lower, 1);
    if (falling.slope >= 0) {
      if (lower === -Infinity) return null;
      return falling.slope > 0 ? proposal(lower, mix(falling, falling, 1), 1) : minimumAt(falling, falling, 1);
    }
    let rising = supportAt(upper, -1);
    if (rising.slope <= 0) {
      if (upper === Infinity) return null;
      return rising.slope < 0 ? proposal(upper, mix(rising, rising, 1), 1) : minimumAt(rising, rising, 1);
    }
    let at = guess > lower && guess < upper ? guess : Number.NaN;
    for (let step = 0; step < MAX_STEPS; step++) {
      const meets = (falling.constant - rising.constant) / (rising.slope - falling.slope);
      const bound = falling.slope * meets + falling.constant;
      const [low, high] = [falling, rising];
      const atMeeting = Number.isNaN(at);
      if (atMeeting) at = Math.min(Math.max(meets, low.at), high.at);
      const left = supportAt(at, -1);
      if (left.slope > 0) rising = left;
      else {
        const right = supportAt(at, 1);
        if (right.slope >= 0) return minimumAt(left, right, step);
        falling = right;
      }
      const excess = left.slope * at + left.constant - bound;
      const again = at === low.at || at === high.at;
      if (atMeeting && (again || excess <= ON * (valueSize + slopeSize * Math.abs(at)))) {
        return proposal(at, mix(low, high, high.slope / (high.slope - low.slope)), step);
      }
      const width = rising.at - falling.at;
      const middle = falling.at + width / 2;
      // The first steps come from lines at infinity.
      const slow = width < Infinity && width > (high.at - low.at) / 2;
      at = slow && middle > falling.at && middle < rising.at ? middle : Number.NaN;
    }
    return null;
  }

  return { solve };
}

function proposal(z: number, masses: Float64Array, iterations: number): InteriorProposal {
  return {
    status: "optimal",
    detail: "",
    z: Float64Array.of(z),
    multipliers: { blocks: [masses], rowForce: new Float64Array(1), rowSlack: 0 },
    bound: -Infinity,
    iterations,
    complete: true,
    missed: false,
  };
}
