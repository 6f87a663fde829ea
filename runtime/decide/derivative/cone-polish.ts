import type { ConeAnswer, ConeProblem } from "../cone/types.ts";
import { addProduct, addSymmetricProduct, addTransposedProduct } from "../sparse/matrix.ts";
import { project } from "./cone-project.ts";
import { createConeSystem, type ConeSystem } from "./cone-system.ts";

/** Newton steps at most; each at least halves the residual, or the steps end. */
const STEPS = 6;
const WORTHWHILE = 0.5;

/** A solution as exact as the linear algebra, with the system at it. */
export interface PolishedSolution {
  readonly x: Float64Array;
  readonly s: Float64Array;
  readonly y: Float64Array;
  readonly system: ConeSystem;
}

/**
 * Newton's method on `Px + q + Aᵀ(Π(v) − v) = 0`, `Ax + Π(v) − b = 0` from the interior-point answer, whose last digits
 * derivatives need: curved cones turn an error in the solution into one of their slope. Half-lines keep the side that
 * they are on. A step solves the system of `ConeSystem`: with `(x, h)` its solution for `(−F₁, −WF₂)` it is `dy = Wh`,
 * `ds = −F₂ − A dx`.
 */
export function polishConeSolution(problem: ConeProblem, answer: ConeAnswer): PolishedSolution {
  const { p, q, a, b, cones } = problem;
  const n = q.length;
  const m = b.length;
  let system = createConeSystem(problem, answer.s, answer.y);
  let best = { x: answer.x, s: answer.s, y: answer.y };
  const right = new Float64Array(n + m);

  /** Writes `−F` into `right`; returns its size. */
  function residual({ x, s, y }: typeof best): number {
    const top = right.subarray(0, n);
    const bottom = right.subarray(n);
    for (let j = 0; j < n; j++) top[j] = -q[j]!;
    if (p !== null && system.upper !== null) addSymmetricProduct(system.upper, x, -1, top);
    addTransposedProduct(a, y, -1, top);
    bottom.fill(0);
    addProduct(a, x, -1, bottom);
    for (let i = 0; i < m; i++) bottom[i] = b[i] === Infinity ? 0 : bottom[i]! + b[i]! - s[i]!;
    return Math.hypot(...right);
  }

  // The answer's own slacks and multipliers need not be a projection's: the first point is that of v = s − y.
  let current = { ...best, ...projected(best.s.map((value, i) => value - best.y[i]!)) };
  let size = Infinity;
  for (let step = 0; step <= STEPS; step++) {
    const next = residual(current);
    if (!(next < WORTHWHILE * size)) break;
    best = current;
    size = next;
    if (size === 0) break;
    const rest = right.slice(n);
    system.applyRoot(right.subarray(n));
    // Where the matrix is singular only what it determines is made exact.
    const solution = system.singular ? system.solveExactly(right) : system.solve(right);
    if (solution === null) break;
    const dx = solution.subarray(0, n);
    const dy = solution.subarray(n);
    system.applyRoot(dy);
    const ds = rest;
    addProduct(a, dx, -1, ds);
    const v = current.s.map((value, i) => (value === Infinity ? value : value - current.y[i]! + ds[i]! - dy[i]!));
    current = { x: current.x.map((value, j) => value + dx[j]!), ...projected(v) };
    if (system.blocks.some(({ derivative }) => derivative.curved)) {
      system = createConeSystem(problem, current.s, current.y);
    }
  }
  return { ...best, system: createConeSystem(problem, best.s, best.y) };

  function projected(v: Float64Array): { readonly s: Float64Array; readonly y: Float64Array } {
    const s = project(cones, v, best, system.blocks);
    return { s, y: s.map((value, i) => (value === Infinity ? 0 : value - v[i]!)) };
  }
}
