import { describe, expect, it } from "vitest";
import { coverage, difficultyGroups } from "../../../runtime/evaluate/generator/coverage.ts";
import { column, histogram, kolmogorovTail, pitValues, uniformity } from "../../../runtime/evaluate/generator/pit.ts";
import { randomStream } from "../../../runtime/tensor/random.ts";
import { gaussianSample } from "./support.ts";

const stream = randomStream(2, "pit");

describe("PIT values", () => {
  it("are uniform for a right generator, with few scenarios and with ties", () => {
    const right = gaussianSample({ n: 1500, d: 2, draws: 7 });
    for (const j of [0, 1])
      expect(uniformity(column(pitValues(right, stream).observed, 2, j))!.p).toBeGreaterThan(0.01);
    const round = { ...right, observed: right.observed.map(Math.round), drawn: right.drawn.map(Math.round) };
    expect(uniformity(column(pitValues(round, stream).observed, 2, 0))!.p).toBeGreaterThan(0.01);
  });

  it.each([
    ["shifted", { shift: 0.4 }],
    ["too wide", { scale: 0.6 }],
    ["too narrow", { scale: 1.6 }],
  ])("reject a %s generator", (_name, wrong) => {
    const { observed } = pitValues(gaussianSample({ n: 600, d: 1, draws: 40, ...wrong }), stream);
    expect(uniformity(observed)!.p).toBeLessThan(1e-4);
  });

  it("are at the ends for a generator that is too narrow", () => {
    const shares = histogram(pitValues(gaussianSample({ n: 1000, d: 1, draws: 40, scale: 3 }), stream).observed);
    expect(shares[0]! + shares.at(-1)!).toBeGreaterThan(0.5);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  it("of a constant column say nothing, whatever is drawn", () => {
    const flat = gaussianSample({ n: 400, d: 1, draws: 12 });
    const same = { ...flat, observed: flat.observed.fill(4), drawn: flat.drawn.fill(4) };
    const { observed } = pitValues(same, stream);
    expect(uniformity(observed)!.p).toBeGreaterThan(0.01);
    expect(observed.every((u) => u > 0 && u < 1)).toBe(true);
  });

  it("rank each scenario among the others", () => {
    const one = { contexts: 1, components: 1, observations: 1, observed: Float64Array.of(9) };
    const pit = pitValues({ ...one, draws: 3, drawn: Float64Array.of(5, 1, 3) }, stream);
    expect(Array.from(pit.drawn, (u) => Math.floor(3 * u))).toEqual([2, 0, 1]);
    expect(Math.floor(4 * pit.observed[0]!)).toBe(3);
  });
});

describe("the test of uniformity", () => {
  it("has Kolmogorov's quantiles", () => {
    expect(kolmogorovTail(1.3581)).toBeCloseTo(0.05, 4);
    expect(kolmogorovTail(1.6276)).toBeCloseTo(0.01, 4);
    expect(kolmogorovTail(0.1)).toBe(1);
  });

  it("is the largest step between the distribution functions", () => {
    expect(uniformity(Float64Array.of(0.1, 0.2, 0.3, 0.4, 0.5))!.statistic).toBeCloseTo(0.5, 12);
    expect(uniformity(Float64Array.of(0.1, 0.2))).toBeNull();
  });
});

describe("coverage", () => {
  it("is the level for a right generator, within its error", () => {
    const sample = gaussianSample({ n: 2000, d: 2, draws: 9 });
    for (const { level, value, standardError } of coverage(pitValues(sample, stream).observed, 2000, [])) {
      expect(Math.abs(value! - level)).toBeLessThan(3.5 * standardError!);
    }
  });

  it("falls for one that is too narrow, in the contexts where it is", () => {
    const n = 900;
    const sample = gaussianSample({ n, d: 1, draws: 64 });
    const observed = sample.observed.map((value, i) => (i % 3 === 2 ? 3 * value : value));
    const groups = difficultyGroups(Float64Array.from({ length: n }, (_, i) => i % 3));
    const [, , ninety] = coverage(pitValues({ ...sample, observed }, stream).observed, n, groups);
    expect(ninety!.byDifficulty.map(({ value }) => Math.round(10 * value!))).toEqual([9, 9, 4]);
  });

  it("groups by score, and not where the score says nothing", () => {
    expect(difficultyGroups(Float64Array.of(3, 1, 2, 6, 5, 4)).map((group) => Array.from(group))).toEqual([
      [1, 2],
      [0, 5],
      [4, 3],
    ]);
    expect(difficultyGroups(new Float64Array(30))).toEqual([]);
    expect(difficultyGroups(Float64Array.of(1, 2, 3))).toEqual([]);
  });
});
