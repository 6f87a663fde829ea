import type { ContextTransport } from "../decide/types.ts";
import { columnScales, standardised } from "../models/mixture/standardise.ts";
import type { TrainingSet } from "../models/sampler.ts";
import type { ConditionalTransportSpec, Sizes } from "../spec.ts";
import type { DrawnScenarios } from "./outcome-range.ts";

/** All training rows, with what bringing the context of each into a neighbourhood of the one decided at would cost. */
export interface ConditionalRows {
  readonly fixed: false;
  at(context: Float64Array): DrawnScenarios;
}

/**
 * The rows of a conditional law by optimal transport. Moving row i's context costs `κ ‖x − x_i‖²`, each context component
 * in its own standard deviations and κ `contextCost` times the mean variance of the outcome's components, so that a
 * standard deviation of either costs the same at 1. The neighbourhood is the ball that holds `neighbourhood` of the rows:
 * one outside pays for the way to its edge, one inside for the way out.
 */
export function conditionalRows(
  { neighbourhood, probability, contextCost }: ConditionalTransportSpec,
  train: TrainingSet,
  { context: p, outcome: d }: Pick<Sizes, "context" | "outcome">,
): ConditionalRows {
  const { rows, contexts, outcomes } = train;
  const ones = new Float64Array(rows).fill(1);
  const scales = columnScales(contexts, rows, p, ones);
  const points = standardised(contexts, p, scales);
  const price = contextCost * meanVariance(outcomes, rows, d);
  return {
    fixed: false,
    at(context) {
      const query = standardised(context, p, scales);
      const distances = new Float64Array(rows);
      for (let i = 0; i < rows; i++) {
        let square = 0;
        for (let j = 0; j < p; j++) square += (points[i * p + j]! - query[j]!) ** 2;
        distances[i] = Math.sqrt(square);
      }
      const inside = Math.round(neighbourhood * rows);
      const edge = inside === 0 ? 0 : distances.slice().sort()[inside - 1]!;
      const costs = distances.map((distance) => price * (distance - edge) * Math.abs(distance - edge));
      const transport: ContextTransport = { costs, probability };
      return { count: rows, outcomes, transport };
    },
  };
}

function meanVariance(outcomes: Float64Array, rows: number, d: number): number {
  let total = 0;
  for (let j = 0; j < d; j++) {
    let mean = 0;
    for (let i = 0; i < rows; i++) mean += outcomes[i * d + j]! / rows;
    for (let i = 0; i < rows; i++) total += (outcomes[i * d + j]! - mean) ** 2 / rows;
  }
  return total / d;
}
