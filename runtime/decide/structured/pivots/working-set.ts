import { addScaled, dot } from "../dense.ts";
import { createEquations, listEquations, markReferences } from "../equations.ts";
import type { Equations } from "../equations.ts";
import type { PivotProblem } from "./pivot-problem.ts";
import type { TailScenarios } from "./tail-scenarios.ts";

/** A decision nearer than this to a bound, relative to the bound and 1, is at it. */
const AT_BOUND = 1e-10;

/** A decision of the set on its way, and which of the set's inequalities it is held to. */
export interface Position {
  readonly z: Float64Array;
  /** −1 at the lower bound, 1 at the upper, 0 free; n. */
  readonly components: Int8Array;
  /** 1 where an inequality row is held. */
  readonly rows: Uint8Array;
}

export function createPosition({ program, set }: PivotProblem): Position {
  const { size } = program;
  return { z: new Float64Array(size), components: new Int8Array(size), rows: new Uint8Array(set.rows.length) };
}

/** Puts it at a decision, held to the bounds and rows that touch there. */
export function startAt({ z, components, rows }: Position, { set }: PivotProblem, start: Float64Array): void {
  for (let i = 0; i < z.length; i++) {
    const lower = set.lower[i]!;
    const upper = set.upper[i]!;
    const value = start[i]!;
    const side = isAt(value, lower) ? -1 : isAt(value, upper) ? 1 : 0;
    components[i] = side;
    z[i] = side === 0 ? value : side < 0 ? lower : upper;
  }
  for (let r = 0; r < rows.length; r++) {
    const bound = set.rowBounds[r]!;
    rows[r] = bound - dot(set.rows[r]!, 0, z, 0, z.length) <= AT_BOUND * (1 + Math.abs(bound)) ? 1 : 0;
  }
}

function isAt(value: number, bound: number): boolean {
  return Math.abs(value - bound) <= AT_BOUND * (1 + Math.abs(bound)) && Number.isFinite(bound);
}

/** What is held to equality, as the equations of a direction in the components that are free. */
export interface WorkingSet {
  readonly free: Int32Array;
  freeCount: number;
  readonly activeRows: Int32Array;
  activeCount: number;
  /** Their rows' products with a direction are 0: kinks, the set's equalities, active rows. */
  readonly equations: Equations;
  /** Gradient of the objective, for which each tail's reference has all that the tail's kinks share; n. */
  readonly gradient: Float64Array;
}

export function createWorkingSet({ program, set }: PivotProblem): WorkingSet {
  return {
    free: new Int32Array(program.size),
    freeCount: 0,
    activeRows: new Int32Array(set.rows.length),
    activeCount: 0,
    equations: createEquations(),
    gradient: new Float64Array(program.size),
  };
}

/** Lists it; false where more is held than a decision could keep to, or a tail has no kink. */
export function listWorkingSet(
  working: WorkingSet,
  { program, set, curvature, mostHeld }: PivotProblem,
  { z, components, rows }: Position,
  { kinks, remaining, base }: TailScenarios,
): boolean {
  const { size: n, slopes } = program;
  const { free, activeRows, gradient } = working;
  let freeCount = 0;
  let activeCount = 0;
  for (let i = 0; i < n; i++) if (components[i] === 0) free[freeCount++] = i;
  for (let r = 0; r < rows.length; r++) if (rows[r] === 1) activeRows[activeCount++] = r;
  working.freeCount = freeCount;
  working.activeCount = activeCount;
  if (kinks.count + set.equalities.rank + activeCount > mostHeld || !markReferences(kinks)) return false;
  listEquations(working.equations, program, set, kinks, activeRows, activeCount);
  for (let i = 0; i < n; i++) gradient[i] = base[i]! + (curvature === null ? 0 : curvature[i]! * z[i]!);
  for (let b = 0; b < kinks.count; b++) {
    const c = kinks.tail[b]!;
    if (kinks.reference[c] === b) addScaled(gradient, remaining[c]!, slopes, kinks.scenario[b]! * n, n);
  }
  return true;
}
