import { describe, expect, it } from "vitest";
import { coneSensitivity, polishConeSolution } from "../../../runtime/decide/derivative/index.ts";
import { prepareCone, solveCone } from "../../../runtime/decide/cone/index.ts";
import type { ConeProblem } from "../../../runtime/decide/cone/index.ts";
import { coneSize } from "../../../runtime/decide/cone/check-cone.ts";
import type { PolishedSolution } from "../../../runtime/decide/derivative/index.ts";
import { createRandom, solvableProblem, type Shape } from "../cone/instances.ts";
import { coneProblem, outside, products } from "../cone/support.ts";

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

const FORMS: readonly { readonly name: string; readonly shape: Shape }[] = [
  {
    name: "LP",
    shape: {
      n: 8,
      cones: [
        { kind: "zero", size: 2 },
        { kind: "nonnegative", size: 12 },
      ],
    },
  },
  {
    name: "QP",
    shape: {
      n: 5,
      rank: 5,
      cones: [
        { kind: "zero", size: 2 },
        { kind: "nonnegative", size: 8 },
      ],
    },
  },
  {
    name: "SOCP",
    shape: {
      n: 6,
      cones: [
        { kind: "zero", size: 1 },
        { kind: "nonnegative", size: 6 },
        { kind: "second-order", size: 4 },
        { kind: "second-order", size: 3 },
      ],
    },
  },
  {
    name: "rotated cones, quadratic",
    shape: {
      n: 5,
      rank: 3,
      cones: [
        { kind: "nonnegative", size: 4 },
        { kind: "rotated", size: 4 },
        { kind: "rotated", size: 3 },
      ],
    },
  },
  {
    name: "exponential cones",
    shape: { n: 5, cones: [{ kind: "nonnegative", size: 6 }, { kind: "exponential" }, { kind: "exponential" }] },
  },
  {
    name: "dual exponential cones, quadratic",
    shape: { n: 5, rank: 2, cones: [{ kind: "nonnegative", size: 4 }, { kind: "dual-exponential" }] },
  },
];

/** Largest violation of stationarity, feasibility and complementarity. */
function optimalityError(problem: ConeProblem, { x, s, y }: PolishedSolution): number {
  const { a, at, p } = products(problem);
  const [ax, aty, px] = [a(x), at(y), p(x)];
  return Math.max(
    ...problem.b.map((bound, i) => Math.abs(ax[i]! + s[i]! - bound)),
    ...problem.q.map((slope, j) => Math.abs(px[j]! + aty[j]! + slope)),
    Math.abs(dot(s, y)),
    outsideOf(problem, s, false),
    outsideOf(problem, y, true),
  );
}

function outsideOf({ cones }: ConeProblem, v: Float64Array, dual: boolean): number {
  let at = 0;
  let worst = 0;
  for (const cone of cones) {
    worst = Math.max(worst, outside(cone, Array.from(v.subarray(at, at + coneSize(cone))), dual));
    at += coneSize(cone);
  }
  return worst;
}

const PRECISE = { tolerance: 1e-12 };

describe("derivatives of cone programs", () => {
  it.each(FORMS)("agree with central differences: $name", ({ shape }) => {
    let compared = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const random = createRandom(seed * 31);
      const { problem } = solvableProblem(shape, random);
      const prepared = prepareCone(problem, PRECISE);
      const answer = prepared.solve();
      if (answer.status !== "optimal") continue;
      const sensitivity = coneSensitivity(problem, answer);
      if (sensitivity.differentiability === "chosen") continue;
      const normal = (size: number): Float64Array => Float64Array.from({ length: size }, () => random.normal());
      const bar = { x: normal(shape.n), s: normal(problem.b.length), y: normal(problem.b.length) };
      const gradient = sensitivity.pull(bar);
      const move = {
        p: normal(problem.p?.values.length ?? 0),
        q: normal(shape.n),
        a: normal(problem.a.values.length),
        b: normal(problem.b.length),
      };
      // A random move of P leaves the cone of semidefinite matrices where it has no full rank: scale P instead.
      const scaled = problem.p === null ? move.p : problem.p.values.map((value) => 0.4 * value);
      const valueAt = (epsilon: number): number => {
        const plus = (v: Float64Array, by: Float64Array): Float64Array => v.map((value, i) => value + epsilon * by[i]!);
        const moved = {
          p: problem.p === null ? null : { ...problem.p, values: plus(problem.p.values, scaled) },
          q: plus(problem.q, move.q),
          a: { ...problem.a, values: plus(problem.a.values, move.a) },
          b: plus(problem.b, move.b),
          cones: problem.cones,
        };
        // The interior-point method's last digits are too few for differences; Newton's method adds them.
        const solved = polishConeSolution(moved, solveCone(moved, PRECISE));
        const off = optimalityError(moved, solved);
        if (off > 1e-11) return NaN;
        return dot(bar.x, solved.x) + dot(bar.s, solved.s) + dot(bar.y, solved.y);
      };
      const along = (h: number): number =>
        (8 * (valueAt(h) - valueAt(-h)) - (valueAt(2 * h) - valueAt(-2 * h))) / (12 * h);
      const expected =
        dot(gradient.q, move.q) +
        dot(gradient.a, move.a) +
        dot(gradient.b, move.b) +
        (gradient.p === null ? 0 : dot(gradient.p, scaled));
      const [wide, narrow] = [along(1e-4), along(3e-5)];
      const size = Math.abs(expected) + 1;
      if (!(Math.abs(wide - narrow) <= 1e-6 * size)) continue;
      compared++;
      expect(Math.abs(narrow - expected), `seed ${seed}: ${narrow} against ${expected}`).toBeLessThanOrEqual(
        1e-7 * size,
      );
    }
    expect(compared).toBeGreaterThanOrEqual(6);
  });

  it("says that the costs of a linear program do not move its solution, and that its bounds do", () => {
    // min −x − 2y, x + y ≤ 1, x, y ≥ 0: the vertex (0, 1).
    const problem = coneProblem([-1, -2], [1, 1, -1, 0, 0, -1], [1, 0, 0], [{ kind: "nonnegative", size: 3 }]);
    const sensitivity = coneSensitivity(problem, solveCone(problem, PRECISE));
    expect(sensitivity.differentiability).toBe("zero almost everywhere");
    const { q, b } = sensitivity.pull({ x: Float64Array.of(3, 5) });
    q.forEach((value) => expect(value).toBeCloseTo(0, 15));
    // y = b₀ + x, x = −b₁.
    expect([...b].map((value) => Number(value.toFixed(9)) + 0)).toEqual([5, 2, 0]);
  });

  it("shares the derivative among rows that repeat each other, and says so", () => {
    const problem = coneProblem([-1], [1, 1], [1, 1], [{ kind: "nonnegative", size: 2 }]);
    const sensitivity = coneSensitivity(problem, solveCone(problem, PRECISE));
    expect(sensitivity.differentiability).toBe("chosen");
    // Both moved together move the solution by as much.
    expect([...sensitivity.pull({ x: Float64Array.of(1) }).b]).toEqual([
      expect.closeTo(0.5, 9),
      expect.closeTo(0.5, 9),
    ]);
  });

  it("takes a constraint without a multiplier as inactive, and says so", () => {
    // min ½(x − 1)², x ≤ b at b = 1: the directional derivatives in b are 1 and 0.
    const problem = coneProblem([-1], [1], [1], [{ kind: "nonnegative", size: 1 }], [1]);
    const answer = {
      ...solveCone(problem, PRECISE),
      x: Float64Array.of(1),
      s: Float64Array.of(0),
      y: Float64Array.of(0),
    };
    const sensitivity = coneSensitivity(problem, answer);
    expect(sensitivity.differentiability).toBe("chosen");
    const { q, b } = sensitivity.pull({ x: Float64Array.of(1) });
    expect([...q, ...b]).toEqual([expect.closeTo(-1, 8), expect.closeTo(0, 8)]);
  });

  it("refuses what is no solution", () => {
    const problem = coneProblem([-1], [-1], [0], [{ kind: "nonnegative", size: 1 }]);
    expect(() => coneSensitivity(problem, solveCone(problem))).toThrow(
      expect.objectContaining({ code: "no-derivative", message: expect.stringContaining("unbounded") }),
    );
  });
});
