import type { Pipeline } from "../../runtime/spec.ts";
import { smallPortfolio } from "../runs/pipelines.ts";

/** A module as `droc build` emits it, with a method of every kind that decides at new contexts. */
export const pipeline: Pipeline = smallPortfolio({
  train: { strength: { scale: "relative", grid: [0.2] }, steps: 40, detilt: true },
  compare: [
    { method: "uniform_fm" },
    { method: "dw_fm", detilt: false },
    { method: "pto", hidden: [8], steps: 40 },
    { method: "knn_saa", neighbours: 15 },
    { method: "saa" },
    { method: "gmm", components: [1, 2], criterion: "aic", covariance: "full", restarts: 1, floor: 1e-6 },
    { method: "equal_weights" },
    { method: "oracle_saa" },
  ],
  evaluate: { seeds: 1, contexts: 4 },
});
