import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCombinatorialOracle, createOracle, fitForest } from "../../runtime/dfl/index.ts";
import { createBatches } from "../../runtime/dfl/batches.ts";
import { createConeProjection } from "../../runtime/dfl/losses/cone-projection.ts";
import { nearestInHull, projectOnFace } from "../../runtime/dfl/losses/min-norm-point.ts";
import { dot } from "../../runtime/decide/dot.ts";
import { sumOfGamma } from "../../runtime/dfl/noise.ts";
import type { CombinatorialSet } from "../../runtime/decide/classical/index.ts";
import type { DecisionProblem } from "../../runtime/spec.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { box, createDecider, simplex, subjectTo } from "../../runtime/decide/index.ts";
import { violation } from "../../runtime/decide/violation.ts";
import { flowProblem, gridArcs, LINEAR_LOSS, normals, polynomialRows, quadraticProblem } from "./support.ts";

const coordinate = fc.integer({ min: -6, max: 6 });
const vectorOf = (n: number): fc.Arbitrary<number[]> => fc.array(coordinate, { minLength: n, maxLength: n });

describe("the nearest point of a hull", () => {
  it("has no vertex ahead of it, and is a mean of those that it is said to be", () => {
    fc.assert(
      fc.property(fc.array(vectorOf(4), { minLength: 1, maxLength: 9 }), vectorOf(4), (points, target) => {
        const vertices = points.map((point) => Float64Array.from(point));
        const theta = Float64Array.from(target, (value) => value / 2);
        const least = (direction: Float64Array): Float64Array =>
          vertices.reduce((best, v) => (dot(v, direction) < dot(best, direction) ? v : best));
        const found = nearestInHull(theta, least);
        const away = found.point.map((value, i) => value - theta[i]!);
        for (const v of vertices) expect(dot(away, found.point) - dot(away, v)).toBeLessThan(1e-8);
        // All vertices of the face are equally far along, and the rest of the way is no part of it.
        for (const v of found.vertices) expect(Math.abs(dot(away, found.point) - dot(away, v))).toBeLessThan(1e-7);
        for (const value of projectOnFace(found, away)) expect(Math.abs(value)).toBeLessThan(1e-6);
      }),
      { numRuns: 200, seed: 1 },
    );
  });
});

describe("the projection on a cone", () => {
  it("leaves a residual that leans towards no generator, and none on itself", () => {
    fc.assert(
      fc.property(
        fc.array(vectorOf(5), { minLength: 1, maxLength: 8 }),
        fc.nat({ max: 2 }),
        vectorOf(5),
        (rows, free, target) => {
          const y = Float64Array.from(target);
          const generators = { vectors: Float64Array.from(rows.flat()), free: Math.min(free, rows.length) };
          const point = createConeProjection(generators, 5).nearest(y);
          const residual = y.map((value, i) => value - point[i]!);
          expect(Math.abs(dot(residual, point))).toBeLessThan(1e-7);
          rows.forEach((row, k) => {
            const lean = dot(residual, row);
            expect(k < generators.free ? Math.abs(lean) : lean).toBeLessThan(1e-7);
          });
        },
      ),
      { numRuns: 300, seed: 1 },
    );
  });
});

/** `Σ_{i=1}^{10} i^−power` */
function series(power: number): number {
  return Array.from({ length: 10 }, (_, i) => (i + 1) ** -power).reduce((a, b) => a + b);
}

describe("the normals that bind at a best decision", () => {
  const sets: readonly CombinatorialSet[] = [
    { kind: "path", nodes: 9, arcs: gridArcs(3), source: 0, target: 8 },
    { kind: "assignment", rows: 3, columns: 3 },
    { kind: "assignment", rows: 2, columns: 4 },
    { kind: "top-k", size: 6, k: 2 },
    { kind: "top-k", size: 6, k: 2, exactly: false },
    { kind: "knapsack", weights: [[3, 4, 2, 5]], capacities: [6], fractional: true },
  ];
  it.each(sets)("span the cost that it is best for: $kind $exactly", async (set) => {
    const oracle = await createCombinatorialOracle(set, "minimize");
    const n = oracle.decision;
    for (let k = 0; k < 10; k++) {
      const cost = normals(`cost${k}`, n);
      const against = cost.map((value) => -value);
      const { z } = oracle.solve(cost, new Float64Array(0));
      const point = createConeProjection(oracle.normals!(z), n).nearest(against);
      point.forEach((value, i) => expect(Math.abs(value - against[i]!)).toBeLessThan(1e-8));
      // At another decision than the best they do not.
      const other = oracle.solve(against, new Float64Array(0)).z;
      const short = createConeProjection(oracle.normals!(other), n).nearest(against);
      expect(Math.max(...short.map((value, i) => Math.abs(value - against[i]!)))).toBeGreaterThan(1e-3);
    }
  });
});

describe("sum-of-gamma noise", () => {
  it("has the moments of its series, and is a function of the place", () => {
    const noise = sumOfGamma(5, randomStream(1, "gamma"));
    const many = noise.draw(20_000, 0);
    const mean = many.reduce((sum, value) => sum + value, 0) / many.length;
    const variance = many.reduce((sum, value) => sum + (value - mean) ** 2, 0) / many.length;
    // Gamma(1/κ, κ/i) has the mean 1/i and the variance κ/i².
    expect(mean).toBeCloseTo((series(1) - Math.log(10)) / 5, 2);
    expect(variance).toBeCloseTo(series(2) / 5, 1);
    expect([...noise.draw(5, 100)]).toEqual([...many.subarray(100, 105)]);
  });
});

describe("batches", () => {
  it("pass every row once an epoch, in another order each", () => {
    const among = Int32Array.of(3, 5, 8, 9, 11);
    const batches = createBatches(among, 2, randomStream(4, "rows"));
    const epoch = (first: number): number[] => [0, 1, 2].flatMap((k) => [...batches.rows(first + k)]);
    expect(batches.perEpoch).toBe(3);
    expect(epoch(0).toSorted((a, b) => a - b)).toEqual([...among]);
    expect(epoch(3).toSorted((a, b) => a - b)).toEqual([...among]);
    expect([epoch(3), epoch(6), epoch(9)]).not.toEqual([epoch(0), epoch(0), epoch(0)]);
    expect(epoch(3)).toEqual(epoch(3));
  });
});

async function shape(problem: DecisionProblem): Promise<unknown> {
  const { linear, homogeneous, contextual, direction, binary } = await createOracle(problem);
  return { linear, homogeneous, contextual, direction, binary };
}

describe("a problem as an oracle", () => {
  it("knows how the cost depends on the outcome", async () => {
    const reward = quadraticProblem(3);
    const known = { linear: true, contextual: false, direction: -1, binary: false };
    expect(await shape(reward)).toEqual({ ...known, homogeneous: false });
    const flat = { ...reward, risk: { ...reward.risk, quadratic: null } };
    expect(await shape(flat)).toEqual({ ...known, homogeneous: true, binary: true });
    const scaled: DecisionProblem = {
      ...flat,
      loss: (z, s, x) => x[0]! * flat.loss(z, s, x),
      lossGradientS: (z, _s, x, out) => out.set(z.map((value) => -x[0]! * value)),
    };
    expect(await shape(scaled)).toMatchObject({ linear: true, contextual: true, direction: undefined });
    const squared: DecisionProblem = {
      ...flat,
      loss: (z, s) => z.reduce((sum, share, i) => sum + share * s[i]! ** 2, 0),
      lossGradientS: (z, s, _x, out) => out.set(z.map((value, i) => 2 * value * s[i]!)),
    };
    expect(await shape(squared)).toMatchObject({ linear: false, homogeneous: false });
  });

  it("is solved by a classical algorithm where its rows are a graph's, to the same decisions", async () => {
    const flows = flowProblem(3, 0);
    const n = flows.sizes.decision;
    const problem: DecisionProblem = {
      ...flows,
      ...LINEAR_LOSS,
      risk: {
        mean: 0.5,
        cvar: [{ weight: 1.5, level: 0.9 }],
        linear: Array.from({ length: n }, () => 0.25),
        quadratic: null,
        constant: 3,
      },
    };
    const classical = await createOracle(problem);
    // A quadratic term of nothing keeps the general solver.
    const general = await createOracle({
      ...problem,
      risk: { ...problem.risk, quadratic: Array.from({ length: n * n }, () => 1e-12) },
    });
    expect(classical.pull).toBeUndefined();
    expect(general.pull).toBeDefined();
    for (let k = 0; k < 10; k++) {
      const s = normals(`s${k}`, n).map((value) => 1 + 0.5 * value);
      const [ours, theirs] = [classical.solve(s, new Float64Array(1)), general.solve(s, new Float64Array(1))];
      expect(Math.abs(ours.objective - theirs.objective)).toBeLessThan(1e-5);
      ours.z.forEach((value, i) => expect(Math.abs(value - theirs.z[i]!)).toBeLessThan(1e-3));
      // The certain outcome counts with the mean's weight and that of the CVaR.
      expect(ours.objective).toBeCloseTo(2 * dot(ours.z, s) + 0.25 * ours.z.reduce((a, b) => a + b) + 3, 9);
      expect([...ours.slope]).toEqual([...ours.z].map((value) => 2 * value));
    }
  });

  it("solves linear programs one after another, as the decider does each", async () => {
    const plain = quadraticProblem(6);
    const problem: DecisionProblem = {
      ...plain,
      risk: { ...plain.risk, quadratic: null },
      feasible: subjectTo(box([0, 0, 0, 0, 0, 0], [1, 0.5, 1, 2, 1, 1], "p.dro:3:1"), {
        equalities: [{ coefficients: [1, 1, 1, 1, 1, 1], bound: 2.5, at: "p.dro:4:1" }],
        inequalities: [
          { coefficients: [1, 1, 1, 0, 0, 0], bound: 1.25, at: "p.dro:5:1" },
          { coefficients: [0, 0, 1, 3, 1, 0], bound: 2, at: "p.dro:6:1" },
        ],
      }),
    };
    const oracle = await createOracle(problem);
    const decider = await createDecider(problem);
    const x = new Float64Array(1);
    for (let k = 0; k < 100; k++) {
      const s = normals(`lp${k}`, 6);
      const [ours, theirs] = [oracle.solve(s, x), decider.decide({ count: 1, outcomes: s }, x)];
      expect(ours.status).toBe("optimal");
      expect(ours.objective).toBeCloseTo(theirs.objective, 7);
      expect(violation(problem.feasible, ours.z)).toBeLessThan(1e-9);
    }
    // A vertex stays where it is while the costs move a little.
    const out = new Float64Array(6).fill(NaN);
    const s = Float64Array.of(0.1, 0.9, 0.4, 1.3, 0.7, 0.2);
    expect(oracle.pull!(oracle.solve(s, x), s, x, Float64Array.of(1, 2, 3, 4, 5, 6), out)).toBe(
      "zero almost everywhere",
    );
    expect([...out].map(Math.abs)).toEqual([0, 0, 0, 0, 0, 0]);
    const unsolvable = oracle.solve(Float64Array.of(1, NaN, 1, 1, 1, 1), x);
    expect(unsolvable.status).not.toBe("optimal");
    const empty = subjectTo(problem.feasible, {
      inequalities: [{ coefficients: [1, 1, 1, 1, 1, 1], bound: 2, at: "p.dro:9:1" }],
    });
    const none = await createOracle({ ...problem, feasible: empty }).then((one) => one.solve(s, x));
    expect(none).toMatchObject({ status: "infeasible", detail: expect.stringContaining("p.dro:9:1") });
  });

  it("differentiates its decisions as finite differences do", async () => {
    const oracle = await createOracle({ ...quadraticProblem(4), feasible: simplex(4, "p.dro:3:1") });
    const s = Float64Array.of(1, 1.1, 0.9, 1.2);
    const bar = Float64Array.of(1, -2, 0.5, 3);
    const out = new Float64Array(4);
    expect(oracle.pull!(oracle.solve(s, new Float64Array(1)), s, new Float64Array(1), bar, out)).toBe("exact");
    for (let i = 0; i < 4; i++) {
      const at = (step: number): number =>
        dot(
          bar,
          oracle.solve(
            s.map((value, j) => value + (i === j ? step : 0)),
            new Float64Array(1),
          ).z,
        );
      expect(out[i]).toBeCloseTo((at(1e-4) - at(-1e-4)) / 2e-4, 4);
    }
  });
});

describe("a random forest", () => {
  const data = polynomialRows("forest", 300, 2);
  const training = { rows: 300, contexts: data.contexts, outcomes: data.costs };
  const sizes = { context: 3, outcome: 2 };

  it("gives weights of 1 in all, on rows of the same leaves", () => {
    const forest = fitForest({ trees: 20, leaf: 5 }, training, sizes, randomStream(3, "forest"));
    const x = Float64Array.of(0.2, -0.4, 1);
    const weights = forest.weights(x);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
    expect(Math.min(...weights)).toBe(0);
    const mean = [0, 1].map((j) => weights.reduce((sum, weight, row) => sum + weight * data.costs[2 * row + j]!, 0));
    forest.predict(x).forEach((value, j) => expect(value).toBeCloseTo(mean[j]!, 12));
    expect([...fitForest({ trees: 20, leaf: 5 }, training, sizes, randomStream(3, "forest")).weights(x)]).toEqual([
      ...weights,
    ]);
  });

  it("predicts new rows far better than their mean does", () => {
    const forest = fitForest({ trees: 50, leaf: 3, features: 3 }, training, sizes, randomStream(3, "forest"));
    const test = polynomialRows("new", 200, 2);
    const mean = data.costs.reduce((sum, cost, i) => (i % 2 === 0 ? sum + cost / 300 : sum), 0);
    let error = 0;
    let variance = 0;
    for (let row = 0; row < 200; row++) {
      const cost = test.costs[2 * row]!;
      error += (forest.predict(test.contexts.subarray(3 * row, 3 * row + 3))[0]! - cost) ** 2;
      variance += (mean - cost) ** 2;
    }
    expect(error).toBeLessThan(0.35 * variance);
  });

  it("with one leaf a tree weighs all rows of the bootstrap, and follows the rows' own weights", () => {
    const weights = Float64Array.from({ length: 300 }, (_, row) => (row < 10 ? 1 : 0));
    const forest = fitForest({ trees: 30, leaf: 300 }, { ...training, weights }, sizes, randomStream(3, "forest"));
    expect(forest.leaves).toBe(1);
    const found = forest.weights(new Float64Array(3));
    expect(found.subarray(10).every((weight) => weight === 0)).toBe(true);
    for (const weight of found.subarray(0, 10)) expect(Math.abs(weight - 0.1)).toBeLessThan(0.06);
  });

  it("cuts where the outcome jumps, and leaves at least so many rows", () => {
    const contexts = Float64Array.from({ length: 40 }, (_, i) => i);
    const outcomes = contexts.map((value) => (value < 17 ? 0 : 5));
    const forest = fitForest(
      { trees: 40, leaf: 4 },
      { rows: 40, contexts, outcomes },
      { context: 1, outcome: 1 },
      randomStream(1, "step"),
    );
    expect(forest.predict(Float64Array.of(8))[0]).toBe(0);
    expect(forest.predict(Float64Array.of(30))[0]).toBeCloseTo(5, 12);
    expect(forest.leaves).toBeLessThan(3);
    expect(forest.weights(Float64Array.of(8)).filter((weight) => weight > 0).length).toBeGreaterThanOrEqual(4);
  });
});
