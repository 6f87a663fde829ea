/**
 * How many rides to have bikes and staff for tomorrow, in the city whose demand hangs on weather and weekday.
 * The data are not in the repository: README.md says where anyone gets them, and convert.mjs makes the file.
 *
 * Model BikeNewsvendor of model.dro, written by `droc build` (droc 0.1.0).
 * Change the spec, not this file. Meaning of the model (sha256 of its IR):
 * 6738782fad9daee2918f6a1f18532f27c166e3e32884735c891ecaa5d6c2e4a5
 */
import { createDecision, definePipeline, main } from "droc/runtime";
import type {
  AmbiguitySpec,
  DataSpec,
  DecisionProblem,
  EvaluationSpec,
  FeasibleSet,
  GeneratorSpec,
  MethodSpec,
  RiskSpec,
  TrainSpec,
} from "droc/runtime";

/** model.dro:5 */
export const idle = 1;

/** model.dro:6 */
export const missed = 4;

/** What is known when deciding: x 0–8. */
export interface Context {
  /** 9 numbers, [9]. */
  readonly x: readonly number[];
}

/** What is uncertain: d 0. */
export interface Outcome {
  /** one number. */
  readonly d: number;
}

/** What is decided: q 0. */
export interface Decision {
  /** one number. */
  readonly q: number;
}

/** Data rides (model.dro:9). */
const data: DataSpec = {
  name: "rides",
  source: { kind: "csv", path: "data/days.csv", at: "model.dro:9:18" },
  fields: [
    {
      role: "index",
      name: "date",
      type: "date",
      size: 1,
      columns: { kind: "column", name: "date" },
      transforms: [],
      at: "model.dro:10:11",
    },
    {
      role: "context",
      name: "x",
      type: "real",
      size: 9,
      columns: {
        kind: "concat",
        sources: [
          { kind: "column", name: "rides_1" },
          { kind: "column", name: "rides_2" },
          { kind: "column", name: "rides_7" },
          { kind: "column", name: "workingday" },
          { kind: "column", name: "temp" },
          { kind: "column", name: "humidity" },
          { kind: "column", name: "wind" },
          { kind: "season", period: "year" },
        ],
      },
      transforms: ["standardize"],
      at: "model.dro:11:11",
    },
    {
      role: "outcome",
      name: "d",
      type: "real",
      size: 1,
      columns: { kind: "column", name: "demand" },
      transforms: [],
      range: { lower: 0, upper: 10 },
      at: "model.dro:22:11",
    },
  ],
  split: { kind: "chronological", train: 0.6, validation: 0.2, test: 0.2, at: "model.dro:23:3" },
};

/** ℓ(z, s) at context x: cost (model.dro:28) */
function loss(z: Float64Array, s: Float64Array, _x: Float64Array): number {
  const q = z[0];
  const d = s[0];
  return idle * Math.max(q - d, 0) + missed * Math.max(d - q, 0);
}

/** ∇_z ℓ(z, s), derived from the loss. */
function lossGradientZ(z: Float64Array, s: Float64Array, _x: Float64Array, out: Float64Array): void {
  const q = z[0];
  const d = s[0];
  out[0] = (q - d > 0 ? idle : 0) - (d - q > 0 ? missed : 0);
}

/** ∇_s ℓ(z, s), derived from the loss. */
function lossGradientS(z: Float64Array, s: Float64Array, _x: Float64Array, out: Float64Array): void {
  const d = s[0];
  const q = z[0];
  out[0] = (d - q > 0 ? missed : 0) - (q - d > 0 ? idle : 0);
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
    slopes[0] = idle;
    offsets[0] = -(idle * d);
    slopes[1] = -missed;
    offsets[1] = missed * d;
  },
  pull(_s, _x, _slopes, offsets, out) {
    out[0] = offsets[1] * missed - offsets[0] * idle;
  },
};

/** Where the decision may lie. */
const feasible: FeasibleSet = {
  size: 1,
  lower: [0],
  upper: [10],
  inequalities: [],
  equalities: [],
  integer: [],
  boundsAt: ["model.dro:26:21"],
};

/** mean(cost) (model.dro:30) */
const risk: RiskSpec = {
  mean: 1,
  cvar: [],
  linear: [0],
  quadratic: null,
  constant: 0,
};

const problem: DecisionProblem = {
  sizes: { context: 9, outcome: 1, decision: 1 },
  loss,
  lossGradientZ,
  lossGradientS,
  extendedGradientS,
  pieces,
  feasible,
  risk,
};

/** The laws among which the worst one counts (model.dro:34). */
const ambiguity: AmbiguitySpec = {
  set: {
    kind: "wasserstein",
    order: 2,
    norm: "l2", // default
  },
  radii: [0, 0.02, 0.05, 0.1, 0.2],
  center: "conditional", // default
  at: "model.dro:34:1",
};

/** The law of the outcome given the context (model.dro:32). */
const generator: GeneratorSpec = {
  kind: "gmm",
  components: [1, 2, 3, 4],
  criterion: "aic",
  covariance: "full",
  restarts: 3,
  floor: 0.000001, // default
  scenarios: 100,
};

/** How it is trained. */
const training: TrainSpec = { method: "fit" };

/** What it is compared with. */
const comparison: readonly MethodSpec[] = [
  {
    method: "gmm_nf",
    components: [1, 2, 3, 4],
    criterion: "aic",
    bins: 8, // default
    hidden: [64], // default
    holdout: 0.2, // default
    patience: 30, // default
    epochs: 60,
  },
  {
    method: "gaussian",
    floor: 0.000001, // default
  },
  {
    method: "observational_saa",
    components: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], // default
    criterion: "aic", // default
    covariance: "full", // default
    restarts: 5, // default
    floor: 0.000001, // default
  },
  {
    method: "rnw",
    bandwidths: [0.1, 0.15, 0.25, 0.4, 0.6, 1, 1.6, 2.5, 4], // default
    criterion: "cross_validation", // default
    regularization: 0.1, // default
  },
  { method: "residual_dro", radii: [0, 0.02, 0.05, 0.1, 0.2], select: "holdout" },
  {
    method: "kernel_saa",
    bandwidths: [0.1, 0.15, 0.25, 0.4, 0.6, 1, 1.6, 2.5, 4], // default
    criterion: "cross_validation", // default
  },
  { method: "knn_saa", neighbours: 50 },
  { method: "saa" },
];

/** What is measured, and under which law. */
const evaluation: EvaluationSpec = {
  on: "test",
  metrics: [{ metric: "mean_loss" }, { metric: "percentile", levels: [0.1, 0.9] }, { metric: "regret" }],
  evaluator: { kind: "residual_bootstrap", scenarios: 500 },
  seeds: 1, // default
  slices: 1, // default
  contexts: 0, // default
};

export const pipeline = definePipeline({
  name: "BikeNewsvendor",
  doc: "How many rides to have bikes and staff for tomorrow, in the city whose demand hangs on weather and weekday.\nThe data are not in the repository: README.md says where anyone gets them, and convert.mjs makes the file.",
  irHash: "6738782fad9daee2918f6a1f18532f27c166e3e32884735c891ecaa5d6c2e4a5",
  drocVersion: "0.1.0",
  seed: 0, // default
  root: new URL("../", import.meta.url),
  places: {
    uncertainty: "model.dro:32:1",
    train: "model.dro:32:1",
    loss: "model.dro:28:6",
    compare: "model.dro:36:9",
    evaluate: "model.dro:45:1",
  },
  decision: [{ name: "q", axes: [] }],
  data,
  problem,
  ambiguity,
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
