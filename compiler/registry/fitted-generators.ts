import { bins } from "./further-generators.ts";
import { fraction, int, number, type GroupSchema, type OptionSchema } from "./schema.ts";
import { scenarios, widths } from "./training.ts";

/** Generators that are fitted by their own criterion rather than by steps on a loss, and baselines that share their options. */

const components = (doc: string): OptionSchema => ({
  name: "components",
  doc,
  value: { type: "choice", of: int(1, 100), range: true, criteria: ["aic", "bic", "holdout"], criterion: "aic" },
  default: { from: 1, to: 10, by: "aic" },
  example: "1..10 by aic",
  source: "002 §2",
});

const floor: OptionSchema = {
  name: "floor",
  doc: "added to the diagonal of every covariance, relative to the data's variance",
  value: number(0, 1),
  default: 1e-6,
  example: "1e-6",
};

export const mixtureOptions: readonly OptionSchema[] = [
  components("number of Gaussians, or candidates among which a criterion chooses"),
  {
    name: "covariance",
    doc: "shape of each covariance; `tied` is one full covariance for all Gaussians",
    value: { type: "word", words: ["full", "diagonal", "tied"] },
    default: "full",
    example: "full",
    source: "002 §2",
  },
  {
    name: "restarts",
    doc: "random starts of EM, of which the best likelihood is kept",
    value: int(1, 100),
    default: 5,
    example: "5",
  },
  floor,
];

const flowOptions: readonly OptionSchema[] = [
  components("number of Gaussians of the latent, or candidates among which a criterion chooses"),
  bins,
  widths([64], "002 §4.2"),
  {
    name: "holdout",
    doc: "share of the training rows that early stopping watches",
    value: fraction,
    default: 0.2,
    example: "20%",
    source: "002 §5",
  },
  {
    name: "patience",
    doc: "epochs without a better likelihood before training stops",
    value: int(1, 10_000),
    default: 30,
    example: "30",
    source: "002 §5",
  },
  { name: "epochs", doc: "most epochs", value: int(1, 100_000), default: 200, example: "200", source: "002 §5" },
];

/** The mixture in the latent space of a flow, as a baseline: it draws as many scenarios as the model's own generator. */
export const mixtureFlowBaseline: GroupSchema = {
  problems: ["single_stage", "generation"],
  name: "gmm_nf",
  doc: "Gaussian mixture in the latent space of an autoregressive spline flow, conditioned there in closed form",
  source: "002 §4.2",
  options: flowOptions,
};

export const gaussianBaseline: GroupSchema = {
  problems: ["single_stage", "generation"],
  name: "gaussian",
  doc: "one Gaussian on the joint of context and outcome: a linear regression with Gaussian residuals",
  options: [floor],
};

/** Width of a Gaussian kernel on contexts. */
export const bandwidth: OptionSchema = {
  name: "bandwidth",
  doc: "width of the kernel in standard deviations of each context component, or candidates of which the one with the least squared error of the outcomes on rows left out is taken",
  value: {
    type: "choice",
    of: number(0, 1e12, "min"),
    range: false,
    criteria: ["holdout", "cross_validation"],
    criterion: "cross_validation",
  },
  default: { oneOf: [0.1, 0.15, 0.25, 0.4, 0.6, 1, 1.6, 2.5, 4], by: "cross_validation" },
  example: "one_of(0.5, 1, 2) by holdout",
  source: "002 App. 10.2",
};

const neighbours: OptionSchema = {
  name: "neighbours",
  doc: "number of nearest training contexts",
  value: int(1, 100_000),
  default: 100,
  example: "100",
};

export const fittedGenerators: readonly GroupSchema[] = [
  { ...mixtureFlowBaseline, options: [...flowOptions, scenarios] },
  { ...gaussianBaseline, options: [floor, scenarios] },
  {
    name: "kernel",
    doc: "training outcomes weighted by a Gaussian kernel of the distance between contexts (Nadaraya–Watson); nothing is sampled",
    source: "002 §5",
    options: [bandwidth, scenarios],
  },
  {
    name: "knn",
    doc: "outcomes of the nearest training contexts, equally weighted; nothing is sampled",
    options: [neighbours, scenarios],
  },
  { name: "empirical", doc: "all training outcomes, whatever the context; nothing is sampled", options: [scenarios] },
];

/** Names of the generators that take no steps of an optimizer of the model's own. */
export const fittedNames: readonly string[] = ["gmm", ...fittedGenerators.map(({ name }) => name)];
