/**
 * Tomorrow's holdings of twenty stocks, given the market's fear and the price of oil today (002 §5.2).
 * The data are not in the repository: README.md says where anyone gets them, and convert.mjs makes the file.
 *
 * Model StockPortfolio of model.dro, written by `droc build` (droc 0.1.0).
 * Change the spec, not this file. Meaning of the model (sha256 of its IR):
 * cf586bc50a4e8541f14cc5fb98539a34c87185da11f7f08d03c852981f94c89e
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

/** model.dro:8; already part of the numbers below */
export const aversion = 3;

/** What is known when deciding: x 0–5. */
export interface Context {
  /** 6 numbers, [Feature]. */
  readonly x: readonly number[];
}

/** What is uncertain: s 0–19. */
export interface Outcome {
  /** 20 numbers, [Asset]. */
  readonly s: readonly number[];
}

/** What is decided: z 0–19. */
export interface Decision {
  /** 20 numbers, [Asset]. */
  readonly z: readonly number[];
}

const repeat = (value: number, count: number): readonly number[] => Array.from({ length: count }, () => value);

/** Data market (model.dro:10). */
const data: DataSpec = {
  name: "market",
  source: { kind: "csv", path: "data/stocks.csv", at: "model.dro:10:19" },
  fields: [
    {
      role: "index",
      name: "date",
      type: "date",
      size: 1,
      columns: { kind: "column", name: "date" },
      transforms: [],
      at: "model.dro:11:11",
    },
    {
      role: "context",
      name: "x",
      type: "real",
      size: 6,
      columns: { kind: "columns", pattern: "f_*" },
      transforms: ["standardize"],
      at: "model.dro:12:11",
    },
    {
      role: "outcome",
      name: "s",
      type: "real",
      size: 20,
      columns: { kind: "columns", pattern: "r_*" },
      transforms: [],
      at: "model.dro:13:11",
    },
  ],
  split: { kind: "chronological", train: 0.6, validation: 0.2, test: 0.2, at: "model.dro:14:3" },
};

/** ℓ(z, s) at context x: L (model.dro:19) */
function loss(z: Float64Array, s: Float64Array, _x: Float64Array): number {
  let total = 0;
  for (let i = 0; i < 20; i++) total += s[i] * z[i]; // Asset
  return -total;
}

/** ∇_z ℓ(z, s), derived from the loss. */
function lossGradientZ(_z: Float64Array, s: Float64Array, _x: Float64Array, out: Float64Array): void {
  for (let i = 0; i < 20; i++) out[i] = -s[i]; // Asset
}

/** ∇_s ℓ(z, s), derived from the loss. */
function lossGradientS(z: Float64Array, _s: Float64Array, _x: Float64Array, out: Float64Array): void {
  for (let i = 0; i < 20; i++) out[i] = -z[i]; // Asset
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
  if (value > t[0]) weight += 3 / (1 - 0.9);
  for (let i = 0; i < 20; i++) out[i] *= weight;
}

/**
 * The loss as the largest of pieces that are affine in the decision: ℓ(z, s) = max_j slope_j·z + offset_j.
 * `pull` is the gradient in s of Σ_j slopes_j·slope_j + offsets_j·offset_j.
 */
const pieces: DecisionProblem["pieces"] = {
  count: 1,
  fill(s, _x, slopes, offsets) {
    for (let i = 0; i < 20; i++) slopes[i] = -s[i]; // Asset
    offsets[0] = 0;
  },
  pull(_s, _x, slopes, _offsets, out) {
    for (let i = 0; i < 20; i++) out[i] = -slopes[i];
  },
};

/** Where the decision may lie. */
const feasible: FeasibleSet = {
  size: 20,
  lower: repeat(0, 20),
  upper: repeat(1, 20),
  inequalities: [],
  equalities: [
    // simplex: sum(z) == total
    { coefficients: repeat(1, 20), bound: 1, at: "model.dro:17:28" },
  ],
  integer: [],
  boundsAt: ["model.dro:17:28"],
};

/** mean(L) + aversion * cvar(L, tail = 10%) (model.dro:21) */
const risk: RiskSpec = {
  mean: 1,
  cvar: [{ weight: 3, level: 0.9 }],
  linear: repeat(0, 20),
  quadratic: null,
  constant: 0,
};

const problem: DecisionProblem = {
  sizes: { context: 6, outcome: 20, decision: 20 },
  loss,
  lossGradientZ,
  lossGradientS,
  extendedGradientS,
  pieces,
  feasible,
  risk,
};

/** The laws among which the worst one counts (model.dro:31). */
const ambiguity: AmbiguitySpec = {
  set: {
    kind: "wasserstein",
    order: 2,
    norm: "l2", // default
  },
  radii: [0, 0.002, 0.005, 0.01],
  center: "conditional", // default
  at: "model.dro:31:1",
};

/** The law of the outcome given the context (model.dro:23). */
const generator: GeneratorSpec = {
  kind: "gmm",
  components: [1, 2, 3],
  criterion: "bic",
  covariance: "full",
  restarts: 2,
  floor: 0.001,
  scenarios: 256,
};

/** How it is trained. */
const training: TrainSpec = { method: "fit" };

/** What it is compared with. */
const comparison: readonly MethodSpec[] = [
  { method: "equal_weights" },
  { method: "saa" },
  { method: "dr_saa", radii: [0, 0.002, 0.005, 0.01], select: "holdout" },
  {
    method: "kernel_saa",
    bandwidths: [0.1, 0.15, 0.25, 0.4, 0.6, 1, 1.6, 2.5, 4], // default
    criterion: "cross_validation", // default
  },
  { method: "dr_knn_saa", neighbours: 100, radii: [0, 0.002, 0.005, 0.01], select: "holdout" },
  {
    method: "gaussian",
    floor: 0.000001, // default
  },
];

/** What is measured, and under which law. */
const evaluation: EvaluationSpec = {
  on: "test",
  metrics: [{ metric: "mean_loss" }, { metric: "cvar_loss", level: 0.9 }, { metric: "regret" }],
  evaluator: { kind: "residual_bootstrap", scenarios: 500 },
  seeds: 1, // default
  slices: 1, // default
  contexts: 250,
};

export const pipeline = definePipeline({
  name: "StockPortfolio",
  doc: "Tomorrow's holdings of twenty stocks, given the market's fear and the price of oil today (002 §5.2).\nThe data are not in the repository: README.md says where anyone gets them, and convert.mjs makes the file.",
  irHash: "cf586bc50a4e8541f14cc5fb98539a34c87185da11f7f08d03c852981f94c89e",
  drocVersion: "0.1.0",
  seed: 0, // default
  root: new URL("../", import.meta.url),
  places: {
    uncertainty: "model.dro:23:1",
    train: "model.dro:23:1",
    loss: "model.dro:19:6",
    compare: "model.dro:33:9",
    evaluate: "model.dro:40:1",
  },
  decision: [{ name: "z", axes: [{ size: 20 }] }],
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
