/**
 * A round trip through eight places whose ways take a time that the context says and chance adds: PyEPO's travelling
 * salesman, with the rows that its own generator draws with seed 135.
 *
 * Model TravellingSalesman of model.dro, written by `droc build` (droc 0.1.0).
 * Change the spec, not this file. Meaning of the model (sha256 of its IR):
 * 0e984e3271183612bc0ea1d2d0d79b741b5c511ae443b83a685a545f0750839c
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

/** What is uncertain: c 0–27. */
export interface Outcome {
  /** 28 numbers, [G.edges]. */
  readonly c: readonly number[];
}

/** What is decided: z 0–27. */
export interface Decision {
  /** 28 numbers, [G.edges]. */
  readonly z: readonly number[];
}

const repeat = (value: number, count: number): readonly number[] => Array.from({ length: count }, () => value);

/** Data trips (model.dro:7). */
const data: DataSpec = {
  name: "trips",
  source: {
    kind: "synthetic",
    task: "pyepo_travelling_salesman",
    options: { nodes: 8, features: 5, degree: 4, noise: 0.5, random_state: 135, train: 200, validation: 50, test: 200 },
    at: "model.dro:7:14",
  },
  fields: [
    { role: "context", name: "x", type: "real", size: 5, columns: null, transforms: [], at: "model.dro:17:11" },
    {
      role: "outcome",
      name: "c",
      type: "real",
      size: 28,
      labels: [
        "0-1",
        "0-2",
        "0-3",
        "0-4",
        "0-5",
        "0-6",
        "0-7",
        "1-2",
        "1-3",
        "1-4",
        "1-5",
        "1-6",
        "1-7",
        "2-3",
        "2-4",
        "2-5",
        "2-6",
        "2-7",
        "3-4",
        "3-5",
        "3-6",
        "3-7",
        "4-5",
        "4-6",
        "4-7",
        "5-6",
        "5-7",
        "6-7",
      ],
      columns: null,
      transforms: [],
      at: "model.dro:18:11",
    },
  ],
  split: { kind: "task" }, // default
};

/** ℓ(z, s) at context x: length (model.dro:23) */
function loss(z: Float64Array, c: Float64Array, _x: Float64Array): number {
  let total = 0;
  for (let i = 0; i < 28; i++) total += c[i] * z[i]; // G.edges
  return total;
}

/** ∇_z ℓ(z, s), derived from the loss. */
function lossGradientZ(_z: Float64Array, c: Float64Array, _x: Float64Array, out: Float64Array): void {
  for (let i = 0; i < 28; i++) out[i] = c[i]; // G.edges
}

/** ∇_s ℓ(z, s), derived from the loss. */
function lossGradientS(z: Float64Array, _s: Float64Array, _x: Float64Array, out: Float64Array): void {
  for (let i = 0; i < 28; i++) out[i] = z[i]; // G.edges
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
    for (let i = 0; i < 28; i++) slopes[i] = c[i]; // G.edges
    offsets[0] = 0;
  },
  pull(_s, _x, slopes, _offsets, out) {
    for (let i = 0; i < 28; i++) out[i] = slopes[i];
  },
};

/** Where the decision may lie. */
const feasible: FeasibleSet = {
  size: 28,
  lower: repeat(0, 28),
  upper: repeat(1, 28),
  inequalities: [
    // tour: two edges leave every part
    {
      coefficients: [-1, -1, -1, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1, 0, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, -1, 0, -1, 0, 0, 0, 0, -1, 0, -1, -1, -1, -1, 0, -1, -1, -1, -1, 0, 0, 0, -1, -1, -1, 0, 0, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, 0, -1, -1, 0, 0, 0, -1, 0, 0, -1, -1, -1, -1, -1, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, 0, 0, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, -1, -1, -1, 0, 0, 0, -1, -1, -1, 0, 0, 0, 0, 0, -1, -1, -1, 0, -1, -1, -1, -1, -1, -1, 0, 0, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, -1, -1, -1, 0, 0, -1, -1, -1, 0, -1, -1, -1, -1, -1, -1, 0, 0, 0,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, -1, 0, 0, -1, 0, 0, 0, -1, -1, 0, -1, -1, -1, -1, 0, -1, -1, 0, -1, 0, 0, -1, 0, 0, -1, -1, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, 0, -1, 0, -1, 0, 0, -1, 0, -1, 0, -1, -1, -1, 0, -1, 0, 0, -1, 0, -1, -1, -1, 0, 0, -1, -1, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, -1, -1, 0, -1, 0, 0, -1, -1, 0, -1, 0, 0, 0, -1, 0, -1, -1, -1, 0, -1, -1, -1, 0, 0, -1, -1, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        -1, -1, -1, 0, -1, 0, 0, 0, 0, -1, 0, -1, -1, 0, -1, 0, -1, -1, -1, 0, -1, -1, -1, 0, 0, -1, -1, 0,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, 0, 0, -1, -1, 0, 0, -1, -1, 0, 0, -1, -1, 0, -1, -1, 0, 0, -1, -1, 0, 0, 0, -1, -1, -1, -1, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, -1, 0, -1, -1, 0, 0, -1, 0, -1, -1, 0, 0, -1, 0, 0, -1, -1, -1, -1, 0, 0, 0, -1, -1, -1, -1, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        -1, -1, 0, -1, -1, 0, 0, 0, -1, 0, 0, -1, -1, -1, 0, 0, -1, -1, -1, -1, 0, 0, 0, -1, -1, -1, -1, 0,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, 0, -1, -1, -1, 0, 0, 0, -1, -1, -1, 0, 0, -1, -1, -1, 0, 0, 0, 0, -1, -1, 0, -1, -1, -1, -1, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        -1, 0, -1, -1, -1, 0, 0, -1, 0, 0, 0, -1, -1, -1, -1, -1, 0, 0, 0, 0, -1, -1, 0, -1, -1, -1, -1, 0,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        0, -1, -1, -1, -1, 0, 0, -1, -1, -1, -1, 0, 0, 0, 0, 0, -1, -1, 0, 0, -1, -1, 0, -1, -1, -1, -1, 0,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, -1, -1, 0, 0, 0, -1, -1, 0, 0, -1, -1, 0, -1, -1, -1, -1, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, -1, 0, 0, 0, -1, 0, 0, -1, -1, -1, 0, -1, -1, -1, -1, 0, -1, 0, 0, -1, 0, 0, -1, 0, -1, 0, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, 0, -1, 0, 0, -1, 0, -1, 0, -1, -1, 0, -1, -1, 0, 0, -1, 0, -1, -1, 0, -1, 0, -1, 0, -1, 0, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, -1, -1, 0, 0, -1, 0, -1, -1, 0, 0, -1, 0, 0, -1, -1, 0, -1, -1, -1, 0, -1, 0, -1, 0, -1, 0, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        -1, -1, -1, 0, 0, -1, 0, 0, 0, -1, -1, 0, -1, 0, -1, -1, 0, -1, -1, -1, 0, -1, 0, -1, 0, -1, 0, -1,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, 0, 0, -1, 0, -1, 0, -1, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, -1, 0, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, -1, 0, -1, 0, -1, 0, -1, -1, 0, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        -1, -1, 0, -1, 0, -1, 0, 0, -1, 0, -1, 0, -1, -1, 0, -1, 0, -1, -1, 0, -1, 0, -1, 0, -1, -1, 0, -1,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, 0, -1, -1, 0, -1, 0, 0, -1, -1, 0, -1, 0, -1, -1, 0, -1, 0, 0, -1, 0, -1, -1, 0, -1, -1, 0, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        -1, 0, -1, -1, 0, -1, 0, -1, 0, 0, -1, 0, -1, -1, -1, 0, -1, 0, 0, -1, 0, -1, -1, 0, -1, -1, 0, -1,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        0, -1, -1, -1, 0, -1, 0, -1, -1, -1, 0, -1, 0, 0, 0, -1, 0, -1, 0, -1, 0, -1, -1, 0, -1, -1, 0, -1,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, -1, -1, -1, 0, -1, 0, 0, 0, 0, -1, 0, -1, 0, 0, -1, 0, -1, 0, -1, 0, -1, -1, 0, -1, -1, 0, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, 0, 0, 0, -1, -1, 0, -1, -1, -1, 0, 0, -1, 0, 0, -1, -1, 0, 0, -1, -1, 0, -1, -1, 0, 0, -1, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, -1, 0, 0, -1, -1, 0, -1, 0, 0, -1, -1, 0, -1, -1, 0, 0, -1, 0, -1, -1, 0, -1, -1, 0, 0, -1, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        -1, -1, 0, 0, -1, -1, 0, 0, -1, -1, 0, 0, -1, -1, -1, 0, 0, -1, 0, -1, -1, 0, -1, -1, 0, 0, -1, -1,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, 0, -1, 0, -1, -1, 0, 0, -1, 0, -1, -1, 0, -1, 0, -1, -1, 0, -1, 0, 0, -1, -1, -1, 0, 0, -1, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        -1, 0, -1, 0, -1, -1, 0, -1, 0, -1, 0, 0, -1, -1, 0, -1, -1, 0, -1, 0, 0, -1, -1, -1, 0, 0, -1, -1,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        0, -1, -1, 0, -1, -1, 0, -1, -1, 0, -1, -1, 0, 0, -1, 0, 0, -1, -1, 0, 0, -1, -1, -1, 0, 0, -1, -1,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, -1, -1, 0, -1, -1, 0, 0, 0, -1, 0, 0, -1, 0, -1, 0, 0, -1, -1, 0, 0, -1, -1, -1, 0, 0, -1, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, 0, 0, -1, -1, -1, 0, 0, 0, -1, -1, -1, 0, 0, -1, -1, -1, 0, -1, -1, -1, 0, 0, 0, -1, 0, -1, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        -1, 0, 0, -1, -1, -1, 0, -1, -1, 0, 0, 0, -1, 0, -1, -1, -1, 0, -1, -1, -1, 0, 0, 0, -1, 0, -1, -1,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        0, -1, 0, -1, -1, -1, 0, -1, 0, -1, -1, -1, 0, -1, 0, 0, 0, -1, -1, -1, -1, 0, 0, 0, -1, 0, -1, -1,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, -1, 0, -1, -1, -1, 0, 0, -1, 0, 0, 0, -1, -1, 0, 0, 0, -1, -1, -1, -1, 0, 0, 0, -1, 0, -1, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        0, 0, -1, -1, -1, -1, 0, 0, -1, -1, -1, -1, 0, -1, -1, -1, -1, 0, 0, 0, 0, -1, 0, 0, -1, 0, -1, -1,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, 0, -1, -1, -1, -1, 0, -1, 0, 0, 0, 0, -1, -1, -1, -1, -1, 0, 0, 0, 0, -1, 0, 0, -1, 0, -1, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, -1, -1, -1, -1, -1, 0, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, -1, 0, 0, 0, -1, 0, 0, -1, 0, -1, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, -1, 0, 0, 0, 0, -1, 0, -1, -1, -1, -1, 0, -1, -1, -1, -1, 0, 0, 0, 0, -1, 0, 0, -1, 0, -1, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, 0, -1, 0, 0, 0, -1, -1, 0, -1, -1, -1, 0, -1, 0, 0, 0, -1, -1, -1, -1, 0, 0, 0, -1, 0, -1, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, -1, -1, 0, 0, 0, -1, -1, -1, 0, 0, 0, -1, 0, -1, -1, -1, 0, -1, -1, -1, 0, 0, 0, -1, 0, -1, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        -1, -1, -1, 0, 0, 0, -1, 0, 0, -1, -1, -1, 0, 0, -1, -1, -1, 0, -1, -1, -1, 0, 0, 0, -1, 0, -1, -1,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, 0, 0, -1, 0, 0, -1, -1, -1, 0, -1, -1, 0, 0, -1, 0, 0, -1, -1, 0, 0, -1, -1, -1, 0, 0, -1, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, -1, 0, -1, 0, 0, -1, -1, 0, -1, 0, 0, -1, -1, 0, -1, -1, 0, -1, 0, 0, -1, -1, -1, 0, 0, -1, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        -1, -1, 0, -1, 0, 0, -1, 0, -1, 0, -1, -1, 0, -1, 0, -1, -1, 0, -1, 0, 0, -1, -1, -1, 0, 0, -1, -1,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, 0, -1, -1, 0, 0, -1, 0, -1, -1, 0, 0, -1, -1, -1, 0, 0, -1, 0, -1, -1, 0, -1, -1, 0, 0, -1, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        -1, 0, -1, -1, 0, 0, -1, -1, 0, 0, -1, -1, 0, -1, -1, 0, 0, -1, 0, -1, -1, 0, -1, -1, 0, 0, -1, -1,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        0, -1, -1, -1, 0, 0, -1, -1, -1, -1, 0, 0, -1, 0, 0, -1, -1, 0, 0, -1, -1, 0, -1, -1, 0, 0, -1, -1,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, -1, -1, -1, 0, 0, -1, 0, 0, 0, -1, -1, 0, 0, 0, -1, -1, 0, 0, -1, -1, 0, -1, -1, 0, 0, -1, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, 0, 0, 0, -1, 0, -1, -1, -1, -1, 0, -1, 0, 0, 0, -1, 0, -1, 0, -1, 0, -1, -1, 0, -1, -1, 0, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, -1, 0, 0, -1, 0, -1, -1, 0, 0, -1, 0, -1, -1, -1, 0, -1, 0, 0, -1, 0, -1, -1, 0, -1, -1, 0, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        -1, -1, 0, 0, -1, 0, -1, 0, -1, -1, 0, -1, 0, -1, -1, 0, -1, 0, 0, -1, 0, -1, -1, 0, -1, -1, 0, -1,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, -1, 0, -1, 0, -1, -1, 0, -1, 0, -1, 0, -1, -1, 0, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        -1, 0, -1, 0, -1, 0, -1, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, -1, 0, -1, 0, -1, 0, -1, -1, 0, -1,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        0, -1, -1, 0, -1, 0, -1, -1, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, -1, 0, -1,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, -1, -1, 0, -1, 0, -1, 0, 0, -1, 0, -1, 0, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, -1, 0, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, 0, 0, -1, -1, 0, -1, 0, 0, -1, -1, 0, -1, 0, -1, -1, 0, -1, -1, -1, 0, -1, 0, -1, 0, -1, 0, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        -1, 0, 0, -1, -1, 0, -1, -1, -1, 0, 0, -1, 0, 0, -1, -1, 0, -1, -1, -1, 0, -1, 0, -1, 0, -1, 0, -1,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        0, -1, 0, -1, -1, 0, -1, -1, 0, -1, -1, 0, -1, -1, 0, 0, -1, 0, -1, -1, 0, -1, 0, -1, 0, -1, 0, -1,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, -1, 0, -1, -1, 0, -1, 0, -1, 0, 0, -1, 0, -1, 0, 0, -1, 0, -1, -1, 0, -1, 0, -1, 0, -1, 0, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        0, 0, -1, -1, -1, 0, -1, 0, -1, -1, -1, 0, -1, -1, -1, -1, 0, -1, 0, 0, -1, 0, 0, -1, 0, -1, 0, -1,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, 0, -1, -1, -1, 0, -1, -1, 0, 0, 0, -1, 0, -1, -1, -1, 0, -1, 0, 0, -1, 0, 0, -1, 0, -1, 0, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, -1, -1, -1, -1, 0, -1, -1, -1, -1, -1, 0, -1, 0, 0, 0, -1, 0, 0, 0, -1, 0, 0, -1, 0, -1, 0, -1],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, -1, -1, 0, 0, -1, -1, 0, -1, -1, -1, -1, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, -1, 0, 0, 0, -1, -1, -1, 0, 0, 0, -1, -1, -1, -1, -1, 0, 0, 0, 0, -1, -1, 0, -1, -1, -1, -1, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        -1, -1, 0, 0, 0, -1, -1, 0, -1, -1, -1, 0, 0, -1, -1, -1, 0, 0, 0, 0, -1, -1, 0, -1, -1, -1, -1, 0,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, 0, -1, 0, 0, -1, -1, 0, -1, 0, 0, -1, -1, -1, 0, 0, -1, -1, -1, -1, 0, 0, 0, -1, -1, -1, -1, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        -1, 0, -1, 0, 0, -1, -1, -1, 0, -1, -1, 0, 0, -1, 0, 0, -1, -1, -1, -1, 0, 0, 0, -1, -1, -1, -1, 0,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        0, -1, -1, 0, 0, -1, -1, -1, -1, 0, 0, -1, -1, 0, -1, -1, 0, 0, -1, -1, 0, 0, 0, -1, -1, -1, -1, 0,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, -1, -1, 0, 0, -1, -1, 0, 0, -1, -1, 0, 0, 0, -1, -1, 0, 0, -1, -1, 0, 0, 0, -1, -1, -1, -1, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, 0, 0, -1, 0, -1, -1, 0, 0, -1, 0, -1, -1, 0, -1, 0, -1, -1, -1, 0, -1, -1, -1, 0, 0, -1, -1, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        -1, 0, 0, -1, 0, -1, -1, -1, -1, 0, -1, 0, 0, 0, -1, 0, -1, -1, -1, 0, -1, -1, -1, 0, 0, -1, -1, 0,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        0, -1, 0, -1, 0, -1, -1, -1, 0, -1, 0, -1, -1, -1, 0, -1, 0, 0, -1, 0, -1, -1, -1, 0, 0, -1, -1, 0,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, -1, 0, -1, 0, -1, -1, 0, -1, 0, -1, 0, 0, -1, 0, -1, 0, 0, -1, 0, -1, -1, -1, 0, 0, -1, -1, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        0, 0, -1, -1, 0, -1, -1, 0, -1, -1, 0, -1, -1, -1, -1, 0, -1, -1, 0, -1, 0, 0, -1, 0, 0, -1, -1, 0,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, 0, -1, -1, 0, -1, -1, -1, 0, 0, -1, 0, 0, -1, -1, 0, -1, -1, 0, -1, 0, 0, -1, 0, 0, -1, -1, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, -1, -1, -1, 0, -1, -1, -1, -1, -1, 0, -1, -1, 0, 0, -1, 0, 0, 0, -1, 0, 0, -1, 0, 0, -1, -1, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, 0, 0, 0, -1, -1, -1, 0, 0, 0, -1, -1, -1, 0, 0, -1, -1, -1, 0, -1, -1, -1, -1, -1, -1, 0, 0, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        -1, 0, 0, 0, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, -1, -1, -1, 0, -1, -1, -1, -1, -1, -1, 0, 0, 0,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        0, -1, 0, 0, -1, -1, -1, -1, 0, 0, -1, -1, -1, -1, -1, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, 0, 0, 0,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, -1, 0, 0, -1, -1, -1, 0, -1, -1, 0, 0, 0, -1, -1, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, 0, 0, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        0, 0, -1, 0, -1, -1, -1, 0, -1, 0, -1, -1, -1, -1, 0, -1, -1, -1, -1, 0, 0, 0, -1, -1, -1, 0, 0, 0,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, 0, -1, 0, -1, -1, -1, -1, 0, -1, 0, 0, 0, -1, 0, -1, -1, -1, -1, 0, 0, 0, -1, -1, -1, 0, 0, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, -1, -1, 0, -1, -1, -1, -1, -1, 0, -1, -1, -1, 0, -1, 0, 0, 0, -1, 0, 0, 0, -1, -1, -1, 0, 0, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [
        0, 0, 0, -1, -1, -1, -1, 0, 0, -1, -1, -1, -1, 0, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0,
      ],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [-1, 0, 0, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, -1, 0, -1, -1, -1, -1, -1, 0, -1, -1, -1, -1, -1, 0, 0, 0, 0, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
    // tour: two edges leave every part
    {
      coefficients: [0, 0, -1, -1, -1, -1, -1, 0, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      bound: -2,
      at: "model.dro:21:29",
    },
  ],
  equalities: [
    // tour: two edges at each node of G
    {
      coefficients: [1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      bound: 2,
      at: "model.dro:21:29",
    },
    // tour: two edges at each node of G
    {
      coefficients: [1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      bound: 2,
      at: "model.dro:21:29",
    },
    // tour: two edges at each node of G
    {
      coefficients: [0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      bound: 2,
      at: "model.dro:21:29",
    },
    // tour: two edges at each node of G
    {
      coefficients: [0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0],
      bound: 2,
      at: "model.dro:21:29",
    },
    // tour: two edges at each node of G
    {
      coefficients: [0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0],
      bound: 2,
      at: "model.dro:21:29",
    },
    // tour: two edges at each node of G
    {
      coefficients: [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 1, 0],
      bound: 2,
      at: "model.dro:21:29",
    },
    // tour: two edges at each node of G
    {
      coefficients: [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 1],
      bound: 2,
      at: "model.dro:21:29",
    },
    // tour: two edges at each node of G
    {
      coefficients: [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 1, 1],
      bound: 2,
      at: "model.dro:21:29",
    },
  ],
  integer: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27],
  boundsAt: ["model.dro:21:29"],
};

/** mean(length) (model.dro:25) */
const risk: RiskSpec = {
  mean: 1,
  cvar: [],
  linear: repeat(0, 28),
  quadratic: null,
  constant: 0,
};

const problem: DecisionProblem = {
  sizes: { context: 5, outcome: 28, decision: 28 },
  loss,
  lossGradientZ,
  lossGradientS,
  extendedGradientS,
  pieces,
  feasible,
  risk,
};

/** The law of the outcome given the context (model.dro:27). */
const generator: GeneratorSpec = {
  kind: "normalizing_flow",
  flow: "arqs",
  bins: 8,
  hidden: [64],
  layers: 1, // default
  ema: 0.999, // default
  scenarios: 100,
};

/** How it is trained (model.dro:29). */
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
    solve: 1, // default
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
    solve: 0.1, // default
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
    { metric: "relative_regret" },
    { metric: "hindsight_regret", unambiguous: false },
    { metric: "hindsight_regret", unambiguous: true },
  ],
  evaluator: { kind: "truth", scenarios: 512 },
  seeds: 3,
  slices: 1, // default
  contexts: 50,
};

export const pipeline = definePipeline({
  name: "TravellingSalesman",
  doc: "A round trip through eight places whose ways take a time that the context says and chance adds: PyEPO's travelling\nsalesman, with the rows that its own generator draws with seed 135.",
  irHash: "0e984e3271183612bc0ea1d2d0d79b741b5c511ae443b83a685a545f0750839c",
  drocVersion: "0.1.0",
  seed: 0,
  root: new URL("../", import.meta.url),
  places: {
    uncertainty: "model.dro:27:1",
    train: "model.dro:29:7",
    loss: "model.dro:23:6",
    compare: "model.dro:40:9",
    evaluate: "model.dro:45:1",
  },
  decision: [
    {
      name: "z",
      axes: [
        {
          size: 28,
          labels: [
            "0-1",
            "0-2",
            "0-3",
            "0-4",
            "0-5",
            "0-6",
            "0-7",
            "1-2",
            "1-3",
            "1-4",
            "1-5",
            "1-6",
            "1-7",
            "2-3",
            "2-4",
            "2-5",
            "2-6",
            "2-7",
            "3-4",
            "3-5",
            "3-6",
            "3-7",
            "4-5",
            "4-6",
            "4-7",
            "5-6",
            "5-7",
            "6-7",
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
