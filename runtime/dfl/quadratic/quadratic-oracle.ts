import type { Differentiability } from "../../decide/derivative/index.ts";
import { factorize } from "../../decide/structured/dense.ts";
import type { DecisionProblem } from "../../spec.ts";
import { solveActiveSet, type ActiveSetAnswer, type ActiveSetStart } from "./active-set.ts";
import { polyhedronOf, workingSetAt } from "./working-set.ts";

/** Curvature below this, relative to the largest, is none. */
const FLAT = 1e-9;
/** Starts that are remembered. */
const KEYS = 4096;

/** A problem whose decision moves with its linear cost alone: `min c·z + zᵀQz` over a fixed polyhedron. */
export interface QuadraticProgram {
  /** The first decision that is known, or another solver's: later ones start from it. */
  readonly known: boolean;
  learn(z: Float64Array): void;
  /**
   * @param cost c, n values
   * @param key solves under one key start from each other's decision
   * @returns `null` before there is a decision to start from, and where the method does not end
   */
  solve(cost: Float64Array, key: number | undefined): ActiveSetAnswer | null;
  /** `−(∂z/∂c)ᵀ zBar`, n values into `out`: the system of the answer, solved once more. */
  pull(answer: ActiveSetAnswer, zBar: Float64Array, out: Float64Array): Differentiability;
}

/** Whether a convex problem at one outcome is a strictly convex quadratic program of one linear cost. */
export function isQuadraticProgram({ risk, pieces, feasible, conic, ambiguity }: DecisionProblem): boolean {
  if (pieces.count !== 1 || conic !== undefined || ambiguity !== undefined || risk.curved !== undefined) return false;
  if (feasible.integer.length > 0 || risk.quadratic === null) return false;
  const n = feasible.size;
  const lower = Float64Array.from(risk.quadratic);
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, lower[i * (n + 1)]!);
  factorize(lower, n, n);
  for (let i = 0; i < n; i++) {
    const pivot = lower[i * (n + 1)]!;
    if (!(pivot < Infinity && pivot * pivot > FLAT * largest)) return false;
  }
  return true;
}

/** @param problem one that `isQuadraticProgram` holds of */
export function createQuadraticProgram({ feasible, risk }: DecisionProblem): QuadraticProgram {
  const polyhedron = polyhedronOf(feasible);
  const hessian = Float64Array.from(risk.quadratic ?? [], (value) => 2 * value);
  const starts = new Map<number, ActiveSetStart>();
  let last: ActiveSetStart | null = null;

  return {
    get known() {
      return last !== null;
    },
    learn(z) {
      const own = z.slice();
      last = { z: own, ...workingSetAt(polyhedron, own) };
    },
    solve(cost, key) {
      const start = (key === undefined ? undefined : starts.get(key)) ?? last;
      if (start === null) return null;
      const answer = solveActiveSet(polyhedron, hessian, cost, start);
      if (answer === null) return null;
      const { z, side, rows } = answer;
      last = { z, side, rows };
      if (key !== undefined && (starts.has(key) || starts.size < KEYS)) starts.set(key, last);
      return answer;
    },
    pull({ system, weak }, zBar, out) {
      const { free, rows } = system;
      const a = Float64Array.from(free, (i) => zBar[i]!);
      system.solve(a, new Float64Array(rows.length));
      out.fill(0);
      for (let k = 0; k < free.length; k++) out[free[k]!] = a[k]!;
      if (weak > 0) return "chosen";
      return free.length === rows.length ? "zero almost everywhere" : "exact";
    },
  };
}
