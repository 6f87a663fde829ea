/**
 * Hours without power in a month, by region of the grid: scenarios without a decision (000, scenario generation).
 * The data are not in the repository: DATA.md says where anyone gets them, and convert.mjs makes the file.
 *
 * Model Outages of model.dro, written by `droc build` (droc 0.1.0).
 * Change the spec, not this file. Meaning of the model (sha256 of its IR):
 * 75a1529073e4b0b5fbf07c0e34fd856abe64672d40460b17d40889e1a5c7f07e
 */

import { definePipeline, main } from "droc/runtime";

import type { DataSpec, GenerationEvaluation, GenerationPipeline, GeneratorSpec } from "droc/runtime";

/** Data month (model.dro:7). */
const data: DataSpec = {
  name: "month",
  source: { kind: "parquet", path: "data/outages.parquet", at: "model.dro:7:22" },
  fields: [
    {
      role: "outcome",
      name: "y",
      type: "real",
      size: 8,
      labels: ["FRCC", "MRO", "NPCC", "RFC", "SERC", "SPP", "TRE", "WECC"],
      columns: { kind: "map", source: { kind: "columns", pattern: "*" }, fn: "log1p" },
      transforms: ["standardize"],
      at: "model.dro:8:11",
    },
  ],
  split: { kind: "random", train: 0.8, validation: 0, test: 0.2, at: "model.dro:7:6" }, // default
};

/** The law of y (model.dro:11). */
const generator: GeneratorSpec = {
  kind: "flow_matching",
  hidden: [64, 64],
  activation: "relu", // default
  solver: "midpoint", // default
  odeSteps: 8, // default
  ema: 0.999,
  scenarios: 1000,
};

/** How it is trained (model.dro:13). */
const training: GenerationPipeline["train"] = {
  steps: 5000,
  batch: 128,
  optimizer: {
    kind: "adam",
    rate: 0.001, // default
    weightDecay: 0.0001, // default
  },
};

/** What it is compared with. */
const comparison: readonly GeneratorSpec[] = [
  {
    kind: "gmm",
    components: [1, 2, 3],
    criterion: "bic",
    covariance: "full", // default
    restarts: 5, // default
    floor: 0.000001, // default
    scenarios: 1000, // default
  },
  {
    kind: "gaussian",
    floor: 0.000001, // default
    scenarios: 1000, // default
  },
];

/** What is measured between scenarios and held-out outcomes. */
const evaluation: GenerationEvaluation = {
  on: "test",
  metrics: ["mmd", "marginals", "correlation", "coverage"],
  seeds: 3,
  contexts: 0, // default
};

export const pipeline = definePipeline({
  kind: "generation",
  name: "Outages",
  doc: "Hours without power in a month, by region of the grid: scenarios without a decision (000, scenario generation).\nThe data are not in the repository: DATA.md says where anyone gets them, and convert.mjs makes the file.",
  irHash: "75a1529073e4b0b5fbf07c0e34fd856abe64672d40460b17d40889e1a5c7f07e",
  drocVersion: "0.1.0",
  seed: 0, // default
  root: new URL("../", import.meta.url),
  places: {
    uncertainty: "model.dro:11:1",
    train: "model.dro:13:7",
    compare: "model.dro:15:9",
    evaluate: "model.dro:17:1",
  },
  sizes: { context: 0, outcome: 8 },
  data,
  generator,
  train: training,
  compare: comparison,
  evaluate: evaluation,
});

await main(pipeline, import.meta.url);
