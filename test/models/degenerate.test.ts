import { describe, expect, it } from "vitest";
import { degenerateRows } from "../../runtime/methods/degenerate-rows.ts";
import { createEmpiricalSampler, createNeighbourSampler } from "../../runtime/models/empirical/index.ts";
import { fitGaussian } from "../../runtime/models/gaussian/index.ts";
import { fitMixtureFlow } from "../../runtime/models/gmm-nf/index.ts";
import { fitKernel } from "../../runtime/models/kernel/index.ts";
import { fitMixture } from "../../runtime/models/mixture/index.ts";
import { trainNeuralGenerator } from "../../runtime/models/neural-generators.ts";
import type { TrainingSet } from "../../runtime/models/sampler.ts";
import { isNeural } from "../../runtime/methods/plan.ts";
import type { GeneratorSpec } from "../../runtime/spec.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { normals } from "./generators.ts";

interface Rows extends TrainingSet {
  readonly p: number;
  readonly d: number;
}

/** n rows of p contexts and d outcomes, outcomes depending on contexts; `change` edits row i in place. */
function rowsOf(n: number, p: number, d: number, change: (x: Float64Array, s: Float64Array, i: number) => void): Rows {
  const contexts = normals(n * p, "contexts");
  const outcomes = normals(n * d, "outcomes").map((noise, at) => noise + (contexts[Math.floor(at / d) * p] ?? 0));
  for (let i = 0; i < n; i++) change(contexts.subarray(i * p, (i + 1) * p), outcomes.subarray(i * d, (i + 1) * d), i);
  return { rows: n, contexts, outcomes, p, d };
}

const nothing = (): void => {};
const alike = (x: Float64Array, s: Float64Array): void => {
  x.fill(1.5);
  s.fill(-2);
};

/** Rows with what is wrong about them, and what a run says of a mixture of two and of a flow; `null` is nothing. */
const DEFECTS: readonly (readonly [string, Rows, mixture: string | null, flow: string | null])[] = [
  ["a constant outcome", rowsOf(40, 2, 2, (_x, s) => (s[1] = 7)), "s[2] has one value", "s[2] has one value"],
  ["a constant context", rowsOf(40, 2, 2, (x) => (x[0] = -3)), "x[1] has one value", "x[1] has one value"],
  ["nothing that varies", rowsOf(12, 2, 2, alike), "1 training row is fewer", "1 training row is fewer"],
  [
    "three rows again and again",
    rowsOf(30, 2, 2, (x, s, i) => (x.fill(i % 3), s.fill((i % 3) ** 2))),
    "3 different training rows are fewer than the 10",
    "3 different training rows are fewer than the 5",
  ],
  ["fewer rows than components", rowsOf(6, 1, 1, nothing), null, null],
  ["more columns than rows", rowsOf(8, 12, 4, nothing), "8 different training rows are fewer", "than the 17"],
  ["a mode collapsed to a point", rowsOf(60, 2, 2, (x, s, i) => i % 3 === 0 && alike(x, s)), null, null],
  ["one row", rowsOf(1, 2, 2, nothing), "1 training row is fewer than the 10", "1 training row is fewer than the 5"],
];

const common = { ema: 0.9, scenarios: 16 } as const;
const net = { kind: "mlp", hidden: [8] } as const;
const em = { criterion: "aic", restarts: 2, floor: 1e-6, scenarios: 16 } as const;
const latent = { bins: 4, hidden: [8], holdout: 0.2, patience: 3, epochs: 4, scenarios: 16 } as const;

const GENERATORS: readonly (readonly [string, GeneratorSpec])[] = [
  ["gmm, full", { kind: "gmm", components: [2, 8], covariance: "full", ...em }],
  ["gmm, diagonal", { kind: "gmm", components: [8], covariance: "diagonal", ...em }],
  ["gmm, tied", { kind: "gmm", components: [8], covariance: "tied", ...em }],
  ["gmm, held out", { kind: "gmm", components: [1, 8], covariance: "full", ...em, criterion: "holdout" }],
  ["gmm_nf", { kind: "gmm_nf", components: [1, 8], criterion: "aic", ...latent }],
  ["gaussian", { kind: "gaussian", floor: 1e-6, scenarios: 16 }],
  ["kernel", { kind: "kernel", bandwidths: [0.1, 1], criterion: "cross_validation", scenarios: 16 }],
  ["knn", { kind: "knn", neighbours: 10, scenarios: 16 }],
  ["empirical", { kind: "empirical", scenarios: 16 }],
  [
    "flow_matching",
    {
      kind: "flow_matching",
      hidden: [8],
      activation: "relu",
      solver: "midpoint",
      odeSteps: 2,
      coupling: "independent",
      ...common,
    },
  ],
  ["ddpm", { kind: "ddpm", net, steps: 10, schedule: "linear", sampler: "ancestral", samplingSteps: 5, ...common }],
  ["score_sde", { kind: "score_sde", net, sde: "vp", sampler: "sde", steps: 5, ...common }],
  ["score_sde, ve", { kind: "score_sde", net, sde: "ve", sampler: "probability_flow", steps: 5, ...common }],
  ["vae", { kind: "vae", latent: 1, hidden: [8], ...common }],
  ["spline flow", { kind: "normalizing_flow", flow: "arqs", bins: 4, hidden: [8], layers: 1, ...common }],
  ["coupling flow", { kind: "normalizing_flow", flow: "coupling", bins: 4, hidden: [8], layers: 2, ...common }],
];

const DRAWS = 20;

/** Draws at the first row's context, and far from all rows. */
async function drawn(spec: GeneratorSpec, data: Rows): Promise<Float64Array> {
  const sizes = { context: data.p, outcome: data.d };
  const stream = randomStream(2, "fit");
  const contexts = new Float64Array(2 * data.p);
  contexts.set(data.contexts.subarray(0, data.p));
  contexts.fill(50, data.p);
  const draw = (model: Pick<Awaited<ReturnType<typeof fitMixture>>, "sample">): Promise<Float64Array> =>
    model.sample(contexts, 2, DRAWS, randomStream(3, "draw"));
  if (isNeural(spec)) {
    const training = { steps: 8, batch: 16, optimizer: { kind: "adam", rate: 1e-3, weightDecay: 0 } } as const;
    const model = await trainNeuralGenerator(spec, training, data, sizes, stream);
    const out = await draw(model);
    await model.dispose();
    return out;
  }
  switch (spec.kind) {
    case "gmm":
      return draw(await fitMixture(spec, data, sizes, stream));
    case "gaussian":
      return draw(await fitGaussian(spec, data, sizes, stream));
    case "gmm_nf": {
      const model = await fitMixtureFlow(spec, data, sizes, stream);
      const out = await draw(model);
      await model.dispose();
      return out;
    }
    case "kernel": {
      const { weights } = fitKernel(spec, data, sizes, stream);
      const each = [0, 1].map((at) => weights(contexts.subarray(at * data.p, (at + 1) * data.p)));
      for (const w of each) expect(w.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 12);
      return Float64Array.from(each.flatMap((w) => Array.from(w)));
    }
    case "knn":
      return draw(createNeighbourSampler(data, sizes, spec.neighbours));
    case "empirical":
      return draw(createEmpiricalSampler(data, sizes));
    default:
      throw new Error("no such generator");
  }
}

describe.each(GENERATORS)("%s", (_name, spec) => {
  it.each(DEFECTS)("ends on finite draws of %s", async (_defect, data) => {
    const out = await drawn(spec, data);
    expect(out.length).toBeGreaterThan(0);
    expect(out.every(Number.isFinite)).toBe(true);
    if (spec.kind === "kernel") return;
    // A column that never varied is not made to vary.
    for (let j = 0; j < data.d; j++) {
      const first = data.outcomes[j]!;
      if (data.rows === 1 || data.outcomes.some((value, at) => at % data.d === j && value !== first)) continue;
      for (let at = j; at < out.length; at += data.d) expect(Math.abs(out[at]! - first)).toBeLessThan(0.02);
    }
  });
});

const names = (data: Rows) => ({
  context: Array.from({ length: data.p }, (_, j) => `x[${j + 1}]`),
  outcome: Array.from({ length: data.d }, (_, j) => `s[${j + 1}]`),
});

const said = (data: Rows, spec: GeneratorSpec): string =>
  degenerateRows(data, { context: data.p, outcome: data.d }, spec, names(data)).join("; ");

describe("a run is told of rows that determine too little", () => {
  const [mixture, flow] = [GENERATORS[0]![1], GENERATORS[9]![1]];

  it.each(DEFECTS)("%s", (_defect, data, ofMixture, ofFlow) => {
    if (ofMixture === null) expect(said(data, mixture)).toBe("");
    else expect(said(data, mixture)).toContain(ofMixture);
    if (ofFlow === null) expect(said(data, flow)).toBe("");
    else expect(said(data, flow)).toContain(ofFlow);
  });

  it("names four columns at most", () => {
    const data = rowsOf(50, 6, 1, (x) => x.fill(1));
    expect(said(data, flow)).toBe("6 columns have one value in all training rows");
  });
});
