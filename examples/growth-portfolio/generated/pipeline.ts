/**
 * A portfolio that grows: log utility of wealth, square-root market impact of trades, and a limit on active risk.
 *
 * Model GrowthPortfolio of model.dro, written by `droc build` (droc 0.1.0).
 * Change the spec, not this file. Meaning of the model (sha256 of its IR):
 * 27b4981403536052ce4c1e2b8532e989026eb15affc9dffb1c59ed8c3ed404b6
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
export const held = 0.2;

/** model.dro:8 */
export const impact = 0.02;

/** model.dro:9 */
export const active = 0.5;

/** What is known when deciding: x 0–4. */
export interface Context {
  /** 5 numbers, [Feature]. */
  readonly x: readonly number[];
}

/** What is uncertain: s 0–4. */
export interface Outcome {
  /** 5 numbers, [Asset]. */
  readonly s: readonly number[];
}

/** What is decided: z 0–4. */
export interface Decision {
  /** 5 numbers, [Asset]. */
  readonly z: readonly number[];
}

const repeat = (value: number, count: number): readonly number[] => Array.from({ length: count }, () => value);

/** Data returns (model.dro:11). */
const data: DataSpec = {
  name: "returns",
  source: {
    kind: "synthetic",
    task: "portfolio",
    options: {
      assets: 5,
      covariates: 5,
      degree: 2,
      train: 1000,
      validation: 40,
      test: 30,
      signal: 0.02,
      noise: 0.01,
      stress_lower: 0.05,
      stress_upper: 0.35,
    },
    at: "model.dro:11:16",
  },
  fields: [
    { role: "context", name: "x", type: "real", size: 5, columns: null, transforms: [], at: "model.dro:19:11" },
    { role: "outcome", name: "s", type: "real", size: 5, columns: null, transforms: [], at: "model.dro:20:11" },
  ],
  split: { kind: "task" }, // default
};

/** ℓ(z, s) at context x: L (model.dro:28) */
function loss(z: Float64Array, s: Float64Array, _x: Float64Array): number {
  let total = 0;
  for (let i = 0; i < 5; i++) total += s[i] * z[i]; // Asset
  return -Math.log(1 + total);
}

/** ∇_z ℓ(z, s), derived from the loss. */
function lossGradientZ(z: Float64Array, s: Float64Array, _x: Float64Array, out: Float64Array): void {
  let total = 0;
  for (let i = 0; i < 5; i++) total += s[i] * z[i]; // Asset
  const quotient = -1 / (1 + total);
  for (let i = 0; i < 5; i++) out[i] = quotient * s[i]; // Asset
}

/** ∇_s ℓ(z, s), derived from the loss. */
function lossGradientS(z: Float64Array, s: Float64Array, _x: Float64Array, out: Float64Array): void {
  let total = 0;
  for (let i = 0; i < 5; i++) total += s[i] * z[i]; // Asset
  const quotient = -1 / (1 + total);
  for (let i = 0; i < 5; i++) out[i] = quotient * z[i]; // Asset
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
  for (let i = 0; i < 5; i++) out[i] *= weight;
}

/** The form below has their place. */
const pieces: DecisionProblem["pieces"] = { count: 0, fill() {} };

/** Where the decision may lie. */
const feasible: FeasibleSet = {
  size: 5,
  lower: repeat(0, 5),
  upper: repeat(1, 5),
  inequalities: [],
  equalities: [
    // simplex: sum(z) == total
    { coefficients: repeat(1, 5), bound: 1, at: "model.dro:23:28" },
  ],
  integer: [],
  boundsAt: ["model.dro:23:28"],
};

/** The part of the risk beside the loss, which no quadratic is. */
function curvedRisk(z: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < 5; i++) total += Math.abs(z[i] - held) ** 1.5; // Asset
  return impact * total;
}

/** mean(L) + 0.5 * cvar(L, level = 90%) + impact * sum(abs(z - held) ^ 1.5) (model.dro:30) */
const risk: RiskSpec = {
  mean: 1,
  cvar: [{ weight: 0.5, level: 0.9 }],
  linear: repeat(0, 5),
  quadratic: null,
  constant: 0,
  curved: curvedRisk,
};

/**
 * What is solved at each context: an equal problem of linear rows and cones, u_k and the like once for each scenario.
 *
 * EXP: exponential cones for `log`
 * min   0.5·t + impact·1ᵀu + Σ_{k=1…K} p_k·(5·v_k − u3_k)   over z, u, u2, w, u3_k, t, v_k
 * s.t.  z − held ≤ u2
 *       held − z ≤ u2
 *       ‖(2·u2, u − w)‖₂ ≤ u + w
 *       ‖(2·w, u2 − 1)‖₂ ≤ u2 + 1
 *       exp(u3_k) ≤ 1 + s_kᵀz   k = 1…K
 *       −u3_k ≤ t + v_k         k = 1…K
 *       1ᵀz = 1
 *       ‖z − held‖₂ ≤ active
 *       0 ≤ z ≤ 1
 *       0 ≤ w
 *       0 ≤ v_k                 k = 1…K
 * with  u: epigraph of `^`
 *       u2: epigraph of `abs`
 *       w: √base
 *       u3_k: hypograph of `log`
 *       t: value at risk at 90%
 *       v_k: the loss beyond the value at risk at 90%
 * size  21 + 2K variables, 1 equality, 10 + K inequalities, 11 second-order cones, K exponential cones
 */
const conic: ConicForm = {
  form: {
    version: 1,
    class: "EXP",
    reason: "exponential cones for `log`",
    variables: [
      {
        name: "z",
        shape: [5],
        repeat: "once",
        role: "decision",
        text: "decision",
        type: "real",
        lower: repeat(0, 5),
        upper: repeat(1, 5),
      },
      {
        name: "u",
        shape: [5],
        repeat: "once",
        role: "epigraph",
        text: "epigraph of `^`",
        type: "real",
        lower: [null, null, null, null, null],
        upper: [null, null, null, null, null],
      },
      {
        name: "u2",
        shape: [5],
        repeat: "once",
        role: "epigraph",
        text: "epigraph of `abs`",
        type: "real",
        lower: [null, null, null, null, null],
        upper: [null, null, null, null, null],
      },
      {
        name: "w",
        shape: [5],
        repeat: "once",
        role: "cone",
        text: "√base",
        type: "real",
        lower: repeat(0, 5),
        upper: [null, null, null, null, null],
      },
      {
        name: "u3",
        shape: [],
        repeat: "scenario",
        role: "hypograph",
        text: "hypograph of `log`",
        type: "real",
        lower: [null],
        upper: [null],
      },
      {
        name: "t",
        shape: [],
        repeat: "once",
        role: "value-at-risk",
        text: "value at risk at 90%",
        type: "real",
        lower: [null],
        upper: [null],
      },
      {
        name: "v",
        shape: [],
        repeat: "scenario",
        role: "shortfall",
        text: "the loss beyond the value at risk at 90%",
        type: "real",
        lower: [0],
        upper: [null],
      },
    ],
    data: [{ name: "s", shape: [5], repeat: "scenario" }],
    objective: {
      fixed: {
        nodes: [
          { op: "const", shape: [], value: [0.5] },
          { op: "input", shape: [], name: "t" },
          { op: "mul", shape: [], args: [0, 1] },
          { op: "const", shape: [], value: [0.02] },
          { op: "input", shape: [5], name: "u" },
          { op: "sum", shape: [], args: [4], axes: [0] },
          { op: "mul", shape: [], args: [3, 5] },
          { op: "add", shape: [], args: [2, 6] },
        ],
        output: 7,
      },
      scenario: {
        nodes: [
          { op: "const", shape: [], value: [5.000000000000001] },
          { op: "input", shape: [], name: "v" },
          { op: "mul", shape: [], args: [0, 1] },
          { op: "input", shape: [], name: "u3" },
          { op: "sub", shape: [], args: [2, 3] },
        ],
        output: 4,
      },
    },
    rows: [
      // abs (model.dro:30)
      {
        kind: "linear",
        repeat: "once",
        label: "abs",
        relation: "<=",
        left: {
          nodes: [
            { op: "input", shape: [5], name: "z" },
            { op: "const", shape: [], value: [0.2] },
            { op: "broadcast", shape: [5], args: [1], axes: [] },
            { op: "sub", shape: [5], args: [0, 2] },
          ],
          output: 3,
        },
        right: { nodes: [{ op: "input", shape: [5], name: "u2" }], output: 0 },
      },
      // abs (model.dro:30)
      {
        kind: "linear",
        repeat: "once",
        label: "abs",
        relation: "<=",
        left: {
          nodes: [
            { op: "const", shape: [], value: [0.2] },
            { op: "broadcast", shape: [5], args: [0], axes: [] },
            { op: "input", shape: [5], name: "z" },
            { op: "sub", shape: [5], args: [1, 2] },
          ],
          output: 3,
        },
        right: { nodes: [{ op: "input", shape: [5], name: "u2" }], output: 0 },
      },
      // ^ (model.dro:30)
      {
        kind: "soc",
        repeat: "once",
        label: "^",
        parts: [
          {
            nodes: [
              { op: "const", shape: [], value: [2] },
              { op: "broadcast", shape: [5], args: [0], axes: [] },
              { op: "input", shape: [5], name: "u2" },
              { op: "mul", shape: [5], args: [1, 2] },
            ],
            output: 3,
          },
          {
            nodes: [
              { op: "input", shape: [5], name: "u" },
              { op: "input", shape: [5], name: "w" },
              { op: "sub", shape: [5], args: [0, 1] },
            ],
            output: 2,
          },
        ],
        bound: {
          nodes: [
            { op: "input", shape: [5], name: "u" },
            { op: "input", shape: [5], name: "w" },
            { op: "add", shape: [5], args: [0, 1] },
          ],
          output: 2,
        },
      },
      // ^ (model.dro:30)
      {
        kind: "soc",
        repeat: "once",
        label: "^",
        parts: [
          {
            nodes: [
              { op: "const", shape: [], value: [2] },
              { op: "broadcast", shape: [5], args: [0], axes: [] },
              { op: "input", shape: [5], name: "w" },
              { op: "mul", shape: [5], args: [1, 2] },
            ],
            output: 3,
          },
          {
            nodes: [
              { op: "input", shape: [5], name: "u2" },
              { op: "const", shape: [], value: [1] },
              { op: "broadcast", shape: [5], args: [1], axes: [] },
              { op: "sub", shape: [5], args: [0, 2] },
            ],
            output: 3,
          },
        ],
        bound: {
          nodes: [
            { op: "input", shape: [5], name: "u2" },
            { op: "const", shape: [], value: [1] },
            { op: "broadcast", shape: [5], args: [1], axes: [] },
            { op: "add", shape: [5], args: [0, 2] },
          ],
          output: 3,
        },
      },
      // log (model.dro:28)
      {
        kind: "exp",
        repeat: "scenario",
        label: "log",
        exponent: { nodes: [{ op: "input", shape: [], name: "u3" }], output: 0 },
        scale: { nodes: [{ op: "const", shape: [], value: [1] }], output: 0 },
        bound: {
          nodes: [
            { op: "const", shape: [], value: [1] },
            { op: "input", shape: [5], name: "s" },
            { op: "input", shape: [5], name: "z" },
            { op: "mul", shape: [5], args: [1, 2] },
            { op: "sum", shape: [], args: [3], axes: [0] },
            { op: "add", shape: [], args: [0, 4] },
          ],
          output: 5,
        },
      },
      // shortfall (model.dro:30)
      {
        kind: "linear",
        repeat: "scenario",
        label: "shortfall",
        relation: "<=",
        left: {
          nodes: [
            { op: "input", shape: [], name: "u3" },
            { op: "neg", shape: [], args: [0] },
          ],
          output: 1,
        },
        right: {
          nodes: [
            { op: "input", shape: [], name: "t" },
            { op: "input", shape: [], name: "v" },
            { op: "add", shape: [], args: [0, 1] },
          ],
          output: 2,
        },
      },
      // simplex: sum(z) == total (model.dro:23)
      {
        kind: "linear",
        repeat: "once",
        label: "simplex: sum(z) == total",
        relation: "==",
        left: {
          nodes: [
            { op: "input", shape: [5], name: "z" },
            { op: "sum", shape: [], args: [0], axes: [0] },
          ],
          output: 1,
        },
        right: { nodes: [{ op: "const", shape: [], value: [1] }], output: 0 },
      },
      // norm2(z - held) <= active (model.dro:25)
      {
        kind: "soc",
        repeat: "once",
        label: "norm2(z - held) <= active",
        parts: [
          {
            nodes: [
              { op: "input", shape: [5], name: "z" },
              { op: "const", shape: [], value: [0.2] },
              { op: "broadcast", shape: [5], args: [1], axes: [] },
              { op: "sub", shape: [5], args: [0, 2] },
            ],
            output: 3,
          },
        ],
        bound: { nodes: [{ op: "const", shape: [], value: [0.5] }], output: 0 },
      },
    ],
  },
  rowsAt: [
    "model.dro:30:58",
    "model.dro:30:58",
    "model.dro:30:58",
    "model.dro:30:58",
    "model.dro:28:17",
    "model.dro:30:22",
    "model.dro:23:28",
    "model.dro:25:3",
  ],
  decision: [{ name: "z", offset: 0, size: 5 }],
  outcome: [{ name: "s", offset: 0, size: 5 }],
  context: [{ name: "x", offset: 0, size: 5 }],
  constraints: [
    {
      label: "norm2(z - held) <= active",
      at: "model.dro:25:3",
      value(z) {
        let total = 0;
        for (let i = 0; i < 5; i++) {
          // Asset
          const difference = z[i] - held;
          total += difference * difference;
        }
        return Math.sqrt(total) - active;
      },
    },
  ],
};

const problem: DecisionProblem = {
  sizes: { context: 5, outcome: 5, decision: 5 },
  loss,
  lossGradientZ,
  lossGradientS,
  extendedGradientS,
  pieces,
  feasible,
  risk,
  conic,
};

/** The law of the outcome given the context (model.dro:32). */
const generator: GeneratorSpec = {
  kind: "gmm",
  components: [1, 2, 3],
  criterion: "bic",
  covariance: "full", // default
  restarts: 5, // default
  floor: 0.000001, // default
  scenarios: 100,
};

/** How it is trained. */
const training: TrainSpec = { method: "fit" };

/** What it is compared with. */
const comparison: readonly MethodSpec[] = [
  { method: "saa" },
  {
    method: "knn_saa",
    neighbours: 100, // default
  },
  { method: "equal_weights" },
  { method: "oracle_saa" },
];

/** What is measured, and under which law. */
const evaluation: EvaluationSpec = {
  on: "test",
  metrics: [
    { metric: "regret" },
    {
      metric: "cvar_loss",
      level: 0.9, // default
    },
  ],
  evaluator: { kind: "truth", scenarios: 150 },
  seeds: 1,
  slices: 1, // default
  contexts: 0, // default
};

export const pipeline = definePipeline({
  name: "GrowthPortfolio",
  doc: "A portfolio that grows: log utility of wealth, square-root market impact of trades, and a limit on active risk.",
  irHash: "27b4981403536052ce4c1e2b8532e989026eb15affc9dffb1c59ed8c3ed404b6",
  drocVersion: "0.1.0",
  seed: 0, // default
  root: new URL("../", import.meta.url),
  places: {
    uncertainty: "model.dro:32:1",
    train: "model.dro:32:1",
    loss: "model.dro:28:6",
    compare: "model.dro:34:9",
    evaluate: "model.dro:36:1",
  },
  decision: [{ name: "z", axes: [{ size: 5 }] }],
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
