import { describe, it, expect } from "vitest";
import { cholesky } from "../../runtime/models/mixture/cholesky.ts";
import { conditionMixture } from "../../runtime/models/mixture/conditional.ts";
import { flooredFactor } from "../../runtime/models/mixture/covariances.ts";
import { parameterCount } from "../../runtime/models/mixture/em.ts";
import { fitMixture } from "../../runtime/models/mixture/index.ts";
import type { TrainingSet } from "../../runtime/models/sampler.ts";
import type { MixtureSpec } from "../../runtime/spec.ts";
import { randomStream } from "../../runtime/tensor/random.ts";

const SPEC: MixtureSpec = {
  kind: "gmm",
  components: [2],
  criterion: "aic",
  covariance: "full",
  restarts: 4,
  floor: 1e-6,
  scenarios: 100,
};
const UNIT = (width: number) => ({ mean: new Float64Array(width), spread: new Float64Array(width).fill(1) });
const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
const stream = (name: string) => randomStream(7, name);

/** x ~ N(0, 1); s = 1 + 2x + ε or −3 − x + ε with probability ½ each, ε ~ N(0, 0.5²). */
function twoLines(rows: number, seed = "two"): TrainingSet {
  const z = new Float64Array(rows * 2);
  const u = new Float64Array(rows);
  stream(seed).normal(z);
  stream(seed).uniform(u);
  const contexts = Float64Array.from({ length: rows }, (_, i) => z[2 * i]!);
  const outcomes = Float64Array.from({ length: rows }, (_, i) => {
    const x = contexts[i]!;
    return (u[i]! < 0.5 ? 1 + 2 * x : -3 - x) + 0.5 * z[2 * i + 1]!;
  });
  return { rows, contexts, outcomes };
}

describe("conditioning", () => {
  // One bivariate normal: μ = (1, −2), Σ = [[4, 1.2], [1.2, 1]].
  const one = conditionMixture(
    {
      width: 2,
      logWeights: Float64Array.of(0),
      means: [Float64Array.of(1, -2)],
      factors: [cholesky(Float64Array.of(4, 1.2, 1.2, 1), 2)!],
      masses: Float64Array.of(1),
    },
    UNIT(2),
    { context: 1, outcome: 1 },
  );

  it("of one normal is the textbook regression", () => {
    const { means, covariances, weights } = one.condition(Float64Array.of(3));
    expect(weights[0]).toBeCloseTo(1, 14);
    expect(means[0]![0]).toBeCloseTo(-2 + (1.2 / 4) * (3 - 1), 14);
    expect(covariances[0]![0]).toBeCloseTo(1 - 1.2 ** 2 / 4, 14);
    const sd = Math.sqrt(0.64);
    const log = -0.5 * Math.log(2 * Math.PI * 0.64) - 0.5 * ((0.3 + 1.4) / sd) ** 2;
    expect(one.logDensity(Float64Array.of(3), Float64Array.of(0.3), 1)[0]).toBeCloseTo(log, 12);
  });

  it("weights components by the density of x and undoes the scaling of the columns", () => {
    const scaled = conditionMixture(
      {
        width: 2,
        logWeights: Float64Array.of(Math.log(0.3), Math.log(0.7)),
        means: [Float64Array.of(0, 1), Float64Array.of(2, -1)],
        factors: [cholesky(Float64Array.of(1, 0, 0, 1), 2)!, cholesky(Float64Array.of(1, 0.5, 0.5, 2), 2)!],
        masses: Float64Array.of(1, 1),
      },
      { mean: Float64Array.of(10, 5), spread: Float64Array.of(2, 3) },
      { context: 1, outcome: 1 },
    );
    // x = 12 is 1 standardised: both components have density N(1 | ·, 1) = exp(−½) away from their centres.
    const { weights, means, covariances } = scaled.condition(Float64Array.of(12));
    expect([...weights]).toEqual([expect.closeTo(0.3, 12), expect.closeTo(0.7, 12)]);
    expect(means.map((m) => m[0])).toEqual([
      expect.closeTo(5 + 3 * 1, 12),
      expect.closeTo(5 + 3 * (-1 + 0.5 * (1 - 2)), 12),
    ]);
    expect(covariances[1]![0]).toBeCloseTo(9 * (2 - 0.25), 12);
  });

  it("stays finite far from every component", () => {
    const { weights } = one.condition(Float64Array.of(1e8));
    expect(weights[0]).toBe(1);
    expect(Number.isFinite(one.logDensity(Float64Array.of(1e8), Float64Array.of(0), 1)[0]!)).toBe(true);
  });
});

describe("fitMixture", () => {
  it("raises the log-likelihood at every step", async () => {
    const fit = await fitMixture(
      { ...SPEC, components: [3], floor: 0 },
      twoLines(300),
      { context: 1, outcome: 1 },
      stream("fit"),
    );
    expect(fit.history.length).toBeGreaterThan(5);
    for (let i = 1; i < fit.history.length; i++)
      expect(fit.history[i]!).toBeGreaterThanOrEqual(fit.history[i - 1]! - 1e-12);
  });

  it("recovers the two regimes of a mixed regression", async () => {
    const fit = await fitMixture(SPEC, twoLines(4000), { context: 1, outcome: 1 }, stream("fit"));
    const { weights, means, covariances } = fit.condition(Float64Array.of(0.5));
    const order = means[0]![0]! > means[1]![0]! ? [0, 1] : [1, 0];
    expect(Math.abs(means[order[0]!]![0]! - 2)).toBeLessThan(0.08);
    expect(Math.abs(means[order[1]!]![0]! + 3.5)).toBeLessThan(0.08);
    expect(Math.abs(weights[0]! - 0.5)).toBeLessThan(0.05);
    for (const covariance of covariances) expect(Math.abs(covariance[0]! - 0.25)).toBeLessThan(0.04);
  });

  it.each(["aic", "bic", "holdout"] as const)(
    "chooses the least score, far from one component, by %s",
    async (criterion) => {
      const spec: MixtureSpec = { ...SPEC, components: [1, 2, 3, 4], criterion };
      const fit = await fitMixture(spec, twoLines(600), { context: 1, outcome: 1 }, stream("fit"));
      const scores = fit.candidates.map((candidate) => candidate.score);
      // AIC and 120 held-out rows may prefer a third component to the true two; BIC, which is consistent, may not.
      expect(scores[0]! - scores[1]!).toBeGreaterThan(criterion === "holdout" ? 0.3 : 100);
      expect(fit.components).toBe(fit.candidates[scores.indexOf(Math.min(...scores))]!.components);
      if (criterion === "bic") expect(fit.components).toBe(2);
    },
  );

  it("samples the conditional law: moments of the draws match the closed form", async () => {
    const fit = await fitMixture(SPEC, twoLines(1500), { context: 1, outcome: 1 }, stream("fit"));
    const x = Float64Array.of(-0.4, 1.1);
    const draws = 40_000;
    const sample = await fit.sample(x, 2, draws, stream("draw"));
    for (const row of [0, 1]) {
      const { weights, means, covariances } = fit.condition(x.slice(row, row + 1));
      const first = weights.reduce((sum, w, k) => sum + w * means[k]![0]!, 0);
      const second = weights.reduce((sum, w, k) => sum + w * (covariances[k]![0]! + means[k]![0]! ** 2), 0);
      const values = sample.slice(row * draws, (row + 1) * draws);
      const sd = Math.sqrt(second - first ** 2);
      expect(Math.abs(mean(values) - first)).toBeLessThan((5 * sd) / Math.sqrt(draws));
      expect(Math.abs(mean(values.map((v) => v ** 2)) / second - 1)).toBeLessThan(0.03);
    }
    expect(await fit.sample(x, 2, 50, stream("draw"))).toEqual(await fit.sample(x, 2, 50, stream("draw")));
  });

  it("keeps the dependence between outcomes", async () => {
    const rows = 3000;
    const z = new Float64Array(rows * 2);
    stream("corr").normal(z);
    const outcomes = Float64Array.from({ length: rows * 2 }, (_, k) =>
      k % 2 === 0 ? z[k]! : 0.9 * z[k - 1]! + Math.sqrt(1 - 0.81) * z[k]!,
    );
    const data = { rows, contexts: new Float64Array(0), outcomes };
    const fit = await fitMixture({ ...SPEC, components: [1] }, data, { context: 0, outcome: 2 }, stream("fit"));
    const draws = await fit.sample(new Float64Array(0), 1, 20_000, stream("draw"));
    const product = mean(Float64Array.from({ length: 20_000 }, (_, i) => draws[2 * i]! * draws[2 * i + 1]!));
    expect(Math.abs(product - 0.9)).toBeLessThan(0.06);
    const diagonal = await fitMixture(
      { ...SPEC, components: [1], covariance: "diagonal" },
      data,
      { context: 0, outcome: 2 },
      stream("fit"),
    );
    expect(diagonal.condition(new Float64Array(0)).covariances[0]![1]).toBe(0);
  });

  it("gives rows their weights", async () => {
    const data: TrainingSet = {
      rows: 4,
      contexts: new Float64Array(0),
      outcomes: Float64Array.of(0, 1, 10, 11),
      weights: Float64Array.of(3, 3, 1, 1),
    };
    const fit = await fitMixture({ ...SPEC, components: [1] }, data, { context: 0, outcome: 1 }, stream("fit"));
    expect(fit.condition(new Float64Array(0)).means[0]![0]).toBeCloseTo((3 * 1 + 10 + 11) / 8, 10);
  });

  it.each([
    ["one row", { rows: 1, contexts: Float64Array.of(1), outcomes: Float64Array.of(2) }],
    ["equal rows", { rows: 5, contexts: new Float64Array(5).fill(3), outcomes: new Float64Array(5).fill(-1) }],
    [
      "a constant column",
      { rows: 6, contexts: new Float64Array(6).fill(3), outcomes: Float64Array.of(1, 2, 3, 4, 5, 6) },
    ],
    [
      "collinear columns",
      { rows: 6, contexts: Float64Array.of(1, 2, 3, 4, 5, 6), outcomes: Float64Array.of(2, 4, 6, 8, 10, 12) },
    ],
  ])("survives %s", async (_, data: TrainingSet) => {
    const spec: MixtureSpec = { ...SPEC, components: [1, 2, 3] };
    const fit = await fitMixture(spec, data, { context: 1, outcome: 1 }, stream("fit"));
    const draws = await fit.sample(data.contexts.slice(0, 1), 1, 100, stream("draw"));
    expect(draws.every(Number.isFinite)).toBe(true);
    expect(fit.logDensity(data.contexts, data.outcomes, data.rows).every(Number.isFinite)).toBe(true);
    const [least, most] = [Math.min(...data.outcomes), Math.max(...data.outcomes)];
    const spread = most - least || 1;
    expect(draws.every((v) => v > least - 6 * spread && v < most + 6 * spread)).toBe(true);
  });

  it("does not choose a component that sits on fewer rows than its covariance needs", async () => {
    const data = twoLines(40);
    data.outcomes[0] = 400;
    const fit = await fitMixture(
      { ...SPEC, components: [1, 2, 4, 8] },
      data,
      { context: 1, outcome: 1 },
      stream("fit"),
    );
    const chosen = fit.candidates.find((candidate) => candidate.components === fit.components)!;
    expect(chosen.degenerate).toBe(false);
    expect(fit.candidates.some((candidate) => candidate.degenerate)).toBe(true);
  });

  it("ends when it is told to", async () => {
    const fit = fitMixture(SPEC, twoLines(200), { context: 1, outcome: 1 }, stream("fit"), {
      signal: AbortSignal.abort(new Error("stop")),
    });
    await expect(fit).rejects.toThrow("stop");
  });
});

describe("parts", () => {
  it("counts free parameters", () => {
    expect(parameterCount(3, 4, "full")).toBe(2 + 3 * (4 + 10));
    expect(parameterCount(3, 4, "diagonal")).toBe(2 + 3 * 8);
  });
  it("factors a matrix and refuses one that is not positive definite", () => {
    expect([...cholesky(Float64Array.of(4, 2, 2, 5), 2)!]).toEqual([2, 0, 1, 2]);
    expect(cholesky(Float64Array.of(1, 2, 2, 1), 2)).toBeNull();
  });
  it("raises the floor only as far as a factor needs", () => {
    expect(flooredFactor(Float64Array.of(0), 1, 1e-6)[0]).toBeCloseTo(1e-3, 12);
    expect(Number.isFinite(flooredFactor(Float64Array.of(1, 0, 1, 1), 2, 0)[3]!)).toBe(true);
  });
});
