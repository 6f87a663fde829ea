/**
 * The contextual newsvendor of 002: order before demand is known, whose law mixes a linear and a quadratic response.
 *
 * Model Newsvendor of model.dro, written by `droc build` (droc 0.1.0).
 * Change the spec, not this file. Meaning of the model (sha256 of its IR):
 * 3b7643e51230cf13fa42b853d154fee1e136829e7cfa96a70fef486718b385d0
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

/** usd/item; model.dro:7 */
export const holding = 1;

/** usd/item; model.dro:8 */
export const stockout = 9;

/** What is known when deciding: x 0–4. */
export interface Context {
  /** 5 numbers, [5]. */
  readonly x: readonly number[];
}

/** What is uncertain: d 0. */
export interface Outcome {
  /** one number, in item. */
  readonly d: number;
}

/** What is decided: q 0. */
export interface Decision {
  /** one number, in item. */
  readonly q: number;
}

/** Data sales (model.dro:10). */
const data: DataSpec = {
  name: "sales",
  source: {
    kind: "synthetic",
    task: "newsvendor_mixture",
    options: { covariates: 5, train: 100, test: 2000, base: 20, slope: 5, curvature: 5, width: 2, validation: 0 },
    at: "model.dro:10:14",
  },
  fields: [
    { role: "context", name: "x", type: "real", size: 5, columns: null, transforms: [], at: "model.dro:11:11" },
    {
      role: "outcome",
      name: "d",
      type: "real",
      size: 1,
      unit: "item",
      columns: null,
      transforms: [],
      at: "model.dro:12:11",
    },
  ],
  split: { kind: "task" }, // default
};

/** ℓ(z, s) at context x: cost (model.dro:17) */
function loss(z: Float64Array, s: Float64Array, _x: Float64Array): number {
  const q = z[0];
  const d = s[0];
  return holding * Math.max(q - d, 0) + stockout * Math.max(d - q, 0);
}

/** ∇_z ℓ(z, s), derived from the loss. */
function lossGradientZ(z: Float64Array, s: Float64Array, _x: Float64Array, out: Float64Array): void {
  const q = z[0];
  const d = s[0];
  out[0] = (q - d > 0 ? holding : 0) - (d - q > 0 ? stockout : 0);
}

/** ∇_s ℓ(z, s), derived from the loss. */
function lossGradientS(z: Float64Array, s: Float64Array, _x: Float64Array, out: Float64Array): void {
  const d = s[0];
  const q = z[0];
  out[0] = (d - q > 0 ? stockout : 0) - (q - d > 0 ? holding : 0);
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
  count: 2,
  fill(s, _x, slopes, offsets) {
    const d = s[0];
    slopes[0] = holding;
    offsets[0] = -(holding * d);
    slopes[1] = -stockout;
    offsets[1] = stockout * d;
  },
  pull(_s, _x, _slopes, offsets, out) {
    out[0] = offsets[1] * stockout - offsets[0] * holding;
  },
};

/** Where the decision may lie. */
const feasible: FeasibleSet = {
  size: 1,
  lower: [0],
  upper: [Infinity],
  inequalities: [],
  equalities: [],
  integer: [],
  boundsAt: ["model.dro:15:24"],
};

/** mean(cost) (model.dro:19) */
const risk: RiskSpec = {
  mean: 1,
  cvar: [],
  linear: [0],
  quadratic: null,
  constant: 0,
};

const problem: DecisionProblem = {
  sizes: { context: 5, outcome: 1, decision: 1 },
  loss,
  lossGradientZ,
  lossGradientS,
  extendedGradientS,
  pieces,
  feasible,
  risk,
};

/** The law of the outcome given the context (model.dro:21). */
const generator: GeneratorSpec = {
  kind: "gmm",
  components: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  criterion: "aic",
  covariance: "full",
  restarts: 5,
  floor: 0.000001, // default
  scenarios: 512,
};

/** How it is trained. */
const training: TrainSpec = { method: "fit" };

/** What it is compared with. */
const comparison: readonly MethodSpec[] = [
  { method: "saa" },
  { method: "knn_saa", neighbours: 10 },
  { method: "oracle_saa" },
];

/** What is measured, and under which law. */
const evaluation: EvaluationSpec = {
  on: "test",
  metrics: [{ metric: "regret" }, { metric: "mean_loss" }, { metric: "percentile", levels: [0.1, 0.9] }],
  evaluator: {
    kind: "truth",
    scenarios: 4096, // default
  }, // default
  seeds: 10,
  slices: 1, // default
  contexts: 0, // default
};

export const pipeline = definePipeline({
  name: "Newsvendor",
  doc: "The contextual newsvendor of 002: order before demand is known, whose law mixes a linear and a quadratic response.",
  irHash: "3b7643e51230cf13fa42b853d154fee1e136829e7cfa96a70fef486718b385d0",
  drocVersion: "0.1.0",
  seed: 0, // default
  root: new URL("../", import.meta.url),
  places: {
    uncertainty: "model.dro:21:1",
    train: "model.dro:21:1",
    loss: "model.dro:17:6",
    compare: "model.dro:23:9",
    evaluate: "model.dro:25:1",
  },
  decision: [{ name: "q", axes: [] }],
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
  return { q: z[0]! };
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
