import type { TrainHooks } from "../../models/sampler.ts";
import { rowLossAt } from "../../predict/train.ts";
import type { TrainedPredictor } from "../../predict/types.ts";
import { runOuterTraining, type OuterPlan } from "../../tensor/outer-training.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { gatherRows } from "../../tensor/training.ts";
import type { RobustProblem } from "../types.ts";
import type { ReweightingSet } from "./types.ts";

/**
 * Trains any predictor against the worst weights of each batch: `min_w max_q Σ q_i f_i(w)`, the inner maximisation exact
 * and its weights the derivative (Danskin). For a batch of all rows it is the set's own problem; for smaller ones the set
 * is around the batch.
 *
 * @param setOf the set around a batch of these rows of the training data
 * @param block rows that stay together, consecutive in the data: a batch has whole blocks, at least one
 * @throws RuntimeError training-diverged
 */
export async function trainReweighted(
  { net, loss, train, training, place }: RobustProblem,
  setOf: (rows: Int32Array) => ReweightingSet,
  stream: RandomStream,
  hooks: TrainHooks = {},
  block = 1,
): Promise<TrainedPredictor> {
  const p = train.inputs.length / train.rows;
  const d = train.targets.length / train.rows;
  const blocks = Math.min(Math.max(1, Math.floor(training.batch / block)), train.rows / block);
  const batch = blocks * block;
  const whole = batch === train.rows;
  const tables = { inputs: Float32Array.from(train.inputs), targets: Float32Array.from(train.targets) };
  const rowStream = stream.child("rows");
  const rowsAt = (step: number): Int32Array => {
    if (whole) return Int32Array.from({ length: batch }, (_, i) => i);
    const drawn = new Int32Array(blocks);
    rowStream.integers(drawn, train.rows / block, step * blocks);
    return Int32Array.from({ length: batch }, (_, i) => drawn[Math.floor(i / block)]! * block + (i % block));
  };
  const plan: OuterPlan = {
    model: net.name,
    layout: net.layout,
    steps: training.steps,
    optimizer: training.optimizer,
    ema: 0,
    initial: () => net.initial(stream.child("initial")),
    declare(graph) {
      const inputs = graph.input("inputs", [batch, p]);
      const targets = graph.input("targets", [batch, d]);
      return (parameters) => ({ outputs: { losses: rowLossAt(graph, net, loss, parameters, inputs, targets) } });
    },
    fill(executor, step) {
      const rows = rowsAt(step);
      gatherRows(tables.inputs, p, rows, executor.input("inputs"));
      gatherRows(tables.targets, d, rows, executor.input("targets"));
    },
    host(outputs, step) {
      const losses = Float64Array.from(outputs.get("losses")!);
      // A loss that is no number has no worst weights; the training reports it.
      if (!losses.every(Number.isFinite)) return { loss: Number.NaN, gradients: { losses } };
      const { value, weights } = setOf(rowsAt(step)).worst(losses);
      return { loss: value, gradients: { losses: weights } };
    },
  };
  const { parameters } = await runOuterTraining(plan, { ...hooks, ...(place === undefined ? {} : { place }) });
  return { net, parameters };
}
