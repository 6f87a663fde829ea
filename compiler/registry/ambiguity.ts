import { fraction, int, number, type GroupSchema, type Kind, type OptionSchema } from "./schema.ts";
import { widths } from "./training.ts";

const radius = (doc: string, required: boolean): OptionSchema => ({
  name: "radius",
  doc,
  value: {
    type: "choice",
    of: number(0, 1e12),
    range: false,
    criteria: ["holdout", "cross_validation"],
    criterion: "holdout",
  },
  ...(required ? { required: true } : {}),
  example: "one_of(0, 0.01, 0.1, 1) by holdout",
  source: "002 §3",
});

const center: OptionSchema = {
  name: "center",
  doc: "law at the centre: the generator's at the context, or the training outcomes",
  value: { type: "word", words: ["conditional", "empirical"] },
  default: "conditional",
  example: "conditional",
  source: "002 §3",
};

const wasserstein: GroupSchema = {
  name: "wasserstein",
  doc: "laws within a Wasserstein distance of the centre, or all laws at a price for that distance",
  source: "002 §3; 000 §4",
  problems: ["single_stage", "multi_stage"],
  exclusive: [
    ["radius", "penalty"],
    ["radius", "coverage"],
    ["coverage", "penalty"],
  ],
  options: [
    {
      name: "order",
      doc: "power of the distance that is averaged",
      value: { type: "word", words: ["infinity"], numbers: [1, 2] },
      required: true,
      example: "2",
    },
    radius("largest distance from the centre, in the unit of the outcome", true),
    {
      name: "folds",
      doc: "parts of the training rows that `by cross_validation` leaves out in turn, five unless given",
      value: int(2, 100),
      example: "10",
      source: "002 §10.2",
    },
    {
      name: "coverage",
      doc: "probability with which the ball holds the true conditional law, in place of a radius: at each context the quantile of the distance to refits of the mixture on rows drawn with replacement",
      value: fraction,
      example: "90%",
      source: "002 theorem 3.1",
    },
    {
      name: "components",
      doc: "numbers of components of which one is the true one: the ball is around the mixture that is nearest to all others, and its distance to the farthest one is added to the radius",
      value: { type: "list", of: int(1, 100), minLength: 2, maxLength: 20 },
      example: "[1, 2, 3, 5]",
      source: "002 prop. 3.5",
    },
    {
      name: "penalty",
      doc: "price of the squared distance, in place of a radius",
      value: number(0, 1e12, "min"),
      example: "0.1",
      source: "000 eq. 27",
      notRun: ", or write `radius` in its place",
    },
    {
      name: "norm",
      doc: "norm between outcomes",
      value: { type: "word", words: ["l1", "l2", "linf"] },
      default: "l2",
      example: "l2",
    },
    center,
  ],
};

const divergence = (name: string, doc: string, source: string): GroupSchema => ({
  name,
  doc,
  source,
  problems: ["single_stage", "multi_stage"],
  options: [radius("largest divergence from the centre", true), center],
});

/** ε of `ambiguity generative`. */
export const budget: OptionSchema = {
  name: "budget",
  doc: "largest reconstruction loss ε; multiples of that of the fitted generator, chosen on held-out rows, where it is left out",
  value: { type: "choice", of: number(0, 1e12), range: false, criteria: ["holdout"], criterion: "holdout" },
  example: "0.015",
  source: "001 §3",
};

/** What may follow `ambiguity`. */
export const ambiguitySets: Kind = {
  what: "ambiguity set",
  groups: [
    wasserstein,
    divergence("kl", "laws within a Kullback–Leibler divergence of the centre", "001 §5"),
    { ...divergence("chi2", "laws within a χ² divergence of the centre", "002 §6"), runs: false },
    {
      name: "generative",
      doc: "laws of the generator whose reconstruction loss stays within the budget",
      source: "001 §3",
      problems: ["forecast"],
      options: [budget],
    },
  ],
  planned: ["moments", "total_variation"],
  example: "wasserstein { order: 2, radius: 0.1 }",
  byProblem: true,
};

/** What may follow `via` in `ambiguity`. */
export const adversaries: Kind = {
  what: "way to the worst law",
  groups: [
    {
      name: "particles",
      doc: "gradient descent and ascent on the scenarios themselves",
      source: "000 eq. 27",
      runs: false,
      options: [
        { name: "steps", doc: "steps of the ascent", value: int(1, 1_000_000), default: 200, example: "200" },
        { name: "rate", doc: "step size", value: number(0, 1e3, "min"), default: 1e-2, example: "1e-2" },
      ],
    },
    {
      name: "transport_map",
      doc: "a network that moves every scenario",
      source: "000 §4",
      runs: false,
      options: [
        widths([64, 64]),
        { name: "steps", doc: "steps of the ascent", value: int(1, 1_000_000), default: 2_000, example: "2_000" },
        { name: "rate", doc: "learning rate", value: number(0, 1, "min"), default: 1e-3, example: "1e-3" },
      ],
    },
  ],
  planned: [],
  example: "particles { steps: 200 }",
  byProblem: true,
};
