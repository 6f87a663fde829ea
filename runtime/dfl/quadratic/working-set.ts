import type { FeasibleSet } from "../../spec.ts";

/** A component or row this near to its bound, relative to the numbers compared, is at it. */
const AT = 1e-10;
/** A pivot below this, relative to its row, is rounding. */
const PIVOT = 1e-9;

/** Constraints that are held to equality: independent, and kept so by every change of the active-set method. */
export interface WorkingSet {
  /** −1 at the lower bound, 1 at the upper, 0 free. */
  readonly side: Int8Array;
  /** Inequality rows, by index. */
  readonly rows: readonly number[];
}

/** A polyhedron for active-set methods: its equalities without those that repeat others. */
export interface Polyhedron {
  readonly size: number;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly inequalities: readonly { readonly row: Float64Array; readonly bound: number; readonly scale: number }[];
  readonly equalities: readonly { readonly row: Float64Array; readonly bound: number }[];
}

export function polyhedronOf(set: FeasibleSet): Polyhedron {
  const equalities = set.equalities.map(({ coefficients, bound }) => ({ row: Float64Array.from(coefficients), bound }));
  const everywhere = new Int8Array(set.size);
  const { used } = eliminate(
    equalities.map(({ row }) => row),
    everywhere,
    true,
  );
  return {
    size: set.size,
    lower: Float64Array.from(set.lower),
    upper: Float64Array.from(set.upper),
    inequalities: set.inequalities.map(({ coefficients, bound }) => {
      const row = Float64Array.from(coefficients);
      return { row, bound, scale: row.reduce((most, value) => Math.max(most, Math.abs(value)), 0) };
    }),
    equalities: equalities.filter((_, index) => used[index] === true),
  };
}

/**
 * The working set that a feasible point alone determines: components at a bound are fixed, except where the equalities
 * need them to be independent, and rows that hold with equality are kept where the others do not imply them. `z` is moved
 * onto the bounds that it touches.
 */
export function workingSetAt(polyhedron: Polyhedron, z: Float64Array): WorkingSet {
  const { size: n, lower, upper, inequalities, equalities } = polyhedron;
  const side = new Int8Array(n);
  for (let i = 0; i < n; i++) {
    side[i] = sideOf(polyhedron, i, z[i]!);
    if (side[i] !== 0) z[i] = side[i]! < 0 ? lower[i]! : upper[i]!;
  }
  const touching = inequalities.flatMap(({ row, bound, scale }, index) => {
    const slack = bound - product(row, z);
    return scale > 0 && slack <= AT * (Math.abs(bound) + scale) ? [index] : [];
  });
  const rows = [...equalities.map(({ row }) => row), ...touching.map((index) => inequalities[index]!.row)];
  const { used, pivots } = eliminate(rows, side, false, equalities.length);
  for (const column of pivots) side[column] = 0;
  return { side, rows: touching.filter((_, k) => used[equalities.length + k] === true) };
}

/** Those of some rows that are independent over the free components. */
export function independentRows<R extends { readonly row: Float64Array }>(rows: readonly R[], free: Int32Array): R[] {
  const { used } = eliminate(
    rows.map(({ row }) => Float64Array.from(free, (i) => row[i]!)),
    new Int8Array(free.length),
    true,
  );
  return rows.filter((_, index) => used[index] === true);
}

/** Which bound a value is at. */
export function sideOf({ lower, upper }: Polyhedron, i: number, value: number): -1 | 0 | 1 {
  const [low, high] = [lower[i]!, upper[i]!];
  const near = AT * (1 + Math.abs(value));
  if (value - low <= near) return -1;
  return high - value <= near ? 1 : 0;
}

/**
 * Gaussian elimination by rows. A pivot is sought among the free columns (`side` 0) first; the first `basic` rows may take
 * a column at its bound too, the others are then left out.
 */
function eliminate(
  rows: readonly Float64Array[],
  side: Int8Array,
  any: boolean,
  basic = rows.length,
): { readonly used: readonly boolean[]; readonly pivots: readonly number[] } {
  const reduced: { readonly row: Float64Array; readonly pivot: number }[] = [];
  const used = rows.map((original, index) => {
    const row = original.slice();
    const scale = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (const known of reduced) {
      const factor = row[known.pivot]! / known.row[known.pivot]!;
      if (factor === 0) continue;
      for (let i = 0; i < row.length; i++) row[i]! -= factor * known.row[i]!;
      row[known.pivot] = 0;
    }
    const largest = (free: boolean): number => {
      let best = -1;
      row.forEach((value, i) => {
        if (free && side[i] !== 0) return;
        if (Math.abs(value) > PIVOT * scale && (best < 0 || Math.abs(value) > Math.abs(row[best]!))) best = i;
      });
      return best;
    };
    let pivot = largest(!any);
    if (pivot < 0 && index < basic) pivot = largest(false);
    if (pivot < 0) return false;
    reduced.push({ row, pivot });
    return true;
  });
  return { used, pivots: reduced.map(({ pivot }) => pivot) };
}

export function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
