import { createExecutor, type Executor } from "../../tensor/executor.ts";
import { Graph, type Tensor } from "../../tensor/graph.ts";
import { unpack } from "../../tensor/parameters.ts";
import { defineProgram } from "../../tensor/program.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { gatherRows } from "../../tensor/training.ts";
import type { PretrainedGenerator } from "./pretrain.ts";

/** Rows a call. */
const ROWS = 256;
/** Rows of S₀, each with noise of its own, that J is measured on, at least. */
const DRAWS = 2048;

/** The reconstruction loss J(θ, S₀), always on the same rows and noise: differences between two θ are then precise. */
export interface ReconstructionLoss {
  measure(parameters: Float32Array): Promise<number>;
  dispose(): Promise<void>;
}

/** J on batches of S₀ drawn with replacement, as part of a training plan. */
export interface ReconstructionBatches {
  /** Declares what it reads and returns J of each row, `[batch, 1]`, as a function of the parameters. */
  declare(graph: Graph): (parameters: readonly Tensor[]) => Tensor;
  /** Fills the batch of a step, and @returns the rows of S₀ in it, which the next call overwrites. */
  fill(executor: Executor, step: number): Int32Array;
}

/** @param stream of the rows and of the noise; a batch is a function of its seed and name and of the step */
export function reconstructionBatches(
  { family, rows }: PretrainedGenerator,
  batch: number,
  stream: RandomStream,
): ReconstructionBatches {
  const { context: p, outcome: d } = family.sizes;
  const rowStream = stream.child("rows");
  const drawn = new Int32Array(batch);
  const inputs = family.reconstructionInputs.map((input) => ({ ...input, stream: stream.child(input.name) }));
  return {
    declare(graph) {
      const outcomes = graph.input("outcomes", [batch, d]);
      const contexts = p > 0 ? graph.input("outcomes/contexts", [batch, p]) : null;
      const random = new Map(inputs.map(({ name, columns }) => [name, graph.input(name, [batch, columns])]));
      return (parameters) => family.reconstruction(parameters, outcomes, contexts, (name) => random.get(name)!);
    },
    fill(executor, step) {
      rowStream.integers(drawn, rows.rows, step * batch);
      gatherRows(rows.outcomes, d, drawn, executor.input("outcomes"));
      if (p > 0) gatherRows(rows.contexts, p, drawn, executor.input("outcomes/contexts"));
      for (const input of inputs) input.fill(input.stream, executor.input(input.name), step * batch);
      return drawn;
    },
  };
}

/** @throws RuntimeError executor-unavailable */
export async function createReconstructionLoss(
  { family, rows }: PretrainedGenerator,
  stream: RandomStream,
): Promise<ReconstructionLoss> {
  const { context: p, outcome: d } = family.sizes;
  const graph = new Graph();
  const flat = graph.input("parameters", [family.layout.size]);
  const outcomes = graph.input("outcomes", [ROWS, d]);
  const contexts = p > 0 ? graph.input("contexts", [ROWS, p]) : null;
  const drawn = new Map(
    family.reconstructionInputs.map(({ name, columns }) => [name, graph.input(name, [ROWS, columns])]),
  );
  const losses = family.reconstruction(unpack(flat, family.layout), outcomes, contexts, (name) => drawn.get(name)!);
  const executor = await createExecutor(defineProgram(graph, { outputs: { losses } }));
  const total = Math.max(rows.rows, DRAWS);
  const order = new Int32Array(ROWS);
  return {
    async measure(parameters) {
      executor.input("parameters").set(parameters);
      let sum = 0;
      for (let start = 0; start < total; start += ROWS) {
        const filled = Math.min(ROWS, total - start);
        for (let i = 0; i < ROWS; i++) order[i] = (start + i) % rows.rows;
        gatherRows(rows.outcomes, d, order, executor.input("outcomes"));
        if (p > 0) gatherRows(rows.contexts, p, order, executor.input("contexts"));
        for (const { name, fill } of family.reconstructionInputs) fill(stream.child(name), executor.input(name), start);
        await executor.run();
        const values = executor.output("losses");
        for (let i = 0; i < filled; i++) sum += values[i]!;
      }
      return sum / total;
    },
    dispose: () => executor.dispose(),
  };
}
