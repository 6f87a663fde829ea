import type { ScenarioProgram } from "../scenario-program.ts";
import type { RelativeInterior } from "./relative-interior.ts";

/** Scenarios whose loss is held to a CVaR term's t. Those of a tail need not be next to each other. */
export interface Kinks {
  readonly tail: Int32Array;
  readonly scenario: Int32Array;
  count: number;
  /** First kink of each tail, −1 without one: it takes what the others leave of the tail's weight. */
  readonly reference: Int32Array;
}

/** Room for `capacity` kinks of so many tails. */
export function createKinks(capacity: number, tails: number): Kinks {
  return {
    tail: new Int32Array(capacity),
    scenario: new Int32Array(capacity),
    count: 0,
    reference: new Int32Array(tails),
  };
}

/** Makes each tail's first kink its reference; false where a tail has none. */
export function markReferences({ tail, count, reference }: Kinks): boolean {
  reference.fill(-1);
  for (let b = count - 1; b >= 0; b--) reference[tail[b]!] = b;
  for (let c = 0; c < reference.length; c++) if (reference[c] === -1) return false;
  return true;
}

/** `row_e · z = bound_e`, n values a row. */
export interface Equations {
  rows: Float64Array;
  bounds: Float64Array;
  count: number;
}

export function createEquations(): Equations {
  return { rows: new Float64Array(0), bounds: new Float64Array(0), count: 0 };
}

/**
 * The equations of what is held: each kink but the references, as its difference from the reference of its tail, so
 * that t is gone; the set's equalities; the first `activeCount` of `activeRows`. The references are marked.
 */
export function listEquations(
  equations: Equations,
  { size: n, slopes, offsets }: ScenarioProgram,
  { equalities: { basis }, rows: inequalities, rowBounds }: RelativeInterior,
  kinks: Kinks,
  activeRows: Int32Array,
  activeCount: number,
): void {
  const most = kinks.count + basis.length + activeCount;
  if (equations.bounds.length < most) {
    equations.rows = new Float64Array(2 * most * n);
    equations.bounds = new Float64Array(2 * most);
  }
  const { rows, bounds } = equations;
  let count = 0;
  for (let b = 0; b < kinks.count; b++) {
    const first = kinks.reference[kinks.tail[b]!]!;
    if (first === b) continue;
    const k = kinks.scenario[b]!;
    const other = kinks.scenario[first]!;
    const at = count * n;
    for (let i = 0; i < n; i++) rows[at + i] = slopes[k * n + i]! - slopes[other * n + i]!;
    bounds[count++] = offsets[other]! - offsets[k]!;
  }
  for (let e = 0; e < basis.length; e++) {
    const { values, bound } = basis[e]!;
    const at = count * n;
    for (let i = 0; i < n; i++) rows[at + i] = values[i]!;
    bounds[count++] = bound;
  }
  for (let a = 0; a < activeCount; a++) {
    const r = activeRows[a]!;
    rows.set(inequalities[r]!, count * n);
    bounds[count++] = rowBounds[r]!;
  }
  equations.count = count;
}
