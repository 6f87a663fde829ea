import { assert, double, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { fitKernel } from "../../runtime/models/kernel/index.ts";
import { fitMixture } from "../../runtime/models/mixture/index.ts";
import { observationalWeights } from "../../runtime/models/mixture/observational.ts";
import type { TrainingSet } from "../../runtime/models/sampler.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { normals } from "./generators.ts";

const ONE = { context: 1, outcome: 1 } as const;
const stream = randomStream(3, "kernel");
const GRID = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 3];

/** s = sin(3x) + sd · ε at x ~ N(0, 1). */
function wave(rows: number, sd: number): TrainingSet {
  const contexts = normals(rows, "x");
  const noise = normals(rows, "noise");
  return { rows, contexts, outcomes: contexts.map((x, i) => Math.sin(3 * x) + sd * noise[i]!) };
}

describe("kernel weights", () => {
  it("are those of a Gaussian of the standardised distance", () => {
    // Mean 2 and standard deviation √2.
    const data = { rows: 4, contexts: Float64Array.of(0, 2, 2, 4), outcomes: Float64Array.of(1, 2, 3, 4) };
    const { weights } = fitKernel({ bandwidths: [0.5], criterion: "holdout" }, data, ONE, stream);
    const terms = [0, 2, 2, 4].map((x) => Math.exp(-(((x - 1) / Math.SQRT2) ** 2) / (2 * 0.5 ** 2)));
    const total = terms.reduce((sum, term) => sum + term, 0);
    expect(Array.from(weights(Float64Array.of(1)))).toEqual(terms.map((term) => expect.closeTo(term / total, 14)));
  });

  it("add up to 1 wherever the context is, and are those of the nearest row far away", () => {
    const kernel = fitKernel({ bandwidths: [0.3], criterion: "holdout" }, wave(50, 0.1), ONE, stream);
    assert(
      property(double({ min: -1e6, max: 1e6, noNaN: true }), (x) => {
        const weights = kernel.weights(Float64Array.of(x));
        expect(weights.every((w) => w >= 0 && w <= 1)).toBe(true);
        expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12);
      }),
    );
    const { contexts } = wave(50, 0.1);
    const largest = contexts.reduce((best, x, i) => (x > contexts[best]! ? i : best), 0);
    expect(kernel.weights(Float64Array.of(1e5))[largest]).toBe(1);
  });

  it.each(["holdout", "cross_validation"] as const)("are wider where the outcomes are noisier: %s", (criterion) => {
    const chosen = [0.05, 2].map((sd) => fitKernel({ bandwidths: GRID, criterion }, wave(400, sd), ONE, stream));
    expect(chosen[0]!.bandwidth).toBeLessThan(chosen[1]!.bandwidth);
    const { candidates, bandwidth } = chosen[0]!;
    expect(candidates.map((one) => one.bandwidth)).toEqual(GRID);
    expect(Math.min(...candidates.map(({ score }) => score))).toBe(
      candidates.find((one) => one.bandwidth === bandwidth)!.score,
    );
    // Far from the mean's error, which is 1.
    expect(candidates.find((one) => one.bandwidth === bandwidth)!.score).toBeLessThan(0.1);
  });

  it("leave rows of weight 0 out", () => {
    const data = { ...wave(20, 0.1), weights: Float64Array.from({ length: 20 }, (_, i) => (i < 15 ? 1 : 0)) };
    const weights = fitKernel({ bandwidths: [1], criterion: "holdout" }, data, ONE, stream).weights(Float64Array.of(0));
    expect(Array.from(weights.subarray(15))).toEqual([0, 0, 0, 0, 0]);
  });

  it.each([
    ["one row", { rows: 1, contexts: Float64Array.of(1), outcomes: Float64Array.of(5) }],
    ["a constant context", { ...wave(9, 1), contexts: new Float64Array(9).fill(4) }],
    ["rows that are all the same", { rows: 5, contexts: new Float64Array(5).fill(1), outcomes: new Float64Array(5) }],
  ])("are finite on %s", (_, data) => {
    const { weights } = fitKernel({ bandwidths: GRID, criterion: "cross_validation" }, data, ONE, stream);
    const there = weights(Float64Array.of(1));
    expect(there.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12);
  });

  it("refuse an outcome that is not a number, with its row", () => {
    const data = { rows: 2, contexts: Float64Array.of(1, 2), outcomes: Float64Array.of(1, NaN) };
    expect(() => fitKernel({ bandwidths: [1], criterion: "holdout" }, data, ONE, stream)).toThrow(/row 2/);
  });
});

describe("observational weights of a mixture", () => {
  it("give the conditional law's mean and spread from the observed outcomes alone", async () => {
    // x ~ N(0, 1), s = 2x + ½ε: E[s | x] = 2x, sd ½.
    const [x, e] = [normals(4000, "x"), normals(4000, "e")];
    const data: TrainingSet = { rows: 4000, contexts: x, outcomes: x.map((v, i) => 2 * v + 0.5 * e[i]!) };
    const spec = { kind: "gmm", components: [1], criterion: "aic", covariance: "full" } as const;
    const mixture = await fitMixture({ ...spec, restarts: 1, floor: 1e-6, scenarios: 1 }, data, ONE, stream);
    const weighting = observationalWeights(mixture, data, ONE);
    for (const at of [-1, 0.3, 1.2]) {
      const weights = weighting.weights(Float64Array.of(at));
      expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12);
      const mean = weights.reduce((sum, w, i) => sum + w * data.outcomes[i]!, 0);
      const sd = Math.sqrt(weights.reduce((sum, w, i) => sum + w * (data.outcomes[i]! - mean) ** 2, 0));
      expect(Math.abs(mean - 2 * at)).toBeLessThan(0.06);
      expect(Math.abs(sd - 0.5)).toBeLessThan(0.04);
    }
    // Where no outcome was seen the one nearest to the conditional law has the weight.
    expect(weighting.weights(Float64Array.of(50)).reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12);
  });
});
