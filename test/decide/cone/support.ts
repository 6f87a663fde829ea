import { expect } from "vitest";
import { coneSize } from "../../../runtime/decide/cone/check-cone.ts";
import type { Cone, ConeAnswer, ConeProblem } from "../../../runtime/decide/cone/index.ts";
import { sparseFromDense } from "../../../runtime/decide/sparse/matrix.ts";
import type { SparseMatrix } from "../../../runtime/decide/sparse/matrix.ts";

/** A problem from row-major dense numbers. */
export function coneProblem(
  q: readonly number[],
  a: readonly number[],
  b: readonly number[],
  cones: readonly Cone[],
  p: readonly number[] | null = null,
): ConeProblem {
  const n = q.length;
  return {
    p: p === null ? null : sparseFromDense(n, n, p),
    q: Float64Array.from(q),
    a: sparseFromDense(b.length, n, a),
    b: Float64Array.from(b),
    cones,
  };
}

function dense(matrix: SparseMatrix): number[][] {
  const rows = Array.from({ length: matrix.rows }, () => Array.from({ length: matrix.columns }, () => 0));
  for (let j = 0; j < matrix.columns; j++) {
    for (let k = matrix.starts[j]!; k < matrix.starts[j + 1]!; k++) rows[matrix.indices[k]!]![j]! += matrix.values[k]!;
  }
  return rows;
}

const inner = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
};
const largest = (v: ArrayLike<number>): number => Math.max(0, ...Array.from(v, Math.abs));

/** `Ax`, `Aᵀy` and `Px` by dense loops, nothing shared with the solver. */
export function products(problem: ConeProblem): {
  a(x: ArrayLike<number>): number[];
  at(y: ArrayLike<number>): number[];
  p(x: ArrayLike<number>): number[];
} {
  const rows = dense(problem.a);
  const n = problem.q.length;
  const upper = problem.p === null ? null : dense(problem.p);
  return {
    a: (x) => rows.map((row) => inner(row, x)),
    at: (y) => Array.from({ length: n }, (_, j) => rows.reduce((sum, row, i) => sum + row[j]! * y[i]!, 0)),
    p: (x) =>
      Array.from({ length: n }, (_, i) => {
        let total = 0;
        if (upper !== null) for (let j = 0; j < n; j++) total += (i <= j ? upper[i]![j]! : upper[j]![i]!) * x[j]!;
        return total;
      }),
  };
}

/** How far `v` is outside a cone (`dual`: its dual), by definition; 0 inside. */
export function outside(cone: Cone, v: readonly number[], dual: boolean): number {
  const [v0 = 0, v1 = 0, v2 = 0] = v;
  switch (cone.kind) {
    case "zero":
      return dual ? 0 : largest(v);
    case "nonnegative":
      return Math.max(0, ...v.map((value) => -value));
    case "second-order":
      return Math.max(0, Math.hypot(...v.slice(1)) - v0);
    case "rotated":
      return Math.max(0, -v0, -v1, (Math.hypot(...v.slice(2)) ** 2 - 2 * v0 * v1) / Math.max(1e-3, v0 + v1));
    case "exponential":
    case "dual-exponential":
      return (cone.kind === "exponential") === dual ? outsideDual(v0, v1, v2) : outsideExponential(v0, v1, v2);
  }
}

function outsideExponential(x: number, y: number, z: number): number {
  if (y <= 1e-9) return Math.max(0, x - 1e-6, -z, -y);
  return Math.max(0, y * Math.exp(Math.min(x / y, 300)) - z);
}

function outsideDual(u: number, v: number, w: number): number {
  if (u >= -1e-9) return Math.max(0, -v, -w, u);
  return Math.max(0, -u * Math.exp(Math.min(v / u, 300)) - Math.E * w);
}

function forEachCone(problem: ConeProblem, v: ArrayLike<number>, check: (cone: Cone, part: number[]) => void): void {
  let at = 0;
  for (const cone of problem.cones) {
    check(
      cone,
      Array.from({ length: coneSize(cone) }, (_, i) => v[at + i]!),
    );
    at += coneSize(cone);
  }
}

/** Feasibility, dual feasibility and complementarity of an optimal answer. Rows without a bound (b = ∞) are left out. */
export function expectOptimal(problem: ConeProblem, answer: ConeAnswer, tolerance = 1e-6): void {
  expect(answer.status).toBe("optimal");
  const { x, s, y } = answer;
  const { a, at, p } = products(problem);
  const size = 1 + largest(x) + largest(problem.b.filter(Number.isFinite));
  const force = 1 + largest(y) + largest(problem.q);
  const ax = a(x);
  problem.b.forEach((bound, i) => {
    if (bound === Infinity) expect(y[i]).toBe(0);
    else expect(Math.abs(ax[i]! + s[i]! - bound)).toBeLessThanOrEqual(tolerance * size);
  });
  const px = p(x);
  const aty = at(y);
  problem.q.forEach((slope, j) => expect(Math.abs(px[j]! + aty[j]! + slope)).toBeLessThanOrEqual(tolerance * force));
  forEachCone(problem, s, (cone, part) => {
    if (part.every(Number.isFinite)) expect(outside(cone, part, false)).toBeLessThanOrEqual(tolerance * size);
  });
  forEachCone(problem, y, (cone, part) => expect(outside(cone, part, true)).toBeLessThanOrEqual(tolerance * force));
  const objective = inner(px, x) / 2 + inner(problem.q, x);
  const bounds = problem.b.map((bound) => (bound === Infinity ? 0 : bound));
  const dual = -inner(px, x) / 2 - inner(bounds, y);
  expect(Math.abs(objective - answer.objective)).toBeLessThanOrEqual(tolerance * size * force);
  expect(Math.abs(objective - dual)).toBeLessThanOrEqual(tolerance * size * force);
}

/** `z ∈ K*`, `Aᵀz = 0`, `bᵀz = −1`: no feasible point. */
export function expectInfeasible(problem: ConeProblem, answer: ConeAnswer, tolerance = 1e-6): void {
  expect(answer.status).toBe("infeasible");
  const z = answer.certificate!;
  const size = largest(z);
  expect(largest(products(problem).at(z))).toBeLessThanOrEqual(tolerance * size);
  expect(
    inner(
      problem.b.map((bound) => (bound === Infinity ? 0 : bound)),
      z,
    ),
  ).toBeCloseTo(-1, 6);
  forEachCone(problem, z, (cone, part) => expect(outside(cone, part, true)).toBeLessThanOrEqual(tolerance * size));
}

/** `Px = 0`, `−Ax ∈ K`, `qᵀx = −1`: endless descent. */
export function expectUnbounded(problem: ConeProblem, answer: ConeAnswer, tolerance = 1e-6): void {
  expect(answer.status).toBe("unbounded");
  const x = answer.certificate!;
  const size = largest(x);
  const { a, p } = products(problem);
  expect(largest(p(x))).toBeLessThanOrEqual(tolerance * size);
  expect(inner(problem.q, x)).toBeCloseTo(-1, 6);
  const direction = a(x).map((value, i) => (problem.b[i] === Infinity ? 0 : -value));
  forEachCone(problem, direction, (cone, part) => {
    expect(outside(cone, part, false)).toBeLessThanOrEqual(tolerance * size);
  });
}
