import type { AdamSpec, FlowMatchingSpec } from "../../spec.ts";
import type { FloatData } from "../../tensor/executor.ts";
import type { Tensor } from "../../tensor/graph.ts";
import * as ops from "../../tensor/ops.ts";
import { initialMlp } from "../../tensor/parameters.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { gatherRows, type TrainingPlan } from "../../tensor/training.ts";
import type { TrainingSet } from "../sampler.ts";
import { meanOne, standardize, type Standardizer } from "../standardizer.ts";
import { coupleBatch, cumulativeShares, rowsByShare } from "./coupling.ts";
import { velocity, velocityLayout, type FlowSizes } from "./velocity.ts";

export interface FlowTraining {
  readonly steps: number;
  readonly batch: number;
  readonly optimizer: AdamSpec;
}

/**
 * Conditional flow matching (003 §4.1) with per-row weights: draw a row (x, s₁), noise s₀ ~ N(0, I) and t ~ U[0, 1];
 * regress v(t, s_t, x) on s₁ − s₀ at s_t = (1 − t) s₀ + t s₁, in standardised space. The loss is the batch mean of
 * weight × mean square over the d components; weights have mean one over the training rows. With the optimal transport
 * of a batch, s₀ is paired with s₁ and rows are drawn by their weights.
 * @param grid weights of several models that train on the same draws in one program, in place of `data.weights`
 */
export function flowPlan(
  spec: FlowMatchingSpec,
  training: FlowTraining,
  data: TrainingSet,
  sizes: FlowSizes,
  scalers: { readonly context: Standardizer; readonly outcome: Standardizer },
  stream: RandomStream,
  grid?: readonly Float64Array[],
): TrainingPlan {
  const { context: p, outcome: d } = sizes;
  const { batch } = training;
  const n = data.rows;
  const layout = velocityLayout(spec, sizes);
  const streams = { rows: stream.child("rows"), noise: stream.child("noise"), time: stream.child("time") };
  const coupled = spec.coupling === "minibatch_ot";
  const tables = {
    contexts: new Float32Array(n * p),
    outcomes: new Float32Array(n * d),
    weights: grid?.map(meanOne) ?? (data.weights === undefined || coupled ? null : [meanOne(data.weights)]),
  };
  // Coupled noise must keep its law, so that weights then draw rows instead of multiplying errors.
  const shares = coupled && data.weights !== undefined ? cumulativeShares(data.weights) : null;
  standardize(scalers.context, data.contexts, tables.contexts);
  standardize(scalers.outcome, data.outcomes, tables.outcomes);
  let drawn = new Int32Array(0);
  return {
    model: spec.kind,
    layout,
    steps: training.steps,
    optimizer: training.optimizer,
    ema: spec.ema,
    initial: () => repeated(initialMlp(layout, stream.child("initial")), grid?.length ?? 1),
    ...(grid === undefined
      ? {}
      : {
          members: {
            count: grid.length,
            shared: p > 0 ? ["outcomes", "noise", "time", "contexts"] : ["outcomes", "noise", "time"],
          },
        }),
    declare(graph, unroll) {
      const rows = unroll * batch;
      const outcomes = graph.input("outcomes", [rows, d]);
      const noise = graph.input("noise", [rows, d]);
      const time = graph.input("time", [rows, 1]);
      const contexts = p > 0 ? graph.input("contexts", [rows, p]) : null;
      const weights = tables.weights === null ? null : graph.input("weights", [rows, 1]);
      return (parameters, k) => {
        const part = (x: Tensor): Tensor => ops.slice(x, 0, k * batch, (k + 1) * batch);
        const s0 = part(noise);
        const t = part(time);
        const target = ops.sub(part(outcomes), s0);
        const state = ops.add(s0, ops.mul(target, t));
        const x = contexts === null ? null : part(contexts);
        const v = graph.labelled(VELOCITY, () => velocity(spec, parameters, state, t, x));
        return graph.labelled(LOSS, () => {
          const error = ops.square(ops.sub(v, target));
          return ops.mean(weights === null ? error : ops.mul(error, part(weights)));
        });
      };
    },
    fill(executor, first, count) {
      const rows = count * batch;
      if (drawn.length !== rows) drawn = new Int32Array(rows);
      if (shares === null) streams.rows.integers(drawn, n, first * batch);
      else {
        const uniform = new Float64Array(rows);
        streams.rows.uniform(uniform, first * batch);
        rowsByShare(shares, uniform, drawn);
      }
      // Rows are gathered here: ONNX Runtime's Gather takes several times as long for rows this short.
      gatherRows(tables.outcomes, d, drawn, executor.input("outcomes"));
      if (p > 0) gatherRows(tables.contexts, p, drawn, executor.input("contexts"));
      tables.weights?.forEach((weights, member) =>
        gatherRows(weights, 1, drawn, executor.input("weights").subarray(member * rows, (member + 1) * rows)),
      );
      streams.noise.normal(executor.input("noise"), first * batch * d);
      streams.time.uniform(executor.input("time"), first * batch);
      if (!coupled) return;
      const contexts = p > 0 ? executor.input("contexts") : null;
      for (let k = 0; k < count; k++) {
        const part = (table: FloatData, columns: number): FloatData =>
          table.subarray(k * batch * columns, (k + 1) * batch * columns);
        coupleBatch({
          rows: batch,
          outcome: d,
          context: p,
          outcomes: part(executor.input("outcomes"), d),
          contexts: contexts === null ? null : part(contexts, p),
          noise: part(executor.input("noise"), d),
        });
      }
    },
  };
}

const VELOCITY = { text: "the velocity's network", about: "uncertainty" } as const;
const LOSS = { text: "the flow-matching loss", about: "train" } as const;

/** `count` copies one after another. */
function repeated(values: Float32Array, count: number): Float32Array {
  const all = new Float32Array(values.length * count);
  for (let i = 0; i < count; i++) all.set(values, i * values.length);
  return all;
}
