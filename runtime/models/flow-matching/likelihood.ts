import { RuntimeError } from "../../errors/runtime-error.ts";
import { tensorCatalogue } from "../../tensor/catalogue.ts";
import * as ops from "../../tensor/ops.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { continuousLogDensities, type ContinuousFlow, type LikelihoodOptions } from "../ode/flow-density.ts";
import type { FlowWeights } from "./sample.ts";
import { velocity, velocityLayout } from "./velocity.ts";

/** The equation `ds/dt = v(t, s, x)` of a trained flow, from the data at t = 1 back to the noise at t = 0. */
export function continuousFlow({ spec, sizes, parameters, context, outcome }: FlowWeights): ContinuousFlow {
  return {
    layout: velocityLayout(spec, sizes),
    parameters,
    context,
    outcome,
    times: [1, 0],
    noise: 1,
    coefficients: (t) => [t],
    velocity: (weights, state, contexts, coefficients) =>
      velocity(spec, weights, state, ops.broadcast(coefficients, [state.shape[0]!, 1]), contexts),
  };
}

/**
 * Log-density of a trained flow at rows in the data's units (000 §3; Chen et al. 2018, eq. 8).
 * @throws RuntimeError likelihood-constant-column where a column of the outcome did not vary in training
 */
export async function flowLogDensities(
  weights: FlowWeights,
  options: LikelihoodOptions,
  contexts: Float64Array,
  outcomes: Float64Array,
  rows: number,
  stream: RandomStream,
): Promise<Float64Array> {
  const column = weights.outcome.scale.indexOf(0);
  if (column >= 0)
    throw new RuntimeError(tensorCatalogue, "likelihood-constant-column", {
      model: weights.spec.kind,
      column,
      value: weights.outcome.mean[column]!,
    });
  return continuousLogDensities(continuousFlow(weights), options, contexts, outcomes, rows, stream);
}
