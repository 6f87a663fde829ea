/**
 * How much energy a wind farm should sell for tomorrow, and how much reserve to hold against a calm day.
 * Weather: four years of daily records from Seattle (the npm package vega-datasets).
 *
 * Model WindCommitment of model.dro, written by `droc build` (droc 0.1.0).
 * Change the spec, not this file. Meaning of the model (sha256 of its IR):
 * fb07e53528cbcca3c4b9057df25412f81829c9c28a7663ad59bd0c5f393755d4
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

/** MWh; model.dro:12 */
export const capacity = 720;

/** MWh*s^3/m^3; model.dro:13 */
export const power = 3.3;

/** usd/MWh; model.dro:14 */
export const price = 50;

/** usd/MWh; model.dro:15 */
export const fee = 8;

/** usd/MWh; model.dro:16 */
export const activation = 70;

/** usd/MWh; model.dro:17 */
export const penalty = 150;

/** model.dro:18; already part of the numbers below */
export const aversion = 0.5;

/** What is known when deciding: x 0–7. */
export interface Context {
  /** 8 numbers, [Feature]. */
  readonly x: readonly number[];
}

/** What is uncertain: wind 0. */
export interface Outcome {
  /** one number, in m/s. */
  readonly wind: number;
}

/** What is decided: commit 0, reserve 1. */
export interface Decision {
  /** one number, in MWh. */
  readonly commit: number;
  /** one number, in MWh. */
  readonly reserve: number;
}

/** Data weather (model.dro:20). */
const data: DataSpec = {
  name: "weather",
  source: { kind: "csv", path: "../../node_modules/vega-datasets/data/seattle-weather.csv", at: "model.dro:20:20" },
  fields: [
    {
      role: "index",
      name: "date",
      type: "date",
      size: 1,
      columns: { kind: "column", name: "date" },
      transforms: [],
      at: "model.dro:21:11",
    },
    {
      role: "context",
      name: "x",
      type: "real",
      size: 8,
      columns: {
        kind: "concat",
        sources: [
          { kind: "lag", source: { kind: "column", name: "wind" }, steps: [1, 2] },
          {
            kind: "lag",
            source: { kind: "rolling", source: { kind: "column", name: "wind" }, statistic: "mean", window: 7 },
            steps: [1],
          },
          {
            kind: "lag",
            source: { kind: "map", source: { kind: "column", name: "precipitation" }, fn: "log1p" },
            steps: [1],
          },
          { kind: "lag", source: { kind: "column", name: "temp_max" }, steps: [1] },
          { kind: "lag", source: { kind: "column", name: "temp_min" }, steps: [1] },
          { kind: "season", period: "year" },
        ],
      },
      transforms: ["standardize"],
      at: "model.dro:22:11",
    },
    {
      role: "outcome",
      name: "wind",
      type: "real",
      size: 1,
      unit: "m/s",
      columns: { kind: "column", name: "wind" },
      transforms: [],
      range: { lower: 0, upper: 40 },
      at: "model.dro:31:11",
    },
  ],
  split: { kind: "chronological", train: 0.6, validation: 0.2, test: 0.2, at: "model.dro:32:3" },
};

/** ℓ(z, s) at context x: cost (model.dro:40) */
function loss(z: Float64Array, s: Float64Array, _x: Float64Array): number {
  const reserve = z[1];
  const commit = z[0];
  const wind = s[0];
  const difference = commit - Math.min(capacity, power * Math.max(wind, 0) ** 3);
  return (
    fee * reserve -
    price * commit +
    activation * Math.max(difference, 0) +
    (penalty - activation) * Math.max(difference - reserve, 0)
  );
}

/** ∇_z ℓ(z, s), derived from the loss. */
function lossGradientZ(z: Float64Array, s: Float64Array, _x: Float64Array, out: Float64Array): void {
  const commit = z[0];
  const wind = s[0];
  const reserve = z[1];
  const difference = commit - Math.min(capacity, power * Math.max(wind, 0) ** 3);
  const chosen = difference - reserve > 0 ? penalty - activation : 0;
  out[0] = chosen + (difference > 0 ? activation : 0) - price;
  out[1] = fee - chosen;
}

/** ∇_s ℓ(z, s), derived from the loss. */
function lossGradientS(z: Float64Array, s: Float64Array, _x: Float64Array, out: Float64Array): void {
  const wind = s[0];
  const commit = z[0];
  const reserve = z[1];
  const excess = Math.max(wind, 0);
  const product = power * excess ** 3;
  const difference = commit - Math.min(capacity, product);
  out[0] =
    wind > 0
      ? (capacity <= product
          ? 0
          : -((difference - reserve > 0 ? penalty - activation : 0) + (difference > 0 ? activation : 0))) *
        power *
        (3 * (excess * excess))
      : 0;
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
  if (value > t[0]) weight += 0.5 / (1 - 0.9);
  out[0] *= weight;
}

/**
 * The loss as the largest of pieces that are affine in the decision: ℓ(z, s) = max_j slope_j·z + offset_j.
 * `pull` is the gradient in s of Σ_j slopes_j·slope_j + offsets_j·offset_j.
 */
const pieces: DecisionProblem["pieces"] = {
  count: 4,
  fill(s, _x, slopes, offsets) {
    const wind = s[0];
    const difference = penalty - activation;
    slopes[0] = activation + difference - price;
    const sum = activation - penalty + fee;
    slopes[1] = sum;
    const smaller = Math.min(capacity, power * Math.max(wind, 0) ** 3);
    const negated = -(activation * smaller);
    const product = difference * smaller;
    offsets[0] = negated - product;
    slopes[2] = activation - price;
    slopes[3] = fee;
    offsets[1] = negated;
    slopes[4] = difference - price;
    slopes[5] = sum;
    offsets[2] = -product;
    slopes[6] = -price;
    slopes[7] = fee;
    offsets[3] = 0;
  },
  pull(s, _x, _slopes, offsets, out) {
    const wind = s[0];
    const excess = Math.max(wind, 0);
    out[0] =
      wind > 0
        ? (capacity <= power * excess ** 3
            ? 0
            : (-offsets[2] - offsets[0]) * (penalty - activation) + (-offsets[1] - offsets[0]) * activation) *
          power *
          (3 * (excess * excess))
        : 0;
  },
};

/** Where the decision may lie. */
const feasible: FeasibleSet = {
  size: 2,
  lower: [0, 0],
  upper: [720, 720],
  inequalities: [],
  equalities: [],
  integer: [],
  boundsAt: ["model.dro:35:31", "model.dro:35:66"],
};

/** mean(cost) + aversion * cvar(cost, level = 90%) (model.dro:45) */
const risk: RiskSpec = {
  mean: 1,
  cvar: [{ weight: 0.5, level: 0.9 }],
  linear: [0, 0],
  quadratic: null,
  constant: 0,
};

const problem: DecisionProblem = {
  sizes: { context: 8, outcome: 1, decision: 2 },
  loss,
  lossGradientZ,
  lossGradientS,
  extendedGradientS,
  pieces,
  feasible,
  risk,
};

/** The law of the outcome given the context (model.dro:47). */
const generator: GeneratorSpec = {
  kind: "flow_matching",
  hidden: [32, 32],
  activation: "relu", // default
  solver: "midpoint",
  odeSteps: 8,
  ema: 0.999, // default
  scenarios: 256,
};

/** How it is trained (model.dro:49). */
const training: TrainSpec = {
  method: "dw_fm",
  strength: { scale: "relative", grid: [0, 0.1, 0.3] },
  reference: { kind: "knn_saa", folds: 5, neighbours: 50 },
  detilt: false, // default
  steps: 300,
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
    method: "pto",
    hidden: [64, 64], // default
    steps: 300,
  },
  {
    method: "gmm",
    components: [1, 2, 3, 4, 5],
    criterion: "aic",
    covariance: "full", // default
    restarts: 5, // default
    floor: 0.000001, // default
  },
  { method: "knn_saa", neighbours: 100 },
  { method: "saa" },
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
  evaluator: { kind: "residual_bootstrap", scenarios: 1024 },
  seeds: 3,
  slices: 4,
  contexts: 150,
};

export const pipeline = definePipeline({
  name: "WindCommitment",
  doc: "How much energy a wind farm should sell for tomorrow, and how much reserve to hold against a calm day.\nWeather: four years of daily records from Seattle (the npm package vega-datasets).",
  irHash: "fb07e53528cbcca3c4b9057df25412f81829c9c28a7663ad59bd0c5f393755d4",
  drocVersion: "0.1.0",
  seed: 0, // default
  root: new URL("../", import.meta.url),
  places: {
    uncertainty: "model.dro:47:1",
    train: "model.dro:49:7",
    loss: "model.dro:40:6",
    compare: "model.dro:58:9",
    evaluate: "model.dro:65:1",
  },
  decision: [
    { name: "commit", axes: [] },
    { name: "reserve", axes: [] },
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
  return { commit: z[0]!, reserve: z[1]! };
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
