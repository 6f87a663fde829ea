import { describe, expect, it } from "vitest";
import { fitGaussian } from "../../runtime/models/gaussian/index.ts";
import { cholesky } from "../../runtime/models/mixture/cholesky.ts";
import { conditionMixture } from "../../runtime/models/mixture/conditional.ts";
import { fitMixture } from "../../runtime/models/mixture/index.ts";
import type { MixtureSampler } from "../../runtime/models/mixture/conditional.ts";
import type { TrainingSet } from "../../runtime/models/sampler.ts";
import type { MixtureSpec } from "../../runtime/spec.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { DEGENERATE, TWO_MODES } from "./generators.ts";

const SPEC: MixtureSpec = {
  kind: "gmm",
  components: [2],
  criterion: "aic",
  covariance: "full",
  restarts: 4,
  floor: 1e-6,
  scenarios: 100,
};

const SHAPES = ["full", "diagonal", "tied"] as const;
const TWO_D = { context: 1, outcome: 1 } as const;

/** A mixture of two modes in p + d dimensions with dense covariances, as a law whose conditionals are in closed form. */
function knownLaw(p: number, d: number, tied = false): MixtureSampler {
  const width = p + d;
  const factors = [0, tied ? 0 : 1].map((mode) => {
    const a = new Float64Array(width * width);
    randomStream(5, `factor/${width}/${mode}`).normal(a);
    const covariance = new Float64Array(width * width);
    for (let i = 0; i < width; i++)
      for (let j = 0; j < width; j++) {
        for (let k = 0; k < width; k++) covariance[i * width + j]! += (a[i * width + k]! * a[j * width + k]!) / width;
        if (i === j) covariance[i * width + j]! += 0.3;
      }
    return cholesky(covariance, width)!;
  });
  return conditionMixture(
    {
      width,
      logWeights: Float64Array.of(Math.log(0.4), Math.log(0.6)),
      means: [new Float64Array(width).fill(1.5), new Float64Array(width).fill(-1.5)],
      factors,
      masses: Float64Array.of(1, 1),
    },
    { mean: new Float64Array(width), spread: new Float64Array(width).fill(1) },
    { context: p, outcome: d },
  );
}

/** Rows of a law: contexts from its marginal by way of a law whose outcome is everything, outcomes given them. */
async function drawRows(law: MixtureSampler, p: number, rows: number, name: string): Promise<TrainingSet> {
  const columns = Array.from({ length: p }, (_, j) => j);
  const { weights, means, covariances } = law.marginal(columns);
  const factors = covariances.map((covariance) => cholesky(covariance, p)!);
  const [u, z] = [new Float64Array(rows), new Float64Array(rows * p)];
  randomStream(6, `${name}/u`).uniform(u);
  randomStream(6, `${name}/z`).normal(z);
  const contexts = new Float64Array(rows * p);
  for (let i = 0; i < rows; i++) {
    const mode = u[i]! < weights[0]! ? 0 : 1;
    for (let a = 0; a < p; a++) {
      let value = means[mode]![a]!;
      for (let b = 0; b <= a; b++) value += factors[mode]![a * p + b]! * z[i * p + b]!;
      contexts[i * p + a] = value;
    }
  }
  return { rows, contexts, outcomes: await law.sample(contexts, rows, 1, randomStream(6, `${name}/s`)) };
}

const average = (values: Float64Array): number => values.reduce((sum, v) => sum + v, 0) / values.length;

/** Mean and covariance of a conditional mixture. */
function moments({ weights, means, covariances }: ReturnType<MixtureSampler["condition"]>): {
  mean: Float64Array;
  covariance: Float64Array;
} {
  const d = means[0]!.length;
  const mean = new Float64Array(d);
  const covariance = new Float64Array(d * d);
  for (const [k, weight] of weights.entries()) for (let i = 0; i < d; i++) mean[i]! += weight * means[k]![i]!;
  for (const [k, weight] of weights.entries())
    for (let i = 0; i < d; i++)
      for (let j = 0; j < d; j++) {
        const between = (means[k]![i]! - mean[i]!) * (means[k]![j]! - mean[j]!);
        covariance[i * d + j]! += weight * (covariances[k]![i * d + j]! + between);
      }
  return { mean, covariance };
}

const furthest = (a: Float64Array, b: Float64Array): number =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

describe("a fitted mixture", () => {
  it.each([
    ["2-d", 1, 1, "full", 4000, 0.1],
    ["10-d", 4, 6, "full", 12_000, 0.25],
    ["10-d, one covariance", 4, 6, "tied", 8000, 0.25],
  ] as const)("recovers the conditional law of a known one: %s", async (_, p, d, covariance, rows, tolerance) => {
    const law = knownLaw(p, d, covariance === "tied");
    const data = await drawRows(law, p, rows, "train");
    const sizes = { context: p, outcome: d };
    const fit = await fitMixture({ ...SPEC, covariance }, data, sizes, randomStream(7, "fit"));
    const test = await drawRows(law, p, 2000, "test");
    const truth = average(law.logDensity(test.contexts, test.outcomes, test.rows));
    const found = average(fit.logDensity(test.contexts, test.outcomes, test.rows));
    // The truth is the best there is; parameters fitted on n rows cost about half their number over n.
    expect(truth - found).toBeGreaterThan(-0.01);
    expect(truth - found).toBeLessThan(0.03);
    for (let i = 0; i < 5; i++) {
      const x = test.contexts.slice(i * p, (i + 1) * p);
      const [a, b] = [moments(law.condition(x)), moments(fit.condition(x))];
      expect(furthest(a.mean, b.mean)).toBeLessThan(tolerance);
      expect(furthest(a.covariance, b.covariance)).toBeLessThan(2 * tolerance);
    }
  });

  it("has the joint density as that of the outcome given the context times the context's", () => {
    const [p, d] = [2, 3];
    const law = knownLaw(p, d);
    const all = law.marginal([0, 1, 2, 3, 4]);
    const contexts = Float64Array.of(0.3, -1, 2, 2);
    const outcomes = Float64Array.of(1, 0, -0.5, 0.2, 0.1, 3);
    const joint = Float64Array.of(0.3, -1, 1, 0, -0.5, 2, 2, 0.2, 0.1, 3);
    const conditional = law.logDensity(contexts, outcomes, 2);
    const marginal = law.marginal([0, 1]).logDensity(contexts, 2);
    const both = all.logDensity(joint, 2);
    for (const i of [0, 1]) expect(conditional[i]! + marginal[i]!).toBeCloseTo(both[i]!, 11);
    expect(law.outcomeLogDensity(outcomes, 2)).toEqual(law.marginal([2, 3, 4]).logDensity(outcomes, 2));
    // The order of the columns is the caller's.
    expect(law.marginal([1, 0]).logDensity(Float64Array.of(-1, 0.3), 1)[0]).toBeCloseTo(marginal[0]!, 12);
  });

  it("has marginals that integrate to 1", () => {
    const marginal = knownLaw(1, 2).marginal([2]);
    const grid = Float64Array.from({ length: 4001 }, (_, i) => -20 + i / 100);
    const total = marginal.logDensity(grid, grid.length).reduce((sum, log) => sum + Math.exp(log) / 100, 0);
    expect(total).toBeCloseTo(1, 9);
  });

  it("does not choose a number of components of which one has collapsed onto repeated rows", async () => {
    const law = knownLaw(1, 1);
    const data = await drawRows(law, 1, 300, "spike");
    // A fifth of the rows are one and the same.
    for (let i = 0; i < 60; i++) {
      data.contexts[i] = 0.7;
      data.outcomes[i] = 0.7;
    }
    const fit = await fitMixture({ ...SPEC, components: [1, 2, 3, 4] }, data, TWO_D, randomStream(7, "fit"));
    const collapsed = fit.candidates.filter(({ degenerate }) => degenerate);
    expect(collapsed.length).toBeGreaterThan(0);
    expect(collapsed.map(({ components }) => components)).not.toContain(fit.components);
    const logs = fit.logDensity(data.contexts, data.outcomes, data.rows);
    expect(logs.every(Number.isFinite)).toBe(true);
  });

  it.each(Object.entries(DEGENERATE).flatMap(([name, data]) => SHAPES.map((shape) => [name, shape, data] as const)))(
    "stays finite on %s with %s covariances",
    async (_, covariance, data) => {
      const spec = { ...SPEC, covariance, components: [1, 2, 8], restarts: 2 };
      const fit = await fitMixture(spec, data, TWO_MODES, randomStream(7, "fit"));
      const drawn = await fit.sample(data.contexts.slice(0, 1), 1, 50, randomStream(1, "s"));
      expect(drawn.every(Number.isFinite)).toBe(true);
      expect(fit.logDensity(data.contexts, data.outcomes, data.rows).every(Number.isFinite)).toBe(true);
    },
  );

  it("stays finite where there are more columns than rows", async () => {
    const law = knownLaw(12, 8);
    const data = await drawRows(law, 12, 10, "wide");
    const fit = await fitMixture(
      { ...SPEC, components: [1, 3] },
      data,
      { context: 12, outcome: 8 },
      randomStream(7, "f"),
    );
    expect(fit.components).toBe(1);
    const drawn = await fit.sample(data.contexts, 10, 5, randomStream(1, "s"));
    expect(drawn.every(Number.isFinite)).toBe(true);
  });

  it("says which row of the data is not a number", async () => {
    const data = { rows: 2, contexts: Float64Array.of(1, 2), outcomes: Float64Array.of(3, Infinity) };
    await expect(fitMixture(SPEC, data, TWO_D, randomStream(1, "fit"))).rejects.toThrow(/row 2/);
  });
});

describe("a fitted Gaussian", () => {
  it("is the least-squares regression with its residual covariance", async () => {
    const law = knownLaw(2, 2, true);
    const data = await drawRows(law, 2, 500, "gaussian");
    const fit = await fitGaussian({ floor: 0 }, data, { context: 2, outcome: 2 }, randomStream(7, "fit"));
    expect(fit.components).toBe(1);
    const { means, covariances } = fit.condition(Float64Array.of(0, 0));
    const residuals = new Float64Array(2 * data.rows);
    for (let i = 0; i < data.rows; i++) {
      const [mean] = fit.condition(data.contexts.slice(2 * i, 2 * i + 2)).means;
      for (const j of [0, 1]) residuals[2 * i + j] = data.outcomes[2 * i + j]! - mean![j]!;
    }
    // Normal equations: residuals have mean 0 and no correlation with the context.
    for (const j of [0, 1]) {
      let [sum, cross, square] = [0, 0, 0];
      for (let i = 0; i < data.rows; i++) {
        sum += residuals[2 * i + j]!;
        cross += residuals[2 * i + j]! * data.contexts[2 * i]!;
        square += residuals[2 * i + j]! ** 2;
      }
      expect(Math.abs(sum / data.rows)).toBeLessThan(1e-10);
      expect(Math.abs(cross / data.rows)).toBeLessThan(1e-10);
      expect(square / data.rows).toBeCloseTo(covariances[0]![3 * j]!, 9);
    }
    expect(means[0]!.every(Number.isFinite)).toBe(true);
  });
});
