import { eventLoopTurn } from "../../tensor/event-loop.ts";
import { createExecutor, type Executor, type FloatData } from "../../tensor/executor.ts";
import { Graph, type Tensor } from "../../tensor/graph.ts";
import { constantParameters } from "../../tensor/parameters.ts";
import { defineProgram, type Program } from "../../tensor/program.ts";
import { standardize } from "../standardizer.ts";
import { logVolume, onConstants, varyingValues } from "./rows.ts";
import type { GeneratorWeights } from "./sampler.ts";

/** What is computed at each row of given outcomes. */
export interface RowFunction {
  /** Rows a call. */
  readonly size: number;
  /** Inputs beside `outcomes` and `contexts`: those with a row each, and those that all rows share. */
  readonly inputs: Readonly<Record<string, { readonly shape: readonly number[] }>>;
  /** @returns `[rows, 1]`, in standardised space */
  readonly build: (
    parameters: readonly Tensor[],
    outcomes: Tensor,
    contexts: Tensor | null,
    input: (name: string) => Tensor,
  ) => Tensor;
  /** Calls of the program for each chunk of rows, whose results are added. `first` is the chunk's first row. */
  readonly calls: readonly ((input: (name: string) => FloatData, first: number) => void)[];
}

/** The program of a row function. */
export function rowProgram({ definition, parameters }: GeneratorWeights, rowFunction: RowFunction): Program {
  const { size, inputs, build } = rowFunction;
  const { sizes, layout } = definition;
  const graph = new Graph();
  const weights = constantParameters(graph, layout, parameters);
  const outcomes = graph.input("outcomes", [size, sizes.outcome]);
  const contexts = sizes.context > 0 ? graph.input("contexts", [size, sizes.context]) : null;
  const more = new Map(Object.entries(inputs).map(([name, { shape }]) => [name, graph.input(name, shape)]));
  const value = build(weights, outcomes, contexts, (name) => {
    const found = more.get(name);
    if (found === undefined) throw new Error(`The row function has no input ${name}.`);
    return found;
  });
  return defineProgram(graph, { outputs: { value } });
}

/**
 * Log of a density in the data's units at each row: the row function's value, less the log of the standardisation's
 * volume. Constant columns have no density: −∞ where a row has another value there, else they do not count.
 * @param contexts rows × p
 * @param outcomes rows × d
 */
export async function logDensities(
  weights: GeneratorWeights,
  rowFunction: RowFunction,
  contexts: Float64Array,
  outcomes: Float64Array,
  rows: number,
): Promise<Float64Array> {
  const { definition, context, outcome } = weights;
  const { context: p, outcome: d } = definition.sizes;
  const volume = logVolume(outcome);
  const result = new Float64Array(rows);
  if (d > 0 && rows > 0) {
    const x = new Float64Array(rows * p);
    standardize(context, contexts, x);
    const s = varyingValues(outcome, outcomes, rows);
    const executor: Executor = await createExecutor(rowProgram(weights, rowFunction));
    const turn = eventLoopTurn();
    try {
      for (let first = 0; first < rows; first += rowFunction.size) {
        const end = Math.min(rows, first + rowFunction.size);
        executor
          .input("outcomes")
          .fill(0)
          .set(s.subarray(first * d, end * d));
        if (p > 0)
          executor
            .input("contexts")
            .fill(0)
            .set(x.subarray(first * p, end * p));
        for (const call of rowFunction.calls) {
          call((name) => executor.input(name), first);
          await executor.run();
          const values = executor.output("value");
          for (let i = first; i < end; i++) result[i]! += values[i - first]!;
          await turn.yield();
        }
      }
    } finally {
      await executor.dispose();
    }
  }
  for (let i = 0; i < rows; i++) result[i] = onConstants(outcome, outcomes, i) ? result[i]! - volume : -Infinity;
  return result;
}
