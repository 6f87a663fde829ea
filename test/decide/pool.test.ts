import { describe, expect, it } from "vitest";
import { simplex } from "../../runtime/decide/index.ts";
import { createSolutionPool } from "../../runtime/decide/pool.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { createNumbers, newsvendor, noContext, rawProblem, risk, scenarioSet } from "./problems.ts";

const problem = rawProblem(2, simplex(3, "p.dro:3:1"), risk(3, {}));
const poolOf = (solveProbability: number) =>
  createSolutionPool(problem, { solveProbability, stream: randomStream(5, "pool") });

describe("a pool of decisions", () => {
  it("keeps one of those that rounding tells apart, whatever their size", () => {
    const numbers = createNumbers(3);
    for (const scale of [1e-3, 1, 1e5]) {
      const pool = poolOf(1);
      for (let drawn = 0; drawn < 100; drawn++) {
        const z = Float64Array.from({ length: 3 }, () => scale * numbers.normal());
        const index = pool.add(z);
        expect(index).toBe(2 * drawn);
        expect(pool.add(z.map((value, i) => value + (i - 1) * 0.9e-9 * (1 + Math.abs(value))))).toBe(index);
        expect(pool.add(z.map((value) => value + 1e-7 * (1 + Math.abs(value))))).toBe(index + 1);
      }
      expect(pool.solutions).toHaveLength(200);
    }
  });

  it("grows with its probability, by the position in the stream alone", () => {
    const solved = (positions: readonly number[]): number[] => {
      const pool = poolOf(0.3);
      return positions.filter((position) => pool.grow(position, () => Float64Array.of(position, 0, 0)) >= 0);
    };
    const positions = Array.from({ length: 400 }, (_, i) => i);
    const chosen = solved(positions);
    expect(Math.abs(chosen.length - 120)).toBeLessThan(40);
    // After a break the rest is chosen as it would have been.
    expect(solved(positions.slice(150))).toEqual(chosen.filter((position) => position >= 150));
    expect(poolOf(1).grow(7, () => Float64Array.of(1, 2, 3))).toBe(0);
    expect(
      poolOf(0).grow(7, () => {
        throw new Error("solved");
      }),
    ).toBe(-1);
    expect(() => poolOf(1.2)).toThrow(RangeError);
  });

  it("evaluates every decision at every scenario", () => {
    const vendor = newsvendor(1, 3);
    const pool = createSolutionPool(vendor, { solveProbability: 1, stream: randomStream(5, "pool") });
    const orders = [0, 2, 5];
    for (const order of orders) pool.add(Float64Array.of(order));
    const scenarios = scenarioSet([[1], [2], [4], [7]]);
    const losses = pool.losses(scenarios, noContext);
    orders.forEach((order, index) =>
      [1, 2, 4, 7].forEach((demand, k) => {
        expect(losses[index * 4 + k]).toBe(vendor.loss(Float64Array.of(order), Float64Array.of(demand), noContext));
      }),
    );
  });

  it("answers a linear objective with the best that it has", () => {
    const pool = poolOf(1);
    expect(pool.best([1, 1, 1])).toEqual({ index: -1, objective: Infinity });
    for (const i of [0, 1, 2]) pool.add(Float64Array.from({ length: 3 }, (_, j) => (i === j ? 1 : 0)));
    expect(pool.best([3, 1, 2])).toEqual({ index: 1, objective: 1 });
  });
});
