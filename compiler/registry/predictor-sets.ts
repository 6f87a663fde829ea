import { ambiguitySets } from "./ambiguity.ts";
import { int, number, type GroupSchema, type Kind, type NumberSchema, type OptionSchema } from "./schema.ts";
import { predictorTraining } from "./training.ts";

/** The size of a set: one value, or candidates of which one is chosen on validation rows. */
const size = (name: string, doc: string, of: NumberSchema): OptionSchema => ({
  name,
  doc: `${doc}; of several the one with the least loss on held-out rows is taken`,
  value: { type: "choice", of, range: false, criteria: ["holdout"], criterion: "holdout" },
  required: true,
  example: "one_of(0.05, 0.1, 0.2) by holdout",
});

const norm: OptionSchema = {
  name: "norm",
  doc: "norm of how far inputs move, in standard deviations of each",
  value: { type: "word", words: ["l1", "l2", "linf"] },
  default: "l2",
  example: "l2",
};

const set = (name: string, doc: string, source: string, options: readonly OptionSchema[]): GroupSchema => ({
  name,
  doc,
  source,
  problems: ["forecast"],
  options,
});

const divergence = (name: string, doc: string, source: string): GroupSchema =>
  set(name, doc, source, [size("radius", "largest divergence from the training rows", number(0, 1e12))]);

const tail = (doc: string): OptionSchema => size("tail", doc, number(0, 1, "min"));

/** Sets of laws around the training rows of a predictor. */
export const classicalSets: readonly GroupSchema[] = [
  divergence("chi2", "weights of the rows within E[(dP/dP₀ − 1)²] ≤ radius", "Duchi and Namkoong 2021"),
  divergence("kl", "weights of the rows within a Kullback–Leibler divergence KL(P ‖ P₀) ≤ radius", "Hu and Hong 2013"),
  set("total_variation", "weights of the rows that move at most this much mass", "Jiang and Guan 2018", [
    size("radius", "largest mass ½‖P − P₀‖₁ that moves", number(0, 1, "max")),
  ]),
  set("cressie_read", "weights of the rows within a Cressie–Read divergence", "Duchi and Namkoong 2021", [
    size("radius", "largest divergence from the training rows", number(0, 1e12)),
    {
      name: "power",
      doc: "k of the divergence (tᵏ − k t + k − 1)/(k (k − 1)); at 2 it is half of χ²",
      value: number(1, 100, "min"),
      required: true,
      example: "3",
    },
  ]),
  set(
    "cvar",
    "weights of the rows of at most 1/tail times their share: the CVaR of the loss",
    "Rockafellar and Uryasev 2000",
    [tail("tail mass: 1 is the mean, towards 0 the largest loss")],
  ),
  set(
    "group_cvar",
    "mixtures of the groups that the data name (`group g: text`), else of the zones of `split by`, each of at most 1/tail times its share",
    "Sagawa and others 2020",
    [tail("tail mass over groups: 1 is the mean, towards 0 the worst group")],
  ),
  set(
    "marginal_cvar",
    "shifts of the inputs alone: CVaR whose weights change smoothly along the inputs",
    "Duchi, Hashimoto and Namkoong 2023",
    [
      tail("tail mass: weights are at most 1/tail"),
      {
        name: "lipschitz",
        doc: "largest change of a weight over one standard deviation of the inputs, to the power of `order` − 1",
        value: number(0, 1e6, "min"),
        required: true,
        example: "1",
      },
      { name: "order", doc: "2 for Lipschitz weights", value: number(1, 10, "min"), default: 2, example: "2" },
    ],
  ),
  set(
    "mmd",
    "weights of the rows within a maximum mean discrepancy of a Gaussian kernel of the inputs",
    "Staib and Jegelka 2019",
    [
      size("radius", "largest discrepancy", number(0, 1e12)),
      {
        name: "width",
        doc: "width of the kernel in standard deviations of the inputs",
        value: number(0, 1e6, "min"),
        default: 1,
        example: "1",
      },
    ],
  ),
  set(
    "wasserstein",
    "laws that a transport of the inputs reaches within the radius",
    "Shafieezadeh-Abadeh and others 2015; Blanchet, Kang and Murthy 2019",
    [
      {
        name: "order",
        doc: "power of the distance that is averaged",
        value: { type: "word", words: ["infinity"], numbers: [1, 2] },
        required: true,
        example: "2",
      },
      size("radius", "largest distance, in standard deviations of the inputs", number(0, 1e12)),
      norm,
      {
        name: "label_cost",
        doc: "cost of turning a label over, of order 1 and a classification; labels stay where it is left out",
        value: number(0, 1e12, "min"),
        example: "1",
      },
    ],
  ),
  set(
    "sinkhorn",
    "laws within an entropic transport of the inputs, on draws around each row",
    "Wang, Gao and Xie 2023",
    [
      size("radius", "budget beyond what the noise itself costs", number(0, 1e12)),
      {
        name: "regularisation",
        doc: "variance of the noise around each row, in squared standard deviations of the inputs",
        value: number(0, 1e6, "min"),
        default: 0.1,
        example: "0.1",
      },
      { name: "draws", doc: "draws around each row", value: int(2, 1000), default: 5, example: "5" },
    ],
  ),
  set("moments", "all laws whose mean and covariance are near those of the rows", "Delage and Ye 2010", [
    size(
      "covariance",
      "γ₂: the second moment about the rows' mean is at most this multiple of their covariance",
      number(0, 1e6, "min"),
    ),
    {
      name: "mean",
      doc: "γ₁: largest squared distance of the mean, at most γ₂",
      value: number(0, 1e6),
      default: 0,
      example: "0.1",
    },
  ]),
  set(
    "outlier_robust",
    "laws of bounded spread within a Wasserstein ball of order 1 of what is left once outliers are taken out",
    "Nietert, Goldfeld and Shafiee 2023",
    [
      size("radius", "largest distance, in standard deviations of the inputs", number(0, 1e12, "min")),
      {
        name: "outliers",
        doc: "share of the rows that may be outliers",
        value: number(0, 0.5, "max"),
        required: true,
        example: "5%",
      },
      {
        name: "spread",
        doc: "largest root mean square distance from the trimmed mean, as a multiple of that of the rows without outliers",
        value: number(1, 1e6),
        default: 1.2,
        example: "1.2",
      },
      norm,
    ],
  ),
  set("holistic", "laws behind rows of which some are corrupted and all are noisy", "Bennouna and Van Parys 2022", [
    size("radius", "statistical error: largest divergence KL(rows ‖ law)", number(0, 1e6, "min")),
    {
      name: "corruption",
      doc: "share of the rows that may be corrupted",
      value: number(0, 1, "max"),
      default: 0.05,
      example: "5%",
    },
    {
      name: "noise",
      doc: "how far the inputs of every row may be off",
      value: number(0, 1e6),
      default: 0.1,
      example: "0.1",
    },
    {
      name: "support",
      doc: "how far from a row a law may have mass, at least `noise`",
      value: number(0, 1e6),
      default: 0.5,
      example: "0.5",
    },
    norm,
  ]),
  set(
    "bayesian",
    "the mean of the worst cases around draws of the law of the rows from its posterior",
    "Shapiro, Zhou and Lin 2023",
    [
      size("radius", "radius of the set around each draw", number(0, 1e12)),
      {
        name: "around",
        doc: "set around each draw",
        value: { type: "word", words: ["kl", "chi2", "total_variation"] },
        default: "kl",
        example: "chi2",
      },
      {
        name: "draws",
        doc: "draws of the posterior, a Bayesian bootstrap",
        value: int(1, 1000),
        default: 10,
        example: "10",
      },
    ],
  ),
];

const generative = ambiguitySets.groups.filter(({ name }) => name === "generative");

/** What may follow `ambiguity` where the decision is a predictor. */
export const predictorSets: Kind = {
  what: "ambiguity set",
  groups: [...generative, ...classicalSets],
  planned: [],
  example: "chi2 { radius: one_of(0.1, 0.5) by holdout }",
  byProblem: true,
};

/** Every set by its name, of any kind of problem: for an editor, which shows them all. */
export const anySet: Kind = {
  ...ambiguitySets,
  groups: [
    ...ambiguitySets.groups,
    ...classicalSets.filter(({ name }) => ambiguitySets.groups.every((known) => known.name !== name)),
  ],
};

const fit: OptionSchema = {
  name: "fit",
  doc: "`exact`: one cone program, for a linear predictor and a loss that has a form for it; `steps`: against the worst weights of each batch, for any predictor; left out, exact where there is a form",
  value: { type: "word", words: ["exact", "steps"] },
  example: "steps",
};

const dro = { name: "dro", problems: ["forecast"], source: "001 §7; Kuhn, Shafiee and Wiesemann 2024" } as const;

/** Training against the worst law of the model's set. */
export const droTrainer: GroupSchema = {
  ...dro,
  doc: "the predictor against the worst law of the model's ambiguity set",
  options: [fit, ...predictorTraining],
};

/** The same against a set of its own. */
export const droBaseline: GroupSchema = {
  ...dro,
  doc: "the predictor against the worst law of a set around the training rows",
  options: [
    {
      name: "set",
      doc: "the set",
      value: { type: "group", groups: classicalSets },
      required: true,
      example: "kl { radius: one_of(0.1, 0.5) }",
    },
    fit,
    ...predictorTraining,
  ],
};
