import type { PredictorData, PredictorNet, RowLoss } from "../predict/types.ts";
import { createExecutor } from "../tensor/executor.ts";
import { Graph } from "../tensor/graph.ts";
import { unpack } from "../tensor/parameters.ts";
import { defineProgram } from "../tensor/program.ts";

/** Rows a call. */
const ROWS = 256;

/** Losses of rows under parameters that change from call to call: one program for all of them. */
export interface RowLossProgram {
  /** @returns the loss of each row under `parameters` */
  losses(parameters: Float32Array, data: Pick<PredictorData, "rows" | "inputs" | "targets">): Promise<Float64Array>;
  dispose(): Promise<void>;
}

/** @throws RuntimeError executor-unavailable */
export async function createRowLosses(net: PredictorNet, loss: RowLoss): Promise<RowLossProgram> {
  const p = net.scaling.inputs.mean.length;
  const d = net.outputs;
  const graph = new Graph();
  const flat = graph.input("parameters", [net.layout.size]);
  const inputs = graph.input("inputs", [ROWS, p]);
  const targets = graph.input("targets", [ROWS, d]);
  const predictions = net.forward(unpack(flat, net.layout), inputs);
  const executor = await createExecutor(
    defineProgram(graph, { outputs: { losses: loss({ predictions, targets, inputs }) } }),
  );
  return {
    async losses(parameters, data) {
      const result = new Float64Array(data.rows);
      executor.input("parameters").set(parameters);
      for (let start = 0; start < data.rows; start += ROWS) {
        const end = Math.min(data.rows, start + ROWS);
        executor.input("inputs").set(data.inputs.subarray(start * p, end * p));
        executor.input("targets").set(data.targets.subarray(start * d, end * d));
        await executor.run();
        result.set(executor.output("losses").subarray(0, end - start), start);
      }
      return result;
    },
    dispose: () => executor.dispose(),
  };
}

/** The mean over groups of the mean loss of each, in each zone for itself: a group counts the same whatever its size. */
export function meanOfGroups(losses: Float64Array, { groups, groupNames, labels }: PredictorData): number {
  const each = labels?.names.length ?? 1;
  const sums = new Float64Array(Math.max(1, groupNames.length * each));
  const counts = new Float64Array(sums.length);
  losses.forEach((loss, i) => {
    const k = groups[i]! * each + (labels?.of[i] ?? 0);
    sums[k]! += loss;
    counts[k]! += 1;
  });
  const means = Array.from(sums, (sum, g) => sum / counts[g]!).filter((_, g) => counts[g]! > 0);
  return means.reduce((sum, mean) => sum + mean, 0) / means.length;
}
