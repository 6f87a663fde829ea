import type { ScenarioSet } from "../decide/types.ts";
import type { DecisionProblem, MetricSpec } from "../spec.ts";
import type { EvaluationContexts } from "./contexts.ts";
import type { Evaluator } from "./evaluator.ts";
import { lossDistribution, quantileOf, tailMean, tailWasserstein, type LossDistribution } from "./distribution.ts";
import { lossTable } from "./losses.ts";
import { scoreReferences } from "./reference-scores.ts";

/** One number a context and a column; a column that has no meaning for a method is absent. */
export interface ScoreColumns {
  /** `ρ(ẑ) − ρ(z*)` under the evaluator. */
  readonly regret: Float64Array;
  /** `E ℓ(ẑ, s)` under the evaluator. */
  readonly expected: Float64Array;
  /** `ℓ(ẑ, s)` at the outcome in the data. */
  readonly realised: Float64Array;
  /** Distances between the generated loss distribution and the evaluator's, keyed by `tailColumn`, and the columns of `scoreReferences`. */
  readonly tail: Readonly<Record<string, Float64Array>>;
}

type TailMetric = Extract<MetricSpec, { metric: "tail_w1" | "quantile_gap" | "cvar_gap" }>;

/** Name of the column of a tail metric: `tail_w1_0.1`. */
export function tailColumn(metric: TailMetric): string {
  return `${metric.metric}_${metric.metric === "tail_w1" ? metric.worst : metric.level}`;
}

/** The metrics that compare the generated loss distribution with the evaluator's. */
export function tailMetrics(metrics: readonly MetricSpec[]): readonly TailMetric[] {
  return metrics.filter(
    (metric): metric is TailMetric =>
      metric.metric === "tail_w1" || metric.metric === "quantile_gap" || metric.metric === "cvar_gap",
  );
}

/** Distance of one tail metric; both distributions are of losses at the same decision. */
export function tailDistance(metric: TailMetric, generated: LossDistribution, evaluator: LossDistribution): number {
  switch (metric.metric) {
    case "tail_w1":
      return tailWasserstein(generated, evaluator, metric.worst);
    case "quantile_gap":
      return Math.abs(quantileOf(generated, metric.level) - quantileOf(evaluator, metric.level));
    case "cvar_gap":
      return Math.abs(tailMean(generated, metric.level) - tailMean(evaluator, metric.level));
  }
}

export interface Scorer {
  /**
   * Scores a decision at a context.
   * @param believed the scenarios that the method decided on, `null` where it has none
   */
  score(position: number, z: Float64Array, believed: ScenarioSet | null): void;
  readonly columns: ScoreColumns;
}

/**
 * @param tails metrics to compute besides regret; empty on validation
 */
export function createScorer(
  problem: DecisionProblem,
  contexts: EvaluationContexts,
  evaluator: Evaluator,
  tails: readonly TailMetric[],
): Scorer {
  const { context: p, outcome: d } = problem.sizes;
  const table = lossTable(problem);
  const outcome = new Float64Array(d);
  const references = scoreReferences(problem, contexts, evaluator);
  const columns = {
    regret: new Float64Array(contexts.count),
    expected: new Float64Array(contexts.count),
    realised: new Float64Array(contexts.count),
    tail: {
      ...references.columns,
      ...Object.fromEntries(
        tails.map((metric) => [tailColumn(metric), new Float64Array(contexts.count).fill(Number.NaN)]),
      ),
    },
  };
  return {
    columns,
    score(position, z, believed) {
      const context = contexts.values.subarray(position * p, (position + 1) * p);
      const worth = evaluator.worth(position, z);
      columns.regret[position] = worth.risk - evaluator.optimalRisk[position]!;
      columns.expected[position] = worth.expected;
      for (let j = 0; j < d; j++) outcome[j] = contexts.outcomes[position * d + j]!;
      columns.realised[position] = problem.loss(z, outcome, context);
      references.score(position, z, believed);
      if (tails.length === 0 || believed === null) return;
      const generated = lossDistribution(table.at(z, believed.outcomes, believed.count, context), believed.weights);
      const truth = lossDistribution(worth.losses);
      for (const metric of tails) {
        columns.tail[tailColumn(metric)]![position] = tailDistance(metric, generated, truth);
      }
    },
  };
}
