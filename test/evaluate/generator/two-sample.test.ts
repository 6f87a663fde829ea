import { describe, expect, it } from "vitest";
import { medianDistance, mmd } from "../../../runtime/evaluate/generator/mmd.ts";
import {
  randomDirections,
  slicedDistance,
  slicedWasserstein,
} from "../../../runtime/evaluate/generator/sliced-wasserstein.ts";
import { trueLawDistances } from "../../../runtime/evaluate/generator/true-law.ts";
import { randomStream } from "../../../runtime/tensor/random.ts";
import { gaussianSample, normals } from "./support.ts";

const NONE = new Float64Array(0);
const stream = randomStream(3, "signs");

/** MMD² of N(0, I) and N(δ, I) in d dimensions for a Gaussian kernel of width h. */
function gaussianMmd(shift: number, d: number, h: number): number {
  const flat = (h * h) / (h * h + 2);
  return 2 * flat ** (d / 2) * (1 - Math.exp((-d * shift * shift) / (2 * (h * h + 2))));
}

/** Of row i of `a` and row j of `b`, both of k values. */
function squaredDistance(a: Float64Array, i: number, b: Float64Array, j: number, k: number): number {
  return Array.from({ length: k }, (_, c) => (a[i * k + c]! - b[j * k + c]!) ** 2).reduce((sum, v) => sum + v, 0);
}

/** Of a squared distance, at width h. */
function kernel(v: number, h: number): number {
  return Math.exp(-v / (2 * h * h));
}

describe("MMD", () => {
  it("of two Gaussians is the closed form within its standard error", () => {
    const [n, d] = [600, 2];
    const shifted = normals(n * d, "b").map((value) => value + 0.6);
    const found = mmd(normals(n * d, "a"), shifted, NONE, n, stream)!;
    const expected = gaussianMmd(0.6, d, found.bandwidth);
    expect(Math.abs(found.value - expected)).toBeLessThan(3 * found.standardError);
    expect(found.standardError).toBeLessThan(expected / 3);
    expect(found.p).toBe(1 / 200);
  });

  it("equals the U-statistic by brute force, the context's kernel included", () => {
    const [n, d, p] = [7, 2, 3];
    const [s, g, x] = [normals(n * d, "s"), normals(n * d, "g"), normals(n * p, "x")];
    const found = mmd(s, g, x, n, stream, 9)!;
    const wide = medianDistance(x, p);
    let sum = 0;
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        if (i === j) continue;
        const h = found.bandwidth;
        const inside =
          kernel(squaredDistance(s, i, s, j, d), h) +
          kernel(squaredDistance(g, i, g, j, d), h) -
          kernel(squaredDistance(s, i, g, j, d), h) -
          kernel(squaredDistance(g, i, s, j, d), h);
        sum += (kernel(squaredDistance(x, i, x, j, p), wide) * inside) / (n * (n - 1));
      }
    expect(found.value).toBeCloseTo(sum, 12);
  });

  it("rejects equal laws no more often than it says", () => {
    const p = Array.from(
      { length: 40 },
      (_, k) => mmd(normals(60, `a${k}`), normals(60, `b${k}`), NONE, 30, randomStream(k, "signs"), 99)!.p,
    );
    expect(p.filter((value) => value <= 0.1).length).toBeLessThanOrEqual(10);
    expect(p.filter((value) => value > 0.5).length).toBeGreaterThan(8);
  });

  it("sees a generator that ignores the context, which has the right marginal law", () => {
    const n = 300;
    const x = normals(n, "x");
    const noise = normals(n, "e");
    const outcomes = x.map((value, i) => value + 0.3 * noise[i]!);
    const blind = normals(n, "x2").map((value, i) => value + 0.3 * normals(n, "e2")[i]!);
    expect(mmd(outcomes, blind, NONE, n, stream)!.p).toBeGreaterThan(0.02);
    expect(mmd(outcomes, blind, x, n, stream)!.p).toBe(1 / 200);
  });

  it("has no value where there is nothing to compare", () => {
    expect(mmd(Float64Array.of(1, 2), Float64Array.of(1, 2), NONE, 2, stream)).toBeNull();
    expect(mmd(new Float64Array(5).fill(4), new Float64Array(5).fill(4), NONE, 5, stream)).toBeNull();
  });

  it("takes a width from the other points where most are one point", () => {
    expect(medianDistance(Float64Array.of(0, 0, 0, 0, 0, 0, 2), 1)).toBeGreaterThan(0);
  });
});

describe("sliced Wasserstein distance", () => {
  it("is W1 in one dimension, and the shift's mean projection in several", () => {
    const directions = randomDirections(1, 1, stream);
    expect(slicedWasserstein(Float64Array.of(3, 1, 2), Float64Array.of(6, 4, 5), 1, directions)).toBe(3);
    const d = 3;
    const cloud = normals(90, "cloud");
    const moved = cloud.map((value, k) => value + (k % d === 0 ? 2 : 0));
    // E|u₁| = 1/2 for a uniform direction in three dimensions.
    expect(slicedWasserstein(cloud, moved, d, randomDirections(4000, d, stream))).toBeCloseTo(1, 1);
  });

  it("has directions of length 1", () => {
    const directions = randomDirections(20, 4, stream);
    for (let l = 0; l < 20; l++) expect(Math.hypot(...directions.subarray(4 * l, 4 * l + 4))).toBeCloseTo(1, 12);
  });

  it("stands beside the distance of two samples of the generator", () => {
    const right = slicedDistance(gaussianSample({ n: 200, d: 2, draws: 40 }), stream, 39);
    expect(right.value! / right.reference!).toBeLessThan(2);
    expect(right.p).toBeGreaterThan(0.02);
    const wrong = slicedDistance(gaussianSample({ n: 200, d: 2, draws: 40, scale: 1.6 }), stream, 39);
    expect(wrong.value! / wrong.reference!).toBeGreaterThan(1.5);
    expect(wrong.p).toBe(1 / 40);
  });
});

describe("distances from the true law", () => {
  it("are 0 within their error for a right generator", () => {
    const found = trueLawDistances(gaussianSample({ n: 300, d: 2, draws: 24, observations: 24 }), stream);
    for (const { value, standardError } of [found.energy, found.crps, found.mmd]) {
      expect(Math.abs(value!)).toBeLessThan(3.5 * standardError!);
    }
    expect(found.slicedWasserstein.value!).toBeCloseTo(found.slicedReference!, 1);
  });

  it("are the closed forms for a shifted Gaussian in one dimension", () => {
    const shift = 1;
    const found = trueLawDistances(gaussianSample({ n: 400, d: 1, draws: 40, observations: 40, shift }), stream);
    // E|X − Y| = √2 · E|Z + δ/√2| with X − Y ~ N(δ, 2).
    const phi = Math.exp(-(shift ** 2) / 4) / Math.sqrt(2 * Math.PI);
    const between = Math.SQRT2 * (2 * phi + (shift / Math.SQRT2) * 0.5204998778);
    const energy = between - 2 / Math.sqrt(Math.PI);
    expect(Math.abs(found.energy.value! - energy)).toBeLessThan(3.5 * found.energy.standardError!);
    expect(found.crps.value).toBeCloseTo(found.energy.value!, 9);
    expect(found.slicedWasserstein.value!).toBeCloseTo(shift, 0);
  });

  it("have no value for fewer than four draws", () => {
    const found = trueLawDistances(gaussianSample({ n: 3, d: 1, draws: 3, observations: 3 }), stream);
    expect(found.energy.value).toBeNull();
  });
});
