import type { MethodSpec, Pipeline } from "../../runtime/spec.ts";
import { smallPortfolio } from "../runs/pipelines.ts";

const mixture = { components: [1, 2], criterion: "aic", covariance: "full", restarts: 2, floor: 1e-6 } as const;
const flow = {
  components: [1, 2],
  criterion: "aic",
  bins: 4,
  hidden: [8],
  holdout: 0.2,
  patience: 3,
  epochs: 3,
} as const;
const choice = { radii: [0, 0.05], select: "holdout" } as const;

/** Every method that is fitted, or decides on observed outcomes. */
export const FITTED: readonly MethodSpec[] = [
  { method: "gmm_nf", ...flow },
  { method: "gaussian", floor: 1e-6 },
  { method: "kernel_saa", bandwidths: [0.3, 1], criterion: "cross_validation" },
  { method: "rnw", bandwidths: [0.3, 1], criterion: "holdout", regularization: 0.2 },
  { method: "observational_saa", ...mixture },
  { method: "residual_dro", ...choice },
  { method: "dr_saa", ...choice, select: "cross_validation" },
  { method: "dr_knn_saa", neighbours: 20, ...choice },
  { method: "ot_conditional", neighbourhood: 0.1, probability: 0.3, contextCost: 1, ...choice },
  { method: "forest_saa", trees: 10, leaf: 4 },
];

const FEW = {
  kind: "synthetic",
  task: "portfolio",
  options: { assets: 3, covariates: 2, degree: 2, train: 50, validation: 4, test: 6 },
} as const;
const small = smallPortfolio({ compare: [...FITTED, { method: "saa" }] });

/** A run of all of them beside a mixture, small enough for a test. */
export const pipeline: Pipeline = {
  ...small,
  data: { ...small.data, source: { ...small.data.source, ...FEW } },
  generator: { kind: "gmm", ...mixture, scenarios: 24 },
  train: { method: "fit" },
};
