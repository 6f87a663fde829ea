/**
 * PyEPO's knapsack with two capacities: the values of the items are predicted, their weights are known. The rows are
 * those that PyEPO's own generator draws with seed 135.
 *
 * Model Knapsack of model.dro, written by `droc build` (droc 0.1.0).
 * Change the spec, not this file. Meaning of the model (sha256 of its IR):
 * 5e2c32f1f179212ed2cc7b8a178b71648d23eeceb771469a99736e57bb66ff0f
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

/** model.dro:7; already part of the numbers below */
export const light = [4.59, 4.87, 5.19, 7.59, 6.8, 4.97, 4.84, 3.22];

/** model.dro:8; already part of the numbers below */
export const bulky = [7.9, 3.62, 3.12, 6.81, 7.09, 3.23, 4.47, 5.23];

/** What is known when deciding: x 0–4. */
export interface Context {
  /** 5 numbers, [5]. */
  readonly x: readonly number[];
}

/** What is uncertain: v 0–7. */
export interface Outcome {
  /** 8 numbers, [Item]. */
  readonly v: readonly number[];
}

/** What is decided: take 0–7. */
export interface Decision {
  /** 8 numbers, [Item]. */
  readonly take: readonly number[];
}

const repeat = (value: number, count: number): readonly number[] => Array.from({ length: count }, () => value);

/** Data items (model.dro:10). */
const data: DataSpec = {
  name: "items",
  source: {
    kind: "synthetic",
    task: "pyepo_knapsack",
    options: {
      items: 8,
      dimensions: 2,
      degree: 4,
      random_state: 135,
      train: 200,
      validation: 50,
      test: 500,
      features: 5,
      noise: 0.5,
    },
    at: "model.dro:10:14",
  },
  fields: [
    { role: "context", name: "x", type: "real", size: 5, columns: null, transforms: [], at: "model.dro:19:11" },
    { role: "outcome", name: "v", type: "real", size: 8, columns: null, transforms: [], at: "model.dro:20:11" },
  ],
  split: { kind: "task" }, // default
};

/** ℓ(z, s) at context x: forgone (model.dro:30) */
function loss(take: Float64Array, v: Float64Array, _x: Float64Array): number {
  let total = 0;
  for (let i = 0; i < 8; i++) total += v[i] * take[i]; // Item
  return -total;
}

/** ∇_z ℓ(z, s), derived from the loss. */
function lossGradientZ(_z: Float64Array, v: Float64Array, _x: Float64Array, out: Float64Array): void {
  for (let i = 0; i < 8; i++) out[i] = -v[i]; // Item
}

/** ∇_s ℓ(z, s), derived from the loss. */
function lossGradientS(take: Float64Array, _s: Float64Array, _x: Float64Array, out: Float64Array): void {
  for (let i = 0; i < 8; i++) out[i] = -take[i]; // Item
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
  fill(v, _x, slopes, offsets) {
    for (let i = 0; i < 8; i++) slopes[i] = -v[i]; // Item
    offsets[0] = 0;
  },
  pull(_s, _x, slopes, _offsets, out) {
    for (let i = 0; i < 8; i++) out[i] = -slopes[i];
  },
};

/** Where the decision may lie. */
const feasible: FeasibleSet = {
  size: 8,
  lower: repeat(0, 8),
  upper: repeat(1, 8),
  inequalities: [
    // dot(light, take) <= 20
    { coefficients: [4.59, 4.87, 5.19, 7.59, 6.8, 4.97, 4.84, 3.22], bound: 20, at: "model.dro:26:3" },
    // dot(bulky, take) <= 20
    { coefficients: [7.9, 3.62, 3.12, 6.81, 7.09, 3.23, 4.47, 5.23], bound: 20, at: "model.dro:27:3" },
  ],
  equalities: [],
  integer: [0, 1, 2, 3, 4, 5, 6, 7],
  boundsAt: ["model.dro:23:29"],
};

/** mean(forgone) (model.dro:32) */
const risk: RiskSpec = {
  mean: 1,
  cvar: [],
  linear: repeat(0, 8),
  quadratic: null,
  constant: 0,
};

const problem: DecisionProblem = {
  sizes: { context: 5, outcome: 8, decision: 8 },
  loss,
  lossGradientZ,
  lossGradientS,
  extendedGradientS,
  pieces,
  feasible,
  risk,
};

/** The law of the outcome given the context (model.dro:34). */
const generator: GeneratorSpec = {
  kind: "vae",
  latent: 4,
  hidden: [32],
  ema: 0.999, // default
  scenarios: 100,
};

/** How it is trained (model.dro:36). */
const training: TrainSpec = {
  method: "gen_dfl",
  beta: [1, 10],
  gamma: 1, // default
  samples: 32,
  ramp: 0, // default
  contexts: 8,
  proxy: {
    kind: "vae",
    latent: 4,
    hidden: [32],
    ema: 0.999, // default
    scenarios: 128,
  },
  warmup: [1000],
  surrogate: {
    kind: "contrastive",
    pool: "cache", // default
    solve: 0.05,
    hinge: true, // default
  },
  steps: 100,
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
    predictor: { kind: "linear" },
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
    predictor: { kind: "linear" },
    steps: 500,
    batch: 32, // default
    optimizer: {
      kind: "adam",
      rate: 0.001, // default
      weightDecay: 0.0001, // default
    }, // default
    solve: 0.05,
  },
  {
    method: "dfl",
    name: "nce",
    loss: { loss: "nce" },
    predictor: { kind: "linear" },
    steps: 500,
    batch: 32, // default
    optimizer: {
      kind: "adam",
      rate: 0.001, // default
      weightDecay: 0.0001, // default
    }, // default
    solve: 0.05,
  },
  {
    method: "knn_saa",
    neighbours: 100, // default
  },
];

/** What is measured, and under which law. */
const evaluation: EvaluationSpec = {
  on: "test",
  metrics: [{ metric: "relative_regret" }, { metric: "hindsight_regret", unambiguous: false }, { metric: "mse" }],
  evaluator: { kind: "truth", scenarios: 512 },
  seeds: 3,
  slices: 1, // default
  contexts: 100,
};

export const pipeline = definePipeline({
  name: "Knapsack",
  doc: "PyEPO's knapsack with two capacities: the values of the items are predicted, their weights are known. The rows are\nthose that PyEPO's own generator draws with seed 135.",
  irHash: "5e2c32f1f179212ed2cc7b8a178b71648d23eeceb771469a99736e57bb66ff0f",
  drocVersion: "0.1.0",
  seed: 0, // default
  root: new URL("../", import.meta.url),
  places: {
    uncertainty: "model.dro:34:1",
    train: "model.dro:36:7",
    loss: "model.dro:30:6",
    compare: "model.dro:46:9",
    evaluate: "model.dro:51:1",
  },
  decision: [{ name: "take", axes: [{ size: 8 }] }],
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
  return { take: Array.from(z) };
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
