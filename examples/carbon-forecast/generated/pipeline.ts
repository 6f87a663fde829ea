/**
 * The next hour's carbon intensity of an electricity grid from the last 24 hours. Trained on one grid, tested on others
 * and on corrupted measurements: the predictor is robust against the worst law near the training rows.
 *
 * Model CarbonForecast of model.dro, written by `droc build` (droc 0.1.0).
 * Change the spec, not this file. Meaning of the model (sha256 of its IR):
 * a6c533fc77cf0d284cdbd7fe0a2165d237be59c3ce1dda60041437e297ece13b
 */

import { createPredictor, definePipeline, main, ops } from "droc/runtime";

import type {
  ForecastDataSpec,
  GeneratorSpec,
  PredictorDecisionSpec,
  PredictorEvaluationSpec,
  PredictorMethodSpec,
  PredictorRiskSpec,
  RowLoss,
  StressSpec,
} from "droc/runtime";

/** Data grids (model.dro:5). */
const data: ForecastDataSpec = {
  name: "grids",
  source: { kind: "csv", path: "data/carbon.csv", at: "model.dro:5:18" },
  fields: [
    {
      role: "index",
      name: "time",
      type: "datetime",
      size: 1,
      columns: { kind: "column", name: "time" },
      transforms: [],
      at: "model.dro:6:10",
    },
  ],
  windows: [
    {
      field: {
        role: "outcome",
        name: "y",
        type: "real",
        size: 1,
        columns: { kind: "column", name: "y" },
        transforms: ["minmax"],
        at: "model.dro:7:10",
      },
      length: 24,
      horizon: { name: "horizon", size: 1 },
    },
  ],
  split: {
    kind: "by",
    column: "zone",
    train: { kind: "values", values: ["CISO"] },
    validation: { kind: "values", values: ["NYIS"] },
    test: { kind: "each" },
    at: "model.dro:8:3",
  },
};

/** The decision: a network (model.dro:11). */
const predictor: PredictorDecisionSpec = {
  name: "f",
  inputs: [{ name: "y", shape: [24], alike: true }],
  target: { name: "horizon", size: 1 },
  network: { kind: "lstm", layers: [32, 16] },
  at: "model.dro:11:10",
};

/**
 * The loss of each row as a tensor program: mse (model.dro:13).
 * Every value is [rows, elements].
 */
const loss: RowLoss = ({ predictions, targets }) => {
  const f = predictions;
  const horizon = targets;
  return ops.square(ops.sub(f, horizon));
};

/** mean(mse) (model.dro:15) */
const risk: PredictorRiskSpec = { mean: 1, cvar: [] };

/** The joint law of inputs and target (model.dro:17). */
const generator: GeneratorSpec = {
  kind: "ddpm",
  net: { kind: "mlp", hidden: [128, 128] },
  steps: 50,
  schedule: "linear", // default
  sampler: "ddim", // default
  samplingSteps: 50, // default
  ema: 0.999, // default
  scenarios: 512, // default
};

/** Largest reconstruction loss of that law (model.dro:19). */
const budgets: readonly number[] = [0.2, 0.25, 0.3];

/** How it is trained (model.dro:21). */
const training: PredictorMethodSpec = {
  method: "gas_dro",
  estimator: {
    kind: "ppo",
    clip: 0.2,
    lastSteps: 5,
    reference: "current", // default
  },
  dualRate: 5, // default
  generatorRate: 0.001, // default
  inner: 10,
  outer: 15,
  pretraining: 3000, // default
  rows: "joint", // default
  steps: 2000,
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
    method: "dml",
    shares: [1, 4, 16], // default
    pretraining: 3000, // default
    rows: "joint", // default
    steps: 2000, // default
    batch: 64, // default
    optimizer: {
      kind: "adam",
      rate: 0.001, // default
      weightDecay: 0.0001, // default
    }, // default
  },
  {
    method: "w_dro",
    form: "adversarial", // default
    radii: [0.05, 0.1, 0.2, 0.5, 1], // default
    inner: 5, // default
    targets: false, // default
    steps: 2000, // default
    batch: 64, // default
    optimizer: {
      kind: "adam",
      rate: 0.001, // default
      weightDecay: 0.0001, // default
    }, // default
  },
  {
    method: "kl_dro",
    radii: [0.1, 0.3, 1, 2, 4], // default
    steps: 2000, // default
    batch: 64, // default
    optimizer: {
      kind: "adam",
      rate: 0.001, // default
      weightDecay: 0.0001, // default
    }, // default
  },
  {
    method: "dragen",
    radii: [0.3, 1, 2, 4, 8], // default
    inner: 5, // default
    latent: 2, // default
    pretraining: 3000, // default
    rows: "joint", // default
    steps: 2000, // default
    batch: 64, // default
    optimizer: {
      kind: "adam",
      rate: 0.001, // default
      weightDecay: 0.0001, // default
    }, // default
  },
  {
    method: "p_dro",
    temperatures: [0.5, 1, 4, 16, 64], // default
    window: 5, // default
    inner: 10, // default
    outer: 15, // default
    pretraining: 3000, // default
    rows: "joint", // default
    steps: 2000, // default
    batch: 64, // default
    optimizer: {
      kind: "adam",
      rate: 0.001, // default
      weightDecay: 0.0001, // default
    }, // default
  },
];

/** Corrupted copies of the test rows (model.dro:25). */
const stress: StressSpec = {
  on: "test",
  corruptions: [
    { kind: "gaussian", sd: [0.05, 0.1, 0.2] },
    { kind: "perlin", octaves: 8, amplitude: 0.2 },
    {
      kind: "cutout",
      ratio: 0.3,
      value: 1, // default
    },
  ],
  at: "model.dro:25:1",
};

/** What is measured. */
const evaluation: PredictorEvaluationSpec = {
  on: "test",
  metrics: [{ metric: "mse" }, { metric: "worst" }, { metric: "wasserstein_to_train" }],
  seeds: 5,
  contexts: 2000,
};

export const pipeline = definePipeline({
  kind: "forecast",
  name: "CarbonForecast",
  doc: "The next hour's carbon intensity of an electricity grid from the last 24 hours. Trained on one grid, tested on others\nand on corrupted measurements: the predictor is robust against the worst law near the training rows.",
  irHash: "a6c533fc77cf0d284cdbd7fe0a2165d237be59c3ce1dda60041437e297ece13b",
  drocVersion: "0.1.0",
  seed: 0, // default
  root: new URL("../", import.meta.url),
  places: {
    uncertainty: "model.dro:17:1",
    train: "model.dro:21:7",
    loss: "model.dro:13:6",
    compare: "model.dro:23:9",
    evaluate: "model.dro:29:1",
    ambiguity: "model.dro:19:1",
    baselines: [
      "model.dro:23:9",
      "model.dro:23:13",
      "model.dro:23:18",
      "model.dro:23:25",
      "model.dro:23:33",
      "model.dro:23:41",
    ],
  },
  data,
  predictor,
  loss,
  risk,
  generator,
  budgets,
  train: training,
  compare: comparison,
  stress,
  evaluate: evaluation,
});

/** What the predictor reads. */
export interface Inputs {
  /** 24 numbers, [24], as in the data. */
  readonly y: readonly number[];
}

/** What it predicts. */
export interface Prediction {
  readonly horizon: number;
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
  return Float64Array.of(...inputs.y);
}

/** A prediction's numbers by name. */
function named(values: Float64Array): Prediction {
  return { horizon: values[0]! };
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
