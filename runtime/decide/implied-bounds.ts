import type { FeasibleSet, LinearRow } from "../spec.ts";

/** Rounds of propagation; each round lets a bound found in one row tighten another. */
const ROUNDS = 10;
/** Found bounds are widened by this much, so that rounding never cuts off a feasible point. */
const WIDENING = 1e-9;

/** Bounds that a component obeys because of the set's bounds and rows together; ±Infinity where none follows. */
export interface Reach {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/**
 * Bound propagation: in `a·z ≤ b`, every other component at its cheapest end leaves `a_i z_i ≤ b − Σ min a_j z_j`. For
 * instance `z ≥ 0, Σz = 1` implies `z ≤ 1`. Only bounds that are missing are looked for.
 */
export function impliedBounds(set: FeasibleSet): Reach {
  const lower = Float64Array.from(set.lower);
  const upper = Float64Array.from(set.upper);
  const rows = [...set.inequalities, ...set.equalities, ...set.equalities.map(negated)];
  for (let round = 0; round < ROUNDS; round++) {
    let found = false;
    for (const row of rows) found = tighten(row, lower, upper) || found;
    if (!found) break;
  }
  return { lower, upper };
}

function negated(row: LinearRow): LinearRow {
  return { ...row, coefficients: row.coefficients.map((value) => -value), bound: -row.bound };
}

/** Fills in missing bounds that one row `a·z ≤ b` implies; true where it found one. */
function tighten(row: LinearRow, lower: Float64Array, upper: Float64Array): boolean {
  const { coefficients, bound } = row;
  let finite = 0; // sum of the finite least values
  let infinite = -1; // the one component whose least value is −∞
  for (let i = 0; i < coefficients.length; i++) {
    const a = coefficients[i]!;
    if (a === 0) continue;
    const least = a > 0 ? a * lower[i]! : a * upper[i]!;
    if (least > -Infinity) finite += least;
    else if (infinite >= 0) return false;
    else infinite = i;
  }
  let found = false;
  for (let i = 0; i < coefficients.length; i++) {
    const a = coefficients[i]!;
    if (a === 0 || (infinite >= 0 && infinite !== i)) continue;
    const own = a > 0 ? a * lower[i]! : a * upper[i]!;
    const limit = (bound - (infinite === i ? finite : finite - own)) / a;
    const slack = WIDENING * (1 + Math.abs(limit));
    if (a > 0 && upper[i] === Infinity) {
      upper[i] = limit + slack;
      found = true;
    } else if (a < 0 && lower[i] === -Infinity) {
      lower[i] = limit - slack;
      found = true;
    }
  }
  return found;
}
