import { describe, expect, it } from "vitest";
import { getHighs } from "../../runtime/decide/highs.ts";
import { impliedBounds } from "../../runtime/decide/implied-bounds.ts";
import { box, cappedSimplex, nonnegative, subjectTo } from "../../runtime/decide/index.ts";
import { createNullSpace } from "../../runtime/decide/structured/null-space.ts";
import { relativeInterior } from "../../runtime/decide/structured/relative-interior.ts";
import type { RelativeInterior } from "../../runtime/decide/structured/relative-interior.ts";
import type { FeasibleSet } from "../../runtime/spec.ts";
import { createNumbers } from "./problems.ts";

describe("null-space coordinates", () => {
  it("separate what the equalities fix, drop dependent rows and rotate matrices alike", () => {
    const numbers = createNumbers(2);
    const n = 6;
    const draw = (): Float64Array => Float64Array.from({ length: n }, () => numbers.normal());
    const first = draw();
    const second = draw();
    const sum = first.map((value, i) => 2 * value - second[i]!);
    const rows = [
      { coefficients: first, bound: 1 },
      { coefficients: second, bound: -2 },
      { coefficients: sum, bound: 4 },
      { coefficients: new Float64Array(n), bound: 0 },
    ];
    const space = createNullSpace(n, rows);
    expect(space.rank).toBe(2);

    const z = draw();
    space.project(z);
    for (const { coefficients, bound } of rows) {
      expect(coefficients.reduce((value, c, i) => value + c * z[i]!, 0)).toBeCloseTo(bound, 10);
    }
    // A vector in the free coordinates keeps every equality.
    const free = draw().fill(0, 0, 2);
    space.rotateBack(free);
    for (const { coefficients } of rows) {
      expect(coefficients.reduce((value, c, i) => value + c * free[i]!, 0)).toBeCloseTo(0, 10);
    }
    // xᵀHy in either coordinates.
    const order = n + 1;
    const h = new Float64Array(order * order);
    for (let i = 0; i < order; i++) for (let j = 0; j <= i; j++) h[i * order + j] = h[j * order + i] = numbers.normal();
    const x = Float64Array.from({ length: order }, () => numbers.normal());
    const y = Float64Array.from({ length: order }, () => numbers.normal());
    const form = (matrix: Float64Array, a: Float64Array, b: Float64Array): number =>
      a.reduce((total, ai, i) => total + b.reduce((row, bj, j) => row + matrix[i * order + j]! * ai * bj, 0), 0);
    const before = form(h, x, y);
    space.rotateMatrix(h, order);
    space.rotate(x);
    space.rotate(y);
    expect(form(h, x, y)).toBeCloseTo(before, 10);
  });
});

async function interiorOf(set: FeasibleSet): Promise<RelativeInterior | null> {
  return relativeInterior(await getHighs(), set, impliedBounds(set));
}

describe("the relative interior", () => {
  it("is strictly inside where the set has room", async () => {
    const interior = await interiorOf(cappedSimplex(10, 0.3, ""));
    expect(interior?.equalities.rank).toBe(1);
    expect(interior?.point.every((value) => value > 0.01 && value < 0.29)).toBe(true);
    expect(interior?.point.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 14);
  });

  it("turns inequalities that leave no room into equalities, and keeps the others strict", async () => {
    const thin = subjectTo(box([0, 0, 0], [1, 1, 1], ""), {
      inequalities: [
        { coefficients: [1, 1, 1], bound: 1, at: "" },
        { coefficients: [-1, -1, -1], bound: -1, at: "" },
        { coefficients: [1, 0, 0], bound: 0, at: "" },
        { coefficients: [0, 1, 0], bound: 0.9, at: "" },
      ],
    });
    const interior = await interiorOf(thin);
    // Σz = 1 and z_0 = 0 (from z_0 ≥ 0 and the third row).
    expect(interior?.equalities.rank).toBe(2);
    expect(interior?.point[0]).toBeCloseTo(0, 14);
    expect(interior?.lower[0]).toBe(-Infinity);
    expect(interior?.rows.length).toBe(1);
    expect(interior?.point[1]).toBeGreaterThan(0.01);
    expect(interior?.point[1]).toBeLessThan(0.89);
  });

  it("exists for an unbounded set and not for an empty one", async () => {
    const open = await interiorOf(nonnegative(2, ""));
    expect(open?.point.every((value) => value > 0.1)).toBe(true);
    expect(await interiorOf(cappedSimplex(2, 0.4, ""))).toBeNull();
  });
});
