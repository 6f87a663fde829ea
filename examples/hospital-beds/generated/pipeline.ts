/**
 * How many beds to keep ready on each of the next seven days of an epidemic, given the admissions so far (004, appendix
 * B.5). The data are not in the repository: README.md says where anyone gets them, and convert.mjs makes the file.
 *
 * Model HospitalBeds of model.dro, written by `droc build` (droc 0.1.0).
 * Change the spec, not this file. Meaning of the model (sha256 of its IR):
 * b7e531693e41148f7d59d88b7f6093ddbe429de5a272857bae942ef207690a3b
 */
import { createDecision, definePipeline, main } from "droc/runtime";
import type {
  ConicForm,
  DataSpec,
  DecisionProblem,
  EvaluationSpec,
  FeasibleSet,
  GeneratorSpec,
  MethodSpec,
  RiskSpec,
  TrainSpec,
} from "droc/runtime";

/** model.dro:7 */
export const idle = 1;

/** model.dro:8 */
export const missing = 5;

/** model.dro:9 */
export const idle_more = 0.5;

/** model.dro:10 */
export const missing_more = 2;

/** What is known when deciding: x 0–15. */
export interface Context {
  /** 16 numbers, [16]. */
  readonly x: readonly number[];
}

/** What is uncertain: patients 0–6. */
export interface Outcome {
  /** 7 numbers, [Day]. */
  readonly patients: readonly number[];
}

/** What is decided: beds 0–6. */
export interface Decision {
  /** 7 numbers, [Day]. */
  readonly beds: readonly number[];
}

const repeat = (value: number, count: number): readonly number[] => Array.from({ length: count }, () => value);

/** Data admissions (model.dro:13). */
const data: DataSpec = {
  name: "admissions",
  source: { kind: "csv", path: "data/days.csv", at: "model.dro:13:23" },
  fields: [
    {
      role: "index",
      name: "date",
      type: "date",
      size: 1,
      columns: { kind: "column", name: "date" },
      transforms: [],
      at: "model.dro:14:11",
    },
    {
      role: "context",
      name: "x",
      type: "real",
      size: 16,
      columns: {
        kind: "concat",
        sources: [
          { kind: "columns", pattern: "past_*" },
          { kind: "columns", pattern: "weekday_*" },
          { kind: "column", name: "cases" },
          { kind: "column", name: "level" },
          { kind: "column", name: "trend" },
        ],
      },
      transforms: ["standardize"],
      at: "model.dro:15:11",
    },
    {
      role: "outcome",
      name: "patients",
      type: "real",
      size: 7,
      columns: { kind: "columns", pattern: "next_*" },
      transforms: [],
      range: { lower: 0, upper: 100 },
      at: "model.dro:23:11",
    },
  ],
  split: { kind: "chronological", train: 0.6, validation: 0.2, test: 0.2, at: "model.dro:24:3" },
};

/** ℓ(z, s) at context x: cost (model.dro:29) */
function loss(beds: Float64Array, patients: Float64Array, _x: Float64Array): number {
  let total = 0;
  for (let i = 0; i < 7; i++) {
    // Day
    const excess = Math.max(beds[i] - patients[i], 0);
    const excess2 = Math.max(patients[i] - beds[i], 0);
    total += idle * excess + missing * excess2 + missing_more * (excess2 * excess2) + idle_more * (excess * excess);
  }

  return total;
}

/** ∇_z ℓ(z, s), derived from the loss. */
function lossGradientZ(beds: Float64Array, patients: Float64Array, _x: Float64Array, out: Float64Array): void {
  for (let i = 0; i < 7; i++) {
    // Day
    const difference = beds[i] - patients[i];
    const difference2 = patients[i] - beds[i];
    out[i] =
      (difference > 0 ? idle_more * (2 * Math.max(difference, 0)) + idle : 0) -
      (difference2 > 0 ? missing_more * (2 * Math.max(difference2, 0)) + missing : 0);
  }
}

/** ∇_s ℓ(z, s), derived from the loss. */
function lossGradientS(beds: Float64Array, patients: Float64Array, _x: Float64Array, out: Float64Array): void {
  for (let i = 0; i < 7; i++) {
    // Day
    const difference = patients[i] - beds[i];
    const difference2 = beds[i] - patients[i];
    out[i] =
      (difference > 0 ? missing_more * (2 * Math.max(difference, 0)) + missing : 0) -
      (difference2 > 0 ? idle_more * (2 * Math.max(difference2, 0)) + idle : 0);
  }
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

/** The form below has their place. */
const pieces: DecisionProblem["pieces"] = { count: 0, fill() {} };

/** Where the decision may lie. */
const feasible: FeasibleSet = {
  size: 7,
  lower: repeat(0, 7),
  upper: repeat(100, 7),
  inequalities: [],
  equalities: [],
  integer: [],
  boundsAt: ["model.dro:27:29"],
};

/** mean(cost) (model.dro:36) */
const risk: RiskSpec = {
  mean: 1,
  cvar: [],
  linear: repeat(0, 7),
  quadratic: null,
  constant: 0,
};

/**
 * What is solved at each context: an equal problem of linear rows and cones, u_k and the like once for each scenario.
 *
 * SOCP: second-order cones for `square`
 * min   Σ_{k=1…K} p_k·(1ᵀ(idle·u_k + missing·u2_k + missing_more·u3_k + idle_more·u4_k))   over beds, u_k, u2_k, u3_k, u4_k
 * s.t.  beds − patients_k ≤ u_k            k = 1…K
 *       0 ≤ u_k                            k = 1…K
 *       patients_k − beds ≤ u2_k           k = 1…K
 *       0 ≤ u2_k                           k = 1…K
 *       ‖(2·u2_k, u3_k − 1)‖₂ ≤ u3_k + 1   k = 1…K
 *       ‖(2·u_k, u4_k − 1)‖₂ ≤ u4_k + 1    k = 1…K
 *       0 ≤ beds ≤ 100
 * with  u_k: epigraph of `pos`
 *       u2_k: epigraph of `pos`
 *       u3_k: epigraph of `square`
 *       u4_k: epigraph of `square`
 * size  7 + 28K variables, 28K inequalities, 14K second-order cones
 */
const conic: ConicForm = {
  form: {
    version: 1,
    class: "SOCP",
    reason: "second-order cones for `square`",
    variables: [
      {
        name: "beds",
        shape: [7],
        repeat: "once",
        role: "decision",
        text: "decision",
        type: "real",
        lower: repeat(0, 7),
        upper: repeat(100, 7),
      },
      {
        name: "u",
        shape: [7],
        repeat: "scenario",
        role: "epigraph",
        text: "epigraph of `pos`",
        type: "real",
        lower: [null, null, null, null, null, null, null],
        upper: [null, null, null, null, null, null, null],
      },
      {
        name: "u2",
        shape: [7],
        repeat: "scenario",
        role: "epigraph",
        text: "epigraph of `pos`",
        type: "real",
        lower: [null, null, null, null, null, null, null],
        upper: [null, null, null, null, null, null, null],
      },
      {
        name: "u3",
        shape: [7],
        repeat: "scenario",
        role: "epigraph",
        text: "epigraph of `square`",
        type: "real",
        lower: [null, null, null, null, null, null, null],
        upper: [null, null, null, null, null, null, null],
      },
      {
        name: "u4",
        shape: [7],
        repeat: "scenario",
        role: "epigraph",
        text: "epigraph of `square`",
        type: "real",
        lower: [null, null, null, null, null, null, null],
        upper: [null, null, null, null, null, null, null],
      },
    ],
    data: [{ name: "patients", shape: [7], repeat: "scenario" }],
    objective: {
      fixed: { nodes: [{ op: "const", shape: [], value: [0] }], output: 0 },
      scenario: {
        nodes: [
          { op: "const", shape: [], value: [1] },
          { op: "broadcast", shape: [7], args: [0], axes: [] },
          { op: "input", shape: [7], name: "u" },
          { op: "mul", shape: [7], args: [1, 2] },
          { op: "const", shape: [], value: [5] },
          { op: "broadcast", shape: [7], args: [4], axes: [] },
          { op: "input", shape: [7], name: "u2" },
          { op: "mul", shape: [7], args: [5, 6] },
          { op: "add", shape: [7], args: [3, 7] },
          { op: "const", shape: [], value: [2] },
          { op: "broadcast", shape: [7], args: [9], axes: [] },
          { op: "input", shape: [7], name: "u3" },
          { op: "mul", shape: [7], args: [10, 11] },
          { op: "add", shape: [7], args: [8, 12] },
          { op: "const", shape: [], value: [0.5] },
          { op: "broadcast", shape: [7], args: [14], axes: [] },
          { op: "input", shape: [7], name: "u4" },
          { op: "mul", shape: [7], args: [15, 16] },
          { op: "add", shape: [7], args: [13, 17] },
          { op: "sum", shape: [], args: [18], axes: [0] },
        ],
        output: 19,
      },
    },
    rows: [
      // pos (model.dro:30)
      {
        kind: "linear",
        repeat: "scenario",
        label: "pos",
        relation: "<=",
        left: {
          nodes: [
            { op: "input", shape: [7], name: "beds" },
            { op: "input", shape: [7], name: "patients" },
            { op: "sub", shape: [7], args: [0, 1] },
          ],
          output: 2,
        },
        right: { nodes: [{ op: "input", shape: [7], name: "u" }], output: 0 },
      },
      // pos (model.dro:30)
      {
        kind: "linear",
        repeat: "scenario",
        label: "pos",
        relation: "<=",
        left: {
          nodes: [
            { op: "const", shape: [], value: [0] },
            { op: "broadcast", shape: [7], args: [0], axes: [] },
          ],
          output: 1,
        },
        right: { nodes: [{ op: "input", shape: [7], name: "u" }], output: 0 },
      },
      // pos (model.dro:31)
      {
        kind: "linear",
        repeat: "scenario",
        label: "pos",
        relation: "<=",
        left: {
          nodes: [
            { op: "input", shape: [7], name: "patients" },
            { op: "input", shape: [7], name: "beds" },
            { op: "sub", shape: [7], args: [0, 1] },
          ],
          output: 2,
        },
        right: { nodes: [{ op: "input", shape: [7], name: "u2" }], output: 0 },
      },
      // pos (model.dro:31)
      {
        kind: "linear",
        repeat: "scenario",
        label: "pos",
        relation: "<=",
        left: {
          nodes: [
            { op: "const", shape: [], value: [0] },
            { op: "broadcast", shape: [7], args: [0], axes: [] },
          ],
          output: 1,
        },
        right: { nodes: [{ op: "input", shape: [7], name: "u2" }], output: 0 },
      },
      // square (model.dro:32)
      {
        kind: "soc",
        repeat: "scenario",
        label: "square",
        parts: [
          {
            nodes: [
              { op: "const", shape: [], value: [2] },
              { op: "broadcast", shape: [7], args: [0], axes: [] },
              { op: "input", shape: [7], name: "u2" },
              { op: "mul", shape: [7], args: [1, 2] },
            ],
            output: 3,
          },
          {
            nodes: [
              { op: "input", shape: [7], name: "u3" },
              { op: "const", shape: [], value: [1] },
              { op: "broadcast", shape: [7], args: [1], axes: [] },
              { op: "sub", shape: [7], args: [0, 2] },
            ],
            output: 3,
          },
        ],
        bound: {
          nodes: [
            { op: "input", shape: [7], name: "u3" },
            { op: "const", shape: [], value: [1] },
            { op: "broadcast", shape: [7], args: [1], axes: [] },
            { op: "add", shape: [7], args: [0, 2] },
          ],
          output: 3,
        },
      },
      // square (model.dro:33)
      {
        kind: "soc",
        repeat: "scenario",
        label: "square",
        parts: [
          {
            nodes: [
              { op: "const", shape: [], value: [2] },
              { op: "broadcast", shape: [7], args: [0], axes: [] },
              { op: "input", shape: [7], name: "u" },
              { op: "mul", shape: [7], args: [1, 2] },
            ],
            output: 3,
          },
          {
            nodes: [
              { op: "input", shape: [7], name: "u4" },
              { op: "const", shape: [], value: [1] },
              { op: "broadcast", shape: [7], args: [1], axes: [] },
              { op: "sub", shape: [7], args: [0, 2] },
            ],
            output: 3,
          },
        ],
        bound: {
          nodes: [
            { op: "input", shape: [7], name: "u4" },
            { op: "const", shape: [], value: [1] },
            { op: "broadcast", shape: [7], args: [1], axes: [] },
            { op: "add", shape: [7], args: [0, 2] },
          ],
          output: 3,
        },
      },
    ],
  },
  rowsAt: [
    "model.dro:30:10",
    "model.dro:30:10",
    "model.dro:31:15",
    "model.dro:31:15",
    "model.dro:32:20",
    "model.dro:33:17",
  ],
  decision: [{ name: "beds", offset: 0, size: 7 }],
  outcome: [{ name: "patients", offset: 0, size: 7 }],
  context: [{ name: "x", offset: 0, size: 16 }],
  constraints: [],
};

const problem: DecisionProblem = {
  sizes: { context: 16, outcome: 7, decision: 7 },
  loss,
  lossGradientZ,
  lossGradientS,
  extendedGradientS,
  pieces,
  feasible,
  risk,
  conic,
};

/** The law of the outcome given the context (model.dro:38). */
const generator: GeneratorSpec = {
  kind: "normalizing_flow",
  flow: "arqs",
  bins: 8,
  hidden: [64],
  layers: 1, // default
  ema: 0.999, // default
  scenarios: 100,
};

/** How it is trained (model.dro:40). */
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
    method: "knn_saa",
    neighbours: 100, // default
  },
  { method: "saa" },
];

/** What is measured, and under which law. */
const evaluation: EvaluationSpec = {
  on: "test",
  metrics: [{ metric: "regret" }, { metric: "relative_regret" }, { metric: "mse" }, { metric: "mean_loss" }],
  evaluator: { kind: "residual_bootstrap", scenarios: 500 },
  seeds: 3,
  slices: 1, // default
  contexts: 100,
};

export const pipeline = definePipeline({
  name: "HospitalBeds",
  doc: "How many beds to keep ready on each of the next seven days of an epidemic, given the admissions so far (004, appendix\nB.5). The data are not in the repository: README.md says where anyone gets them, and convert.mjs makes the file.",
  irHash: "b7e531693e41148f7d59d88b7f6093ddbe429de5a272857bae942ef207690a3b",
  drocVersion: "0.1.0",
  seed: 0,
  root: new URL("../", import.meta.url),
  places: {
    uncertainty: "model.dro:38:1",
    train: "model.dro:40:7",
    loss: "model.dro:29:6",
    compare: "model.dro:51:9",
    evaluate: "model.dro:53:1",
  },
  decision: [{ name: "beds", axes: [{ size: 7 }] }],
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
  return { beds: Array.from(z) };
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
