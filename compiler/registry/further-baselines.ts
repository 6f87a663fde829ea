import { dflMethods } from "./dfl-methods.ts";
import { bandwidth, gaussianBaseline, mixtureFlowBaseline, mixtureOptions } from "./fitted-generators.ts";
import { int, number, type GroupSchema, type OptionSchema } from "./schema.ts";
import { sddp } from "./solvers.ts";
import { predictorTraining, widths } from "./training.ts";

const steps: OptionSchema = {
  name: "steps",
  doc: "optimizer steps",
  value: int(1, 10_000_000),
  default: 5_000,
  example: "5_000",
};
const net: readonly OptionSchema[] = [widths([64, 64]), steps];
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

const later = (group: Omit<GroupSchema, "runs">): GroupSchema => ({ ...group, runs: false });
const forecast = { problems: ["forecast"] } as const;

/** Baselines beside the floors; some are checked and lowered, and their training comes later. */
export const furtherBaselines: readonly GroupSchema[] = [
  ...dflMethods,
  later({
    name: "diff_dro",
    doc: "differentiable distributionally robust layer",
    options: [...net, radius("radius of the ambiguity set in the layer")],
    source: "004 §5",
  }),
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
  gaussianBaseline,
  mixtureFlowBaseline,
  {
    name: "ml",
    doc: "the predictor trained on the risk of the training rows",
    options: predictorTraining,
    source: "001 §5",
    ...forecast,
  },
  later({
    name: "dml",
    doc: "the predictor trained on data and samples of the diffusion model",
    options: [],
    source: "001 §5",
    ...forecast,
  }),
  later({
    name: "w_dro",
    doc: "adversarial examples in a Wasserstein ball (Staib and Jegelka)",
    options: [radius("radius of the ball")],
    source: "001 §5",
    ...forecast,
  }),
  later({
    name: "kl_dro",
    doc: "dual of a Kullback–Leibler ball: λ log E e^{f/λ} + λ ε",
    options: [radius("radius ε of the ball")],
    source: "001 §5",
    ...forecast,
  }),
  later({
    name: "dragen",
    doc: "Wasserstein ball in the latent space of an autoencoder",
    options: [
      radius("radius of the ball"),
      { name: "latent", doc: "latent dimensions", value: int(1, 4096), default: 2, example: "2" },
    ],
    source: "001 §5",
    ...forecast,
  }),
  later({
    name: "p_dro",
    doc: "parametric adversary in a Kullback–Leibler ball",
    options: [
      {
        name: "temperature",
        doc: "τ of the adversary's weights",
        value: number(0, 1e6, "min"),
        default: 0.1,
        example: "0.1",
      },
      { name: "window", doc: "minibatches of the running normaliser", value: int(1, 1000), default: 5, example: "5" },
    ],
    source: "001 §5",
    ...forecast,
  }),
  sddp,
];
