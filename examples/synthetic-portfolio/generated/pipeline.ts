/**
 * The synthetic portfolio of 003, appendix E.1. Its true conditional law is known, so regret is exact up to sampling.
 * Sweep the difficulty with `--set degree=2`, 4, 6 or 8.
 *
 * Model SyntheticPortfolio of model.dro, written by `droc build` (droc 0.1.0).
 * Change the spec, not this file. Meaning of the model (sha256 of its IR):
 * 1e474cfa3043a342b7d5a258ac6ccc52a306adaa39711dffbd96b327a5b53047
 */
import { createDecision, definePipeline, main } from "droc/runtime";
import type {
  DataSpec,
  DecisionProblem,
  EvaluationSpec,
  FeasibleSet,
  GeneratorSpec,
  MethodSpec,
  RiskSpec,
  TrainSpec,
} from "droc/runtime";

/** model.dro:8; already part of the numbers below */
export const degree = 4;

/** model.dro:9; already part of the numbers below */
export const gamma = 2;

/** model.dro:10; already part of the numbers below */
export const eta = 0.001;

/** What is known when deciding: x 0–4. */
export interface Context {
  /** 5 numbers, [Feature]. */
  readonly x: readonly number[];
}

/** What is uncertain: s 0–9. */
export interface Outcome {
  /** 10 numbers, [Asset]. */
  readonly s: readonly number[];
}

/** What is decided: z 0–9. */
export interface Decision {
  /** 10 numbers, [Asset]. */
  readonly z: readonly number[];
}

const repeat = (value: number, count: number): readonly number[] => Array.from({ length: count }, () => value);

/** A square matrix, row-major. */
const diagonal = (values: readonly number[]): readonly number[] =>
  values.flatMap((value, i) => values.map((_, j) => (i === j ? value : 0)));

/** Data returns (model.dro:12). */
const data: DataSpec = {
  name: "returns",
  source: {
    kind: "synthetic",
    task: "portfolio",
    options: {
      assets: 10,
      covariates: 5,
      degree: 4,
      train: 20000,
      validation: 300,
      test: 500,
      signal: 0.02,
      noise: 0.01,
      stress_lower: 0.05,
      stress_upper: 0.35,
    },
    at: "model.dro:12:16",
  },
  fields: [
    { role: "context", name: "x", type: "real", size: 5, columns: null, transforms: [], at: "model.dro:20:11" },
    { role: "outcome", name: "s", type: "real", size: 10, columns: null, transforms: [], at: "model.dro:21:11" },
  ],
  split: { kind: "task" }, // default
};

/** ℓ(z, s) at context x: L (model.dro:26) */
function loss(z: Float64Array, s: Float64Array, _x: Float64Array): number {
  let total = 0;
  for (let i = 0; i < 10; i++) total += s[i] * z[i]; // Asset
  return -total;
}

/** ∇_z ℓ(z, s), derived from the loss. */
function lossGradientZ(_z: Float64Array, s: Float64Array, _x: Float64Array, out: Float64Array): void {
  for (let i = 0; i < 10; i++) out[i] = -s[i]; // Asset
}

/** ∇_s ℓ(z, s), derived from the loss. */
function lossGradientS(z: Float64Array, _s: Float64Array, _x: Float64Array, out: Float64Array): void {
  for (let i = 0; i < 10; i++) out[i] = -z[i]; // Asset
}

/**
 * ∇_s of the loss extended by the risk's own variables t (Rockafellar and Uryasev):
 * outcomes whose loss exceeds t count as the CVaR at 95 % weighs them.
 */
function extendedGradientS(
  z: Float64Array,
  t: Float64Array,
  s: Float64Array,
  x: Float64Array,
  out: Float64Array,
): void {
  lossGradientS(z, s, x, out);
  const value = loss(z, s, x);
  let weight = 1;
  if (value > t[0]) weight += 2 / (1 - 0.95);
  for (let i = 0; i < 10; i++) out[i] *= weight;
}

/**
 * The loss as the largest of pieces that are affine in the decision: ℓ(z, s) = max_j slope_j·z + offset_j.
 * `pull` is the gradient in s of Σ_j slopes_j·slope_j + offsets_j·offset_j.
 */
const pieces: DecisionProblem["pieces"] = {
  count: 1,
  fill(s, _x, slopes, offsets) {
    for (let i = 0; i < 10; i++) slopes[i] = -s[i]; // Asset
    offsets[0] = 0;
  },
  pull(_s, _x, slopes, _offsets, out) {
    for (let i = 0; i < 10; i++) out[i] = -slopes[i];
  },
};

/** Where the decision may lie. */
const feasible: FeasibleSet = {
  size: 10,
  lower: repeat(0, 10),
  upper: repeat(0.3, 10),
  inequalities: [],
  equalities: [
    // simplex: sum(z) == total
    { coefficients: repeat(1, 10), bound: 1, at: "model.dro:24:28" },
  ],
  integer: [],
  boundsAt: ["model.dro:24:28"],
};

/** mean(L) + gamma * cvar(L, level = 95%) + eta * sum_squares(z) (model.dro:28) */
const risk: RiskSpec = {
  mean: 1,
  cvar: [{ weight: 2, level: 0.95 }],
  linear: repeat(0, 10),
  quadratic: diagonal(repeat(0.001, 10)),
  constant: 0,
};

const problem: DecisionProblem = {
  sizes: { context: 5, outcome: 10, decision: 10 },
  loss,
  lossGradientZ,
  lossGradientS,
  extendedGradientS,
  pieces,
  feasible,
  risk,
};

/** The law of the outcome given the context (model.dro:30). */
const generator: GeneratorSpec = {
  kind: "flow_matching",
  hidden: [64, 64],
  activation: "relu",
  solver: "midpoint",
  odeSteps: 8,
  ema: 0.999,
  scenarios: 512,
};

/** How it is trained (model.dro:39). */
const training: TrainSpec = {
  method: "dw_fm",
  strength: { scale: "relative", grid: [0, 0.02, 0.05, 0.1, 0.2] },
  reference: { kind: "saa", folds: 5 },
  detilt: false, // default
  steps: 10000,
  batch: 256,
  optimizer: { kind: "adam", rate: 0.001, weightDecay: 0.0001 },
  select: { metric: "regret", on: "validation" },
  controls: true, // default
};

/** What it is compared with. */
const comparison: readonly MethodSpec[] = [
  { method: "uniform_fm" },
  { method: "dw_fm", detilt: true },
  {
    method: "tuned",
    name: "pto",
    by: "regret",
    candidates: [
      {
        chosen: { hidden: [64, 64] },
        spec: {
          method: "pto",
          hidden: [64, 64],
          steps: 5000, // default
        },
      },
      {
        chosen: { hidden: [128, 128] },
        spec: {
          method: "pto",
          hidden: [128, 128],
          steps: 5000, // default
        },
      },
      {
        chosen: { hidden: [256, 256] },
        spec: {
          method: "pto",
          hidden: [256, 256],
          steps: 5000, // default
        },
      },
    ],
  },
  {
    method: "tuned",
    name: "spo_plus",
    by: "regret",
    candidates: [
      {
        chosen: { "optimizer.rate": 0.001 },
        spec: {
          method: "dfl",
          name: "spo_plus",
          loss: { loss: "spo_plus" },
          predictor: {
            kind: "mlp",
            hidden: [64], // default
            activation: "relu",
          }, // default
          steps: 2000, // default
          batch: 32, // default
          optimizer: {
            kind: "adam",
            rate: 0.001,
            weightDecay: 0.0001, // default
          },
          solve: 1, // default
        },
      },
      {
        chosen: { "optimizer.rate": 0.01 },
        spec: {
          method: "dfl",
          name: "spo_plus",
          loss: { loss: "spo_plus" },
          predictor: {
            kind: "mlp",
            hidden: [64], // default
            activation: "relu",
          }, // default
          steps: 2000, // default
          batch: 32, // default
          optimizer: {
            kind: "adam",
            rate: 0.01,
            weightDecay: 0.0001, // default
          },
          solve: 1, // default
        },
      },
      {
        chosen: { "optimizer.rate": 0.03 },
        spec: {
          method: "dfl",
          name: "spo_plus",
          loss: { loss: "spo_plus" },
          predictor: {
            kind: "mlp",
            hidden: [64], // default
            activation: "relu",
          }, // default
          steps: 2000, // default
          batch: 32, // default
          optimizer: {
            kind: "adam",
            rate: 0.03,
            weightDecay: 0.0001, // default
          },
          solve: 1, // default
        },
      },
    ],
  },
  {
    method: "tuned",
    name: "task_e2e",
    by: "regret",
    candidates: [
      {
        chosen: { "optimizer.rate": 0.001 },
        spec: {
          method: "dfl",
          name: "task_e2e",
          loss: { loss: "task" },
          predictor: {
            kind: "mlp",
            hidden: [64], // default
            activation: "relu",
          }, // default
          steps: 2000, // default
          batch: 32, // default
          optimizer: {
            kind: "adam",
            rate: 0.001,
            weightDecay: 0.0001, // default
          },
          solve: 1,
        },
      },
      {
        chosen: { "optimizer.rate": 0.01 },
        spec: {
          method: "dfl",
          name: "task_e2e",
          loss: { loss: "task" },
          predictor: {
            kind: "mlp",
            hidden: [64], // default
            activation: "relu",
          }, // default
          steps: 2000, // default
          batch: 32, // default
          optimizer: {
            kind: "adam",
            rate: 0.01,
            weightDecay: 0.0001, // default
          },
          solve: 1,
        },
      },
    ],
  },
  {
    method: "tuned",
    name: "gmm",
    by: "regret",
    candidates: [
      {
        chosen: { components: 2 },
        spec: {
          method: "gmm",
          components: [2],
          criterion: "aic",
          covariance: "full", // default
          restarts: 2,
          floor: 0.000001, // default
        },
      },
      {
        chosen: { components: 4 },
        spec: {
          method: "gmm",
          components: [4],
          criterion: "aic",
          covariance: "full", // default
          restarts: 2,
          floor: 0.000001, // default
        },
      },
      {
        chosen: { components: 8 },
        spec: {
          method: "gmm",
          components: [8],
          criterion: "aic",
          covariance: "full", // default
          restarts: 2,
          floor: 0.000001, // default
        },
      },
      {
        chosen: { components: 16 },
        spec: {
          method: "gmm",
          components: [16],
          criterion: "aic",
          covariance: "full", // default
          restarts: 2,
          floor: 0.000001, // default
        },
      },
    ],
  },
  {
    method: "tuned",
    name: "knn_saa",
    by: "regret",
    candidates: [
      { chosen: { neighbours: 30 }, spec: { method: "knn_saa", neighbours: 30 } },
      { chosen: { neighbours: 100 }, spec: { method: "knn_saa", neighbours: 100 } },
      { chosen: { neighbours: 300 }, spec: { method: "knn_saa", neighbours: 300 } },
      { chosen: { neighbours: 1000 }, spec: { method: "knn_saa", neighbours: 1000 } },
    ],
  },
  { method: "saa" },
  { method: "equal_weights" },
  { method: "oracle_saa" },
];

/** What is measured, and under which law. */
const evaluation: EvaluationSpec = {
  on: "test",
  metrics: [
    { metric: "regret" },
    { metric: "regret", hardest: 0.25 },
    {
      metric: "cvar_loss",
      level: 0.95, // default
    },
    { metric: "tail_w1", worst: 0.1 },
    { metric: "quantile_gap", level: 0.9 },
    { metric: "cvar_gap", level: 0.9 },
  ],
  evaluator: {
    kind: "truth",
    scenarios: 4096, // default
  }, // default
  seeds: 5,
  slices: 1, // default
  contexts: 0, // default
};

export const pipeline = definePipeline({
  name: "SyntheticPortfolio",
  doc: "The synthetic portfolio of 003, appendix E.1. Its true conditional law is known, so regret is exact up to sampling.\nSweep the difficulty with `--set degree=2`, 4, 6 or 8.",
  irHash: "1e474cfa3043a342b7d5a258ac6ccc52a306adaa39711dffbd96b327a5b53047",
  drocVersion: "0.1.0",
  seed: 0, // default
  root: new URL("../", import.meta.url),
  places: {
    uncertainty: "model.dro:30:1",
    train: "model.dro:39:7",
    loss: "model.dro:26:6",
    compare: "model.dro:48:9",
    evaluate: "model.dro:59:1",
  },
  decision: [{ name: "z", axes: [{ size: 10 }] }],
  data,
  problem,
  generator,
  train: training,
  compare: comparison,
  evaluate: evaluation,
});

const deciders = new Map<string, ReturnType<typeof createDecision>>();

/** Opened once for each run folder, and kept until `dispose`. */
function openDecider(runFolder: string): ReturnType<typeof createDecision> {
  const opened =
    deciders.get(runFolder) ?? createDecision(pipeline, runFolder, { workers: { module: import.meta.url } });
  deciders.set(runFolder, opened);
  // A folder that could not be opened may be whole the next time.
  opened.catch(() => deciders.delete(runFolder));
  return opened;
}

/** A context's numbers in the order of the model. */
function values(context: Context): Float64Array {
  return Float64Array.of(...context.x);
}

/** A decision's numbers by name. */
function named(z: Float64Array): Decision {
  return { z: Array.from(z) };
}

/** The decision at a context as it is observed (raw, not transformed), by the model trained in `runFolder`. */
export async function decide(context: Context, runFolder: string): Promise<Decision> {
  const decider = await openDecider(runFolder);
  const { z } = await decider(values(context));
  return named(z);
}

/**
 * Decisions at many contexts, in their order and on every core, each as soon as it is there. There may be any number of
 * contexts: they are asked for as they are needed.
 */
export async function* decideMany(
  contexts: AsyncIterable<Context> | Iterable<Context>,
  runFolder: string,
): AsyncGenerator<Decision> {
  const decider = await openDecider(runFolder);
  const rows = async function* () {
    for await (const context of contexts) yield values(context);
  };
  for await (const { z } of decider.many(rows())) yield named(z);
}

/** Lets go of the samplers, solvers and processes that deciding has opened. */
export async function dispose(): Promise<void> {
  const opened = [...deciders.values()];
  deciders.clear();
  for (const decider of await Promise.all(opened)) await decider.dispose();
}

await main(pipeline, import.meta.url);
