/**
 * The way across a 5 by 5 grid whose edges cost what the context says and chance adds (004 §6): a generator of the costs
 * is trained for the paths that are taken with it, beside the predictors that the field trains for decisions.
 *
 * Model ShortestPath of model.dro, written by `droc build` (droc 0.1.0).
 * Change the spec, not this file. Meaning of the model (sha256 of its IR):
 * bfbcc1c8493e8cff19874015815e7e8ae4702dd7235b98f3ddf715175042dd25
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

/** What is known when deciding: x 0–4. */
export interface Context {
  /** 5 numbers, [5]. */
  readonly x: readonly number[];
}

/** What is uncertain: c 0–39. */
export interface Outcome {
  /** 40 numbers, [G.edges]. */
  readonly c: readonly number[];
}

/** What is decided: w 0–39. */
export interface Decision {
  /** 40 numbers, [G.edges]. */
  readonly w: readonly number[];
}

const repeat = (value: number, count: number): readonly number[] => Array.from({ length: count }, () => value);

/** Data trips (model.dro:7). */
const data: DataSpec = {
  name: "trips",
  source: {
    kind: "synthetic",
    task: "shortest_path",
    options: { degree: 8, noise: 0.5, features: 5, train: 320, validation: 80, test: 1000, rows: 5, columns: 5 },
    at: "model.dro:7:14",
  },
  fields: [
    { role: "context", name: "x", type: "real", size: 5, columns: null, transforms: [], at: "model.dro:15:11" },
    {
      role: "outcome",
      name: "c",
      type: "real",
      size: 40,
      labels: [
        "0-1",
        "1-2",
        "2-3",
        "3-4",
        "0-5",
        "1-6",
        "2-7",
        "3-8",
        "4-9",
        "5-6",
        "6-7",
        "7-8",
        "8-9",
        "5-10",
        "6-11",
        "7-12",
        "8-13",
        "9-14",
        "10-11",
        "11-12",
        "12-13",
        "13-14",
        "10-15",
        "11-16",
        "12-17",
        "13-18",
        "14-19",
        "15-16",
        "16-17",
        "17-18",
        "18-19",
        "15-20",
        "16-21",
        "17-22",
        "18-23",
        "19-24",
        "20-21",
        "21-22",
        "22-23",
        "23-24",
      ],
      columns: null,
      transforms: [],
      at: "model.dro:16:11",
    },
  ],
  split: { kind: "task" }, // default
};

/** ℓ(z, s) at context x: travel (model.dro:21) */
function loss(w: Float64Array, c: Float64Array, _x: Float64Array): number {
  let total = 0;
  for (let i = 0; i < 40; i++) total += c[i] * w[i]; // G.edges
  return total;
}

/** ∇_z ℓ(z, s), derived from the loss. */
function lossGradientZ(_z: Float64Array, c: Float64Array, _x: Float64Array, out: Float64Array): void {
  for (let i = 0; i < 40; i++) out[i] = c[i]; // G.edges
}

/** ∇_s ℓ(z, s), derived from the loss. */
function lossGradientS(w: Float64Array, _s: Float64Array, _x: Float64Array, out: Float64Array): void {
  for (let i = 0; i < 40; i++) out[i] = w[i]; // G.edges
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
  fill(c, _x, slopes, offsets) {
    for (let i = 0; i < 40; i++) slopes[i] = c[i]; // G.edges
    offsets[0] = 0;
  },
  pull(_s, _x, slopes, _offsets, out) {
    for (let i = 0; i < 40; i++) out[i] = slopes[i];
  },
};

/** Where the decision may lie. */
const feasible: FeasibleSet = {
  size: 40,
  lower: repeat(0, 40),
  upper: repeat(1, 40),
  inequalities: [],
  equalities: [
    // path: out - in == supply at each node of G
    {
      coefficients: [
        1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0,
      ],
      bound: 1,
      at: "model.dro:19:30",
    },
    // path: out - in == supply at each node of G
    {
      coefficients: [
        -1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0,
      ],
      bound: 0,
      at: "model.dro:19:30",
    },
    // path: out - in == supply at each node of G
    {
      coefficients: [
        0, -1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0,
      ],
      bound: 0,
      at: "model.dro:19:30",
    },
    // path: out - in == supply at each node of G
    {
      coefficients: [
        0, 0, -1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0,
      ],
      bound: 0,
      at: "model.dro:19:30",
    },
    // path: out - in == supply at each node of G
    {
      coefficients: [
        0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0,
      ],
      bound: 0,
      at: "model.dro:19:30",
    },
    // path: out - in == supply at each node of G
    {
      coefficients: [
        0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0,
      ],
      bound: 0,
      at: "model.dro:19:30",
    },
    // path: out - in == supply at each node of G
    {
      coefficients: [
        0, 0, 0, 0, 0, -1, 0, 0, 0, -1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0,
      ],
      bound: 0,
      at: "model.dro:19:30",
    },
    // path: out - in == supply at each node of G
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, -1, 0, 0, 0, -1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0,
      ],
      bound: 0,
      at: "model.dro:19:30",
    },
    // path: out - in == supply at each node of G
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, -1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0,
      ],
      bound: 0,
      at: "model.dro:19:30",
    },
    // path: out - in == supply at each node of G
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0,
      ],
      bound: 0,
      at: "model.dro:19:30",
    },
    // path: out - in == supply at each node of G
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0,
      ],
      bound: 0,
      at: "model.dro:19:30",
    },
    // path: out - in == supply at each node of G
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, -1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0,
      ],
      bound: 0,
      at: "model.dro:19:30",
    },
    // path: out - in == supply at each node of G
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, -1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0,
      ],
      bound: 0,
      at: "model.dro:19:30",
    },
    // path: out - in == supply at each node of G
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, -1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0,
      ],
      bound: 0,
      at: "model.dro:19:30",
    },
    // path: out - in == supply at each node of G
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0,
      ],
      bound: 0,
      at: "model.dro:19:30",
    },
    // path: out - in == supply at each node of G
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0,
        0, 0, 0,
      ],
      bound: 0,
      at: "model.dro:19:30",
    },
    // path: out - in == supply at each node of G
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, -1, 1, 0, 0, 0, 1, 0, 0, 0, 0,
        0, 0, 0,
      ],
      bound: 0,
      at: "model.dro:19:30",
    },
    // path: out - in == supply at each node of G
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, -1, 1, 0, 0, 0, 1, 0, 0, 0,
        0, 0, 0,
      ],
      bound: 0,
      at: "model.dro:19:30",
    },
    // path: out - in == supply at each node of G
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, -1, 1, 0, 0, 0, 1, 0, 0,
        0, 0, 0,
      ],
      bound: 0,
      at: "model.dro:19:30",
    },
    // path: out - in == supply at each node of G
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0,
        0, 0, 0,
      ],
      bound: 0,
      at: "model.dro:19:30",
    },
    // path: out - in == supply at each node of G
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1,
        0, 0, 0,
      ],
      bound: 0,
      at: "model.dro:19:30",
    },
    // path: out - in == supply at each node of G
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, -1,
        1, 0, 0,
      ],
      bound: 0,
      at: "model.dro:19:30",
    },
    // path: out - in == supply at each node of G
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0,
        -1, 1, 0,
      ],
      bound: 0,
      at: "model.dro:19:30",
    },
    // path: out - in == supply at each node of G
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0,
        0, -1, 1,
      ],
      bound: 0,
      at: "model.dro:19:30",
    },
    // path: out - in == supply at each node of G
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0,
        0, 0, -1,
      ],
      bound: -1,
      at: "model.dro:19:30",
    },
  ],
  integer: [],
  boundsAt: ["model.dro:19:30"],
};

/** mean(travel) (model.dro:23) */
const risk: RiskSpec = {
  mean: 1,
  cvar: [],
  linear: repeat(0, 40),
  quadratic: null,
  constant: 0,
};

const problem: DecisionProblem = {
  sizes: { context: 5, outcome: 40, decision: 40 },
  loss,
  lossGradientZ,
  lossGradientS,
  extendedGradientS,
  pieces,
  feasible,
  risk,
};

/** The law of the outcome given the context (model.dro:25). */
const generator: GeneratorSpec = {
  kind: "normalizing_flow",
  flow: "arqs",
  bins: 8,
  hidden: [64],
  layers: 1, // default
  ema: 0.999, // default
  scenarios: 200,
};

/** How it is trained (model.dro:27). */
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
    method: "dfl",
    name: "nce",
    loss: { loss: "nce" },
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
    solve: 0.1, // default
  },
  {
    method: "dfl",
    name: "map",
    loss: { loss: "map" },
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
    solve: 0.1, // default
  },
  {
    method: "dfl",
    name: "pairwise",
    loss: {
      loss: "pairwise",
      margin: 0, // default
    },
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
    solve: 0.1, // default
  },
  {
    method: "dfl",
    name: "listwise",
    loss: {
      loss: "listwise",
      temperature: 1, // default
    },
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
    solve: 0.1, // default
  },
  {
    method: "dfl",
    name: "pointwise",
    loss: { loss: "pointwise" },
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
    solve: 0.1, // default
  },
  {
    method: "diff_dro",
    strengths: [0.01, 0.1, 1], // default
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
  },
  {
    method: "dfl",
    name: "pfyl",
    loss: {
      loss: "pfyl",
      noise: "additive", // default
      samples: 10, // default
      sigma: 1, // default
    },
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
    method: "dfl",
    name: "dbb",
    loss: {
      loss: "dbb",
      lambda: 10, // default
      outer: "regret", // default
    },
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
    method: "dfl",
    name: "nid",
    loss: {
      loss: "nid",
      outer: "regret", // default
    },
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
    method: "dfl",
    name: "dpo",
    loss: {
      loss: "dpo",
      noise: "additive", // default
      samples: 10, // default
      sigma: 1, // default
      outer: "regret", // default
    },
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
    method: "dfl",
    name: "i_mle",
    loss: {
      loss: "imle",
      samples: 10, // default
      sigma: 1, // default
      kappa: 5, // default
      lambda: 10, // default
      sides: "one", // default
      outer: "regret", // default
    },
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
    method: "dfl",
    name: "cave",
    loss: {
      loss: "cave",
      inner: 0.2, // default
    },
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
    method: "pto",
    hidden: [64, 64], // default
    steps: 5000, // default
  },
  {
    method: "knn_saa",
    neighbours: 100, // default
  },
];

/** What is measured, and under which law. */
const evaluation: EvaluationSpec = {
  on: "test",
  metrics: [
    { metric: "relative_regret", tail: 1 },
    { metric: "relative_regret", tail: 0.5 },
    { metric: "relative_regret", tail: 0.1 },
    { metric: "hindsight_regret", unambiguous: false },
    { metric: "hindsight_regret", unambiguous: true },
  ],
  evaluator: {
    kind: "truth",
    scenarios: 4096, // default
  }, // default
  seeds: 5,
  slices: 1, // default
  contexts: 200,
};

export const pipeline = definePipeline({
  name: "ShortestPath",
  doc: "The way across a 5 by 5 grid whose edges cost what the context says and chance adds (004 §6): a generator of the costs\nis trained for the paths that are taken with it, beside the predictors that the field trains for decisions.",
  irHash: "bfbcc1c8493e8cff19874015815e7e8ae4702dd7235b98f3ddf715175042dd25",
  drocVersion: "0.1.0",
  seed: 0, // default
  root: new URL("../", import.meta.url),
  places: {
    uncertainty: "model.dro:25:1",
    train: "model.dro:27:7",
    loss: "model.dro:21:6",
    compare: "model.dro:38:9",
    evaluate: "model.dro:55:1",
  },
  decision: [
    {
      name: "w",
      axes: [
        {
          size: 40,
          labels: [
            "0-1",
            "1-2",
            "2-3",
            "3-4",
            "0-5",
            "1-6",
            "2-7",
            "3-8",
            "4-9",
            "5-6",
            "6-7",
            "7-8",
            "8-9",
            "5-10",
            "6-11",
            "7-12",
            "8-13",
            "9-14",
            "10-11",
            "11-12",
            "12-13",
            "13-14",
            "10-15",
            "11-16",
            "12-17",
            "13-18",
            "14-19",
            "15-16",
            "16-17",
            "17-18",
            "18-19",
            "15-20",
            "16-21",
            "17-22",
            "18-23",
            "19-24",
            "20-21",
            "21-22",
            "22-23",
            "23-24",
          ],
        },
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
  return { w: Array.from(z) };
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
