import { fraction, int, number, type GroupSchema, type OptionSchema } from "./schema.ts";
import { training, widths } from "./training.ts";

const predictor: OptionSchema = {
  name: "predictor",
  doc: "how the outcome is predicted from the context",
  value: {
    type: "group",
    groups: [
      { name: "mlp", doc: "fully connected network", options: [widths([64])] },
      { name: "linear", doc: "linear in the context", options: [] },
    ],
  },
  default: "mlp",
  example: "mlp { hidden: [64] }",
};

/** Options of every predictor that is trained by gradient steps. */
const net: readonly OptionSchema[] = [
  predictor,
  ...training.map((option): OptionSchema => {
    if (option.name === "steps") return { ...option, default: 2000, example: "2_000", source: "004 App. C" };
    return option.name === "batch" ? { ...option, default: 32, example: "32", source: "004 App. C" } : option;
  }),
];

const solve: OptionSchema = {
  name: "solve",
  doc: "probability that a row of a step is solved; else the best decision of the pool answers",
  value: number(0, 1),
  default: 1,
  example: "10%",
  source: "Mulamba et al. 2021",
};

const relax: OptionSchema = {
  name: "relax",
  doc: "true: the training solves with whole components as any numbers in between, which is sooner; decisions stay whole",
  value: { type: "bool" },
  example: "true",
  source: "Mandi et al. 2020",
};
/** Losses that solve for a row of a step at other costs than those that came. */
const solving: readonly OptionSchema[] = [solve, relax];

/** Losses over a pool compare with it, so that few solves are enough. */
const poolSolve: OptionSchema = { ...solve, default: 0.1 };

const samples: OptionSchema = {
  name: "samples",
  doc: "perturbations of each prediction",
  value: int(1, 10_000),
  default: 10,
  example: "10",
};
const sigma = (value: number, doc = "standard deviation of the perturbations"): OptionSchema => ({
  name: "sigma",
  doc,
  value: number(0, 1e6, "min"),
  default: value,
  example: String(value),
});
const noise: OptionSchema = {
  name: "noise",
  doc: "perturbations that are added to a prediction, or that scale it and so keep its sign",
  value: { type: "word", words: ["additive", "multiplicative"] },
  default: "additive",
  example: "multiplicative",
  source: "Dalle et al. 2022",
};
const outer: OptionSchema = {
  name: "outer",
  doc: "what is measured of the decision: its regret, or its distance from the best one",
  value: { type: "word", words: ["regret", "squared_error", "absolute_error"] },
  default: "regret",
  example: "regret",
};
const lambda = (doc: string, value: number): OptionSchema => ({
  name: "lambda",
  doc,
  value: number(0, 1e6, "min"),
  default: value,
  example: String(value),
});
const kappa: OptionSchema = {
  name: "kappa",
  doc: "κ of the sum-of-gamma noise, about the number of components that are chosen",
  value: number(0, 1e6, "min"),
  default: 5,
  example: "5",
  source: "Niepert et al. 2021",
};
const sides: OptionSchema = {
  name: "sides",
  doc: "differences on one side of the prediction, or on both",
  value: { type: "word", words: ["one", "two"] },
  default: "one",
  example: "two",
};

const evaluations: OptionSchema = {
  name: "evaluations",
  doc: "times that the regret on validation is measured, each a solve for every row; the best model by it is kept; about 40 unless given",
  value: int(1, 10_000),
  example: "10",
};

/** A predictor trained through a layer. */
const layered = (name: string, doc: string, options: readonly OptionSchema[], source: string): GroupSchema => ({
  name,
  doc,
  options: [...net, ...options],
  source,
});
/** A predictor of the outcome whose loss looks at decisions alone. */
const point: typeof layered = (name, doc, options, source) => layered(name, doc, [evaluations, ...options], source);

const coverage: OptionSchema = {
  name: "coverage",
  doc: "probability that the set holds the outcome",
  value: fraction,
  default: 0.9,
  example: "90%",
};

/** A predictor's options, for a set that is trained on from its prediction. */
const setTraining: readonly OptionSchema[] = [
  ...net.map((option): OptionSchema => {
    if (option.name === "steps") return { ...option, doc: "steps through the decision", default: 500, example: "500" };
    return option.name === "batch" ? { ...option, default: 64, example: "64" } : option;
  }),
  {
    name: "warmup",
    doc: "steps of squared error that the set's centre starts from",
    value: int(1, 10_000_000),
    default: 1_000,
    example: "1_000",
  },
];

/** Uncertainty sets that are learnt for the decisions against their worst outcome (004 Fig. 5). */
const uncertaintySets: readonly GroupSchema[] = [
  {
    name: "lro",
    doc: "learned uncertainty set: an ellipsoid of one shape around the prediction, whose promised cost is least among those that the cost seldom exceeds",
    options: [
      ...setTraining,
      {
        name: "tail",
        doc: "share of rows in which the cost may exceed what was promised; its CVaR over this tail is held at the promise",
        value: fraction,
        default: 0.1,
        example: "10%",
      },
      {
        name: "penalty",
        doc: "penalty μ of the augmented Lagrangian at first",
        value: number(0, 1e6, "min"),
        default: 1,
        example: "1",
      },
    ],
    source: "Wang et al. 2025; 004 Fig. 5",
  },
  {
    name: "e2e_cro",
    doc: "conditional robust optimisation: an ellipsoid that varies with the context, trained for the cost of the decisions and for conditional coverage",
    options: [
      ...setTraining,
      coverage,
      {
        name: "weight",
        doc: "weight of the decisions' cost; conditional coverage has the rest",
        value: number(0, 1),
        default: 0.5,
        example: "0.5",
      },
    ],
    source: "Chenreddy & Delage 2024; 004 Fig. 5",
  },
  {
    name: "e2e_conformal",
    doc: "end-to-end conformal calibration: an ellipsoid whose radius is the conformal quantile of other rows, in training and at the end",
    options: [
      ...setTraining,
      coverage,
      {
        name: "calibration",
        doc: "share of the training rows that the radius is calibrated on at the end",
        value: fraction,
        default: 0.25,
        example: "25%",
      },
    ],
    source: "Yeh et al. 2024; 004 Fig. 5",
  },
];

/** Predictors of the outcome that are trained by a loss on the decisions taken with them. */
export const dflMethods: readonly GroupSchema[] = [
  point(
    "two_stage",
    "predictor trained on squared error, which decides on its prediction alone",
    [],
    "004 §3: predict, then optimise",
  ),
  point("spo_plus", "predictor trained by the SPO+ surrogate of regret", solving, "Elmachtoub & Grigas 2022; 004 §6"),
  point(
    "task_e2e",
    "predictor trained through the decision's optimality conditions; learns nothing where the decision is a vertex",
    [],
    "Donti et al. 2017; 003 §5",
  ),
  point(
    "pg",
    "perturbation gradient: a difference of optimal values in the direction of the outcome that came",
    [...solving, sigma(0.1, "size of the perturbation"), sides],
    "Gupta & Huang 2024",
  ),
  point(
    "dbb",
    "differentiation of a black-box solver by interpolation",
    [...solving, lambda("width of the interpolation", 10), outer],
    "Vlastelica et al. 2020",
  ),
  point("nid", "the solver's derivative replaced by the negative identity", [...solving, outer], "Sahoo et al. 2023"),
  point(
    "dpo",
    "differentiable perturbed optimizer",
    [...solving, samples, sigma(1), noise, outer],
    "Berthet et al. 2020; Dalle et al. 2022",
  ),
  point(
    "pfyl",
    "perturbed Fenchel–Young loss",
    [...solving, samples, sigma(1), noise],
    "Berthet et al. 2020; Dalle et al. 2022",
  ),
  point(
    "i_mle",
    "implicit maximum likelihood by perturbation",
    [...solving, samples, sigma(1), kappa, lambda("width of the interpolation", 10), sides, outer],
    "Niepert et al. 2021",
  ),
  point(
    "ai_mle",
    "implicit maximum likelihood whose width adapts itself",
    [...solving, samples, sigma(1), kappa, sides, outer],
    "Minervini et al. 2023",
  ),
  point(
    "rfwo",
    "regularised optimizer by Frank–Wolfe",
    [...solving, lambda("weight of the squared norm", 1), outer],
    "Dalle et al. 2022",
  ),
  point(
    "rfy",
    "Fenchel–Young loss of the same",
    [...solving, lambda("weight of the squared norm", 1)],
    "Dalle et al. 2022",
  ),
  point("nce", "noise-contrastive estimation over a pool of decisions", [poolSolve], "Mulamba et al. 2021; 004 §6"),
  point("map", "contrastive loss against the best decision of a pool", [poolSolve], "Mulamba et al. 2021; 004 §6"),
  point(
    "cave",
    "prediction aligned with the cone of costs for which the best decision is best",
    [
      solve,
      {
        name: "inner",
        doc: "share of rows that are aligned with the mean normal instead of projected",
        value: number(0, 1),
        default: 0.2,
        example: "0.2",
      },
    ],
    "Tang & Khalil 2024",
  ),
  point(
    "listwise",
    "a pool of decisions ranked by their objective",
    [
      poolSolve,
      {
        name: "temperature",
        doc: "temperature of the ranking's law",
        value: number(0, 1e6, "min"),
        default: 1,
        example: "1",
      },
    ],
    "Mandi et al. 2022; 004 §6",
  ),
  point(
    "pairwise",
    "pairs of decisions ranked by their objective",
    [
      poolSolve,
      { name: "margin", doc: "gap under which a pair counts", value: number(0, 1e6), default: 0, example: "0" },
    ],
    "Mandi et al. 2022; 004 §6",
  ),
  layered(
    "diff_dro",
    "predictor trained through a layer that decides against the worst law of a penalised Wasserstein ball of order 2",
    [
      {
        name: "strength",
        doc: "weight κ = 1/4λ of the squared slope of the loss, by which the worst law is dearer than the prediction",
        value: {
          type: "choice",
          of: number(0, 1e12, "min"),
          range: false,
          criteria: ["holdout"],
          criterion: "holdout",
        },
        default: { oneOf: [0.01, 0.1, 1], by: "holdout" },
        example: "one_of(0.01, 0.1, 1) by holdout",
      },
    ],
    "Ma et al. 2024; 004 §6",
  ),
  ...uncertaintySets,
  point("pointwise", "the objective of every decision of a pool", [poolSolve], "Mandi et al. 2022"),
  point(
    "policy_gradient",
    "score-function gradient of the regret of a Gaussian policy around the prediction",
    [samples, sigma(0.1)],
    "Silvestri et al. 2023",
  ),
];
