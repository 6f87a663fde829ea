import type { FlowMatchingSpec } from "../../spec.ts";
import { eventLoopTurn } from "../../tensor/event-loop.ts";
import { createExecutor, type Executor } from "../../tensor/executor.ts";
import { Graph } from "../../tensor/graph.ts";
import { writeOnnx } from "../../tensor/onnx-writer.ts";
import * as ops from "../../tensor/ops.ts";
import { constantParameters } from "../../tensor/parameters.ts";
import { defineProgram, type Program } from "../../tensor/program.ts";
import type { RandomStream } from "../../tensor/random.ts";
import type { MlpWeights } from "../mlp-weights.ts";
import { standardize, unstandardize } from "../standardizer.ts";
import { integrateAdaptive, type OdeField } from "../ode/integrate.ts";
import { contextWeights, integrate, velocity, velocityLayout, type FlowSizes } from "./velocity.ts";

/** What a trained flow consists of. */
export interface FlowWeights extends MlpWeights {
  readonly spec: FlowMatchingSpec;
  readonly sizes: FlowSizes;
}

/** Scenarios drawn by one call: as many as keep a hidden layer within a core's own cache. */
const MOST_ROWS = 512;
const FEWEST_ROWS = 64;
/** Scenarios of one context from which on each call has one context: its share of the first layer is then one row. */
const ROWS_OF_ONE_CONTEXT = 256;

/** Error of a step that the adaptive solver accepts, unless the spec says. */
const TOLERANCE = 1e-5;

/** Draws scenarios chunk by chunk, with one program a chunk size, all ODE steps inside. */
export class FlowSampler {
  readonly #weights: FlowWeights;
  readonly #executors = new Map<string, Executor>();

  constructor(weights: FlowWeights) {
    this.#weights = weights;
  }

  /** See `ConditionalSampler.sample`. Scenario k at context i uses noise (i · count + k) · d … of the stream. */
  async sample(contexts: Float64Array, rows: number, count: number, stream: RandomStream): Promise<Float64Array> {
    const { sizes, context, outcome } = this.#weights;
    const { context: p, outcome: d } = sizes;
    const total = rows * count;
    const result = new Float64Array(total * d);
    if (total === 0) return result;
    const scaled = new Float64Array(rows * p);
    standardize(context, contexts, scaled);
    const size = powerOfTwo(Math.min(total, MOST_ROWS), FEWEST_ROWS);
    const distinct = powerOfTwo(Math.floor((size - 2) / count) + 2, 1);
    if (this.#weights.spec.solver === "dormand_prince")
      return this.#sampleAdaptively(scaled, rows, count, stream, result, size);
    if (count >= ROWS_OF_ONE_CONTEXT) return this.#sampleByContext(scaled, rows, count, stream, result);
    const executor = await this.#executor(size, distinct);
    const noise = executor.input("noise");
    const turn = eventLoopTurn();
    for (let start = 0; start < total; start += size) {
      const filled = Math.min(size, total - start);
      stream.normal(noise, start * d);
      if (p > 0) {
        const first = Math.floor(start / count);
        const index = executor.indices("rows");
        for (let r = 0; r < filled; r++) index[r] = Math.floor((start + r) / count) - first;
        index.fill(0, filled);
        executor.input("contexts").set(scaled.subarray(first * p, Math.min(rows, first + distinct) * p));
      }
      await executor.run();
      await turn.yield();
      const part = result.subarray(start * d, (start + filled) * d);
      unstandardize(outcome, executor.output("outcomes"), part);
    }
    return result;
  }

  /** Calls of one context each; see `sample`. */
  async #sampleByContext(
    contexts: Float64Array,
    rows: number,
    count: number,
    stream: RandomStream,
    result: Float64Array,
  ): Promise<Float64Array> {
    const { sizes, outcome } = this.#weights;
    const { context: p, outcome: d } = sizes;
    const size = Math.ceil(count / Math.ceil(count / MOST_ROWS));
    const executor = await this.#executor(size, 1);
    const turn = eventLoopTurn();
    for (let row = 0; row < rows; row++) {
      if (p > 0) executor.input("contexts").set(contexts.subarray(row * p, (row + 1) * p));
      for (let start = row * count, end = start + count; start < end; start += size) {
        stream.normal(executor.input("noise"), start * d);
        await executor.run();
        await turn.yield();
        unstandardize(
          outcome,
          executor.output("outcomes"),
          result.subarray(start * d, Math.min(end, start + size) * d),
        );
      }
    }
    return result;
  }

  /** Steps chosen by their error, the same for all rows of a chunk; see `sample`. */
  async #sampleAdaptively(
    contexts: Float64Array,
    rows: number,
    count: number,
    stream: RandomStream,
    result: Float64Array,
    size: number,
  ): Promise<Float64Array> {
    const { spec, sizes, outcome } = this.#weights;
    const { context: p, outcome: d } = sizes;
    const total = rows * count;
    const key = `adaptive/${size}`;
    const executor = this.#executors.get(key) ?? (await createExecutor(velocityProgram(this.#weights, size)));
    this.#executors.set(key, executor);
    const turn = eventLoopTurn();
    for (let start = 0; start < total; start += size) {
      const filled = Math.min(size, total - start);
      const noise = new Float64Array(filled * d);
      stream.normal(noise, start * d);
      if (p > 0)
        for (let r = 0; r < filled; r++) {
          const row = Math.floor((start + r) / count);
          executor.input("contexts").set(contexts.subarray(row * p, (row + 1) * p), r * p);
        }
      const field: OdeField = async (t, state, out) => {
        executor.input("state").set(state);
        executor.input("coefficients")[0] = t;
        await executor.run();
        out.set(executor.output("velocity").subarray(0, out.length));
      };
      const { state } = await integrateAdaptive(field, noise, [0, 1], { tolerance: spec.tolerance ?? TOLERANCE });
      unstandardize(outcome, state, result.subarray(start * d, (start + filled) * d));
      await turn.yield();
    }
    return result;
  }

  async dispose(): Promise<void> {
    for (const executor of this.#executors.values()) await executor.dispose();
    this.#executors.clear();
  }

  async #executor(size: number, distinct: number): Promise<Executor> {
    const key = `${size}/${distinct}`;
    const found = this.#executors.get(key);
    if (found !== undefined) return found;
    const executor = await createExecutor(samplingProgram(this.#weights, size, distinct));
    this.#executors.set(key, executor);
    return executor;
  }
}

/** The velocity at rows of states and contexts at one time: `state`, `contexts` and `coefficients` [1, 1]. */
function velocityProgram({ spec, sizes, parameters }: FlowWeights, size: number): Program {
  const graph = new Graph();
  const weights = constantParameters(graph, velocityLayout(spec, sizes), parameters);
  const state = graph.input("state", [size, sizes.outcome]);
  const contexts = sizes.context > 0 ? graph.input("contexts", [size, sizes.context]) : null;
  const time = ops.broadcast(graph.input("coefficients", [1, 1]), [size, 1]);
  return defineProgram(graph, { outputs: { velocity: velocity(spec, weights, state, time, contexts) } });
}

/**
 * Standardised outcomes `[size, d]` from noise, at `distinct` standardised contexts addressed by row; a single one is
 * every row's.
 */
export function samplingProgram({ spec, sizes, parameters }: FlowWeights, size: number, distinct: number): Program {
  const graph = new Graph();
  const weights = constantParameters(graph, velocityLayout(spec, sizes), parameters);
  const noise = graph.input("noise", [size, sizes.outcome]);
  if (sizes.context === 0)
    return defineProgram(graph, { outputs: { outcomes: integrate(spec, weights, noise, null) } });
  const contexts = graph.input("contexts", [distinct, sizes.context]);
  const parts = ops.matmul(contexts, contextWeights(weights, sizes));
  const part = distinct === 1 ? parts : ops.gather(parts, graph.input("rows", [size], "index"));
  return defineProgram(graph, { outputs: { outcomes: integrate(spec, weights, noise, part) } });
}

/**
 * The sampler as an ONNX model that any runtime runs: `noise` [rows, d] standard normal and `context` [rows, p] in the
 * data's units (absent for p = 0) give `outcome` [rows, d] in the data's units, for any number of rows.
 */
export function samplerOnnx({ spec, sizes, parameters, context, outcome }: FlowWeights): Uint8Array {
  const graph = new Graph();
  const weights = constantParameters(graph, velocityLayout(spec, sizes), parameters);
  const rows = 2;
  const noise = graph.input("noise", [rows, sizes.outcome]);
  let part = null;
  if (sizes.context > 0) {
    const inverse = context.scale.map((scale) => (scale === 0 ? 0 : 1 / scale));
    const raw = graph.input("context", [rows, sizes.context]);
    const centered = ops.sub(raw, graph.constant(context.mean, [1, sizes.context]));
    const scaled = ops.mul(centered, graph.constant(inverse, [1, sizes.context]));
    part = ops.matmul(scaled, contextWeights(weights, sizes));
  }
  const standard = integrate(spec, weights, noise, part);
  const units = ops.mul(standard, graph.constant(outcome.scale, [1, sizes.outcome]));
  const program = defineProgram(graph, {
    outputs: { outcome: ops.add(units, graph.constant(outcome.mean, [1, sizes.outcome])) },
  });
  return writeOnnx(program, {
    name: "sampler",
    variableRows: "rows",
    metadata: { model: spec.kind, solver: spec.solver, ode_steps: String(spec.odeSteps) },
  });
}

function powerOfTwo(atLeast: number, fewest: number): number {
  let size = fewest;
  while (size < atLeast) size *= 2;
  return size;
}
