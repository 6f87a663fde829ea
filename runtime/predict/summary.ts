import { mean, pairedT, standardDeviation } from "../evaluate/statistics.ts";
import type { RobustDiagnosis } from "../robust/diagnosis.ts";
import type { Comparison, MetricInfo, MetricValue } from "../report/results.ts";
import type { RowMetric } from "./metrics.ts";
import type { PlannedPredictor } from "./methods.ts";
import type { PredictorResult, SetValue, TestSetSummary } from "./results.ts";
import type { PredictorMetricSpec } from "./spec.ts";

/** Scores of a method at a seed: by test set and metric. */
export type SetScores = ReadonlyMap<string, Readonly<Record<string, number>>>;

export interface Scored {
  readonly method: PlannedPredictor;
  /** One a seed. */
  readonly seeds: readonly SetScores[];
  readonly diagnoses: readonly (RobustDiagnosis | null)[];
}

/** A column of the table: a number of each seed made from the scores of the sets. */
interface Column extends MetricInfo {
  of(scores: SetScores): number | null;
}

/**
 * The columns that the spec asks for: each metric over the sets as they are and, where there are any, over the corrupted
 * ones; sets count the same whatever their rows. `worst` is the worst set, corrupted or not, on the first metric.
 */
export function summariseForecast(
  scored: readonly Scored[],
  sets: readonly TestSetSummary[],
  specs: readonly PredictorMetricSpec[],
  metrics: readonly RowMetric[],
): {
  readonly metrics: readonly MetricInfo[];
  readonly methods: readonly PredictorResult[];
  readonly comparisons: readonly Comparison[];
} {
  const columns = columnsOf(sets, specs, metrics);
  const methods = scored.map((one) => resultOf(one, columns, sets));
  return {
    metrics: columns.map(({ id, label, better }) => ({ id, label, better })),
    methods,
    comparisons: comparisonsOf(scored, columns),
  };
}

function columnsOf(
  sets: readonly TestSetSummary[],
  specs: readonly PredictorMetricSpec[],
  metrics: readonly RowMetric[],
): readonly Column[] {
  // A group's rows are among those of its zone already.
  const whole = sets.filter((set) => set.group === undefined);
  const natural = whole.filter((set) => set.corruption === null).map((set) => set.id);
  const stressed = whole.filter((set) => set.corruption !== null).map((set) => set.id);
  const loss = { id: "mean_loss", label: "mean loss", better: "lower" } as const;
  const scores = [
    ...(metrics.length === 0 || specs.some(({ metric }) => metric === "mean_loss") ? [loss] : []),
    ...metrics,
  ];
  const columns = scores.flatMap(({ id, label, better }): Column[] => [
    { id, label, better, of: over(id, natural) },
    ...(stressed.length === 0
      ? []
      : [{ id: `${id}_stressed`, label: `${label}, stressed`, better, of: over(id, stressed) }]),
  ]);
  if (specs.some(({ metric }) => metric === "worst")) {
    const { id, label, better } = scores[0]!;
    const extreme = better === "lower" ? Math.max : Math.min;
    columns.push({
      id: "worst",
      label: `worst ${label}`,
      better,
      of: (found) => extreme(...sets.map((set) => found.get(set.id)![id]!)),
    });
  }
  return columns;
}

/** The mean of a score over these sets. */
function over(id: string, chosen: readonly string[]): Column["of"] {
  return (found) => mean(chosen.map((set) => found.get(set)![id]!));
}

function resultOf(
  { method, seeds, diagnoses }: Scored,
  columns: readonly Column[],
  sets: readonly TestSetSummary[],
): PredictorResult {
  const values = columns.map((column): MetricValue => {
    const perSeed = seeds.map((scores) => column.of(scores));
    const known = perSeed.filter((value) => value !== null);
    return {
      metric: column.id,
      perSeed,
      mean: known.length < perSeed.length ? null : mean(known),
      sd: standardDeviation(known),
      slices: [],
    };
  });
  const ids = Object.keys(seeds[0]?.get(sets[0]?.id ?? "") ?? {});
  const bySet = sets.flatMap((set) =>
    ids.map((metric): SetValue => {
      const perSeed = seeds.map((scores) => scores.get(set.id)![metric]!);
      return { set: set.id, metric, perSeed, mean: mean(perSeed), sd: standardDeviation(perSeed) };
    }),
  );
  const { id, label, role, note, option } = method;
  return { id, label, role, note, option, values, sets: bySet, diagnoses };
}

/** The trained method against every other, paired by seed. */
function comparisonsOf(scored: readonly Scored[], columns: readonly Column[]): Comparison[] {
  const [trained, ...others] = scored;
  if (trained === undefined) return [];
  return others.flatMap((other) =>
    columns.flatMap((column): Comparison[] => {
      const differences: number[] = [];
      const baselines: number[] = [];
      for (const [r, scores] of trained.seeds.entries()) {
        const a = column.of(scores);
        const b = column.of(other.seeds[r]!);
        if (a === null || b === null) return [];
        differences.push(a - b);
        baselines.push(b);
      }
      const difference = mean(differences);
      const base = mean(baselines);
      return [
        {
          method: trained.method.id,
          baseline: other.method.id,
          metric: column.id,
          difference,
          sd: standardDeviation(differences),
          relative: base === 0 ? null : difference / Math.abs(base),
          t: pairedT(differences),
          bootstrap: null,
        },
      ];
    }),
  );
}
