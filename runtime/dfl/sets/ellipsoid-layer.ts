import type { Differentiability } from "../../decide/derivative/index.ts";
import { addScaled } from "../losses/vectors.ts";
import { solveActiveSet, type ActiveSetAnswer, type ActiveSetStart } from "../quadratic/active-set.ts";
import { polyhedronOf, workingSetAt } from "../quadratic/working-set.ts";
import { factorWorkingSystem, type WorkingSystem } from "../quadratic/working-system.ts";
import { addFactorSlope, lossMatrix, transposed } from "./loss-matrix.ts";
import type { DecisionOracle } from "../types.ts";
import type { DecisionProblem } from "../../spec.ts";

/** `{ centre + factor u : ‖u‖₂ ≤ 1 }`, the factor d × d lower triangular. */
export interface Ellipsoid {
  readonly centre: Float64Array;
  readonly factor: Float64Array;
}

/** `∂L/∂·` of an ellipsoid; the factor's upper triangle is left alone. */
export interface EllipsoidGradient {
  readonly centre: Float64Array;
  readonly factor: Float64Array;
}

export interface RobustAnswer {
  readonly z: Float64Array;
  /** `max_{s ∈ U} f(z, s)`: what the decision is promised to cost at most. */
  readonly value: number;
  /** `∂f/∂s` at z. */
  readonly slope: Float64Array;
  /** Adds `weight · ∂value/∂U`, by the envelope theorem. */
  addValueGradient(weight: number, out: EllipsoidGradient): void;
  /** Adds `(∂z/∂U)ᵀ zBar`. */
  pull(zBar: Float64Array, out: EllipsoidGradient): Differentiability;
}

/** Decisions against the worst outcome of an ellipsoid. Not reentrant. */
export interface EllipsoidLayer {
  readonly decision: number;
  readonly outcome: number;
  /**
   * @param x context, p values
   * @param key solves under one key start from each other's decision
   * @returns `null` where there is no decision
   */
  solve(set: Ellipsoid, x: Float64Array, key?: number): RobustAnswer | null;
}

/** The norm is `√(‖·‖² + (SMOOTH·‖factor‖)²)`, so that it bends at a decision that nothing is uncertain of. */
const SMOOTH = 1e-4;
/** Curvature added, relative to the problem's, since the norm has none along the decision itself. */
const RIDGE = 1e-8;
const ITERATIONS = 100;
const STILL = 1e-11;
const DECREASE = 1e-4;

/**
 * The robust counterpart of a cost that is linear in the outcome (Ben-Tal, El Ghaoui & Nemirovski 2009, ch. 1): the worst
 * of `φ(z)·s + g(z)` over the ellipsoid is `φ(z)·centre + ‖factorᵀ φ(z)‖ + g(z)`, a smooth convex function away from
 * φ = 0. It is minimised by Newton steps over the polyhedron of decisions, each a quadratic program whose active set
 * starts from the last; derivatives are those of the last step's system.
 *
 * @param oracle of the same problem: its first decision is where the first solve starts
 */
export function createEllipsoidLayer(problem: DecisionProblem, oracle: DecisionOracle): EllipsoidLayer {
  const { decision: n, outcome: d } = problem.sizes;
  const { risk } = problem;
  const mass = risk.cvar.reduce((sum, { weight }) => sum + weight, risk.mean);
  const polyhedron = polyhedronOf(problem.feasible);
  const matrix = lossMatrix(problem);
  const twice = new Float64Array(n * n);
  if (risk.quadratic !== null) risk.quadratic.forEach((value, k) => (twice[k] = 2 * value));
  const starts = new Map<number, ActiveSetStart>();
  let last: ActiveSetStart | null = null;

  const pieceSlopes = new Float64Array(n);
  const pieceOffset = new Float64Array(1);
  const hessian = new Float64Array(n * n);
  const gram = new Float64Array(n * n);
  const gradient = new Float64Array(n);
  const cost = new Float64Array(n);
  const turned = new Float64Array(n * d);

  function solve(set: Ellipsoid, x: Float64Array, key?: number): RobustAnswer | null {
    const { centre, factor } = set;
    if (last === null) {
      const first = oracle.solve(centre, x);
      if (first.status !== "optimal" && first.status !== "stopped") return null;
      const z = first.z.slice();
      last = { z, ...workingSetAt(polyhedron, z) };
    }
    problem.pieces.fill(centre, x, pieceSlopes, pieceOffset);
    const linear = pieceSlopes.map((slope, i) => mass * slope + risk.linear[i]!);
    const constant = mass * pieceOffset[0]! + risk.constant;
    let size = 0;
    for (let k = 0; k < d * d; k++) size += factor[k]! ** 2;
    const smooth = SMOOTH * Math.sqrt(size / d) + Number.MIN_VALUE;
    // Rows factorᵀ A of each decision's component.
    matrix.turn(factor, turned);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let k = 0; k < d; k++) sum += turned[i * d + k]! * turned[j * d + k]!;
        gram[i * n + j] = gram[j * n + i] = sum;
      }
    }

    // Of the curvature that the norm has at decisions of size 1, whatever it is at this one.
    let ridge = 0;
    for (let i = 0; i < n; i++) {
      ridge = Math.max(ridge, RIDGE * twice[i * (n + 1)]!, RIDGE * mass * Math.sqrt(gram[i * (n + 1)]!));
    }

    /** `factorᵀ φ(z)` and its rounded norm. */
    function normAt(z: Float64Array): { readonly y: Float64Array; readonly r: number } {
      const y = transposed(factor, matrix.offset, d);
      for (let i = 0; i < n; i++) {
        if (z[i] !== 0) for (let k = 0; k < d; k++) y[k]! += z[i]! * turned[i * d + k]!;
      }
      let square = smooth * smooth;
      for (let k = 0; k < d; k++) square += y[k]! * y[k]!;
      return { y, r: Math.sqrt(square) };
    }

    function valueAt(z: Float64Array, r: number): number {
      let value = constant + mass * r;
      for (let i = 0; i < n; i++) {
        let curvature = 0;
        for (let j = 0; j < n; j++) curvature += twice[i * n + j]! * z[j]!;
        value += (linear[i]! + 0.5 * curvature) * z[i]!;
      }
      return value;
    }

    /** Gradient and Hessian at z. */
    function bend(z: Float64Array, y: Float64Array, r: number): void {
      const along = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let k = 0; k < d; k++) sum += turned[i * d + k]! * y[k]!;
        along[i] = sum / r;
      }
      for (let i = 0; i < n; i++) {
        let slope = linear[i]! + mass * along[i]!;
        for (let j = 0; j < n; j++) {
          slope += twice[i * n + j]! * z[j]!;
          hessian[i * n + j] = twice[i * n + j]! + (mass / r) * (gram[i * n + j]! - along[i]! * along[j]!);
        }
        gradient[i] = slope;
      }
      for (let i = 0; i < n; i++) hessian[i * (n + 1)]! += ridge;
    }

    let at: ActiveSetStart = (key === undefined ? undefined : starts.get(key)) ?? last;
    let { y, r } = normAt(at.z);
    let value = valueAt(at.z, r);
    let answer: ActiveSetAnswer | null = null;
    for (let iteration = 0; iteration < ITERATIONS; iteration++) {
      bend(at.z, y, r);
      for (let i = 0; i < n; i++) {
        let curvature = 0;
        for (let j = 0; j < n; j++) curvature += hessian[i * n + j]! * at.z[j]!;
        cost[i] = gradient[i]! - curvature;
      }
      const next = solveActiveSet(polyhedron, hessian, cost, at);
      if (next === null) break;
      let [moved, fall] = [0, 0];
      for (let i = 0; i < n; i++) {
        const step = next.z[i]! - at.z[i]!;
        moved = Math.max(moved, Math.abs(step) / (1 + Math.abs(at.z[i]!)));
        fall += step * gradient[i]!;
      }
      let share = 1;
      let z = next.z;
      let found = normAt(z);
      let reached = valueAt(z, found.r);
      while (reached > value + DECREASE * share * fall + 1e-14 * Math.abs(value) && share > 1e-6) {
        share /= 2;
        z = at.z.map((from, i) => from + share * (next.z[i]! - from));
        found = normAt(z);
        reached = valueAt(z, found.r);
      }
      ({ y, r } = found);
      value = reached;
      answer = next;
      // Between two points of the polyhedron the constraints that hold at both are a working set of it.
      at = share === 1 ? { z, side: next.side, rows: next.rows } : { z, ...workingSetAt(polyhedron, z) };
      if (moved <= STILL || share <= 1e-6) break;
    }
    if (answer === null) return null;
    bend(at.z, y, r);
    last = at;
    if (key !== undefined) starts.set(key, at);
    return robustAnswer(set, at, { y, r, value, weak: answer.weak });
  }

  function robustAnswer(
    { factor }: Ellipsoid,
    { z, side, rows }: ActiveSetStart,
    { y, r, value, weak }: { y: Float64Array; r: number; value: number; weak: number },
  ): RobustAnswer {
    const slope = matrix.slope(z);
    /** `∂(rounding)² / ∂factor`, halved, over the factor. */
    const rounding = SMOOTH ** 2 / d;
    const system: WorkingSystem = factorWorkingSystem(
      hessian,
      n,
      Int32Array.from(side.keys()).filter((i) => side[i] === 0),
      [...polyhedron.equalities.map(({ row }) => row), ...rows.map((index) => polyhedron.inequalities[index]!.row)],
    );
    return {
      z,
      value,
      slope,
      addValueGradient(weight, out) {
        addScaled(out.centre, slope, weight * mass);
        addFactorSlope(out.factor, slope, y, (weight * mass) / r);
        addScaled(out.factor, factor, (weight * mass * rounding) / r);
      },
      pull(zBar, out) {
        const { free } = system;
        const u = Float64Array.from(free, (i) => zBar[i]!);
        system.solve(u, new Float64Array(system.rows.length));
        const wide = new Float64Array(n);
        for (let k = 0; k < free.length; k++) wide[free[k]!] = u[k]!;
        const along = matrix.apply(wide);
        addScaled(out.centre, along, -mass);
        const q = transposed(factor, along, d);
        let product = 0;
        for (let k = 0; k < d; k++) product += y[k]! * q[k]!;
        addFactorSlope(out.factor, slope, q, -mass / r);
        addFactorSlope(out.factor, along, y, -mass / r);
        addFactorSlope(out.factor, slope, y, (mass * product) / r ** 3);
        addScaled(out.factor, factor, (mass * product * rounding) / r ** 3);
        if (weak > 0) return "chosen";
        return free.length === system.rows.length ? "zero almost everywhere" : "exact";
      },
    };
  }

  return { decision: n, outcome: d, solve };
}
