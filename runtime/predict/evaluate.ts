import { eventLoopTurn } from "../tensor/event-loop.ts";
import { createExecutor, type Executor } from "../tensor/executor.ts";
import { Graph } from "../tensor/graph.ts";
import { constantParameters } from "../tensor/parameters.ts";
import { defineProgram, type Program } from "../tensor/program.ts";
import { rowLossAt } from "./train.ts";
import type { PredictorData, RowLoss, TrainedPredictor } from "./types.ts";

/** Rows of one call; a small table has a small program. */
const MOST_ROWS = 256;
const FEWEST_ROWS = 16;

/**
 * Predictions at inputs, in the data's units.
 * @param inputs rows × p, row-major
 * @returns rows × d, row-major
 */
export async function predict(predictor: TrainedPredictor, inputs: Float64Array, rows: number): Promise<Float64Array> {
  const { net, parameters } = predictor;
  const p = net.scaling.inputs.mean.length;
  return inChunks(rows, net.outputs, [["inputs", inputs, p]], (size) => {
    const graph = new Graph();
    const x = graph.input("inputs", [size, p]);
    return defineProgram(graph, {
      outputs: { values: net.forward(constantParameters(graph, net.layout, parameters), x) },
    });
  });
}

/** The loss of each row of a data set. */
export async function rowLosses(
  predictor: TrainedPredictor,
  loss: RowLoss,
  data: PredictorData,
): Promise<Float64Array> {
  const { net, parameters } = predictor;
  const p = net.scaling.inputs.mean.length;
  const d = data.rows === 0 ? 0 : data.targets.length / data.rows;
  const tables = [
    ["inputs", data.inputs, p],
    ["targets", data.targets, d],
  ] as const;
  return inChunks(data.rows, 1, tables, (size) => {
    const graph = new Graph();
    const x = graph.input("inputs", [size, p]);
    const y = graph.input("targets", [size, d]);
    const weights = constantParameters(graph, net.layout, parameters);
    return defineProgram(graph, { outputs: { values: rowLossAt(graph, net, loss, weights, x, y) } });
  });
}

/** Runs a program of `size` rows over tables chunk by chunk; rows beyond the last keep what stood there, unread. */
async function inChunks(
  rows: number,
  columns: number,
  tables: readonly (readonly [name: string, values: Float64Array, columns: number])[],
  program: (size: number) => Program,
): Promise<Float64Array> {
  const result = new Float64Array(rows * columns);
  if (rows === 0) return result;
  let size = FEWEST_ROWS;
  while (size < Math.min(rows, MOST_ROWS)) size *= 2;
  const executor: Executor = await createExecutor(program(size));
  try {
    const turn = eventLoopTurn();
    for (let start = 0; start < rows; start += size) {
      const end = Math.min(rows, start + size);
      for (const [name, values, width] of tables) executor.input(name).set(values.subarray(start * width, end * width));
      await executor.run();
      result.set(executor.output("values").subarray(0, (end - start) * columns), start * columns);
      await turn.yield();
    }
  } finally {
    await executor.dispose();
  }
  return result;
}
