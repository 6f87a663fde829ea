import type { AdamSpec } from "../../spec.ts";
import { eventLoopTurn } from "../../tensor/event-loop.ts";
import { createExecutor, type Executor } from "../../tensor/executor.ts";
import { Graph, type Tensor } from "../../tensor/graph.ts";
import { writeOnnx } from "../../tensor/onnx-writer.ts";
import * as ops from "../../tensor/ops.ts";
import {
  constantParameters,
  initialMlp,
  mlp,
  mlpLayout,
  type Activation,
  type ParameterLayout,
} from "../../tensor/parameters.ts";
import { defineProgram } from "../../tensor/program.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { gatherRows, runTraining, type TrainingOptions, type TrainingPlan } from "../../tensor/training.ts";
import { readWeights, weightTensors, type MlpWeights } from "../mlp-weights.ts";
import type { Checkpoint, TrainHooks, TrainingSet } from "../sampler.ts";
import { fitStandardizer, meanOne, standardize, unstandardize, type Standardizer } from "../standardizer.ts";
import { checkTrainingSet } from "../training-set.ts";

/** The network of a predictor. */
export interface PredictorNetwork {
  readonly hidden: readonly number[];
  readonly activation: Activation;
}

export interface PredictorTraining extends PredictorNetwork {
  readonly steps: number;
  readonly batch: number;
  readonly optimizer: AdamSpec;
}

interface PredictorSizes {
  readonly context: number;
  readonly outcome: number;
}

/** A point prediction of the outcome. */
export interface Predictor {
  /** @param contexts rows × p, row-major @returns rows × d, row-major */
  predict(contexts: Float64Array, rows: number): Promise<Float64Array>;
  /** Weights by name, with the scalers. */
  readonly tensors: Checkpoint["tensors"];
  /** The predictor as an ONNX model: `context` [rows, p] to `outcome` [rows, d], in the data's units, any number of rows. */
  predictorOnnx(): Uint8Array;
  dispose(): Promise<void>;
}

const NETWORK = { text: "the predictor's network", about: "compare" } as const;
const LOSS = { text: "the squared error", about: "compare" } as const;

/** Rows predicted by one call. */
const ROWS = 256;

/**
 * Trains an MLP on the (weighted) mean squared error, in space standardised on the given rows: the conditional mean.
 * The weights of the last step predict; there is no averaging.
 * @throws RuntimeError for a training set that cannot be trained on, a diverging loss or a foreign checkpoint
 */
export async function trainPredictor(
  training: PredictorTraining,
  data: TrainingSet,
  sizes: PredictorSizes,
  stream: RandomStream,
  hooks: TrainHooks = {},
  options: TrainingOptions = {},
): Promise<Predictor> {
  checkTrainingSet("predictor", data, sizes);
  // Without a context the network reads one column of zeros: it is its last bias, the mean.
  const width = Math.max(1, sizes.context);
  const layout = mlpLayout([width, ...training.hidden, sizes.outcome]);
  const context = fitStandardizer(data.contexts, data.rows, sizes.context);
  const outcome = fitStandardizer(data.outcomes, data.rows, sizes.outcome);
  const plan = predictorPlan(training, layout, data, sizes, { context, outcome }, stream);
  const { parameters } = await runTraining(plan, hooks, options);
  return openPredictor(training, layout, { parameters, context, outcome });
}

/**
 * The predictor whose `tensors` these are.
 * @throws RuntimeError weights-mismatch
 */
export function loadPredictor(
  network: PredictorNetwork,
  sizes: PredictorSizes,
  tensors: Checkpoint["tensors"],
): Predictor {
  const layout = mlpLayout([Math.max(1, sizes.context), ...network.hidden, sizes.outcome]);
  return openPredictor(network, layout, readWeights("predictor", layout, sizes, tensors));
}

function openPredictor(network: PredictorNetwork, layout: ParameterLayout, weights: MlpWeights): Predictor {
  const width = Math.max(1, weights.context.mean.length);
  let executor: Executor | null = null;
  return {
    tensors: weightTensors(layout, weights),
    predictorOnnx: () => predictorOnnx(network, layout, weights),
    async predict(contexts, rows) {
      executor ??= await predictionExecutor(network, layout, width, weights.parameters);
      return predictRows(executor, weights, contexts, rows);
    },
    async dispose() {
      await executor?.dispose();
      executor = null;
    },
  };
}

function predictorPlan(
  training: PredictorTraining,
  layout: ParameterLayout,
  data: TrainingSet,
  { context: p, outcome: d }: PredictorSizes,
  scalers: { readonly context: Standardizer; readonly outcome: Standardizer },
  stream: RandomStream,
): TrainingPlan {
  const { batch } = training;
  const n = data.rows;
  const rowStream = stream.child("rows");
  const contexts = new Float32Array(n * p);
  const outcomes = new Float32Array(n * d);
  standardize(scalers.context, data.contexts, contexts);
  standardize(scalers.outcome, data.outcomes, outcomes);
  const weights = data.weights === undefined ? null : meanOne(data.weights);
  return {
    model: "predictor",
    layout,
    steps: training.steps,
    optimizer: training.optimizer,
    ema: 0,
    initial: () => initialMlp(layout, stream.child("initial")),
    declare(graph, unroll) {
      const x = graph.input("contexts", [unroll * batch, Math.max(1, p)]);
      const y = graph.input("outcomes", [unroll * batch, d]);
      const w = weights === null ? null : graph.input("weights", [unroll * batch, 1]);
      return (parameters, k) => {
        const part = (t: Tensor): Tensor => ops.slice(t, 0, k * batch, (k + 1) * batch);
        const prediction = graph.labelled(NETWORK, () => mlp(part(x), parameters, training.activation));
        return graph.labelled(LOSS, () => {
          const error = ops.square(ops.sub(prediction, part(y)));
          return ops.mean(w === null ? error : ops.mul(error, part(w)));
        });
      };
    },
    fill(executor, first, count) {
      const drawn = new Int32Array(count * batch);
      rowStream.integers(drawn, n, first * batch);
      if (p > 0) gatherRows(contexts, p, drawn, executor.input("contexts"));
      gatherRows(outcomes, d, drawn, executor.input("outcomes"));
      if (weights !== null) gatherRows(weights, 1, drawn, executor.input("weights"));
    },
  };
}

async function predictionExecutor(
  training: PredictorNetwork,
  layout: ParameterLayout,
  width: number,
  parameters: Float32Array,
): Promise<Executor> {
  const graph = new Graph();
  const x = graph.input("contexts", [ROWS, width]);
  const outcomes = mlp(x, constantParameters(graph, layout, parameters), training.activation);
  return createExecutor(defineProgram(graph, { outputs: { outcomes } }));
}

/**
 * The predictor with its scalers, for other runtimes. A predictor without a context still takes `context`, one column
 * which counts nothing but the rows that are wanted.
 */
function predictorOnnx(training: PredictorNetwork, layout: ParameterLayout, weights: MlpWeights): Uint8Array {
  const { parameters, context, outcome } = weights;
  const graph = new Graph();
  const p = context.mean.length;
  const d = outcome.mean.length;
  // Any number of rows: the shape here is for those of one program.
  const raw = graph.input("context", [2, Math.max(1, p)]);
  const inverse = context.scale.map((scale) => (scale === 0 ? 0 : 1 / scale));
  const x =
    p === 0
      ? ops.mul(raw, 0)
      : ops.mul(ops.sub(raw, graph.constant(context.mean, [1, p])), graph.constant(inverse, [1, p]));
  const standard = mlp(x, constantParameters(graph, layout, parameters), training.activation);
  const units = ops.mul(standard, graph.constant(outcome.scale, [1, d]));
  const program = defineProgram(graph, {
    outputs: { outcome: ops.add(units, graph.constant(outcome.mean, [1, d])) },
  });
  return writeOnnx(program, { name: "predictor", variableRows: "rows", metadata: { model: "predictor" } });
}

async function predictRows(
  executor: Executor,
  { context, outcome }: MlpWeights,
  contexts: Float64Array,
  rows: number,
): Promise<Float64Array> {
  const p = context.mean.length;
  const d = outcome.mean.length;
  const result = new Float64Array(rows * d);
  const scaled = new Float64Array(rows * p);
  standardize(context, contexts, scaled);
  const turn = eventLoopTurn();
  for (let start = 0; start < rows; start += ROWS) {
    const end = Math.min(rows, start + ROWS);
    executor.input("contexts").set(scaled.subarray(start * p, end * p));
    await executor.run();
    unstandardize(outcome, executor.output("outcomes"), result.subarray(start * d, end * d));
    await turn.yield();
  }
  return result;
}
