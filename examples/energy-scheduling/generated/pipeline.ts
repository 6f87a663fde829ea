/**
 * When to use tomorrow's electricity: 24 prices that are not known yet, bounds for every hour and a total that must be
 * used (004, appendix B.4).
 * The data are not in the repository: README.md says where anyone gets them, and convert.mjs makes the file.
 *
 * Model EnergyScheduling of model.dro, written by `droc build` (droc 0.1.0).
 * Change the spec, not this file. Meaning of the model (sha256 of its IR):
 * 94cc5812dc5e7441d18e159d1a4a3e727d999b0097fca5a59a51f439040059e7
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

/** MWh; model.dro:11; already part of the numbers below */
export const least = 0.2;

/** MWh; model.dro:12; already part of the numbers below */
export const most = 2;

/** MWh; model.dro:13; already part of the numbers below */
export const total = 24;

/** What is known when deciding: x 0–48. */
export interface Context {
  /** 49 numbers, [49]. */
  readonly x: readonly number[];
}

/** What is uncertain: price 0–23. */
export interface Outcome {
  /** 24 numbers, [Hour], in usd/MWh. */
  readonly price: readonly number[];
}

/** What is decided: use 0–23. */
export interface Decision {
  /** 24 numbers, [Hour], in MWh. */
  readonly use: readonly number[];
}

const repeat = (value: number, count: number): readonly number[] => Array.from({ length: count }, () => value);

/** Data market (model.dro:15). */
const data: DataSpec = {
  name: "market",
  source: { kind: "csv", path: "data/days.csv", at: "model.dro:15:19" },
  fields: [
    {
      role: "index",
      name: "date",
      type: "date",
      size: 1,
      columns: { kind: "column", name: "date" },
      transforms: [],
      at: "model.dro:16:11",
    },
    {
      role: "context",
      name: "x",
      type: "real",
      size: 49,
      columns: {
        kind: "concat",
        sources: [
          { kind: "columns", pattern: "load_*" },
          { kind: "columns", pattern: "past_*" },
          { kind: "column", name: "weekend" },
        ],
      },
      transforms: ["standardize"],
      at: "model.dro:17:11",
    },
    {
      role: "outcome",
      name: "price",
      type: "real",
      size: 24,
      unit: "usd/MWh",
      columns: { kind: "columns", pattern: "price_*" },
      transforms: [],
      at: "model.dro:18:11",
    },
  ],
  split: { kind: "chronological", train: 0.7, validation: 0.1, test: 0.2, at: "model.dro:19:3" },
};

/** ℓ(z, s) at context x: bill (model.dro:28) */
function loss(use: Float64Array, price: Float64Array, _x: Float64Array): number {
  let total2 = 0;
  for (let i = 0; i < 24; i++) total2 += price[i] * use[i]; // Hour
  return total2;
}

/** ∇_z ℓ(z, s), derived from the loss. */
function lossGradientZ(_z: Float64Array, price: Float64Array, _x: Float64Array, out: Float64Array): void {
  for (let i = 0; i < 24; i++) out[i] = price[i]; // Hour
}

/** ∇_s ℓ(z, s), derived from the loss. */
function lossGradientS(use: Float64Array, _s: Float64Array, _x: Float64Array, out: Float64Array): void {
  for (let i = 0; i < 24; i++) out[i] = use[i]; // Hour
}

/** ∇_s of the loss extended by the risk's own variables t (Rockafellar and Uryasev): the risk has none. */
function extendedGradientS(
  z: Float64Array,
  _t: Float64Array,
  s: Float64Array,
  x: Float64Array,
  out: Float64Array,
): void {
  lossGradientS(z, s, x, out);
}

/**
 * The loss as the largest of pieces that are affine in the decision: ℓ(z, s) = max_j slope_j·z + offset_j.
 * `pull` is the gradient in s of Σ_j slopes_j·slope_j + offsets_j·offset_j.
 */
const pieces: DecisionProblem["pieces"] = {
  count: 1,
  fill(price, _x, slopes, offsets) {
    for (let i = 0; i < 24; i++) slopes[i] = price[i]; // Hour
    offsets[0] = 0;
  },
  pull(_s, _x, slopes, _offsets, out) {
    for (let i = 0; i < 24; i++) out[i] = slopes[i];
  },
};

/** Where the decision may lie. */
const feasible: FeasibleSet = {
  size: 24,
  lower: repeat(0.2, 24),
  upper: repeat(2, 24),
  inequalities: [],
  equalities: [
    // sum(use) == total
    { coefficients: repeat(1, 24), bound: 24, at: "model.dro:25:3" },
  ],
  integer: [],
  boundsAt: ["model.dro:22:34"],
};

/** mean(bill) (model.dro:30) */
const risk: RiskSpec = {
  mean: 1,
  cvar: [],
  linear: repeat(0, 24),
  quadratic: null,
  constant: 0,
};

const problem: DecisionProblem = {
  sizes: { context: 49, outcome: 24, decision: 24 },
  loss,
  lossGradientZ,
  lossGradientS,
  extendedGradientS,
  pieces,
  feasible,
  risk,
};

/** The law of the outcome given the context (model.dro:32). */
const generator: GeneratorSpec = {
  kind: "normalizing_flow",
  flow: "arqs",
  bins: 8,
  hidden: [64],
  layers: 1, // default
  ema: 0.999, // default
  scenarios: 100,
};

/** How it is trained (model.dro:34). */
const training: TrainSpec = {
  method: "gen_dfl",
  beta: [10],
  gamma: 1,
  samples: 32,
  ramp: 0, // default
  contexts: 8,
  proxy: {
    kind: "normalizing_flow",
    flow: "arqs",
    bins: 8, // default
    hidden: [64],
    layers: 1, // default
    ema: 0.999, // default
    scenarios: 128,
  },
  warmup: [1000],
  surrogate: {
    kind: "contrastive",
    pool: "cache",
    solve: 0.1, // default
    hinge: true, // default
  },
  steps: 200,
  batch: 64, // default
  optimizer: {
    kind: "adam",
    rate: 0.001, // default
    weightDecay: 0.0001, // default
  }, // default
};

/** What it is compared with. */
const comparison: readonly MethodSpec[] = [
  {
    method: "dfl",
    name: "two_stage",
    loss: { loss: "mse" },
    predictor: {
      kind: "mlp",
      hidden: [64], // default
      activation: "relu",
    }, // default
    steps: 2000, // default
    batch: 32, // default
    optimizer: {
      kind: "adam",
      rate: 0.001, // default
      weightDecay: 0.0001, // default
    }, // default
    solve: 1,
  },
  {
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
      rate: 0.001, // default
      weightDecay: 0.0001, // default
    }, // default
    solve: 1, // default
  },
  {
    method: "knn_saa",
    neighbours: 100, // default
  },
  { method: "saa" },
];

/** What is measured, and under which law. */
const evaluation: EvaluationSpec = {
  on: "test",
  metrics: [
    { metric: "hindsight_regret", unambiguous: false },
    { metric: "relative_regret", tail: 1 },
    { metric: "relative_regret", tail: 0.1 },
    { metric: "mean_loss" },
  ],
  evaluator: { kind: "residual_bootstrap", scenarios: 500 },
  seeds: 3,
  slices: 1, // default
  contexts: 200,
};

export const pipeline = definePipeline({
  name: "EnergyScheduling",
  doc: "When to use tomorrow's electricity: 24 prices that are not known yet, bounds for every hour and a total that must be\nused (004, appendix B.4).\nThe data are not in the repository: README.md says where anyone gets them, and convert.mjs makes the file.",
  irHash: "94cc5812dc5e7441d18e159d1a4a3e727d999b0097fca5a59a51f439040059e7",
  drocVersion: "0.1.0",
  seed: 0,
  root: new URL("../", import.meta.url),
  places: {
    uncertainty: "model.dro:32:1",
    train: "model.dro:34:7",
    loss: "model.dro:28:6",
    compare: "model.dro:45:9",
    evaluate: "model.dro:47:1",
  },
  decision: [{ name: "use", axes: [{ size: 24 }] }],
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
  return { use: Array.from(z) };
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
