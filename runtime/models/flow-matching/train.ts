import type { AdamSpec, FlowMatchingSpec } from "../../spec.ts";
import type { Executor } from "../../tensor/executor.ts";
import * as ops from "../../tensor/ops.ts";
import { initialMlp } from "../../tensor/parameters.ts";
import type { RandomStream } from "../../tensor/random.ts";
import type { TrainingPlan } from "../../tensor/training.ts";
import type { TrainingSet } from "../sampler.ts";
import { standardize, type Standardizer } from "../standardizer.ts";
import { velocity, velocityLayout, type FlowSizes } from "./velocity.ts";

export interface FlowTraining {
  readonly steps: number;
  readonly batch: number;
  readonly optimizer: AdamSpec;
}

/**
 * Conditional flow matching (003 §4.1) with per-row weights: draw a row (x, s₁), noise s₀ ~ N(0, I) and t ~ U[0, 1];
 * regress v(t, s_t, x) on s₁ − s₀ at s_t = (1 − t) s₀ + t s₁, in standardised space. The loss is the batch mean of
 * weight × mean square over the d components; weights have mean one over the training rows.
 */
export function flowPlan(
  spec: FlowMatchingSpec,
  training: FlowTraining,
  data: TrainingSet,
  sizes: FlowSizes,
  scalers: { readonly context: Standardizer; readonly outcome: Standardizer },
  stream: RandomStream,
): TrainingPlan {
  const { context: p, outcome: d } = sizes;
  const { batch } = training;
  const n = data.rows;
  const layout = velocityLayout(spec, sizes);
  const streams = { rows: stream.child("rows"), noise: stream.child("noise"), time: stream.child("time") };
  return {
    model: spec.kind,
    layout,
    steps: training.steps,
    optimizer: training.optimizer,
    ema: spec.ema,
    initial: () => initialMlp(layout, stream.child("initial")),
    declare(graph, unroll) {
      const table = {
        contexts: p > 0 ? graph.input("contexts", [n, p]) : null,
        outcomes: graph.input("outcomes", [n, d]),
        weights: data.weights === undefined ? null : graph.input("weights", [n, 1]),
      };
      const rows = graph.input("rows", [unroll * batch], "index");
      const noise = graph.input("noise", [unroll * batch, d]);
      const time = graph.input("time", [unroll * batch, 1]);
      return (parameters, k) => {
        const part = (x: typeof noise): typeof noise => ops.slice(x, 0, k * batch, (k + 1) * batch);
        const drawn = part(rows);
        const s0 = part(noise);
        const t = part(time);
        const target = ops.sub(ops.gather(table.outcomes, drawn), s0);
        const state = ops.add(s0, ops.mul(target, t));
        const x = table.contexts === null ? null : ops.gather(table.contexts, drawn);
        const error = ops.square(ops.sub(velocity(spec, parameters, state, t, x), target));
        return ops.mean(table.weights === null ? error : ops.mul(error, ops.gather(table.weights, drawn)));
      };
    },
    prepare(executor: Executor) {
      if (p > 0) standardize(scalers.context, data.contexts, executor.input("contexts"));
      standardize(scalers.outcome, data.outcomes, executor.input("outcomes"));
      if (data.weights !== undefined) {
        const mean = data.weights.reduce((sum, w) => sum + w, 0) / n;
        executor.input("weights").set(data.weights.map((w) => w / mean));
      }
    },
    fill(executor, first) {
      streams.rows.integers(executor.indices("rows"), n, first * batch);
      streams.noise.normal(executor.input("noise"), first * batch * d);
      streams.time.uniform(executor.input("time"), first * batch);
    },
  };
}
