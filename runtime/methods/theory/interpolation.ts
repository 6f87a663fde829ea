import { readWeights, type MlpWeights } from "../../models/mlp-weights.ts";
import { velocity, velocityLayout, type FlowSizes } from "../../models/flow-matching/velocity.ts";
import { standardize } from "../../models/standardizer.ts";
import type { FlowMatchingSpec } from "../../spec.ts";
import { createExecutor } from "../../tensor/executor.ts";
import { Graph } from "../../tensor/graph.ts";
import { constantParameters } from "../../tensor/parameters.ts";
import { defineProgram } from "../../tensor/program.ts";
import type { RandomStream } from "../../tensor/random.ts";
import type { ModelTensors } from "../backend.ts";

/** Regression tuples of flow matching at held-out contexts (003 App. D), in standardised space, row-major. */
export interface Interpolation {
  /** N tuples, those of one context one after another. */
  readonly count: number;
  /** Tuples a context. */
  readonly repeats: number;
  /** N × d: `s_t = (1 − t) s₀ + t s₁`. */
  readonly states: Float64Array;
  /** N. */
  readonly times: Float64Array;
  /** N × p. */
  readonly contexts: Float64Array;
  /** N × d: `Δ = s₁ − s₀`. */
  readonly labels: Float64Array;
}

/** Held-out contexts with outcomes. */
export interface TheoryRows {
  /** n. */
  readonly count: number;
  /** n × p. */
  readonly values: Float64Array;
  /** Outcomes a context: the one in the data as often as times are drawn, or as many draws of the true law. */
  readonly repeats: number;
  /** n × repeats × d. */
  readonly outcomes: Float64Array;
}

/**
 * Draws a time and a noise for each outcome of each context.
 * @param scalers of the flow whose space is meant
 */
export function drawInterpolation(
  rows: TheoryRows,
  sizes: FlowSizes,
  scalers: Pick<MlpWeights, "context" | "outcome">,
  stream: RandomStream,
): Interpolation {
  const { context: p, outcome: d } = sizes;
  const { repeats } = rows;
  const count = rows.count * repeats;
  const ends = new Float64Array(count * d);
  const places = new Float64Array(rows.count * p);
  standardize(scalers.outcome, rows.outcomes, ends);
  standardize(scalers.context, rows.values, places);
  const times = new Float64Array(count);
  const noise = new Float64Array(count * d);
  stream.child("time").uniform(times);
  stream.child("noise").normal(noise);
  const states = new Float64Array(count * d);
  const labels = new Float64Array(count * d);
  const contexts = new Float64Array(count * p);
  for (let k = 0; k < count; k++) {
    const row = Math.floor(k / repeats);
    contexts.set(places.subarray(row * p, (row + 1) * p), k * p);
    for (let j = 0; j < d; j++) {
      const [start, end] = [noise[k * d + j]!, ends[k * d + j]!];
      states[k * d + j] = (1 - times[k]!) * start + times[k]! * end;
      labels[k * d + j] = end - start;
    }
  }
  return { count, repeats, states, times, contexts, labels };
}

/** A trained flow's weights with its scalers. @throws RuntimeError weights-mismatch */
export function flowWeights(spec: FlowMatchingSpec, sizes: FlowSizes, tensors: ModelTensors): MlpWeights {
  return readWeights(spec.kind, velocityLayout(spec, sizes), sizes, tensors);
}

/** Tuples a call of the program. */
const ROWS = 256;

/** Velocity of a trained flow at every tuple, N × d. */
export async function velocityAt(
  spec: FlowMatchingSpec,
  sizes: FlowSizes,
  weights: MlpWeights,
  tuples: Interpolation,
): Promise<Float64Array> {
  const { context: p, outcome: d } = sizes;
  const graph = new Graph();
  const parameters = constantParameters(graph, velocityLayout(spec, sizes), weights.parameters);
  const states = graph.input("states", [ROWS, d]);
  const times = graph.input("times", [ROWS, 1]);
  const contexts = p > 0 ? graph.input("contexts", [ROWS, p]) : null;
  const program = defineProgram(graph, { outputs: { velocity: velocity(spec, parameters, states, times, contexts) } });
  const executor = await createExecutor(program);
  const out = new Float64Array(tuples.count * d);
  try {
    for (let from = 0; from < tuples.count; from += ROWS) {
      const to = Math.min(tuples.count, from + ROWS);
      const fill = (name: string, values: Float64Array, width: number): void =>
        executor
          .input(name)
          .fill(0)
          .set(values.subarray(from * width, to * width));
      fill("states", tuples.states, d);
      fill("times", tuples.times, 1);
      if (p > 0) fill("contexts", tuples.contexts, p);
      await executor.run();
      out.set(executor.output("velocity").subarray(0, (to - from) * d), from * d);
    }
  } finally {
    await executor.dispose();
  }
  return out;
}
