import type { Differentiability } from "../../decide/derivative/index.ts";
import { getHighs } from "../../decide/highs.ts";
import { impliedBounds } from "../../decide/implied-bounds.ts";
import { addWeightedGram } from "../../decide/structured/dense.ts";
import { relativeInterior } from "../../decide/structured/relative-interior.ts";
import type { DecisionProblem } from "../../spec.ts";
import { addScaled } from "../losses/vectors.ts";
import { optimumOnFace, settleOnFace, type Curve, type Face, type FaceAnswer } from "../quadratic/face.ts";
import { createNormInteriorPoint } from "../quadratic/norm-interior-point.ts";
import { addFactorSlope, lossMatrix, transposed } from "./loss-matrix.ts";

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
   * @param key solves under one key try each other's face of the polyhedron first
   * @returns `null` where there is no decision
   */
  solve(set: Ellipsoid, x: Float64Array, key?: number): RobustAnswer | null;
}

/** The norm is `√(‖·‖² + (SMOOTH·‖factor‖)²)`, so that it bends at a decision that nothing is uncertain of. */
const SMOOTH = 1e-4;
/** Curvature added, relative to the problem's, since the norm has none along the decision itself. */
const RIDGE = 1e-8;
/** Faces that are remembered. */
const KEYS = 4096;

/**
 * The robust counterpart of a cost that is linear in the outcome (Ben-Tal, El Ghaoui & Nemirovski 2009, ch. 1): the worst
 * of `φ(z)·s + g(z)` over the ellipsoid is `φ(z)·centre + ‖factorᵀ φ(z)‖ + g(z)`, a smooth convex function away from
 * φ = 0. An interior-point method finds the face of the polyhedron that the decision is on, Newton's method the decision
 * there, and its system has the derivatives.
 */
export async function createEllipsoidLayer(problem: DecisionProblem): Promise<EllipsoidLayer> {
  const { feasible, risk, sizes } = problem;
  const { decision: n, outcome: d } = sizes;
  const mass = risk.cvar.reduce((sum, { weight }) => sum + weight, risk.mean);
  const matrix = lossMatrix(problem);
  const twice = Float64Array.from({ length: n * n }, (_, k) => 2 * (risk.quadratic?.[k] ?? 0));
  const quadratic = risk.quadratic === null ? null : Float64Array.from(risk.quadratic);
  const reach = impliedBounds(feasible);
  const inside = relativeInterior(await getHighs(), feasible, reach);
  const interior = inside === null ? null : createNormInteriorPoint(inside, reach, quadratic, mass > 0 ? d : 0);

  const pieceSlopes = new Float64Array(n);
  const pieceOffset = new Float64Array(1);
  const hessian = new Float64Array(n * n);
  const gram = new Float64Array(n * n);
  const gradient = new Float64Array(n);
  const turned = new Float64Array(n * d);
  const ones = new Float64Array(d).fill(1);
  const faces = new Map<number, { readonly z: Float64Array; readonly face: Face }>();

  function solve(set: Ellipsoid, x: Float64Array, key?: number): RobustAnswer | null {
    if (inside === null || interior === null) return null;
    const { centre, factor } = set;
    problem.pieces.fill(centre, x, pieceSlopes, pieceOffset);
    const linear = pieceSlopes.map((slope, i) => mass * slope + risk.linear[i]!);
    const constant = mass * pieceOffset[0]! + risk.constant;
    let size = 0;
    for (let k = 0; k < d * d; k++) size += factor[k]! ** 2;
    const smooth = SMOOTH * Math.sqrt(size / d) + Number.MIN_VALUE;
    // Rows factorᵀ A of each decision's component.
    matrix.turn(factor, turned);
    gram.fill(0);
    addWeightedGram(gram, n, turned, n, d, ones);
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) gram[j * n + i] = gram[i * n + j]!;

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

    const curve: Curve = {
      gradient,
      hessian,
      bend(z) {
        const { y, r } = normAt(z);
        bend(z, y, r);
      },
    };
    const known = key === undefined ? undefined : faces.get(key);
    let answer = known === undefined ? null : optimumOnFace(inside, known.z, known.face, curve);
    let face = known?.face;
    if (answer === null) {
      const offset = transposed(factor, matrix.offset, d);
      const norm = { weight: mass, columns: turned, offset, rounding: smooth };
      const near = interior.solve(mass > 0 ? { linear, norm } : { linear });
      if (near === null) return null;
      ({ face } = near);
      answer = settleOnFace(inside, near.z, face, curve);
    }
    if (key !== undefined && face !== undefined && (faces.has(key) || faces.size < KEYS)) {
      faces.set(key, { z: answer.z, face });
    }
    const { y, r } = normAt(answer.z);
    return robustAnswer(set, answer, { y, r, value: valueAt(answer.z, r) });
  }

  function robustAnswer(
    { factor }: Ellipsoid,
    { z, system, weak }: FaceAnswer,
    { y, r, value }: { y: Float64Array; r: number; value: number },
  ): RobustAnswer {
    const slope = matrix.slope(z);
    /** `∂(rounding)² / ∂factor`, halved, over the factor. */
    const rounding = SMOOTH ** 2 / d;
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
