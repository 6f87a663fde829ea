import { createExecutor, type FloatData } from "../tensor/executor.ts";
import { Graph, type Tensor } from "../tensor/graph.ts";
import { mlp, mlpLayout, unpack, type ParameterLayout } from "../tensor/parameters.ts";
import { defineProgram } from "../tensor/program.ts";
import * as ops from "../tensor/ops.ts";
import { loadPredictor, type Predictor, type PredictorNetwork } from "../models/predictor/index.ts";
import type { Checkpoint } from "../models/sampler.ts";
import { standardize, type Standardizer } from "../models/standardizer.ts";
import type { PredictorSpec } from "./types.ts";

interface Sizes {
  readonly context: number;
  readonly outcome: number;
}

export function networkOf(spec: PredictorSpec): PredictorNetwork {
  return spec.kind === "linear" ? { hidden: [], activation: "relu" } : spec;
}

/** Without a context the network reads one column of zeros: it is its last bias. */
export function networkLayout({ hidden }: PredictorNetwork, { context, outcome }: Sizes): ParameterLayout {
  return mlpLayout([Math.max(1, context), ...hidden, outcome]);
}

/** The predicted costs, in their own unit, at rows of standardised contexts. */
export function predictedCosts(
  x: Tensor,
  parameters: readonly Tensor[],
  { activation }: PredictorNetwork,
  outcome: Standardizer,
): Tensor {
  const d = outcome.mean.length;
  const scaled = ops.mul(mlp(x, parameters, activation), x.graph.constant(outcome.scale, [1, d]));
  return ops.add(scaled, x.graph.constant(outcome.mean, [1, d]));
}

/** Predictions during a training, for the parameters at hand. */
export interface CostForecast {
  /** rows × d */
  predict(parameters: FloatData): Promise<Float64Array>;
  dispose(): Promise<void>;
}

/** Forecasts the costs of one table of contexts. */
export async function createForecast(
  network: PredictorNetwork,
  contexts: Float64Array,
  rows: number,
  scalers: { readonly context: Standardizer; readonly outcome: Standardizer },
): Promise<CostForecast> {
  const sizes = { context: scalers.context.mean.length, outcome: scalers.outcome.mean.length };
  const layout = networkLayout(network, sizes);
  const graph = new Graph();
  const parameters = unpack(graph.input("parameters", [layout.size]), layout);
  const x = graph.input("x", [rows, Math.max(1, sizes.context)]);
  const costs = predictedCosts(x, parameters, network, scalers.outcome);
  const executor = await createExecutor(defineProgram(graph, { outputs: { costs } }));
  if (sizes.context > 0) standardize(scalers.context, contexts, executor.input("x"));
  return {
    async predict(values) {
      executor.input("parameters").set(values);
      await executor.run();
      return Float64Array.from(executor.output("costs"));
    },
    dispose: () => executor.dispose(),
  };
}

/**
 * The predictor whose `tensors` these are.
 *
 * @throws RuntimeError weights-mismatch
 */
export function openCostPredictor(spec: PredictorSpec, sizes: Sizes, tensors: Checkpoint["tensors"]): Predictor {
  return loadPredictor(networkOf(spec), sizes, tensors);
}
