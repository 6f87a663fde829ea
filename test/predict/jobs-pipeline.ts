import { definePipeline, ops } from "../../runtime/index.ts";
import type { ForecastPipeline, PredictorMethodSpec } from "../../runtime/index.ts";

const at = "model.dro:1:1";
const training = { steps: 30, batch: 16, optimizer: { kind: "adam", rate: 1e-2, weightDecay: 0 } } as const;

export const weighed = {
  ...training,
  method: "dro",
  set: { kind: "chi2", radii: [0.2, 1] },
} as const satisfies PredictorMethodSpec;

/** A small forecast of a task's rows; workers import the module that it stands in. */
export function smallForecast(compare: readonly PredictorMethodSpec[]): ForecastPipeline {
  return {
    kind: "forecast",
    name: "Small",
    doc: "",
    irHash: "0".repeat(64),
    drocVersion: "0",
    seed: 3,
    root: new URL("./", import.meta.url),
    data: {
      name: "rows",
      source: {
        kind: "synthetic",
        task: "dro_regression_dn20_2",
        options: { noise: 0.1, train: 60, validation: 20, test: 40 },
        at,
      },
      fields: [
        { name: "x", role: "context", size: 2, type: "real", columns: null, transforms: [], at },
        { name: "y", role: "outcome", size: 1, type: "real", columns: null, transforms: [], at },
      ],
      windows: [],
      split: { kind: "task" },
    },
    predictor: {
      name: "f",
      inputs: [{ name: "x", shape: [2] }],
      target: { name: "y", size: 1 },
      network: { kind: "linear" },
      at,
    },
    loss: ({ predictions, targets }) => ops.square(ops.sub(predictions, targets)),
    risk: { mean: 1, cvar: [] },
    train: { ...weighed, set: { kind: "kl", radii: [0.5] }, exact: { loss: "square", scale: 1 } },
    compare,
    places: { train: "model.dro:9:7", compare: "model.dro:11:9" },
    evaluate: { on: "test", metrics: [{ metric: "mse" }, { metric: "worst" }], seeds: 2, contexts: 0 },
  };
}

export const pipeline = definePipeline(smallForecast([{ ...training, method: "ml" }, weighed]));
