/**
 * Where to send traffic in the next five minutes: away from congestion, above all from the worst of it (003, appendix E.3).
 * The data are not in the repository: DATA.md says where anyone gets them, and convert.mjs makes the file.
 *
 * Model TrafficAllocation of model.dro, written by `droc build` (droc 0.1.0).
 * Change the spec, not this file. Meaning of the model (sha256 of its IR):
 * 0519a3776eaa66b42b7333d4507a9d6d9a9ec8d90948102ed0ac710809aa6cc9
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

/** model.dro:10; already part of the numbers below */
export const gamma = 2;

/** model.dro:11; already part of the numbers below */
export const most = 0.25;

/** What is known when deciding: x 0–206. */
export interface Context {
  /** 207 numbers, [District, Sensor], in mph. */
  readonly x: readonly number[];
}

/** What is uncertain: s 0–206. */
export interface Outcome {
  /** 207 numbers, [District, Sensor], in mph. */
  readonly s: readonly number[];
}

/** What is decided: z 0–206. */
export interface Decision {
  /** 207 numbers, [District, Sensor]. */
  readonly z: readonly number[];
}

const repeat = (value: number, count: number): readonly number[] => Array.from({ length: count }, () => value);

/** Data week (model.dro:13). */
const data: DataSpec = {
  name: "week",
  source: { kind: "csv", path: "data/traffic.csv", at: "model.dro:13:17" },
  fields: [
    {
      role: "index",
      name: "step",
      type: "int",
      size: 1,
      columns: { kind: "column", name: "step" },
      transforms: [],
      at: "model.dro:14:11",
    },
    {
      role: "context",
      name: "x",
      type: "real",
      size: 207,
      unit: "mph",
      columns: { kind: "lag", source: { kind: "columns", pattern: "v_*" }, steps: [1] },
      transforms: ["standardize"],
      at: "model.dro:15:11",
    },
    {
      role: "outcome",
      name: "s",
      type: "real",
      size: 207,
      unit: "mph",
      columns: { kind: "columns", pattern: "s_*" },
      transforms: [],
      range: { lower: 0, upper: 100 },
      at: "model.dro:16:11",
    },
  ],
  split: { kind: "chronological", train: 0.7, validation: 0.1, test: 0.2, at: "model.dro:17:3" },
};

/** ℓ(z, s) at context x: congestion (model.dro:27) */
function loss(z: Float64Array, s: Float64Array, _x: Float64Array): number {
  let total = 0;
  for (let i = 0; i < 9; i++) {
    // District
    for (let j = 0; j < 23; j++) total += s[i * 23 + j] * z[i * 23 + j]; // Sensor
  }

  return total;
}

/** ∇_z ℓ(z, s), derived from the loss. */
function lossGradientZ(_z: Float64Array, s: Float64Array, _x: Float64Array, out: Float64Array): void {
  for (let i = 0; i < 207; i++) out[i] = s[i];
}

/** ∇_s ℓ(z, s), derived from the loss. */
function lossGradientS(z: Float64Array, _s: Float64Array, _x: Float64Array, out: Float64Array): void {
  for (let i = 0; i < 207; i++) out[i] = z[i];
}

/**
 * ∇_s of the loss extended by the risk's own variables t (Rockafellar and Uryasev):
 * outcomes whose loss exceeds t count as the CVaR at 95 % weighs them.
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
  if (value > t[0]) weight += 2 / (1 - 0.95);
  for (let i = 0; i < 207; i++) out[i] *= weight;
}

/**
 * The loss as the largest of pieces that are affine in the decision: ℓ(z, s) = max_j slope_j·z + offset_j.
 * `pull` is the gradient in s of Σ_j slopes_j·slope_j + offsets_j·offset_j.
 */
const pieces: DecisionProblem["pieces"] = {
  count: 1,
  fill(s, _x, slopes, offsets) {
    for (let i = 0; i < 207; i++) slopes[i] = s[i];
    offsets[0] = 0;
  },
  pull(_s, _x, slopes, _offsets, out) {
    for (let i = 0; i < 207; i++) out[i] = slopes[i];
  },
};

/** Where the decision may lie. */
const feasible: FeasibleSet = {
  size: 207,
  lower: repeat(0, 207),
  upper: repeat(0.05, 207),
  inequalities: [
    // sum(z over Sensor) <= most
    {
      coefficients: [
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
      bound: 0.25,
      at: "model.dro:24:3",
    },
    // sum(z over Sensor) <= most
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
      bound: 0.25,
      at: "model.dro:24:3",
    },
    // sum(z over Sensor) <= most
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
      bound: 0.25,
      at: "model.dro:24:3",
    },
    // sum(z over Sensor) <= most
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
      bound: 0.25,
      at: "model.dro:24:3",
    },
    // sum(z over Sensor) <= most
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
      bound: 0.25,
      at: "model.dro:24:3",
    },
    // sum(z over Sensor) <= most
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
      bound: 0.25,
      at: "model.dro:24:3",
    },
    // sum(z over Sensor) <= most
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
      bound: 0.25,
      at: "model.dro:24:3",
    },
    // sum(z over Sensor) <= most
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
      bound: 0.25,
      at: "model.dro:24:3",
    },
    // sum(z over Sensor) <= most
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
      ],
      bound: 0.25,
      at: "model.dro:24:3",
    },
  ],
  equalities: [
    // sum(z) == 1
    { coefficients: repeat(1, 207), bound: 1, at: "model.dro:23:3" },
  ],
  integer: [],
  boundsAt: ["model.dro:20:39"],
};

/** mean(congestion) + gamma * cvar(congestion, level = 95%) (model.dro:29) */
const risk: RiskSpec = {
  mean: 1,
  cvar: [{ weight: 2, level: 0.95 }],
  linear: repeat(0, 207),
  quadratic: null,
  constant: 0,
};

const problem: DecisionProblem = {
  sizes: { context: 207, outcome: 207, decision: 207 },
  loss,
  lossGradientZ,
  lossGradientS,
  extendedGradientS,
  pieces,
  feasible,
  risk,
};

/** The law of the outcome given the context (model.dro:31). */
const generator: GeneratorSpec = {
  kind: "flow_matching",
  hidden: [64, 64],
  activation: "relu",
  solver: "midpoint",
  odeSteps: 8,
  ema: 0.999,
  scenarios: 512,
};

/** How it is trained (model.dro:40). */
const training: TrainSpec = {
  method: "dw_fm",
  strength: { scale: "relative", grid: [0, 0.02, 0.05, 0.1, 0.2] },
  reference: { kind: "saa", folds: 5 },
  detilt: false, // default
  steps: 10000,
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
    method: "tuned",
    name: "pto",
    by: "regret",
    candidates: [
      { chosen: { hidden: [16], steps: 500 }, spec: { method: "pto", hidden: [16], steps: 500 } },
      { chosen: { hidden: [16], steps: 5000 }, spec: { method: "pto", hidden: [16], steps: 5000 } },
      { chosen: { hidden: [64, 64], steps: 500 }, spec: { method: "pto", hidden: [64, 64], steps: 500 } },
      { chosen: { hidden: [64, 64], steps: 5000 }, spec: { method: "pto", hidden: [64, 64], steps: 5000 } },
    ],
  },
  {
    method: "tuned",
    name: "spo_plus",
    by: "regret",
    candidates: [
      {
        chosen: { "optimizer.rate": 0.001 },
        spec: {
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
            rate: 0.001,
            weightDecay: 0.0001, // default
          },
          solve: 1, // default
        },
      },
      {
        chosen: { "optimizer.rate": 0.01 },
        spec: {
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
            rate: 0.01,
            weightDecay: 0.0001, // default
          },
          solve: 1, // default
        },
      },
    ],
  },
  {
    method: "tuned",
    name: "task_e2e",
    by: "regret",
    candidates: [
      {
        chosen: { "optimizer.rate": 0.001 },
        spec: {
          method: "dfl",
          name: "task_e2e",
          loss: { loss: "task" },
          predictor: {
            kind: "mlp",
            hidden: [64], // default
            activation: "relu",
          }, // default
          steps: 300,
          batch: 32, // default
          optimizer: {
            kind: "adam",
            rate: 0.001,
            weightDecay: 0.0001, // default
          },
          solve: 1,
        },
      },
      {
        chosen: { "optimizer.rate": 0.01 },
        spec: {
          method: "dfl",
          name: "task_e2e",
          loss: { loss: "task" },
          predictor: {
            kind: "mlp",
            hidden: [64], // default
            activation: "relu",
          }, // default
          steps: 300,
          batch: 32, // default
          optimizer: {
            kind: "adam",
            rate: 0.01,
            weightDecay: 0.0001, // default
          },
          solve: 1,
        },
      },
    ],
  },
  {
    method: "tuned",
    name: "knn_saa",
    by: "regret",
    candidates: [
      { chosen: { neighbours: 10 }, spec: { method: "knn_saa", neighbours: 10 } },
      { chosen: { neighbours: 30 }, spec: { method: "knn_saa", neighbours: 30 } },
      { chosen: { neighbours: 100 }, spec: { method: "knn_saa", neighbours: 100 } },
      { chosen: { neighbours: 300 }, spec: { method: "knn_saa", neighbours: 300 } },
    ],
  },
  { method: "saa" },
  { method: "equal_weights" },
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
      level: 0.95, // default
    },
  ],
  evaluator: { kind: "residual_bootstrap", scenarios: 1024 },
  seeds: 5,
  slices: 1, // default
  contexts: 100,
};

export const pipeline = definePipeline({
  name: "TrafficAllocation",
  doc: "Where to send traffic in the next five minutes: away from congestion, above all from the worst of it (003, appendix E.3).\nThe data are not in the repository: DATA.md says where anyone gets them, and convert.mjs makes the file.",
  irHash: "0519a3776eaa66b42b7333d4507a9d6d9a9ec8d90948102ed0ac710809aa6cc9",
  drocVersion: "0.1.0",
  seed: 0, // default
  root: new URL("../", import.meta.url),
  places: {
    uncertainty: "model.dro:31:1",
    train: "model.dro:40:7",
    loss: "model.dro:27:6",
    compare: "model.dro:51:9",
    evaluate: "model.dro:60:1",
  },
  decision: [{ name: "z", axes: [{ size: 9 }, { size: 23 }] }],
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
