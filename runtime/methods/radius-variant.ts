import { isWidened } from "./mixture-ball.ts";
import type { Evaluator } from "../evaluate/evaluator.ts";
import type { DecisionProblem, Pipeline } from "../spec.ts";

/** Name of the decisions under the worst law of a radius. */
export function radiusVariant(radius: number): string {
  return `radius ${radius}`;
}

/** For decisions that are scored at the outcomes in the data alone: no law, so no regret. */
export function noEvaluator(): Evaluator {
  return {
    scenarios: 0,
    prepare: async () => {},
    worth: () => ({ risk: Number.NaN, expected: Number.NaN, losses: new Float64Array(0) }),
    optimalRisk: new Float64Array(0),
    optimalExpected: new Float64Array(0),
    references: [],
  };
}

/** The decision problem under the worst law of the pipeline's ambiguity set with one of its radii. */
export function robustProblem({ problem, ambiguity }: Pipeline, radius: number): DecisionProblem {
  if (ambiguity === undefined) throw new Error("a pipeline without an ambiguity set has no worst law");
  const { set } = ambiguity;
  if (set.kind === "wasserstein" && isWidened(ambiguity)) {
    return { ...problem, ambiguity: { ...set, radius, widened: true } };
  }
  return { ...problem, ambiguity: { ...set, radius } };
}
