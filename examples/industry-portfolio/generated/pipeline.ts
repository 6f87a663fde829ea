/**
 * Next-day allocation over ten industries; downside matters more than the mean (003, appendix E.2).
 * The data are not in the repository: DATA.md says where anyone gets them, and convert.mjs makes the file.
 *
 * Model IndustryPortfolio of model.dro, written by `droc build` (droc 0.1.0).
 * Change the spec, not this file. Meaning of the model (sha256 of its IR):
 * bf0360ec7d7307fad60dbf9ee7e7ffd2069b659e98ca924591ee25b7d41ce5a9
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
export const gamma = 2;

/** model.dro:9; already part of the numbers below */
export const eta = 0.001;

/** What is known when deciding: x 0–98. */
export interface Context {
  /** 99 numbers, [Feature]. */
  readonly x: readonly number[];
}

/** What is uncertain: s 0–9. */
export interface Outcome {
  /** 10 numbers, [Industry]. */
  readonly s: readonly number[];
}

/** What is decided: z 0–9. */
export interface Decision {
  /** 10 numbers, [Industry]. */
  readonly z: readonly number[];
}

const repeat = (value: number, count: number): readonly number[] => Array.from({ length: count }, () => value);

/** A square matrix, row-major. */
const diagonal = (values: readonly number[]): readonly number[] =>
  values.flatMap((value, i) => values.map((_, j) => (i === j ? value : 0)));

/** Data market (model.dro:11). */
const data: DataSpec = {
  name: "market",
  source: { kind: "csv", path: "data/industries.csv", at: "model.dro:11:19" },
  fields: [
    {
      role: "index",
      name: "date",
      type: "date",
      size: 1,
      columns: { kind: "column", name: "date" },
      transforms: [],
      at: "model.dro:12:11",
    },
    {
      role: "context",
      name: "x",
      type: "real",
      size: 99,
      columns: { kind: "columns", pattern: "f_*" },
      transforms: ["standardize"],
      at: "model.dro:13:11",
    },
    {
      role: "outcome",
      name: "s",
      type: "real",
      size: 10,
      labels: ["NoDur", "Durbl", "Manuf", "Enrgy", "HiTec", "Telcm", "Shops", "Hlth", "Utils", "Other"],
      columns: { kind: "columns", pattern: "r_*" },
      transforms: [],
      range: { lower: -1, upper: 1 },
      at: "model.dro:14:11",
    },
  ],
  split: { kind: "chronological", train: 0.7, validation: 0.1, test: 0.2, at: "model.dro:15:3" },
};

/** ℓ(z, s) at context x: L (model.dro:20) */
function loss(z: Float64Array, s: Float64Array, _x: Float64Array): number {
  let total = 0;
  for (let i = 0; i < 10; i++) total += s[i] * z[i]; // Industry
  return -total;
}

/** ∇_z ℓ(z, s), derived from the loss. */
function lossGradientZ(_z: Float64Array, s: Float64Array, _x: Float64Array, out: Float64Array): void {
  for (let i = 0; i < 10; i++) out[i] = -s[i]; // Industry
}

/** ∇_s ℓ(z, s), derived from the loss. */
function lossGradientS(z: Float64Array, _s: Float64Array, _x: Float64Array, out: Float64Array): void {
  for (let i = 0; i < 10; i++) out[i] = -z[i]; // Industry
}

/**
 * ∇_s of the loss extended by the risk's own variables t (Rockafellar and Uryasev):
 * outcomes whose loss exceeds t count as the CVaR at 90 % weighs them.
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
  if (value > t[0]) weight += 2 / (1 - 0.9);
  for (let i = 0; i < 10; i++) out[i] *= weight;
}

/**
 * The loss as the largest of pieces that are affine in the decision: ℓ(z, s) = max_j slope_j·z + offset_j.
 * `pull` is the gradient in s of Σ_j slopes_j·slope_j + offsets_j·offset_j.
 */
const pieces: DecisionProblem["pieces"] = {
  count: 1,
  fill(s, _x, slopes, offsets) {
    for (let i = 0; i < 10; i++) slopes[i] = -s[i]; // Industry
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
    { coefficients: repeat(1, 10), bound: 1, at: "model.dro:18:31" },
  ],
  integer: [],
  boundsAt: ["model.dro:18:31"],
};

/** mean(L) + gamma * cvar(L, level = 90%) + eta * sum_squares(z) (model.dro:22) */
const risk: RiskSpec = {
  mean: 1,
  cvar: [{ weight: 2, level: 0.9 }],
  linear: repeat(0, 10),
  quadratic: diagonal(repeat(0.001, 10)),
  constant: 0,
};

const problem: DecisionProblem = {
  sizes: { context: 99, outcome: 10, decision: 10 },
  loss,
  lossGradientZ,
  lossGradientS,
  extendedGradientS,
  pieces,
  feasible,
  risk,
};

/** The law of the outcome given the context (model.dro:24). */
const generator: GeneratorSpec = {
  kind: "flow_matching",
  hidden: [64, 64],
  activation: "relu",
  solver: "midpoint",
  odeSteps: 8,
  ema: 0.999,
  scenarios: 512,
};

/** How it is trained (model.dro:33). */
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
      { chosen: { hidden: [16], steps: 500 }, spec: { method: "pto", hidden: [16], steps: 500 } },
      { chosen: { hidden: [16], steps: 5000 }, spec: { method: "pto", hidden: [16], steps: 5000 } },
      { chosen: { hidden: [64, 64], steps: 500 }, spec: { method: "pto", hidden: [64, 64], steps: 500 } },
      { chosen: { hidden: [64, 64], steps: 5000 }, spec: { method: "pto", hidden: [64, 64], steps: 5000 } },
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
        chosen: { components: 1 },
        spec: {
          method: "gmm",
          components: [1],
          criterion: "aic",
          covariance: "full", // default
          restarts: 2,
          floor: 0.000001, // default
        },
      },
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
        chosen: { components: 3 },
        spec: {
          method: "gmm",
          components: [3],
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
];

/** What is measured, and under which law. */
const evaluation: EvaluationSpec = {
  on: "test",
  metrics: [
    { metric: "regret" },
    { metric: "regret", hardest: 0.25 },
    { metric: "mean_loss" },
    {
      metric: "cvar_loss",
      level: 0.9, // default
    },
    { metric: "tail_w1", worst: 0.1 },
    { metric: "quantile_gap", level: 0.9 },
    { metric: "cvar_gap", level: 0.9 },
  ],
  evaluator: {
    kind: "residual_bootstrap",
    scenarios: 4096, // default
  }, // default
  seeds: 5,
  slices: 5,
  contexts: 500,
};

export const pipeline = definePipeline({
  name: "IndustryPortfolio",
  doc: "Next-day allocation over ten industries; downside matters more than the mean (003, appendix E.2).\nThe data are not in the repository: DATA.md says where anyone gets them, and convert.mjs makes the file.",
  irHash: "bf0360ec7d7307fad60dbf9ee7e7ffd2069b659e98ca924591ee25b7d41ce5a9",
  drocVersion: "0.1.0",
  seed: 0, // default
  root: new URL("../", import.meta.url),
  places: {
    uncertainty: "model.dro:24:1",
    train: "model.dro:33:7",
    loss: "model.dro:20:6",
    compare: "model.dro:42:9",
    evaluate: "model.dro:52:1",
  },
  decision: [
    {
      name: "z",
      axes: [
        { size: 10, labels: ["NoDur", "Durbl", "Manuf", "Enrgy", "HiTec", "Telcm", "Shops", "Hlth", "Utils", "Other"] },
      ],
    },
  ],
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
