import { furtherBaselines } from "./further-baselines.ts";
import { likelihoodGenerators, weightedGenerators } from "./further-generators.ts";
import { gasDro, gasDroBaseline, genDfl } from "./further-methods.ts";
import { mixtureBaseline } from "./generators.ts";
import { droTrainer } from "./predictor-sets.ts";
import { int, number, type GroupSchema, type Kind, type OptionSchema } from "./schema.ts";
import { predictorTraining, training } from "./training.ts";

const folds: OptionSchema = {
  name: "folds",
  doc: "parts of the training data; each part's reference decision is fitted on the others",
  value: int(2, 100),
  default: 5,
  example: "5",
  source: "003 App. D",
};

/** What may follow `reference:`. */
export const references: readonly GroupSchema[] = [
  {
    name: "saa",
    doc: "sample average approximation over the other folds, without context",
    options: [folds],
    source: "003 §4.3",
  },
  {
    name: "knn_saa",
    doc: "sample average approximation over the nearest contexts of the other folds",
    options: [
      folds,
      {
        name: "neighbours",
        doc: "number of nearest training contexts",
        value: int(1, 100_000),
        default: 50,
        example: "50",
      },
    ],
  },
];

/** Decision-weighted flow matching. */
export const dwFm: GroupSchema = {
  name: "dw_fm",
  doc: "decision-weighted flow matching: each row's loss, a squared error, is weighted by 1 + λ‖∇_s ℓ(ẑ, s)‖²; other generators' losses are weighted alike",
  source: "003 eq. 4.2",
  generators: weightedGenerators,
  exclusive: [["lambda", "lambda_relative"]],
  options: [
    {
      name: "lambda",
      doc: "strength λ of the weights in units of 1/gradient²",
      value: { type: "choice", of: number(0, 1e12), range: false, criteria: [] },
      example: "one_of(0, 0.001, 0.002, 0.005, 0.01, 0.02)",
      source: "003 §5.1",
    },
    {
      name: "lambda_relative",
      doc: "strength λ̃ = λ · mean‖∇ℓ‖², which has no units",
      value: { type: "choice", of: number(0, 1e6), range: false, criteria: [] },
      default: { oneOf: [0, 0.02, 0.05, 0.1, 0.2], by: null },
      example: "one_of(0, 0.02, 0.05, 0.1, 0.2)",
    },
    {
      name: "reference",
      doc: "the fixed decision at which sensitivity is measured, never fitted on the rows that it weights",
      value: { type: "group", groups: references },
      default: "saa",
      example: "saa { folds: 5 }",
      source: "003 App. D",
    },
    {
      name: "detilt",
      doc: "give each generated scenario the weight 1/ŵ in the decision, which undoes the tilt that the weights cause",
      value: { type: "bool" },
      default: false,
      example: "true",
    },
    ...training,
    {
      name: "select",
      doc: "what chooses among several strengths; it is measured on the validation part",
      value: { type: "selection", metrics: ["regret"], parts: ["validation"] },
      default: "regret on validation",
      example: "regret on validation",
      source: "003 §5.1",
    },
    {
      name: "controls",
      doc: "also run placebo weights, and ŵ and 1/ŵ applied only at the decision",
      value: { type: "bool" },
      default: true,
      example: "true",
    },
  ],
};

/** Flow matching without weights. */
export const uniformFm: GroupSchema = {
  name: "uniform_fm",
  doc: "flow matching without weights",
  problems: ["single_stage", "generation", "posterior"],
  generators: ["flow_matching"],
  options: training,
  source: "003 §4.1",
};

/** A generator's own loss, without weights: what is done where there is no `train`. */
export const fit: GroupSchema = {
  name: "fit",
  doc: "the generator's own loss, a likelihood or a bound on it, without weights; what is done without `train`",
  problems: ["single_stage", "generation", "posterior"],
  generators: likelihoodGenerators,
  options: training,
};

/** A predictor trained on the data alone. */
export const ml: GroupSchema = {
  name: "ml",
  doc: "the predictor trained on the risk of the training rows",
  source: "001 §5",
  problems: ["forecast"],
  options: predictorTraining,
};

/** What may follow `train`. */
export const trainers: Kind = {
  what: "training method",
  groups: [dwFm, uniformFm, fit, genDfl, ml, droTrainer, gasDro],
  planned: ["task_e2e", "spo_plus", "pto", "e2e"],
  example: "dw_fm { steps: 20_000 }",
  byProblem: true,
};

/** What may follow `compare`. */
export const baselines: Kind = {
  what: "comparison method",
  groups: [
    { name: "uniform_fm", doc: "the same generator trained without weights", options: [], source: "003 §5" },
    {
      name: "dw_fm",
      doc: "decision-weighted flow matching with the de-tilting given here, sharing the training",
      options: [
        {
          name: "detilt",
          doc: "give each generated scenario the weight 1/ŵ in the decision",
          value: { type: "bool" },
          default: false,
          example: "true",
        },
      ],
      source: "003 §4.3",
    },
    {
      name: "pto",
      doc: "predict, then optimise: a least-squares predictor whose scenarios are its prediction plus training residuals",
      options: [
        {
          name: "hidden",
          doc: "widths of the predictor's hidden layers",
          value: { type: "list", of: int(1, 4096), minLength: 1, maxLength: 8 },
          default: [64, 64],
          example: "[64, 64]",
        },
        { name: "steps", doc: "optimizer steps", value: int(1, 10_000_000), default: 5_000, example: "5_000" },
      ],
      source: "003 §5",
    },
    { name: "saa", doc: "sample average over all training outcomes, without context", options: [] },
    {
      name: "knn_saa",
      doc: "sample average over the outcomes of the nearest training contexts",
      options: [
        {
          name: "neighbours",
          doc: "number of nearest training contexts",
          value: int(1, 100_000),
          default: 100,
          example: "100",
        },
      ],
    },
    { name: "equal_weights", doc: "all components of the decision equal", options: [] },
    mixtureBaseline,
    { ...genDfl, doc: "the model's own generator, trained on for its decisions", tunes: false },
    { name: "oracle_saa", doc: "as many scenarios drawn from the true law; synthetic tasks only", options: [] },
    ...furtherBaselines,
    gasDroBaseline,
  ],
  planned: [],
  example: "saa, knn_saa { neighbours: 100 }",
  tunes: true,
  byProblem: true,
};
