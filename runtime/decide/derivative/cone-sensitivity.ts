import { RuntimeError } from "../../errors/runtime-error.ts";
import { decideCatalogue } from "../catalogue.ts";
import type { ConeAnswer, ConeProblem } from "../cone/types.ts";
import { addTransposedProduct, entriesOf } from "../sparse/matrix.ts";
import { polishConeSolution, type PolishedSolution } from "./cone-polish.ts";
import type { Differentiability } from "./types.ts";

/** `∂L/∂·` of a cone problem's numbers. */
export interface ConeGradient {
  /** In the order of `problem.p.values`, of which only entries on and above the diagonal count; `null` without P. */
  readonly p: Float64Array | null;
  readonly q: Float64Array;
  /** In the order of `problem.a.values`. */
  readonly a: Float64Array;
  readonly b: Float64Array;
}

/** `∂L/∂x*`, and of slacks and multipliers where L reads them. */
export interface ConeCotangent {
  readonly x?: Float64Array;
  readonly s?: Float64Array;
  readonly y?: Float64Array;
}

/** Solution of the transposed system: `q̄ = −x`, `b̄ = y`, `Ā = −(y* xᵀ + y x*ᵀ)` with the problem's solution `(x*, y*)`. */
export interface ConeAdjoint {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

export interface ConeSensitivity {
  /** `zero almost everywhere`: in P and q; the solution is a vertex that only b and A move. */
  readonly differentiability: Differentiability;
  /** Whether slack or multiplier of some cone does not say if it is active. */
  readonly weak: boolean;
  /** The solution, as exact as the linear algebra. */
  readonly solution: PolishedSolution;
  /** As `pull` takes it; with `any` some solution, where there is one, in place of the one of least norm. */
  adjoint(cotangent: ConeCotangent, any?: boolean): ConeAdjoint;
  pull(cotangent: ConeCotangent): ConeGradient;
}

/**
 * Adjoint derivative of the solution of a cone program in its numbers. The optimality conditions are
 * `Px + q + Aᵀ(Π(v) − v) = 0`, `Ax + Π(v) − b = 0` with `s = Π(v)`, `y = Π(v) − v`: the residual map of Busseti, Moursi
 * and Boyd (2019) and Agrawal et al. (2019, "Differentiating through a cone program") at τ = 1. With `D = ∂Π(v)` and
 * `W = (I − D)^½` the transposed system is the symmetric quasi-definite one
 *
 *     [P  AᵀW; WA  −D] [r; h] = [x̄ − Aᵀs̄; Wȳ],   r₂ = Wh + s̄,
 *
 * solved by the sparse LDLᵀ of the cone solver; then `q̄ = −r`, `b̄ = r₂`, `Ā = −(y rᵀ + r₂ xᵀ)`, `P̄ = −r xᵀ`.
 *
 * Where it is singular (the solution or its multipliers are not unique) the least-squares solution of least norm is
 * taken, by LSQR, as diffcp does.
 *
 * @throws RuntimeError `no-derivative` where the answer is no solution
 */
export function coneSensitivity(problem: ConeProblem, answer: ConeAnswer): ConeSensitivity {
  const { p, a } = problem;
  const { status } = answer;
  if (status !== "optimal") {
    throw new RuntimeError(decideCatalogue, "no-derivative", { reason: `its status is ${status}` });
  }
  const n = problem.q.length;
  const m = problem.b.length;
  const polished = polishConeSolution(problem, answer);
  const { x, y, system } = polished;
  const { blocks, upper, singular } = system;
  const weak = blocks.some(({ derivative }) => derivative.weak);
  const curved =
    (upper !== null && upper.values.some((v) => v !== 0)) || blocks.some(({ derivative }) => derivative.curved);
  const differentiability = weak || singular ? "chosen" : curved ? "exact" : "zero almost everywhere";

  function adjoint(cotangent: ConeCotangent, any?: boolean): ConeAdjoint {
    const right = new Float64Array(n + m);
    if (cotangent.x !== undefined) right.set(cotangent.x);
    if (cotangent.s !== undefined) addTransposedProduct(a, cotangent.s, -1, right.subarray(0, n));
    if (cotangent.y !== undefined) {
      right.set(cotangent.y, n);
      system.applyRoot(right.subarray(n));
    }
    const solution = (any === true ? system.solveExactly(right) : null) ?? system.solve(right);
    const second = solution.slice(n);
    system.applyRoot(second);
    if (cotangent.s !== undefined) for (let i = 0; i < m; i++) second[i]! += cotangent.s[i]!;
    return { x: solution.slice(0, n), y: second };
  }

  function pull(cotangent: ConeCotangent): ConeGradient {
    const { x: r, y: second } = adjoint(cotangent);
    let at = 0;
    const aBar = new Float64Array(a.values.length);
    for (const { row, column } of entriesOf(a)) aBar[at++] = -(y[row]! * r[column]! + second[row]! * x[column]!);
    at = 0;
    const pBar = p === null ? null : new Float64Array(p.values.length);
    if (p !== null && pBar !== null) {
      for (const { row, column } of entriesOf(p)) {
        if (row === column) pBar[at] = -r[row]! * x[row]!;
        else if (row < column) pBar[at] = -(r[row]! * x[column]! + r[column]! * x[row]!);
        at++;
      }
    }
    return { p: pBar, q: r.map((value) => 0 - value), a: aBar, b: second };
  }

  return { differentiability, weak, solution: polished, adjoint, pull };
}
