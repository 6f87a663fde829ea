/** Feasible sets by name, for emitted code that a person reads. */
import type { FeasibleSet, Place } from "../spec.ts";

/** `{ z ∈ R^n : 0 ≤ z ≤ cap, Σz = total }` */
export function cappedSimplex(size: number, cap: number, at: Place, total = 1): FeasibleSet {
  return {
    size,
    lower: constant(size, 0),
    upper: constant(size, cap),
    inequalities: [],
    equalities: [{ coefficients: constant(size, 1), bound: total, at }],
    integer: [],
    boundsAt: [at],
  };
}

/** `{ z ∈ R^n : 0 ≤ z, Σz = total }` */
export function simplex(size: number, at: Place, total = 1): FeasibleSet {
  return cappedSimplex(size, Infinity, at, total);
}

/** `{ z : lower ≤ z ≤ upper }`; bounds may be ±Infinity. */
export function box(lower: readonly number[], upper: readonly number[], at: Place): FeasibleSet {
  return {
    size: lower.length,
    lower,
    upper,
    inequalities: [],
    equalities: [],
    integer: [],
    boundsAt: [at],
  };
}

/** `{ z ∈ R^n : z ≥ 0 }` */
export function nonnegative(size: number, at: Place): FeasibleSet {
  return box(constant(size, 0), constant(size, Infinity), at);
}

/** `R^n` */
export function unrestricted(size: number, at: Place): FeasibleSet {
  return box(constant(size, -Infinity), constant(size, Infinity), at);
}

/** The set with further rows; the same size. */
export function subjectTo(
  set: FeasibleSet,
  rows: { readonly inequalities?: FeasibleSet["inequalities"]; readonly equalities?: FeasibleSet["equalities"] },
): FeasibleSet {
  return {
    ...set,
    inequalities: [...set.inequalities, ...(rows.inequalities ?? [])],
    equalities: [...set.equalities, ...(rows.equalities ?? [])],
  };
}

/** n copies of a value. */
function constant(size: number, value: number): number[] {
  return Array.from({ length: size }, () => value);
}
