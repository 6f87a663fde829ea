import { describe, expect, it } from "vitest";
import { createDecider } from "../../runtime/decide/index.ts";
import { createDecisionPool } from "../../runtime/dfl/decision-pool.ts";
import { createOracle } from "../../runtime/dfl/index.ts";
import { flowProblem, normals, pathOracle, quadraticProblem } from "./support.ts";

const X = new Float64Array(1);

const problems = [
  { name: "a budget", problem: quadraticProblem(6) },
  { name: "flows on a grid", problem: flowProblem(4, 0.2) },
  { name: "flows that are nearly paths", problem: flowProblem(5, 0.01) },
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

describe("flows that are nearly paths", () => {
  it("have the derivatives that differences show", async () => {
    const problem = flowProblem(5, 0.05);
    const d = problem.sizes.outcome;
    const oracle = await createOracle(problem);
    const zBar = normals("flows/zBar", d);
    const out = new Float64Array(d);
    const h = 1e-6;
    let [moved, still] = [0, 0];
    for (let k = 0; k < 12; k++) {
      const s = normals(`flows/${k}`, d);
      const how = oracle.pull!(oracle.solve(s, X), s, X, zBar, out);
      expect(how).not.toBe("chosen");
      const along = Array.from(s, (_, j) => {
        const [up, down] = [h, -h].map((by) => oracle.solve(s.with(j, s[j]! + by), X).z);
        return up!.reduce((sum, value, i) => sum + (zBar[i]! * (value - down![i]!)) / (2 * h), 0);
      });
      along.forEach((value, j) => expect(Math.abs(out[j]! - value)).toBeLessThan(1e-4 * (1 + Math.abs(value))));
      if (how === "exact") moved += Math.max(...along.map(Math.abs));
      else still++;
    }
    // Some of the decisions are vertices, where they do not move, and some are not.
    expect(moved).toBeGreaterThan(1);
    expect(still).toBeGreaterThan(0);
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
