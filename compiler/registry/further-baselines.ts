import { dflMethods } from "./dfl-methods.ts";
import { bandwidth, gaussianBaseline, mixtureFlowBaseline, mixtureOptions } from "./fitted-generators.ts";
import { int, number, type GroupSchema, type OptionSchema } from "./schema.ts";
import { robustBaselines } from "./robust-baselines.ts";
import { sddp } from "./solvers.ts";

const radius = (doc: string): OptionSchema => ({
  name: "radius",
  doc,
  value: {
    type: "choice",
    of: number(0, 1e12),
    range: false,
    criteria: ["holdout", "cross_validation"],
    criterion: "holdout",
  },
  default: { oneOf: [0, 0.01, 0.1, 1], by: "holdout" },
  example: "one_of(0, 0.01, 0.1, 1) by holdout",
});

/** Baselines beside the floors; some are checked and lowered, and their training comes later. */
export const furtherBaselines: readonly GroupSchema[] = [
  ...dflMethods,
  {
    name: "kernel_saa",
    doc: "sample average over the training outcomes weighted by a Gaussian kernel (Nadaraya–Watson): conditional mean-CVaR",
    options: [bandwidth],
    source: "002 §5.2",
  },
  {
    name: "rnw",
    doc: "regularised Nadaraya–Watson: kernel weights of the training outcomes, and the standard deviation of the loss under them",
    options: [
      bandwidth,
      {
        name: "regularization",
        doc: "weight of the standard deviation of the loss",
        value: number(0, 1e6),
        default: 0.1,
        example: "0.1",
      },
    ],
    source: "002 §5",
  },
  {
    name: "forest_saa",
    doc: "sample average over the training outcomes, weighted by how often they share a leaf of a random forest with the context",
    options: [
      { name: "trees", doc: "trees of the forest", value: int(1, 100_000), default: 100, example: "100" },
      { name: "leaf", doc: "least training rows of a leaf", value: int(1, 1e6), default: 5, example: "5" },
    ],
    source: "Bertsimas & Kallus 2020",
  },
  {
    name: "observational_saa",
    doc: "sample average over the training outcomes weighted by a mixture's conditional over its marginal density",
    options: mixtureOptions,
    source: "002 eq. 11",
  },
  {
    name: "residual_dro",
    doc: "a ridge regression's prediction plus its residuals, in a Wasserstein ball of order 2",
    options: [radius("radius of the ball, or candidates of which one is chosen on training rows")],
    source: "002 §5",
  },
  {
    name: "dr_saa",
    doc: "all training outcomes, in a Wasserstein ball of order 2: distributionally robust mean-CVaR",
    options: [radius("radius of the ball, or candidates of which one is chosen on training rows")],
    source: "002 §5.2",
  },
  {
    name: "dr_knn_saa",
    doc: "the outcomes of the nearest training contexts, in a Wasserstein ball of order 2: distributionally robust conditional mean-CVaR",
    options: [
      {
        name: "neighbours",
        doc: "number of nearest training contexts",
        value: int(1, 100_000),
        default: 100,
        example: "100",
      },
      radius("radius of the ball, or candidates of which one is chosen on training rows"),
    ],
    source: "002 §5.2",
  },
  {
    name: "ot_conditional",
    doc: "the worst law of the outcome given a neighbourhood of the context, over joint laws within an optimal-transport budget of the training rows",
    options: [
      {
        name: "neighbourhood",
        doc: "share of the training rows that the ball around the context holds; 0 is the context alone",
        value: number(0, 1),
        default: 0,
        example: "10%",
      },
      {
        name: "probability",
        doc: "least probability of the neighbourhood under the worst law",
        value: number(0, 1, "min"),
        default: 0.2,
        example: "20%",
      },
      {
        name: "context_cost",
        doc: "price of moving a context component by its standard deviation, beside an outcome component by its own",
        value: number(0, 1e6),
        default: 1,
        example: "1",
      },
      radius(
        "root mean square that outcomes of the conditional law may move once the cheapest rows are in the neighbourhood, or candidates of which one is chosen on training rows",
      ),
    ],
    source: "Nguyen et al. 2024 (arXiv:2103.16451); 002 §5.2",
  },
  gaussianBaseline,
  mixtureFlowBaseline,
  ...robustBaselines,
  sddp,
];
