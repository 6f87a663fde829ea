import { describe, it, expect } from "vitest";
import { fitResidualBootstrap } from "../../runtime/models/residual/index.ts";
import { fitRidge } from "../../runtime/models/residual/ridge.ts";
import type { TrainingSet } from "../../runtime/models/sampler.ts";
import { randomStream } from "../../runtime/tensor/random.ts";

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
const SIZES = { context: 2, outcome: 2 };

/** s₁ = 1 + 2 x₁ + σ e₁, s₂ = −x₂ + σ e₂, σ = 0.5 exp(0.6 x₁), corr(e₁, e₂) = 0.8. */
function heteroscedastic(rows: number): TrainingSet {
  const z = new Float64Array(rows * 4);
  randomStream(5, "residual").normal(z);
  const contexts = new Float64Array(rows * 2);
  const outcomes = new Float64Array(rows * 2);
  for (let i = 0; i < rows; i++) {
    const [x1, x2, a, b] = z.subarray(4 * i, 4 * i + 4);
    const sigma = 0.5 * Math.exp(0.6 * x1!);
    contexts.set([x1!, x2!], 2 * i);
    outcomes.set([1 + 2 * x1! + sigma * a!, -x2! + sigma * (0.8 * a! + 0.6 * b!)], 2 * i);
  }
  return { rows, contexts, outcomes };
}

describe("fitResidualBootstrap", () => {
  const model = fitResidualBootstrap(heteroscedastic(6000), SIZES);

  it("recovers mean and scale", () => {
    for (const x of [
      [0, 0],
      [1, -1],
      [-1.5, 0.5],
    ]) {
      const [m1, m2] = model.mean(Float64Array.from(x), 1);
      expect(Math.abs(m1! - (1 + 2 * x[0]!))).toBeLessThan(0.06);
      expect(Math.abs(m2! + x[1]!)).toBeLessThan(0.06);
      for (const scale of model.scale(Float64Array.from(x), 1))
        expect(Math.abs(scale / (0.5 * Math.exp(0.6 * x[0]!)) - 1)).toBeLessThan(0.08);
    }
  });

  it("standardises residuals and keeps their dependence", () => {
    for (const j of [0, 1]) {
      const column = model.residuals.filter((_, k) => k % 2 === j);
      expect(mean(column)).toBeCloseTo(0, 10);
      expect(mean(column.map((v) => v ** 2))).toBeCloseTo(1, 10);
    }
    const product = mean(
      Float64Array.from({ length: 6000 }, (_, i) => model.residuals[2 * i]! * model.residuals[2 * i + 1]!),
    );
    expect(Math.abs(product - 0.8)).toBeLessThan(0.03);
  });

  it("draws mean + scale times whole residual vectors", async () => {
    const x = Float64Array.of(0.3, -0.2, 1, 1);
    const draws = await model.sample(x, 2, 300, randomStream(1, "draw"));
    const known = new Set(Array.from({ length: 6000 }, (_, i) => model.residuals[2 * i]!.toFixed(9)));
    const [m, s] = [model.mean(x, 2), model.scale(x, 2)];
    for (let k = 0; k < 600; k++) {
      const at = k < 300 ? 0 : 2;
      expect(known.has(((draws[2 * k]! - m[at]!) / s[at]!).toFixed(9))).toBe(true);
    }
    expect(await model.sample(x, 2, 300, randomStream(1, "draw"))).toEqual(draws);
  });

  it("shrinks slope and scale to constants where x says nothing", () => {
    const rows = 400;
    const z = new Float64Array(rows * 2);
    randomStream(9, "noise").normal(z);
    const noise = { rows, contexts: z.slice(0, rows), outcomes: z.slice(rows) };
    const model = fitResidualBootstrap(noise, { context: 1, outcome: 1 });
    const at = (x: number) => [model.mean(Float64Array.of(x), 1)[0]!, model.scale(Float64Array.of(x), 1)[0]!];
    expect(Math.abs(at(2)[0]! - at(-2)[0]!)).toBeLessThan(0.35);
    expect(Math.abs(Math.log(at(2)[1]! / at(-2)[1]!))).toBeLessThan(0.5);
  });

  it("bounds the scale at a far context", () => {
    const far = model.scale(Float64Array.of(50, 0), 1)[0]!;
    expect(far / model.scale(Float64Array.of(0, 0), 1)[0]!).toBeLessThan(9);
  });

  it("works without a context and with constant columns", async () => {
    const bare = fitResidualBootstrap(
      { rows: 3, contexts: new Float64Array(0), outcomes: Float64Array.of(1, 2, 6) },
      { context: 0, outcome: 1 },
    );
    expect(bare.mean(new Float64Array(0), 1)[0]).toBeCloseTo(3, 12);
    expect(bare.scale(new Float64Array(0), 1)[0]).toBeCloseTo(Math.sqrt(14 / 3), 12);
    const constant = fitResidualBootstrap(
      { rows: 4, contexts: new Float64Array(4).fill(2), outcomes: new Float64Array(4).fill(5) },
      { context: 1, outcome: 1 },
    );
    expect(await constant.sample(Float64Array.of(2), 1, 3, randomStream(1, "s"))).toEqual(new Float64Array(3).fill(5));
  });
});

describe("fitRidge", () => {
  it("is least squares where data have no noise", () => {
    const design = Float64Array.of(-1.5, 1, -0.5, -1, 0.5, -1, 1.5, 1);
    const responses = Float64Array.from({ length: 4 }, (_, i) => 3 + 2 * design[2 * i]! - 0.5 * design[2 * i + 1]!);
    const fit = fitRidge(design, responses, new Float64Array(4).fill(1), { rows: 4, context: 2, outcome: 1 });
    expect(fit.intercepts[0]).toBeCloseTo(3, 10);
    expect(fit.slopes[0]).toBeCloseTo(2, 3);
    expect(fit.slopes[1]).toBeCloseTo(-0.5, 3);
  });
  it("shrinks where there are more columns than rows", () => {
    const z = new Float64Array(8 * 20);
    randomStream(2, "wide").normal(z);
    for (let j = 0; j < 20; j++) {
      let sum = 0;
      for (let i = 0; i < 8; i++) sum += z[i * 20 + j]! / 8;
      for (let i = 0; i < 8; i++) z[i * 20 + j]! -= sum;
    }
    const fit = fitRidge(z, Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8), new Float64Array(8).fill(1), {
      rows: 8,
      context: 20,
      outcome: 1,
    });
    expect(fit.strengths[0]).toBeGreaterThan(0);
    expect(fit.slopes.every(Number.isFinite)).toBe(true);
  });
});
