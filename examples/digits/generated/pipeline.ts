/**
 * Handwritten digits: a small network trained on MNIST and tested on MNIST and on the digits of the US Postal Service,
 * as they are and corrupted.
 *
 * Model Digits of model.dro, written by `droc build` (droc 0.1.0).
 * Change the spec, not this file. Meaning of the model (sha256 of its IR):
 * 1db6f76d6d7db65d17f6c8b4123f5ec427697637a9b39314f86cbb7c9f851874
 */

import { createPredictor, definePipeline, main, ops } from "droc/runtime";

import type {
  ForecastDataSpec,
  PredictorDecisionSpec,
  PredictorEvaluationSpec,
  PredictorMethodSpec,
  PredictorRiskSpec,
  RowLoss,
  StressSpec,
} from "droc/runtime";

/** Data digits (model.dro:5). */
const data: ForecastDataSpec = {
  name: "digits",
  source: { kind: "csv", path: "data/digits.csv", at: "model.dro:5:19" },
  fields: [
    {
      role: "context",
      name: "image",
      type: "real",
      size: 196,
      columns: { kind: "scale", source: { kind: "columns", pattern: "p*" }, factor: 0.00392156862745098 },
      transforms: [],
      at: "model.dro:6:11",
    },
    {
      role: "outcome",
      name: "digit",
      type: "real",
      size: 10,
      columns: { kind: "one_hot", source: { kind: "column", name: "label" }, classes: 10 },
      transforms: [],
      at: "model.dro:7:11",
    },
  ],
  windows: [],
  split: {
    kind: "by",
    column: "source",
    train: { kind: "values", values: ["mnist_train"] },
    validation: { kind: "values", values: ["mnist_validation", "usps_validation"] },
    test: { kind: "each" },
    at: "model.dro:8:3",
  },
};

/** The decision: a network (model.dro:15). */
const predictor: PredictorDecisionSpec = {
  name: "f",
  inputs: [{ name: "image", shape: [14, 14], alike: true }],
  target: { name: "digit", size: 10 },
  network: { kind: "cnn", channels: [8, 16], kernel: 3, stride: 2, hidden: [32] },
  likelihood: "softmax",
  at: "model.dro:15:10",
};

/**
 * The loss of each row as a tensor program: cross_entropy (model.dro:18).
 * Every value is [rows, elements].
 */
const loss: RowLoss = ({ predictions, targets }) => {
  const f = predictions;
  const digit = targets;
  return ops.sub(ops.logSumExp(f, { axes: [1], keep: true }), ops.sum(ops.mul(f, digit), { axes: [1], keep: true }));
};

/** mean(cross_entropy) (model.dro:20) */
const risk: PredictorRiskSpec = { mean: 1, cvar: [] };

/** How it is trained (model.dro:22). */
const training: PredictorMethodSpec = {
  method: "ml",
  steps: 3000,
  batch: 64,
  optimizer: {
    kind: "adam",
    rate: 0.002,
    weightDecay: 0.0001, // default
  },
};

/** What it is compared with. */
const comparison: readonly PredictorMethodSpec[] = [
  {
    method: "w_dro",
    form: "adversarial", // default
    radii: [0.2],
    inner: 5, // default
    targets: false, // default
    steps: 3000,
    batch: 64, // default
    optimizer: {
      kind: "adam",
      rate: 0.001, // default
      weightDecay: 0.0001, // default
    }, // default
  },
  {
    method: "kl_dro",
    radii: [0.3],
    steps: 3000,
    batch: 64, // default
    optimizer: {
      kind: "adam",
      rate: 0.001, // default
      weightDecay: 0.0001, // default
    }, // default
  },
];

/** Corrupted copies of the test rows (model.dro:26). */
const stress: StressSpec = {
  on: "test",
  corruptions: [
    { kind: "gaussian", sd: [0.3] },
    { kind: "perlin", octaves: 8, amplitude: 0.5 },
    {
      kind: "cutout",
      ratio: 0.1,
      value: 1, // default
    },
  ],
  at: "model.dro:26:1",
};

/** What is measured. */
const evaluation: PredictorEvaluationSpec = {
  on: "test",
  metrics: [{ metric: "accuracy" }, { metric: "worst" }, { metric: "wasserstein_to_train" }],
  seeds: 5,
  contexts: 0, // default
};

export const pipeline = definePipeline({
  kind: "forecast",
  name: "Digits",
  doc: "Handwritten digits: a small network trained on MNIST and tested on MNIST and on the digits of the US Postal Service,\nas they are and corrupted.",
  irHash: "1db6f76d6d7db65d17f6c8b4123f5ec427697637a9b39314f86cbb7c9f851874",
  drocVersion: "0.1.0",
  seed: 0, // default
  root: new URL("../", import.meta.url),
  places: {
    uncertainty: "model.dro",
    train: "model.dro:22:7",
    loss: "model.dro:18:6",
    compare: "model.dro:24:9",
    evaluate: "model.dro:28:1",
    baselines: ["model.dro:24:9", "model.dro:24:45"],
  },
  data,
  predictor,
  loss,
  risk,
  train: training,
  compare: comparison,
  stress,
  evaluate: evaluation,
});

/** What the predictor reads. */
export interface Inputs {
  /** 196 numbers, [14, 14], as in the data. */
  readonly image: readonly number[];
}

/** What it predicts. */
export interface Prediction {
  readonly digit: readonly number[];
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
  return Float64Array.of(...inputs.image);
}

/** A prediction's numbers by name. */
function named(values: Float64Array): Prediction {
  return { digit: Array.from(values) };
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
