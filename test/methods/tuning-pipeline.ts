import type { MethodSpec, Pipeline } from "../../runtime/spec.ts";
import { smallPortfolio } from "../runs/pipelines.ts";

const neighbours = (count: number) => ({ method: "knn_saa", neighbours: count }) as const;
const predictor = (rate: number) =>
  ({
    method: "dfl",
    name: "spo_plus",
    loss: { loss: "spo_plus" },
    predictor: { kind: "linear" },
    steps: 20,
    batch: 8,
    optimizer: { kind: "adam", rate, weightDecay: 0 },
    solve: 1,
  }) as const;
const mixture = (components: number) =>
  ({
    method: "gmm",
    components: [components],
    criterion: "aic",
    covariance: "full",
    restarts: 1,
    floor: 1e-6,
  }) as const;

/** Methods of every way of fitting with two settings each: from the rows, a kept mixture, a network, a trained predictor. */
export const TUNED: readonly MethodSpec[] = [
  {
    method: "tuned",
    name: "knn_saa",
    by: "regret",
    candidates: [2, 30].map((count) => ({ chosen: { neighbours: count }, spec: neighbours(count) })),
  },
  {
    method: "tuned",
    name: "gmm",
    by: "loss",
    candidates: [1, 2].map((components) => ({ chosen: { components }, spec: mixture(components) })),
  },
  {
    method: "tuned",
    name: "pto",
    by: "regret",
    candidates: [[4], [8]].map((hidden) => ({ chosen: { hidden }, spec: { method: "pto", hidden, steps: 20 } })),
  },
  {
    method: "tuned",
    name: "spo_plus",
    by: "regret",
    candidates: [1e-3, 0.1].map((rate) => ({ chosen: { "optimizer.rate": rate }, spec: predictor(rate) })),
  },
];

const small = smallPortfolio({ compare: [...TUNED, { method: "saa" }] });

/** A run of all of them beside a Gaussian, small enough for a test. */
export const pipeline: Pipeline = {
  ...small,
  data: {
    ...small.data,
    source: {
      kind: "synthetic",
      task: "portfolio",
      options: { assets: 3, covariates: 2, degree: 2, train: 60, validation: 12, test: 6 },
      at: small.data.source.at,
    },
  },
  generator: { kind: "gaussian", floor: 1e-6, scenarios: 24 },
  train: { method: "fit" },
};
