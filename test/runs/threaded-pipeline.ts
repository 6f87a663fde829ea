import type { Pipeline } from "../../runtime/spec.ts";
import { smallPortfolio } from "./pipelines.ts";

/** A module as `droc build` emits it: worker threads import it for its `pipeline`. */
export const pipeline: Pipeline = smallPortfolio({
  train: { strength: { scale: "relative", grid: [0, 0.1, 0.2, 0.4] }, steps: 40 },
  compare: [
    { method: "uniform_fm" },
    { method: "dw_fm", detilt: true },
    { method: "pto", hidden: [8], steps: 40 },
    { method: "knn_saa", neighbours: 15 },
    { method: "gmm", components: [1, 2], criterion: "aic", covariance: "full", restarts: 1, floor: 1e-6 },
    { method: "equal_weights" },
    { method: "oracle_saa" },
  ],
  evaluate: { seeds: 2 },
});
