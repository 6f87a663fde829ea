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

/** A predictor with its programs, which are kept between calls. */
export interface Prediction {
  /**
   * Predictions at inputs, in the data's units.
   * @param inputs rows × p, row-major
   * @returns rows × d, row-major
   */
  predict(inputs: Float64Array, rows: number): Promise<Float64Array>;
  dispose(): Promise<void>;
}

/** Opens a predictor for many calls, of few rows or many. */
export function openPrediction({ net, parameters }: TrainedPredictor): Prediction {
  const p = net.scaling.inputs.mean.length;
  const chunks = inChunks(net.outputs, [["inputs", p]], (size) => {
    const graph = new Graph();
    const x = graph.input("inputs", [size, p]);
    return defineProgram(graph, {
      outputs: { values: net.forward(constantParameters(graph, net.layout, parameters), x) },
    });
  });
  return { predict: (inputs, rows) => chunks.run(rows, [inputs]), dispose: () => chunks.dispose() };
}

/** The same for one call. */
export async function predict(predictor: TrainedPredictor, inputs: Float64Array, rows: number): Promise<Float64Array> {
  const opened = openPrediction(predictor);
  try {
    return await opened.predict(inputs, rows);
  } finally {
    await opened.dispose();
  }
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
    ["inputs", p],
    ["targets", d],
  ] as const;
  const chunks = inChunks(1, tables, (size) => {
    const graph = new Graph();
    const x = graph.input("inputs", [size, p]);
    const y = graph.input("targets", [size, d]);
    const weights = constantParameters(graph, net.layout, parameters);
    return defineProgram(graph, { outputs: { values: rowLossAt(graph, net, loss, weights, x, y) } });
  });
  try {
    return await chunks.run(data.rows, [data.inputs, data.targets]);
  } finally {
    await chunks.dispose();
  }
}

interface Chunks {
  /** Runs the program over tables of so many rows, chunk by chunk. */
  run(rows: number, tables: readonly Float64Array[]): Promise<Float64Array>;
  dispose(): Promise<void>;
}

/** A program of one size or another over tables; rows of a chunk beyond the last keep what stood there, unread. */
function inChunks(
  columns: number,
  tables: readonly (readonly [name: string, columns: number])[],
  program: (size: number) => Program,
): Chunks {
  const executors = new Map<number, Promise<Executor>>();
  /** Calls run one after the other: they share the program's memory. */
  let last: Promise<unknown> = Promise.resolve();
  const runNow = async (rows: number, values: readonly Float64Array[]): Promise<Float64Array> => {
    const result = new Float64Array(rows * columns);
    if (rows === 0) return result;
    let size = FEWEST_ROWS;
    while (size < Math.min(rows, MOST_ROWS)) size *= 2;
    const opened = executors.get(size) ?? createExecutor(program(size));
    executors.set(size, opened);
    opened.catch(() => executors.delete(size));
    const executor = await opened;
    const turn = eventLoopTurn();
    for (let start = 0; start < rows; start += size) {
      const end = Math.min(rows, start + size);
      tables.forEach(([name, width], k) => executor.input(name).set(values[k]!.subarray(start * width, end * width)));
      await executor.run();
      result.set(executor.output("values").subarray(0, (end - start) * columns), start * columns);
      await turn.yield();
    }
    return result;
  };
  return {
    run(rows, values) {
      const result = last.then(() => runNow(rows, values));
      last = result.catch(() => {});
      return result;
    },
    async dispose() {
      await last;
      const opened = await Promise.all(executors.values());
      executors.clear();
      for (const executor of opened) await executor.dispose();
    },
  };
}
