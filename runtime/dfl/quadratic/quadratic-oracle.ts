import type { Differentiability } from "../../decide/derivative/index.ts";
import type { Highs } from "highs";
import { impliedBounds } from "../../decide/implied-bounds.ts";
import { factorize } from "../../decide/structured/dense.ts";
import { relativeInterior } from "../../decide/structured/relative-interior.ts";
import type { DecisionProblem } from "../../spec.ts";
import { solveActiveSet, type ActiveSetStart } from "./active-set.ts";
import { settleOnFace, type Curve, type FaceAnswer } from "./face.ts";
import { createNormInteriorPoint } from "./norm-interior-point.ts";
import { polyhedronOf, product, workingSetAt } from "./working-set.ts";

/** Curvature below this, relative to the largest, is none. */
const FLAT = 1e-9;
/** Starts that are remembered. */
const KEYS = 4096;
/** Changes of a working set that cost about what a solve from nothing does. */
const CHANGES = 30;

/** A problem whose decision moves with its linear cost alone: `min c·z + zᵀQz` over a fixed polyhedron. */
export interface QuadraticProgram {
  /**
   * @param cost c, n values
   * @param key solves under one key start from each other's decision
   * @returns `null` where there is no decision, or the method does not end
   */
  solve(cost: Float64Array, key: number | undefined): FaceAnswer | null;
  /** `−(∂z/∂c)ᵀ zBar`, n values into `out`: the system of the answer, solved once more. */
  pull(answer: FaceAnswer, zBar: Float64Array, out: Float64Array): Differentiability;
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

/**
 * Solves by the active-set method from the decision of a cost nearby, and from nothing, and where more constraints meet
 * than are independent, by the interior-point method and on the face that it ends at.
 *
 * @param problem one that `isQuadraticProgram` holds of
 */
export function createQuadraticProgram(highs: Highs, { feasible, risk }: DecisionProblem): QuadraticProgram {
  const n = feasible.size;
  const polyhedron = polyhedronOf(feasible);
  const quadratic = Float64Array.from(risk.quadratic ?? []);
  const hessian = quadratic.map((value) => 2 * value);
  const reach = impliedBounds(feasible);
  const inside = relativeInterior(highs, feasible, reach);
  const interior = inside === null ? null : createNormInteriorPoint(inside, reach, quadratic, 0);
  const starts = new Map<number, ActiveSetStart | null>();
  let last: ActiveSetStart | null = null;

  /** `null` where working sets lead nowhere from the last decision. */
  function remember(start: ActiveSetStart | null, key: number | undefined): void {
    last = start;
    if (key !== undefined && (starts.has(key) || starts.size < KEYS)) starts.set(key, start);
  }

  function solveInside(linear: Float64Array): ReturnType<typeof settleOnFace> | null {
    const near = interior?.solve({ linear }) ?? null;
    if (inside === null || near === null) return null;
    const curve: Curve = {
      gradient: new Float64Array(n),
      hessian,
      bend(z) {
        for (let i = 0; i < n; i++) this.gradient[i] = linear[i]! + product(hessian.subarray(i * n, (i + 1) * n), z);
      },
    };
    return settleOnFace(inside, near.z, near.face, curve);
  }

  return {
    solve(cost, key) {
      const known = key === undefined ? undefined : starts.get(key);
      const start = known === undefined ? last : known;
      const near = start === null ? null : solveActiveSet(polyhedron, hessian, cost, start, CHANGES);
      if (near !== null && near.weak === 0) {
        remember({ z: near.z, side: near.side, rows: near.rows }, key);
        return near;
      }
      const answer = solveInside(cost);
      if (answer === null) return near;
      remember(answer.independent ? { z: answer.z, ...workingSetAt(polyhedron, answer.z.slice()) } : null, key);
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
