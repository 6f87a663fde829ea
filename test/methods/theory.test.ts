import { describe, expect, it } from "vitest";
import { regretBound, weightTheory } from "../../runtime/methods/theory/bound.ts";
import { crossFit } from "../../runtime/methods/theory/cross-fit.ts";
import { drawInterpolation, type Interpolation } from "../../runtime/methods/theory/interpolation.ts";
import { riskParts } from "../../runtime/methods/theory/risk-parts.ts";
import { randomStream } from "../../runtime/tensor/random.ts";

const stream = randomStream(4, "theory");
const [N, REPEATS] = [1200, 8];
const sizes = { context: 0, outcome: 1 };
const unit = (columns: number) => ({ mean: new Float32Array(columns), scale: new Float32Array(columns).fill(1) });

/** Tuples of S₁ ~ N(0, 1) in one dimension, standardised as it is. */
function gaussianTuples(): Interpolation & { readonly ends: Float64Array } {
  const ends = new Float64Array(N * REPEATS);
  stream.child("ends").normal(ends);
  const rows = { count: N, values: new Float64Array(0), repeats: REPEATS, outcomes: ends };
  return { ...drawInterpolation(rows, sizes, { context: unit(0), outcome: unit(1) }, stream), ends };
}

/** Spread and mean of S₁ given Y = (t, y): S₀, S₁ ~ N(0, 1) independent. */
function posterior(t: number, y: number): { readonly mean: number; readonly variance: number } {
  const scale = t * t + (1 - t) ** 2;
  return { mean: (t * y) / scale, variance: (1 - t) ** 2 / scale };
}

const tuples = gaussianTuples();
/** u(t, y) = E[Δ | Y], in closed form: Δ = (S₁ − y)/(1 − t). */
const target = tuples.states.map((y, k) => {
  const t = tuples.times[k]!;
  return (posterior(t, y).mean - y) / (1 - t);
});
const flat = new Float64Array(N * REPEATS).fill(1);
const parts = (field: Float64Array, plain: Float64Array, weights: Float64Array) =>
  riskParts({ tuples, sizes, field, plain, weights, varying: [0], stream });

describe("the interpolation", () => {
  it("has states and labels of one noise and one end", () => {
    for (let k = 0; k < 50; k++) {
      const start = tuples.ends[k]! - tuples.labels[k]!;
      const t = tuples.times[k]!;
      expect(tuples.states[k]).toBeCloseTo((1 - t) * start + t * tuples.ends[k]!, 12);
    }
  });
});

describe("weighted excess risk and tilting bias", () => {
  it("are 0 for the population's own field and equal weights", () => {
    const { excessRisk, tiltingBias } = parts(target, target, flat);
    expect(Math.abs(excessRisk.value!)).toBeLessThan(3.5 * excessRisk.standardError! + 0.01);
    expect(tiltingBias.value).toBe(0);
  });

  it("give the squared error of a field that is off by a constant", () => {
    const off = target.map((value) => value + 0.5);
    const { excessRisk, tiltingBias } = parts(off, off, flat);
    expect(Math.abs(excessRisk.value! - 0.25)).toBeLessThan(3.5 * excessRisk.standardError! + 0.01);
    expect(tiltingBias.value).toBe(0);
  });

  it("give the tilt of weights 1 + λ s², which is known in closed form", () => {
    const lambda = 0.5;
    const weights = tuples.ends.map((end) => 1 + lambda * end * end);
    // Given Y, S₁ ~ N(μ, v): m = 1 + λ(μ² + v), Cov(w, S₁) = 2λμv, and Δ is S₁ / (1 − t) but for a constant.
    let expected = 0;
    for (const [k, y] of tuples.states.entries()) {
      const t = tuples.times[k]!;
      const { mean, variance } = posterior(t, y);
      const covariance = (2 * lambda * mean * variance) / (1 - t);
      expected += covariance ** 2 / (1 + lambda * (mean * mean + variance)) / tuples.count;
    }
    const tilted = target.map((value, k) => {
      const t = tuples.times[k]!;
      const { mean, variance } = posterior(t, tuples.states[k]!);
      return value + (2 * lambda * mean * variance) / (1 - t) / (1 + lambda * (mean * mean + variance));
    });
    const { excessRisk, tiltingBias, sum } = parts(tilted, target, weights);
    expect(expected).toBeGreaterThan(0.05);
    expect(Math.abs(tiltingBias.value! - expected)).toBeLessThan(3.5 * tiltingBias.standardError! + 0.01);
    expect(tiltingBias.value! / tiltingBias.standardError!).toBeGreaterThan(3);
    expect(Math.abs(excessRisk.value!)).toBeLessThan(3.5 * excessRisk.standardError! + 0.01);
    expect(sum.value).toBeCloseTo(excessRisk.value! + tiltingBias.value!, 9);
  });

  it("see the tilt without a field that was trained on it", () => {
    const weights = tuples.ends.map((end) => 1 + 0.5 * end * end);
    // A field without the tilt misses it: the excess is then the tilt itself.
    const { excessRisk, tiltingBias } = parts(target, target, weights);
    expect(excessRisk.value!).toBeGreaterThan(2 * excessRisk.standardError!);
    expect(excessRisk.value!).toBeCloseTo(tiltingBias.value!, 1);
  });
});

describe("the cross-fit", () => {
  it("predicts no row with itself", () => {
    const features = { values: new Float64Array(10).fill(1), size: 1 };
    const labels = Float64Array.of(1000, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    const found = crossFit(features, labels, [new Float64Array(10)], new Float64Array(10).fill(1), 1);
    expect(found[0]).toBeLessThan(1);
  });

  it("takes the base as it is where nothing can be learnt, and where there are too few rows", () => {
    const noise = new Float64Array(300);
    stream.child("noise").normal(noise);
    const junk = new Float64Array(300 * 40);
    stream.child("junk").normal(junk);
    const found = crossFit(
      { values: junk, size: 40 },
      noise,
      [new Float64Array(300)],
      new Float64Array(300).fill(1),
      1,
    );
    const error = found.reduce((sum, value) => sum + value * value, 0) / 300;
    expect(error).toBeLessThan(0.05);
    const few = crossFit(
      { values: junk, size: 40 },
      noise.subarray(0, 3),
      [Float64Array.of(1, 2, 3)],
      flat.subarray(0, 3),
      1,
    );
    expect(Array.from(few)).toEqual([1, 2, 3]);
  });

  it("chooses the base that fits", () => {
    const labels = Float64Array.from({ length: 40 }, (_, i) => Math.sin(i));
    const good = labels.slice();
    const bad = labels.map((value) => -value);
    const found = crossFit(
      { values: new Float64Array(40).fill(1), size: 1 },
      labels,
      [bad, good],
      flat.subarray(0, 40),
      1,
    );
    expect(Array.from(found)).toEqual(Array.from(labels));
  });
});

describe("the parts of the bound", () => {
  it("are those of their definitions", () => {
    const theory = weightTheory(Float64Array.of(1, 3), Float64Array.of(2, 12));
    expect(theory.effectiveShare).toBeCloseTo(16 / 20, 12);
    expect(theory.detiltedShare).toBeCloseTo(1 / (2 * (2 / 3)), 12);
    expect(theory.leastConstant).toBe(4);
    expect(() => weightTheory(new Float64Array(0), new Float64Array(0))).toThrow(RangeError);
  });

  it("bound the regret by the root of the errors", () => {
    expect(regretBound(4, 0.5)).toBeCloseTo(4, 12);
    expect(regretBound(4, -0.1)).toBe(0);
    expect(regretBound(4, null)).toBeNull();
  });
});
