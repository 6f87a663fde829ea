import { describe, expect, it } from "vitest";
import {
  incompleteBeta,
  interpolatedQuantile,
  logGamma,
  pairedT,
  standardDeviation,
  studentT,
} from "../../runtime/evaluate/statistics.ts";

describe("Student's t", () => {
  // Two-sided 5 % and 1 % points as printed in tables.
  it.each([
    [1, 12.7062047, 0.05],
    [2, 4.30265273, 0.05],
    [4, 2.77644511, 0.05],
    [9, 2.26215716, 0.05],
    [30, 2.04227246, 0.05],
    [4, 4.60409487, 0.01],
    [1000, 1.9623391, 0.05],
  ])("df %i: %f leaves %f in the tails", (df, t, p) => {
    expect(2 * studentT(-t, df)).toBeCloseTo(p, 7);
    expect(studentT(t, df) + studentT(-t, df)).toBeCloseTo(1, 12);
  });

  it("is the arctangent law at one degree of freedom", () => {
    for (const t of [-50, -3, -0.2, 0, 0.7, 12]) expect(studentT(t, 1)).toBeCloseTo(0.5 + Math.atan(t) / Math.PI, 12);
  });

  it("gives the published test of Student's sleep data", () => {
    // Cushny and Peebles 1905, as in Student 1908: t = −4.0621, df = 9, p = 0.002833.
    const first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
    const second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    const test = pairedT(first.map((value, k) => value - second[k]!))!;
    expect(test.statistic).toBeCloseTo(-4.0621277, 6);
    expect(test.degreesOfFreedom).toBe(9);
    expect(test.p).toBeCloseTo(0.00283289, 7);
  });

  it("has no statistic for one difference or differences that do not vary", () => {
    expect(pairedT([1])).toBeNull();
    expect(pairedT([2, 2, 2])).toBeNull();
  });
});

describe("incomplete beta and gamma", () => {
  it("matches closed forms", () => {
    expect(incompleteBeta(0.5, 2, 3)).toBeCloseTo(0.6875, 14);
    for (const x of [0.01, 0.3, 0.99]) {
      expect(incompleteBeta(x, 1, 4)).toBeCloseTo(1 - (1 - x) ** 4, 13);
      expect(incompleteBeta(x, 3, 1)).toBeCloseTo(x ** 3, 13);
    }
    expect(logGamma(10)).toBeCloseTo(Math.log(362880), 12);
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 13);
  });

  it("refuses what is not in its domain", () => {
    expect(() => incompleteBeta(1.1, 1, 1)).toThrow(RangeError);
    expect(() => incompleteBeta(0.5, 0, 1)).toThrow(RangeError);
  });
});

describe("descriptive statistics", () => {
  it("uses the divisor n − 1", () => {
    expect(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 14);
    expect(standardDeviation([3])).toBeNull();
  });

  it("interpolates quantiles", () => {
    expect(interpolatedQuantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(interpolatedQuantile([4, 1, 3, 2], 0)).toBe(1);
    expect(interpolatedQuantile([10, 20], 0.9)).toBeCloseTo(19, 12);
  });
});
