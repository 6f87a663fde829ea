import { cvar } from "../risk/index.ts";
import type { MetricInfo } from "../report/results.ts";
import type { MetricSpec } from "../spec.ts";
import type { ScoreColumns } from "./score.ts";
import { tailColumn } from "./score.ts";
import { HINDSIGHT_COLUMNS, MSE_COLUMN, tailRegretColumns, UNAMBIGUOUS_COLUMN } from "./reference-scores.ts";
import { interpolatedQuantile, mean } from "./statistics.ts";

/** What a metric is computed from: one method at one seed, restricted to some contexts. */
export interface MetricInput {
  readonly columns: ScoreColumns;
  /** `E ℓ(z*, s)` at each context. */
  readonly optimalExpected: Float64Array;
  /** 1 for the hardest contexts, by share. */
  readonly hardest: ReadonlyMap<number, Uint8Array>;
}

export interface ContextValues {
  readonly values: Float64Array;
  /** 1 where the context counts; `null` where all do. */
  readonly mask: Uint8Array | null;
}

/** A metric of the table. */
export interface Metric extends MetricInfo {
  /**
   * Value over the contexts at `positions`; `null` where it has no meaning for the method, or no context is left.
   */
  value(input: MetricInput, positions: readonly number[]): number | null;
  /** Its value at each context and which contexts count, for metrics that are means over contexts. */
  readonly perContext: ((input: MetricInput) => ContextValues | null) | null;
}

/** The metrics of a spec in its order; one with several levels becomes several. */
export function metricsOf(specs: readonly MetricSpec[]): Metric[] {
  const metrics = specs.flatMap(metricOf);
  return metrics.filter((metric, k) => metrics.findIndex((other) => other.id === metric.id) === k);
}

/** `25%` */
function percent(share: number): string {
  return `${Number((100 * share).toPrecision(6))}%`;
}

function metricOf(spec: MetricSpec): Metric[] {
  switch (spec.metric) {
    case "regret": {
      const share = spec.hardest;
      if (share === undefined) return [contextMean("regret", "regret", ({ columns }) => columns.regret)];
      const id = `regret_hardest_${percent(share).slice(0, -1)}`;
      return [contextMean(id, `regret, hardest ${percent(share)}`, ({ columns }) => columns.regret, share)];
    }
    case "relative_regret":
      if (spec.tail !== undefined) {
        const { regret, scale } = tailRegretColumns(spec.tail);
        const share = percent(spec.tail);
        const id = `relative_regret_tail_${share.slice(0, -1)}`;
        return [ratio(id, `relative regret, tail ${share}`, regret, scale)];
      }
      return [
        {
          id: "relative_regret",
          label: "relative regret",
          better: "lower",
          // Sum over sum, not a mean of ratios: one context whose best loss is near 0 would decide the latter.
          value({ columns, optimalExpected }, positions) {
            let regret = 0;
            let scale = 0;
            for (const i of positions) {
              regret += columns.regret[i]!;
              scale += Math.abs(optimalExpected[i]!);
            }
            return scale > 0 ? regret / scale : null;
          },
          perContext: null,
        },
      ];
    case "hindsight_regret":
      return [
        spec.unambiguous
          ? ratio("unambiguous_regret", "unambiguous regret", UNAMBIGUOUS_COLUMN, HINDSIGHT_COLUMNS.scale)
          : ratio("hindsight_regret", "regret in hindsight", HINDSIGHT_COLUMNS.regret, HINDSIGHT_COLUMNS.scale),
      ];
    case "mse":
      return [contextMean("mse", "squared error", ({ columns }) => columns.tail[MSE_COLUMN] ?? null)];
    case "mean_loss":
      return [contextMean("mean_loss", "mean loss", ({ columns }) => columns.realised)];
    case "cvar_loss":
      return [
        {
          id: `cvar_loss_${percent(spec.level).slice(0, -1)}`,
          label: `CVaR ${percent(spec.level)} of loss`,
          better: "lower",
          value: ({ columns }, positions) =>
            positions.length === 0 ? null : cvar(take(columns.realised, positions), spec.level).value,
          perContext: null,
        },
      ];
    case "percentile":
      return spec.levels.map((level) => ({
        id: `percentile_${percent(level).slice(0, -1)}`,
        label: `${percent(level)} percentile of loss`,
        better: "lower" as const,
        value: ({ columns }: MetricInput, positions: readonly number[]) =>
          positions.length === 0 ? null : interpolatedQuantile(take(columns.realised, positions), level),
        perContext: null,
      }));
    case "tail_w1":
    case "quantile_gap":
    case "cvar_gap": {
      const column = tailColumn(spec);
      const label =
        spec.metric === "tail_w1"
          ? `tail W1, worst ${percent(spec.worst)}`
          : `${spec.metric === "quantile_gap" ? "quantile" : "CVaR"} ${percent(spec.level)} gap`;
      return [contextMean(column, label, ({ columns }) => columns.tail[column] ?? null)];
    }
  }
}

/** Sum of a column over the sum of another, of those that scores against references have. */
function ratio(id: string, label: string, numerator: string, denominator: string): Metric {
  return {
    id,
    label,
    better: "lower",
    value({ columns: { tail } }, positions) {
      const [above, below] = [tail[numerator], tail[denominator]];
      if (above === undefined || below === undefined) return null;
      let sum = 0;
      let scale = 0;
      for (const i of positions) {
        sum += above[i]!;
        scale += below[i]!;
      }
      return scale > 0 ? sum / scale : null;
    },
    perContext: null,
  };
}

function contextMean(
  id: string,
  label: string,
  column: (input: MetricInput) => Float64Array | null,
  hardest?: number,
): Metric {
  const keep = (input: MetricInput, positions: readonly number[]): readonly number[] => {
    if (hardest === undefined) return positions;
    const mask = input.hardest.get(hardest)!;
    return positions.filter((i) => mask[i] === 1);
  };
  return {
    id,
    label,
    better: "lower",
    value(input, positions) {
      const values = column(input);
      const kept = keep(input, positions);
      return values === null || kept.length === 0 ? null : mean(take(values, kept));
    },
    perContext(input) {
      const values = column(input);
      return values === null ? null : { values, mask: hardest === undefined ? null : input.hardest.get(hardest)! };
    },
  };
}

function take(values: Float64Array, positions: readonly number[]): Float64Array {
  return Float64Array.from(positions, (i) => values[i]!);
}
