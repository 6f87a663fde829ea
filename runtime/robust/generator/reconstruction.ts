import { createExecutor } from "../../tensor/executor.ts";
import { Graph } from "../../tensor/graph.ts";
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
