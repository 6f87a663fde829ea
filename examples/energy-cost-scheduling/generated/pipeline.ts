/**
 * When and where jobs run, at electricity prices that are not known yet: instance `shop` of energy-cost-aware
 * scheduling (CSPLib 059), written by convert.mjs. A start is one of a job's possible times; each runs on one machine.
 * The prices are not in the repository: README.md says where anyone gets them.
 *
 * Model ShopScheduling of model.dro, written by `droc build` (droc 0.1.0).
 * Change the spec, not this file. Meaning of the model (sha256 of its IR):
 * bd2a99c9ddc4315f2bab62ec3464a3b32a69f3b2f089b3084c0744ace30df93f
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

/**
 * What each machine offers at once, what each job takes of it while it runs, and what it uses in a slot.
 * model.dro:15; already part of the numbers below
 */
export const capacity = [10, 6];

/** model.dro:16; already part of the numbers below */
export const needs = [6, 5, 4, 6];

/** MWh; model.dro:17 */
export const energy = [0.8, 1.4, 0.6, 1.1];

/**
 * Whose start it is.
 * model.dro:20
 */
export const belongs = [
  1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1,
  1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1,
  1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1,
];

/**
 * The slots in which the job then runs.
 * model.dro:28
 */
export const runs = [
  1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1,
];

/** What is known when deciding: x 0–36. */
export interface Context {
  /** 37 numbers, [37]. */
  readonly x: readonly number[];
}

/** What is uncertain: price 0–11. */
export interface Outcome {
  /** 12 numbers, [Slot], in eur/MWh. */
  readonly price: readonly number[];
}

/** What is decided: begins 0–57. */
export interface Decision {
  /** 58 numbers, [Machine, Start]. */
  readonly begins: readonly number[];
}

const repeat = (value: number, count: number): readonly number[] => Array.from({ length: count }, () => value);

/** Data market (model.dro:60). */
const data: DataSpec = {
  name: "market",
  source: { kind: "csv", path: "data/days.csv", at: "model.dro:60:19" },
  fields: [
    {
      role: "index",
      name: "date",
      type: "date",
      size: 1,
      columns: { kind: "column", name: "date" },
      transforms: [],
      at: "model.dro:61:11",
    },
    {
      role: "context",
      name: "x",
      type: "real",
      size: 37,
      columns: {
        kind: "concat",
        sources: [
          { kind: "columns", pattern: "forecast_*" },
          { kind: "columns", pattern: "load_*" },
          { kind: "columns", pattern: "wind_*" },
          { kind: "column", name: "weekend" },
        ],
      },
      transforms: ["standardize"],
      at: "model.dro:62:11",
    },
    {
      role: "outcome",
      name: "price",
      type: "real",
      size: 12,
      unit: "eur/MWh",
      columns: { kind: "columns", pattern: "price_*" },
      transforms: [],
      at: "model.dro:64:11",
    },
  ],
  split: { kind: "chronological", train: 0.7, validation: 0.1, test: 0.2, at: "model.dro:65:3" },
};

/** ℓ(z, s) at context x: bill (model.dro:76) */
function loss(begins: Float64Array, price: Float64Array, _x: Float64Array): number {
  let total = 0;
  const totals = new Float64Array(29);
  for (let i = 0; i < 29; i++) {
    let total2 = 0;
    for (let j = 0; j < 12; j++) total2 += runs[i * 12 + j] * price[j]; // Slot
    totals[i] = total2;
  }

  const totals2 = new Float64Array(29);
  for (let i = 0; i < 29; i++) {
    let total3 = 0;
    for (let j = 0; j < 4; j++) total3 += energy[j] * belongs[j * 29 + i];
    totals2[i] = total3;
  }

  const totals3 = new Float64Array(29);
  for (let i = 0; i < 29; i++) {
    // Start
    let total4 = 0;
    for (let j = 0; j < 2; j++) total4 += begins[j * 29 + i]; // Machine
    totals3[i] = total4;
  }

  for (let i = 0; i < 29; i++) total += totals[i] * (totals2[i] * totals3[i]); // Start
  return total;
}

/** ∇_z ℓ(z, s), derived from the loss. */
function lossGradientZ(_z: Float64Array, price: Float64Array, _x: Float64Array, out: Float64Array): void {
  const totals = new Float64Array(29);
  for (let i = 0; i < 29; i++) {
    let total = 0;
    for (let j = 0; j < 12; j++) total += runs[i * 12 + j] * price[j]; // Slot
    totals[i] = total;
  }

  const totals2 = new Float64Array(29);
  for (let i = 0; i < 29; i++) {
    let total2 = 0;
    for (let j = 0; j < 4; j++) total2 += energy[j] * belongs[j * 29 + i];
    totals2[i] = total2;
  }

  const values2 = new Float64Array(58);
  for (let i = 0; i < 2; i++) {
    for (let j = 0; j < 29; j++) values2[i * 29 + j] = totals[j] * totals2[j];
  }

  for (let i = 0; i < 58; i++) out[i] = values2[i];
}

/** ∇_s ℓ(z, s), derived from the loss. */
function lossGradientS(begins: Float64Array, _s: Float64Array, _x: Float64Array, out: Float64Array): void {
  const totals2 = new Float64Array(29);
  for (let i = 0; i < 29; i++) {
    let total2 = 0;
    for (let j = 0; j < 4; j++) total2 += energy[j] * belongs[j * 29 + i];
    totals2[i] = total2;
  }

  const totals3 = new Float64Array(29);
  for (let i = 0; i < 29; i++) {
    // Start
    let total3 = 0;
    for (let j = 0; j < 2; j++) total3 += begins[j * 29 + i]; // Machine
    totals3[i] = total3;
  }

  const totals = new Float64Array(12);
  for (let i = 0; i < 12; i++) {
    let total = 0;
    for (let j = 0; j < 29; j++) total += totals2[j] * totals3[j] * runs[j * 12 + i]; // Start
    totals[i] = total;
  }

  for (let i = 0; i < 12; i++) out[i] = totals[i];
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
    const totals = new Float64Array(29);
    for (let i = 0; i < 29; i++) {
      let total = 0;
      for (let j = 0; j < 12; j++) total += runs[i * 12 + j] * price[j]; // Slot
      totals[i] = total;
    }
    const totals2 = new Float64Array(29);
    for (let i = 0; i < 29; i++) {
      let total2 = 0;
      for (let j = 0; j < 4; j++) total2 += energy[j] * belongs[j * 29 + i];
      totals2[i] = total2;
    }
    const values2 = new Float64Array(58);
    for (let i = 0; i < 2; i++) {
      for (let j = 0; j < 29; j++) values2[i * 29 + j] = totals[j] * totals2[j];
    }
    for (let i = 0; i < 58; i++) slopes[i] = values2[i];
    offsets[0] = 0;
  },
  pull(_s, _x, slopes, _offsets, out) {
    const totals2 = new Float64Array(29);
    for (let i = 0; i < 29; i++) {
      let total2 = 0;
      for (let j = 0; j < 2; j++) total2 += slopes[j * 29 + i];
      totals2[i] = total2;
    }
    const totals3 = new Float64Array(29);
    for (let i = 0; i < 29; i++) {
      let total3 = 0;
      for (let j = 0; j < 4; j++) total3 += energy[j] * belongs[j * 29 + i];
      totals3[i] = total3;
    }
    const totals = new Float64Array(12);
    for (let i = 0; i < 12; i++) {
      let total = 0;
      for (let j = 0; j < 29; j++) total += totals2[j] * totals3[j] * runs[j * 12 + i];
      totals[i] = total;
    }
    for (let i = 0; i < 12; i++) out[i] = totals[i];
  },
};

/** Where the decision may lie. */
const feasible: FeasibleSet = {
  size: 58,
  lower: repeat(0, 58),
  upper: repeat(1, 58),
  inequalities: [
    // room_0
    {
      coefficients: [
        6, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
      bound: 10,
      at: "model.dro:72:3",
    },
    // room_0
    {
      coefficients: [
        6, 6, 6, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 4, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
      bound: 10,
      at: "model.dro:72:3",
    },
    // room_0
    {
      coefficients: [
        0, 6, 6, 6, 0, 0, 0, 0, 5, 5, 0, 0, 0, 0, 4, 4, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
      bound: 10,
      at: "model.dro:72:3",
    },
    // room_0
    {
      coefficients: [
        0, 0, 6, 6, 6, 0, 0, 0, 0, 5, 5, 0, 0, 0, 4, 4, 4, 4, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
      bound: 10,
      at: "model.dro:72:3",
    },
    // room_0
    {
      coefficients: [
        0, 0, 0, 6, 6, 6, 0, 0, 0, 0, 5, 5, 0, 0, 0, 4, 4, 4, 4, 0, 0, 0, 6, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
      bound: 10,
      at: "model.dro:72:3",
    },
    // room_0
    {
      coefficients: [
        0, 0, 0, 0, 6, 6, 6, 0, 0, 0, 0, 5, 5, 0, 0, 0, 4, 4, 4, 4, 0, 0, 0, 6, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
      bound: 10,
      at: "model.dro:72:3",
    },
    // room_0
    {
      coefficients: [
        0, 0, 0, 0, 0, 6, 6, 6, 0, 0, 0, 0, 5, 5, 0, 0, 0, 4, 4, 4, 4, 0, 0, 0, 6, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
      bound: 10,
      at: "model.dro:72:3",
    },
    // room_0
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 6, 6, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 4, 4, 4, 4, 0, 0, 0, 6, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
      bound: 10,
      at: "model.dro:72:3",
    },
    // room_0
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 4, 0, 0, 0, 0, 6, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
      bound: 10,
      at: "model.dro:72:3",
    },
    // room_0
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 0, 0, 0, 0, 0, 6, 6, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
      bound: 10,
      at: "model.dro:72:3",
    },
    // room_0
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
      bound: 10,
      at: "model.dro:72:3",
    },
    // room_1
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 6, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
      bound: 6,
      at: "model.dro:73:3",
    },
    // room_1
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 6, 6, 0, 0, 0, 0, 0,
        5, 0, 0, 0, 0, 0, 4, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
      bound: 6,
      at: "model.dro:73:3",
    },
    // room_1
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 6, 6, 0, 0, 0, 0,
        5, 5, 0, 0, 0, 0, 4, 4, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
      bound: 6,
      at: "model.dro:73:3",
    },
    // room_1
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 6, 6, 0, 0, 0,
        0, 5, 5, 0, 0, 0, 4, 4, 4, 4, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0,
      ],
      bound: 6,
      at: "model.dro:73:3",
    },
    // room_1
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 6, 6, 0, 0,
        0, 0, 5, 5, 0, 0, 0, 4, 4, 4, 4, 0, 0, 0, 6, 6, 0, 0, 0, 0, 0,
      ],
      bound: 6,
      at: "model.dro:73:3",
    },
    // room_1
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 6, 6, 0,
        0, 0, 0, 5, 5, 0, 0, 0, 4, 4, 4, 4, 0, 0, 0, 6, 6, 0, 0, 0, 0,
      ],
      bound: 6,
      at: "model.dro:73:3",
    },
    // room_1
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 6, 6,
        0, 0, 0, 0, 5, 5, 0, 0, 0, 4, 4, 4, 4, 0, 0, 0, 6, 6, 0, 0, 0,
      ],
      bound: 6,
      at: "model.dro:73:3",
    },
    // room_1
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 6,
        0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 4, 4, 4, 4, 0, 0, 0, 6, 6, 0, 0,
      ],
      bound: 6,
      at: "model.dro:73:3",
    },
    // room_1
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 4, 0, 0, 0, 0, 6, 6, 0,
      ],
      bound: 6,
      at: "model.dro:73:3",
    },
    // room_1
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 0, 0, 0, 0, 0, 6, 6,
      ],
      bound: 6,
      at: "model.dro:73:3",
    },
    // room_1
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 6,
      ],
      bound: 6,
      at: "model.dro:73:3",
    },
  ],
  equalities: [
    // once
    {
      coefficients: [
        1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
      bound: 1,
      at: "model.dro:71:3",
    },
    // once
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
      bound: 1,
      at: "model.dro:71:3",
    },
    // once
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0,
      ],
      bound: 1,
      at: "model.dro:71:3",
    },
    // once
    {
      coefficients: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1,
      ],
      bound: 1,
      at: "model.dro:71:3",
    },
  ],
  integer: [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
    31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57,
  ],
  boundsAt: ["model.dro:68:10"],
};

/** mean(bill) (model.dro:78) */
const risk: RiskSpec = {
  mean: 1,
  cvar: [],
  linear: repeat(0, 58),
  quadratic: null,
  constant: 0,
};

const problem: DecisionProblem = {
  sizes: { context: 37, outcome: 12, decision: 58 },
  loss,
  lossGradientZ,
  lossGradientS,
  extendedGradientS,
  pieces,
  feasible,
  risk,
};

/** The law of the outcome given the context (model.dro:80). */
const generator: GeneratorSpec = {
  kind: "gaussian",
  floor: 0.000001, // default
  scenarios: 50,
};

/** How it is trained. */
const training: TrainSpec = { method: "fit" };

/** What it is compared with. */
const comparison: readonly MethodSpec[] = [
  {
    method: "dfl",
    name: "two_stage",
    loss: { loss: "mse" },
    predictor: { kind: "linear" },
    steps: 500,
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
    method: "knn_saa",
    neighbours: 100, // default
  },
  { method: "saa" },
];

/** What is measured, and under which law. */
const evaluation: EvaluationSpec = {
  on: "test",
  metrics: [{ metric: "hindsight_regret", unambiguous: false }, { metric: "mean_loss" }, { metric: "mse" }],
  evaluator: {
    kind: "residual_bootstrap",
    scenarios: 4096, // default
  }, // default
  seeds: 1,
  slices: 1, // default
  contexts: 50,
};

export const pipeline = definePipeline({
  name: "ShopScheduling",
  doc: "When and where jobs run, at electricity prices that are not known yet: instance `shop` of energy-cost-aware\nscheduling (CSPLib 059), written by convert.mjs. A start is one of a job's possible times; each runs on one machine.\nThe prices are not in the repository: README.md says where anyone gets them.",
  irHash: "bd2a99c9ddc4315f2bab62ec3464a3b32a69f3b2f089b3084c0744ace30df93f",
  drocVersion: "0.1.0",
  seed: 0,
  root: new URL("../", import.meta.url),
  places: {
    uncertainty: "model.dro:80:1",
    train: "model.dro:80:1",
    loss: "model.dro:76:6",
    compare: "model.dro:82:9",
    evaluate: "model.dro:87:1",
  },
  decision: [{ name: "begins", axes: [{ size: 2 }, { size: 29 }] }],
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
  return { begins: Array.from(z) };
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
