import { describe, expect, it } from "vitest";
import { box, createDecider, subjectTo } from "../../runtime/decide/index.ts";
import { createDecisionPool } from "../../runtime/dfl/decision-pool.ts";
import { createOracle } from "../../runtime/dfl/index.ts";
import type { DecisionProblem } from "../../runtime/spec.ts";
import { gridArcs, normals, pathOracle, quadraticProblem } from "./support.ts";

const X = new Float64Array(1);

/** Flows of size 1 through a grid, with a quadratic toll: degenerate wherever an edge is unused. */
function flowProblem(side: number): DecisionProblem {
  const arcs = gridArcs(side);
  const n = arcs.length;
  const problem = quadraticProblem(n);
  const balance = Array.from({ length: side * side }, (_, node) => ({
    coefficients: arcs.map(({ from, to }) => (from === node ? 1 : to === node ? -1 : 0)),
    bound: node === 0 ? 1 : node === side * side - 1 ? -1 : 0,
    at: "p.dro:4:1",
  }));
  const ends = (value: number): number[] => arcs.map(() => value);
  const feasible = subjectTo(box(ends(0), ends(1), "p.dro:3:1"), { equalities: balance });
  const quadratic = Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 0.2 : 0));
  return { ...problem, feasible, risk: { ...problem.risk, quadratic } };
}

const problems = [
  { name: "a budget", problem: quadraticProblem(6) },
  { name: "flows on a grid", problem: flowProblem(4) },
];

describe.each(problems)("a strictly convex quadratic program with $name", ({ problem }) => {
  const d = problem.sizes.outcome;
  const costs = Array.from({ length: 40 }, (_, k) => normals(`quadratic/${k}`, d));

  it("is solved to the decisions of the interior-point method", async () => {
    const oracle = await createOracle(problem);
    const decider = await createDecider(problem);
    for (const [k, s] of costs.entries()) {
      const answer = oracle.solve(s, X, k % 3);
      const known = decider.decide({ count: 1, outcomes: s }, X);
      expect(answer.status).toBe("optimal");
      expect(answer.objective).toBeLessThan(known.objective + 1e-9);
      answer.z.forEach((value, i) => expect(Math.abs(value - known.z[i]!)).toBeLessThan(1e-4));
    }
  });

  it("has the same answers from wherever it starts", async () => {
    const [one, other] = [await createOracle(problem), await createOracle(problem)];
    const forwards = costs.map((s) => one.solve(s, X).z);
    const backwards = costs.toReversed().map((s, k) => other.solve(s, X, k % 2).z);
    forwards.forEach((z, k) => {
      z.forEach((value, i) => expect(Math.abs(value - backwards[costs.length - 1 - k]![i]!)).toBeLessThan(1e-12));
    });
  });
});

describe("a pool of decisions", () => {
  it("compares batches of any size as it compares single rows, while it grows", async () => {
    const oracle = await pathOracle();
    const pool = createDecisionPool(oracle);
    const d = oracle.outcome;
    const points = Array.from({ length: 7 }, (_, k) => ({ s: normals(`pool/${k}`, d), x: X }));
    const kept = points.map(() => new Float64Array(200));
    let filled = 0;
    for (let k = 0; k < 60; k++) {
      const s = normals(`pool/cost/${k}`, d);
      pool.add(oracle.solve(s, X), s);
      if (k % 7 !== 0) continue;
      pool.fill(points, filled, kept);
      filled = pool.size;
      for (const [r, { s: at }] of points.entries()) {
        const direct = pool.decisions.map((z) => oracle.value(z, at, X));
        direct.forEach((value, j) => {
          expect(kept[r]![j]!).toBeCloseTo(value, 12);
          expect(pool.valuesOf(at, X)[j]!).toBeCloseTo(value, 12);
        });
      }
    }
    const bars = points.map((_, r) => normals(`bars/${r}`, pool.size));
    const out = points.map(() => new Float64Array(d));
    pool.addSlopes(bars, points, out);
    out.forEach((own, r) => {
      for (let i = 0; i < d; i++) {
        const direct = pool.decisions.reduce((sum, z, j) => sum + bars[r]![j]! * z[i]!, 0);
        expect(own[i]!).toBeCloseTo(direct, 12);
      }
    });
    expect(pool.size).toBeGreaterThan(3);
  });
});
