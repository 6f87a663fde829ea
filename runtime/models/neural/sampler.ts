import { eventLoopTurn } from "../../tensor/event-loop.ts";
import { createExecutor, type Executor } from "../../tensor/executor.ts";
import { Graph, type Tensor } from "../../tensor/graph.ts";
import { writeOnnx } from "../../tensor/onnx-writer.ts";
import * as ops from "../../tensor/ops.ts";
import { constantParameters } from "../../tensor/parameters.ts";
import { defineProgram, type Program } from "../../tensor/program.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { standardize, type Standardizer } from "../standardizer.ts";
import type { GeneratorDefinition } from "./definition.ts";
import { varyingColumns } from "./rows.ts";

/** A trained generator: its definition, the weights that sampling uses and the scalers of the full columns. */
export interface GeneratorWeights {
  readonly definition: GeneratorDefinition;
  readonly parameters: Float32Array;
  readonly context: Standardizer;
  readonly outcome: Standardizer;
}

/** Scenarios drawn by one call. */
const MOST_ROWS = 512;
const FEWEST_ROWS = 64;

/** Draws scenarios chunk by chunk: one program for a chunk size, called once a sampling step. */
export class GeneratorSampler {
  readonly #weights: GeneratorWeights;
  readonly #executors = new Map<number, Executor>();

  constructor(weights: GeneratorWeights) {
    this.#weights = weights;
  }

  /** See `ConditionalSampler.sample`. Row r of rows · count reads the stream's numbers from r · start on. */
  async sample(contexts: Float64Array, rows: number, count: number, stream: RandomStream): Promise<Float64Array> {
    const { definition, context, outcome } = this.#weights;
    const { sampling, sizes } = definition;
    const p = sizes.context;
    const total = rows * count;
    const d = outcome.mean.length;
    const result = new Float64Array(total * d);
    for (let i = 0; i < result.length; i++) result[i] = outcome.mean[i % d]!;
    if (total === 0 || sizes.outcome === 0) return result;
    const scaled = new Float64Array(rows * p);
    standardize(context, contexts, scaled);
    const size = chunkRows(total);
    const executor = await this.#executor(size);
    const steps = sampling.coefficients.map((_, k) => stream.child(`step/${k}`));
    const turn = eventLoopTurn();
    for (let start = 0; start < total; start += size) {
      const filled = Math.min(size, total - start);
      stream.normal(executor.input("state"), start * sampling.start);
      if (p > 0) spread(scaled, p, start, filled, count, executor.input("contexts"));
      for (const [k, coefficients] of sampling.coefficients.entries()) {
        if (k > 0) executor.input("state").set(executor.output("next"));
        if (coefficients.length > 0) executor.input("coefficients").set(coefficients);
        if (sampling.noise > 0) steps[k]!.normal(executor.input("noise"), start * sampling.noise);
        await executor.run();
        await turn.yield();
      }
      place(outcome, executor.output("next"), filled, result.subarray(start * d, (start + filled) * d));
    }
    return result;
  }

  async dispose(): Promise<void> {
    for (const executor of this.#executors.values()) await executor.dispose();
    this.#executors.clear();
  }

  async #executor(size: number): Promise<Executor> {
    const found = this.#executors.get(size);
    if (found !== undefined) return found;
    const executor = await createExecutor(stepProgram(this.#weights, size));
    this.#executors.set(size, executor);
    return executor;
  }
}

/** One sampling step at `size` rows: `state`, `contexts`, `coefficients` and `noise` to `next`, in standardised space. */
export function stepProgram({ definition, parameters }: GeneratorWeights, size: number): Program {
  const { layout, sampling, sizes } = definition;
  const graph = new Graph();
  const weights = constantParameters(graph, layout, parameters);
  const state = graph.input("state", [size, sampling.start]);
  const contexts = sizes.context > 0 ? graph.input("contexts", [size, sizes.context]) : null;
  const width = sampling.coefficients[0]?.length ?? 0;
  const coefficients = width > 0 ? graph.input("coefficients", [1, width]) : null;
  const noise = sampling.noise > 0 ? graph.input("noise", [size, sampling.noise]) : null;
  return defineProgram(graph, { outputs: { next: sampling.step(weights, state, contexts, coefficients, noise) } });
}

/**
 * The sampler as an ONNX model: `noise` [rows, numbers of all steps] standard normal and `context` [rows, p] in the
 * data's units (absent for p = 0) give `outcome` [rows, d] in the data's units, for any number of rows. The first
 * `start` columns of the noise are where a row starts, then come those of each step.
 */
export function generatorOnnx({ definition, parameters, context, outcome }: GeneratorWeights): Uint8Array {
  const { layout, sampling, sizes, model } = definition;
  const graph = new Graph();
  const weights = constantParameters(graph, layout, parameters);
  const rows = 2;
  const steps = sampling.coefficients.length;
  const noise = graph.input("noise", [rows, Math.max(1, sampling.start + steps * sampling.noise)]);
  let x: Tensor | null = null;
  if (sizes.context > 0) {
    const inverse = context.scale.map((scale) => (scale === 0 ? 0 : 1 / scale));
    const raw = graph.input("context", [rows, sizes.context]);
    x = ops.mul(
      ops.sub(raw, graph.constant(context.mean, [1, sizes.context])),
      graph.constant(inverse, [1, sizes.context]),
    );
  }
  const columns = varyingColumns(outcome);
  const d = outcome.mean.length;
  // Rows of a constant law are its mean, of as many rows as there is noise.
  let values = ops.mul(ops.slice(noise, 1, 0, 1), 0);
  if (columns.length > 0) {
    let state = ops.slice(noise, 1, 0, sampling.start);
    for (const [k, coefficients] of sampling.coefficients.entries()) {
      const from = sampling.start + k * sampling.noise;
      state = sampling.step(
        weights,
        state,
        x,
        coefficients.length > 0 ? graph.constant(coefficients, [1, coefficients.length]) : null,
        sampling.noise > 0 ? ops.slice(noise, 1, from, from + sampling.noise) : null,
      );
    }
    const spread = new Float64Array(columns.length * d);
    columns.forEach((column, i) => (spread[i * d + column] = outcome.scale[column]!));
    values = ops.matmul(state, graph.constant(spread, [columns.length, d]));
  }
  const program = defineProgram(graph, {
    outputs: { outcome: ops.add(values, graph.constant(outcome.mean, [1, d])) },
  });
  return writeOnnx(program, { name: "sampler", variableRows: "rows", metadata: { model, steps: String(steps) } });
}

/** A power of two from 64 to 512 that holds `total` rows or divides the work. */
export function chunkRows(total: number): number {
  let size = FEWEST_ROWS;
  while (size < Math.min(total, MOST_ROWS)) size *= 2;
  return size;
}

/** Row start + r of rows · count repeated contexts into row r; rows beyond `filled` keep their old contents. */
function spread(
  contexts: Float64Array,
  p: number,
  start: number,
  filled: number,
  count: number,
  out: Float32Array | Float64Array,
): void {
  for (let r = 0; r < filled; r++) {
    const row = Math.floor((start + r) / count);
    out.set(contexts.subarray(row * p, (row + 1) * p), r * p);
  }
}

/** Standardised varying columns back into rows that hold the means. */
function place(outcome: Standardizer, values: ArrayLike<number>, rows: number, out: Float64Array): void {
  const columns = varyingColumns(outcome);
  const d = outcome.mean.length;
  for (let i = 0, v = 0; i < rows; i++)
    for (const j of columns) out[i * d + j] = outcome.mean[j]! + outcome.scale[j]! * values[v++]!;
}
