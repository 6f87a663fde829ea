import type { ScenarioSet } from "../decide/types.ts";
import type { DecisionProblem, MetricSpec } from "../spec.ts";
import type { EvaluationContexts } from "./contexts.ts";
import type { Evaluator } from "./evaluator.ts";
import { lossDistribution, quantileOf, tailMean, tailWasserstein, type LossDistribution } from "./distribution.ts";
import { lossTable } from "./losses.ts";
import { MSE_COLUMN, scoreReferences, squaredError, UNAMBIGUOUS_COLUMN } from "./reference-scores.ts";

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

/** Metrics that are measured from a method's scenarios, or its ties, beside its decision. */
export type ScenarioMetric = TailMetric | Extract<MetricSpec, { metric: "mse" | "hindsight_regret" }>;

/** Name of the column of such a metric: `tail_w1_0.1`. */
export function tailColumn(metric: ScenarioMetric): string {
  if (metric.metric === "mse") return MSE_COLUMN;
  if (metric.metric === "hindsight_regret") return UNAMBIGUOUS_COLUMN;
  return `${metric.metric}_${metric.metric === "tail_w1" ? metric.worst : metric.level}`;
}

/** The metrics that read a method's scenarios. */
export function tailMetrics(metrics: readonly MetricSpec[]): readonly ScenarioMetric[] {
  return metrics.filter(
    (metric): metric is ScenarioMetric =>
      isTail(metric) || metric.metric === "mse" || (metric.metric === "hindsight_regret" && metric.unambiguous),
  );
}

function isTail(metric: MetricSpec): metric is TailMetric {
  return metric.metric === "tail_w1" || metric.metric === "quantile_gap" || metric.metric === "cvar_gap";
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
   * @param tie of the decisions that the method thinks equally good the worst for the outcome that came
   */
  score(position: number, z: Float64Array, believed: ScenarioSet | null, tie?: Float64Array): void;
  readonly columns: ScoreColumns;
}

/**
 * @param tails metrics to compute besides regret; empty on validation
 */
export function createScorer(
  problem: DecisionProblem,
  contexts: EvaluationContexts,
  evaluator: Evaluator,
  tails: readonly ScenarioMetric[],
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
    score(position, z, believed, tie) {
      const context = contexts.values.subarray(position * p, (position + 1) * p);
      const worth = evaluator.worth(position, z);
      columns.regret[position] = worth.risk - evaluator.optimalRisk[position]!;
      columns.expected[position] = worth.expected;
      for (let j = 0; j < d; j++) outcome[j] = contexts.outcomes[position * d + j]!;
      columns.realised[position] = problem.loss(z, outcome, context);
      references.score(position, z);
      if (tails.length === 0 || believed === null) return;
      for (const metric of tails) {
        if (metric.metric === "mse") columns.tail[MSE_COLUMN]![position] = squaredError(believed, outcome);
        if (metric.metric !== "hindsight_regret" || tie === undefined) continue;
        columns.tail[UNAMBIGUOUS_COLUMN]![position] = references.hindsight(position, tie);
      }
      const distances = tails.filter(isTail);
      if (distances.length === 0) return;
      const generated = lossDistribution(table.at(z, believed.outcomes, believed.count, context), believed.weights);
      const truth = lossDistribution(worth.losses);
      for (const metric of distances) {
        columns.tail[tailColumn(metric)]![position] = tailDistance(metric, generated, truth);
      }
    },
  };
}
