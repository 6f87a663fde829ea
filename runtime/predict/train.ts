import { fitStandardizer, meanOne, type Standardizer } from "../models/standardizer.ts";
import type { Graph, Tensor } from "../tensor/graph.ts";
import * as ops from "../tensor/ops.ts";
import type { RandomStream } from "../tensor/random.ts";
import { gatherRows, runTraining, type TrainingPlan } from "../tensor/training.ts";
import { alikeColumns, type PredictorShape } from "./nets/spec.ts";
import { sizeOf } from "../tensor/node.ts";
import type {
  Aggregate,
  PredictorData,
  PredictorNet,
  PredictorScaling,
  PredictorTraining,
  PredictorTrainingOptions,
  RowLoss,
  TrainedPredictor,
} from "./types.ts";

const NETWORK = { text: "the predictor's network", about: "train" } as const;
const LOSS = { text: "the loss of the predictor", about: "loss" } as const;
const ATTACK = { text: "the adversary's rows", about: "train" } as const;

/** The most steps that a call of the training program has: a recurrent network of many steps makes a large program. */
const UNROLL = 1;

/** Mean and scale of inputs and targets; fitted on training rows alone. */
export function fitScaling(data: PredictorData, shape: PredictorShape): PredictorScaling {
  const p = shape.inputs.reduce((sum, part) => sum + sizeOf(part.shape), 0);
  const inputs = fitStandardizer(data.inputs, data.rows, p);
  for (const [from, to] of alikeColumns(shape)) pool(inputs, from, to);
  return {
    inputs,
    targets: fitStandardizer(data.targets, data.rows, data.rows === 0 ? 0 : data.targets.length / data.rows),
  };
}

/** Gives columns from … to − 1 the mean and scale of all of their values. */
function pool({ mean, scale }: Standardizer, from: number, to: number): void {
  const columns = Array.from({ length: to - from }, (_, k) => from + k);
  const center = columns.reduce((sum, j) => sum + mean[j]!, 0) / columns.length;
  const variance = columns.reduce((sum, j) => sum + scale[j]! ** 2 + (mean[j]! - center) ** 2, 0) / columns.length;
  for (const j of columns) {
    mean[j] = center;
    scale[j] = Math.sqrt(variance);
  }
}

/** The mean of the losses, weighted where there are weights. */
export const meanLoss: Aggregate = (losses, weights) => ops.mean(weights === null ? losses : ops.mul(losses, weights));

/**
 * Trains a network on batches drawn with replacement: Adam steps on `aggregate(loss of each row)`, by default the
 * (weighted) mean. With an attack the batch is first moved where the attack says; how it depends on the parameters is not
 * differentiated (Danskin).
 *
 * @param stream of the initial parameters and the batches; the result is a function of its seed and name
 * @throws RuntimeError training-diverged, checkpoint-mismatch
 * @throws the signal's reason when aborted
 */
export async function trainPredictor(
  net: PredictorNet,
  loss: RowLoss,
  data: PredictorData,
  training: PredictorTraining,
  stream: RandomStream,
  options: PredictorTrainingOptions = {},
): Promise<TrainedPredictor> {
  const plan = predictorPlan(net, loss, data, training, stream, options);
  const { parameters } = await runTraining(plan, options.hooks ?? {}, { unroll: UNROLL });
  return { net, parameters };
}

/** What `trainPredictor` runs: the plan of a tensor program. */
export function predictorPlan(
  net: PredictorNet,
  loss: RowLoss,
  data: PredictorData,
  { steps, batch, optimizer }: PredictorTraining,
  stream: RandomStream,
  { weights: given, attack, aggregate = meanLoss, initial, model = net.name }: PredictorTrainingOptions = {},
): TrainingPlan {
  const n = data.rows;
  const p = data.inputs.length / n;
  const d = data.targets.length / n;
  const inputs = Float32Array.from(data.inputs);
  const targets = Float32Array.from(data.targets);
  const weights = given === undefined ? null : meanOne(given);
  const rowStream = stream.child("rows");
  return {
    model,
    layout: net.layout,
    steps,
    optimizer,
    ema: 0,
    initial: () => initial?.slice() ?? net.initial(stream.child("initial")),
    declare(graph, unroll) {
      const x = graph.input("inputs", [unroll * batch, p]);
      const y = graph.input("targets", [unroll * batch, d]);
      const w = weights === null ? null : graph.input("weights", [unroll * batch, 1]);
      return (parameters, k) => {
        const part = (t: Tensor): Tensor => ops.slice(t, 0, k * batch, (k + 1) * batch);
        const moved = moveBatch(graph, { net, loss, parameters, inputs: part(x), targets: part(y) }, attack);
        const losses = rowLossAt(graph, net, loss, parameters, moved.inputs, moved.targets);
        return graph.labelled(LOSS, () => aggregate(losses, w === null ? null : part(w)));
      };
    },
    fill(executor, first, count) {
      const drawn = new Int32Array(count * batch);
      rowStream.integers(drawn, n, first * batch);
      gatherRows(inputs, p, drawn, executor.input("inputs"));
      gatherRows(targets, d, drawn, executor.input("targets"));
      if (weights !== null) gatherRows(weights, 1, drawn, executor.input("weights"));
    },
  };
}

/** The loss of each row, [rows, 1], as part of a graph. */
export function rowLossAt(
  graph: Graph,
  net: PredictorNet,
  loss: RowLoss,
  parameters: readonly Tensor[],
  inputs: Tensor,
  targets: Tensor,
): Tensor {
  const predictions = graph.labelled(NETWORK, () => net.forward(parameters, inputs));
  return graph.labelled(LOSS, () => loss({ predictions, targets, inputs }));
}

interface Batch {
  readonly net: PredictorNet;
  readonly loss: RowLoss;
  readonly parameters: readonly Tensor[];
  readonly inputs: Tensor;
  readonly targets: Tensor;
}

function moveBatch(
  graph: Graph,
  batch: Batch,
  attack: PredictorTrainingOptions["attack"],
): { readonly inputs: Tensor; readonly targets: Tensor } {
  if (attack === undefined) return batch;
  const { net, loss } = batch;
  const parameters = batch.parameters.map((parameter) => ops.stopGradient(parameter));
  const moved = graph.labelled(ATTACK, () =>
    attack({
      parameters,
      inputs: batch.inputs,
      targets: batch.targets,
      loss: (inputs, targets) => rowLossAt(graph, net, loss, parameters, inputs, targets),
    }),
  );
  return { inputs: ops.stopGradient(moved.inputs), targets: ops.stopGradient(moved.targets) };
}
