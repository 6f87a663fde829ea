/**
 * How many bikes are hired in an hour of tomorrow, forecast as well in rain as in sunshine. Rain is a tenth of the hours,
 * and a mean over all of them hardly sees it. README.md says where anyone gets the data; convert.mjs makes the file.
 *
 * Model RideForecast of model.dro, written by `droc build` (droc 0.1.0).
 * Change the spec, not this file. Meaning of the model (sha256 of its IR):
 * 5a4da11574435661066960269051b87d88db5e9d2de886da95037ef65621cc36
 */

import { createPredictor, definePipeline, main, ops } from "droc/runtime";

import type {
  ForecastDataSpec,
  PredictorDecisionSpec,
  PredictorEvaluationSpec,
  PredictorMethodSpec,
  PredictorRiskSpec,
  RowLoss,
} from "droc/runtime";

/** Data hours (model.dro:5). */
const data: ForecastDataSpec = {
  name: "hours",
  source: { kind: "csv", path: "data/hours.csv", at: "model.dro:5:18" },
  fields: [
    {
      role: "index",
      name: "time",
      type: "datetime",
      size: 1,
      columns: { kind: "column", name: "time" },
      transforms: [],
      at: "model.dro:6:11",
    },
    {
      role: "context",
      name: "x",
      type: "real",
      size: 10,
      columns: {
        kind: "concat",
        sources: [
          { kind: "column", name: "rides_day" },
          { kind: "column", name: "rides_week" },
          { kind: "column", name: "hour_sin" },
          { kind: "column", name: "hour_cos" },
          { kind: "column", name: "workingday" },
          { kind: "column", name: "temp" },
          { kind: "column", name: "humidity" },
          { kind: "column", name: "wind" },
          { kind: "season", period: "year" },
        ],
      },
      transforms: [],
      at: "model.dro:7:11",
    },
    {
      role: "outcome",
      name: "rides",
      type: "real",
      size: 1,
      columns: { kind: "column", name: "rides" },
      transforms: [],
      at: "model.dro:18:11",
    },
  ],
  windows: [],
  split: { kind: "chronological", train: 0.6, validation: 0.2, test: 0.2, at: "model.dro:20:3" },
  groups: [{ name: "weather", column: "weather", at: "model.dro:19:11" }],
};

/** The decision: a network (model.dro:23). */
const predictor: PredictorDecisionSpec = {
  name: "f",
  inputs: [{ name: "x", shape: [10] }],
  target: { name: "rides", size: 1 },
  network: {
    kind: "mlp",
    hidden: [32],
    activation: "relu", // default
  },
  at: "model.dro:23:10",
};

/**
 * The loss of each row as a tensor program: error (model.dro:25).
 * Every value is [rows, elements].
 */
const loss: RowLoss = ({ predictions, targets }) => {
  const f = predictions;
  const rides = targets;
  return ops.square(ops.sub(f, rides));
};

/** mean(error) (model.dro:27) */
const risk: PredictorRiskSpec = { mean: 1, cvar: [] };

/** How it is trained (model.dro:32). */
const training: PredictorMethodSpec = {
  method: "dro",
  set: { kind: "group_cvar", tails: [0.05] },
  steps: 4000,
  batch: 64, // default
  optimizer: {
    kind: "adam",
    rate: 0.001, // default
    weightDecay: 0.0001, // default
  }, // default
};

/** What it is compared with. */
const comparison: readonly PredictorMethodSpec[] = [
  {
    method: "ml",
    steps: 4000,
    batch: 64, // default
    optimizer: {
      kind: "adam",
      rate: 0.001, // default
      weightDecay: 0.0001, // default
    }, // default
  },
  {
    method: "dro",
    set: { kind: "group_cvar", tails: [0.5] },
    steps: 4000,
    batch: 64, // default
    optimizer: {
      kind: "adam",
      rate: 0.001, // default
      weightDecay: 0.0001, // default
    }, // default
  },
  {
    method: "dro",
    set: { kind: "chi2", radii: [0.5] },
    steps: 4000,
    batch: 64, // default
    optimizer: {
      kind: "adam",
      rate: 0.001, // default
      weightDecay: 0.0001, // default
    }, // default
  },
];

/** What is measured. */
const evaluation: PredictorEvaluationSpec = {
  on: "test",
  metrics: [{ metric: "mse" }, { metric: "worst" }],
  seeds: 5,
  contexts: 0, // default
};

export const pipeline = definePipeline({
  kind: "forecast",
  name: "RideForecast",
  doc: "How many bikes are hired in an hour of tomorrow, forecast as well in rain as in sunshine. Rain is a tenth of the hours,\nand a mean over all of them hardly sees it. README.md says where anyone gets the data; convert.mjs makes the file.",
  irHash: "5a4da11574435661066960269051b87d88db5e9d2de886da95037ef65621cc36",
  drocVersion: "0.1.0",
  seed: 0, // default
  root: new URL("../", import.meta.url),
  places: {
    uncertainty: "model.dro",
    train: "model.dro:32:7",
    loss: "model.dro:25:6",
    compare: "model.dro:34:9",
    evaluate: "model.dro:38:1",
    ambiguity: "model.dro:30:1",
    baselines: ["model.dro:34:9", "model.dro:35:3", "model.dro:36:3"],
  },
  data,
  predictor,
  loss,
  risk,
  train: training,
  compare: comparison,
  evaluate: evaluation,
});

/** What the predictor reads. */
export interface Inputs {
  /** 10 numbers, [10], as in the data. */
  readonly x: readonly number[];
}

/** What it predicts. */
export interface Prediction {
  readonly rides: number;
}

const predictors = new Map<string, ReturnType<typeof createPredictor>>();

/** Opened once for each run folder, and kept until `dispose`. */
function openPredictor(runFolder: string): ReturnType<typeof createPredictor> {
  const opened = predictors.get(runFolder) ?? createPredictor(pipeline, runFolder);
  predictors.set(runFolder, opened);
  // A folder that could not be opened may be whole the next time.
  opened.catch(() => predictors.delete(runFolder));
  return opened;
}

/** A row's numbers in the order of the model. */
function row(inputs: Inputs): Float64Array {
  return Float64Array.of(...inputs.x);
}

/** A prediction's numbers by name. */
function named(values: Float64Array): Prediction {
  return { rides: values[0]! };
}

/** The prediction at inputs as they are in the data (not transformed), by the predictor trained in `runFolder`. */
export async function predict(inputs: Inputs, runFolder: string): Promise<Prediction> {
  const opened = await openPredictor(runFolder);
  return named(await opened.predict(row(inputs)));
}

/**
 * Predictions at many rows of inputs, in their order, each as soon as it is there. There may be any number of rows: they are
 * asked for as they are needed.
 */
export async function* predictMany(
  rows: AsyncIterable<Inputs> | Iterable<Inputs>,
  runFolder: string,
): AsyncGenerator<Prediction> {
  const opened = await openPredictor(runFolder);
  const numbers = async function* () {
    for await (const inputs of rows) yield row(inputs);
  };
  for await (const values of opened.many(numbers())) yield named(values);
}

/** Lets go of the programs that predicting has opened. */
export async function dispose(): Promise<void> {
  const opened = [...predictors.values()];
  predictors.clear();
  for (const predictor of await Promise.all(opened)) await predictor.dispose();
}

await main(pipeline, import.meta.url);
