/**
 * A linear regression on two groups: of a tenth of the rows the second input counts a tenth as much. Nobody says which
 * rows these are, and among the test rows they are half. The predictor is best against the worst law near the rows.
 *
 * Model RobustRegression of model.dro, written by `droc build` (droc 0.1.0).
 * Change the spec, not this file. Meaning of the model (sha256 of its IR):
 * 7b2cdd598417fbf48633d24484fc0ee7f5162e81ab8fc8d0b86a60ef2869c106
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

/** Data rows (model.dro:11). */
const data: ForecastDataSpec = {
  name: "rows",
  source: {
    kind: "synthetic",
    task: "dro_regression_dn20_2",
    options: { share: 0.1, test_share: 0.5, noise: 0.1, train: 300, validation: 100, test: 1000 },
    at: "model.dro:11:13",
  },
  fields: [
    { role: "context", name: "x", type: "real", size: 2, columns: null, transforms: [], at: "model.dro:18:11" },
    { role: "outcome", name: "y", type: "real", size: 1, columns: null, transforms: [], at: "model.dro:19:11" },
  ],
  windows: [],
  split: { kind: "task" }, // default
};

/** The decision: a network (model.dro:22). */
const predictor: PredictorDecisionSpec = {
  name: "f",
  inputs: [{ name: "x", shape: [2] }],
  target: { name: "y", size: 1 },
  network: { kind: "linear" },
  at: "model.dro:22:10",
};

/**
 * The loss of each row as a tensor program: error (model.dro:24).
 * Every value is [rows, elements].
 */
const loss: RowLoss = ({ predictions, targets }) => {
  const f = predictions;
  const y = targets;
  return ops.square(ops.sub(f, y));
};

/** mean(error) (model.dro:26) */
const risk: PredictorRiskSpec = { mean: 1, cvar: [] };

/** How it is trained (model.dro:30). */
const training: PredictorMethodSpec = {
  method: "dro",
  set: { kind: "chi2", radii: [1.78] },
  exact: { loss: "square", scale: 1 },
  steps: 2000, // default
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
    steps: 2000, // default
    batch: 64, // default
    optimizer: {
      kind: "adam",
      rate: 0.001, // default
      weightDecay: 0.0001, // default
    }, // default
  },
  {
    method: "dro",
    set: { kind: "kl", radii: [0.51] },
    exact: { loss: "square", scale: 1 },
    steps: 2000, // default
    batch: 64, // default
    optimizer: {
      kind: "adam",
      rate: 0.001, // default
      weightDecay: 0.0001, // default
    }, // default
  },
  {
    method: "dro",
    set: { kind: "total_variation", radii: [0.4] },
    exact: { loss: "square", scale: 1 },
    steps: 2000, // default
    batch: 64, // default
    optimizer: {
      kind: "adam",
      rate: 0.001, // default
      weightDecay: 0.0001, // default
    }, // default
  },
  {
    method: "dro",
    set: { kind: "cvar", tails: [0.2] },
    exact: { loss: "square", scale: 1 },
    steps: 2000, // default
    batch: 64, // default
    optimizer: {
      kind: "adam",
      rate: 0.001, // default
      weightDecay: 0.0001, // default
    }, // default
  },
  {
    method: "dro",
    set: {
      kind: "wasserstein",
      order: 2,
      norm: "l2", // default
      radii: [0.05, 0.1, 0.2],
    },
    exact: { loss: "square", scale: 1 },
    steps: 2000, // default
    batch: 64, // default
    optimizer: {
      kind: "adam",
      rate: 0.001, // default
      weightDecay: 0.0001, // default
    }, // default
  },
  {
    method: "dro",
    set: {
      kind: "moments",
      mean: 0, // default
      covariances: [1, 1.5],
    },
    exact: { loss: "square", scale: 1 },
    steps: 2000, // default
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
  metrics: [{ metric: "mse" }, { metric: "wasserstein_to_train" }],
  seeds: 5,
  contexts: 0, // default
};

export const pipeline = definePipeline({
  kind: "forecast",
  name: "RobustRegression",
  doc: "A linear regression on two groups: of a tenth of the rows the second input counts a tenth as much. Nobody says which\nrows these are, and among the test rows they are half. The predictor is best against the worst law near the rows.",
  irHash: "7b2cdd598417fbf48633d24484fc0ee7f5162e81ab8fc8d0b86a60ef2869c106",
  drocVersion: "0.1.0",
  seed: 0, // default
  root: new URL("../", import.meta.url),
  places: {
    uncertainty: "model.dro",
    train: "model.dro:30:7",
    loss: "model.dro:24:6",
    compare: "model.dro:32:9",
    evaluate: "model.dro:39:1",
    ambiguity: "model.dro:28:1",
    baselines: [
      "model.dro:32:9",
      "model.dro:33:3",
      "model.dro:34:3",
      "model.dro:35:3",
      "model.dro:36:3",
      "model.dro:37:3",
    ],
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
  /** 2 numbers, [2], as in the data. */
  readonly x: readonly number[];
}

/** What it predicts. */
export interface Prediction {
  readonly y: number;
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
  return { y: values[0]! };
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
