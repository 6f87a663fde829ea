import type { InnerTrace } from "../robust/gas-dro/index.ts";
import { figure } from "../report/html.ts";
import { lineChart } from "../report/svg.ts";
import { formatNumber, type TextTable } from "../report/table.ts";
import type { Warn } from "../runs/event-log.ts";
import type { ForecastResult, PredictorResult } from "./results.ts";

export const CONVERGENCE_NOTE =
  "J is the generator's reconstruction loss, ε its budget, μ the multiplier that holds it there. At the end J is averaged over the epochs of the last maximisation; a budget that binds has a positive μ. The swing is μ's standard deviation over the last third of all epochs, in parts of its mean, and its drift the change between that third's two halves: both are near 0 where it has settled. The inner gap estimates what the last maximisation left, in the unit of the loss (001 theorem 1).";

/** Beyond this share of the budget the law that was trained against is not one of the set. */
const OVERRUN = 0.05;
/** A multiplier that moves by more of its mean over the last third of the training has not settled. */
const UNSETTLED = 0.25;

type Trained = Pick<PredictorResult, "label" | "diagnoses">;

function convergedBy({ diagnoses }: Trained) {
  return diagnoses.flatMap((diagnosis, seed) =>
    diagnosis?.gasDro === undefined ? [] : [{ seed, ...diagnosis.gasDro }],
  );
}

/** One row a seed and method against a generator: how far its dual ascent got. */
export function convergenceTable({ methods }: Pick<ForecastResult, "methods">): TextTable {
  return {
    columns: [
      "seed",
      "method",
      "budget ε",
      "J / ε at first",
      "at the end",
      "binds",
      "swing of μ",
      "its drift",
      "inner gap",
    ],
    rows: methods.flatMap((method) =>
      convergedBy(method).map(({ seed, diagnostics }) => {
        const { budget, pretraining, reconstruction, binds, innerGap } = diagnostics;
        return [
          String(seed),
          method.label,
          formatNumber(budget),
          (pretraining / budget).toFixed(3),
          (reconstruction / budget).toFixed(3),
          binds ? "yes" : "no",
          diagnostics.multiplierSwing.toFixed(2),
          diagnostics.multiplierDrift.toFixed(2),
          innerGap === null ? "–" : formatNumber(innerGap),
        ];
      }),
    ),
  };
}

/** The dual ascent of each method by inner epoch, one line a seed: the multiplier, and the loss in parts of the budget. */
export function convergenceCharts({ methods }: Pick<ForecastResult, "methods">): string[] {
  return methods.flatMap((method) => {
    const runs = convergedBy(method);
    if (runs.length === 0) return [];
    const longest = Math.max(...runs.map(({ trace }) => trace.length));
    const epochs = Array.from({ length: longest }, (_, k) => k);
    const step = Math.ceil(longest / 6);
    const ticks = epochs.map((k) => (k % step === 0 ? String(k) : ""));
    const chart = (title: string, of: (entry: InnerTrace, budget: number) => number): string => {
      const lines = runs.map(({ seed, trace, diagnostics }) => ({
        label: `seed ${seed}`,
        values: epochs.map((k) => (trace[k] === undefined ? null : of(trace[k], diagnostics.budget))),
      }));
      return figure(title, lineChart(ticks, lines, title));
    };
    return [
      chart(`${method.label}: multiplier μ by epoch of the maximisations`, ({ multiplier }) => multiplier),
      chart(
        `${method.label}: J / ε by epoch of the maximisations`,
        ({ reconstruction }, budget) => reconstruction / budget,
      ),
    ];
  });
}

const percent = (share: number): number => Math.round(100 * share);

/** Says which generators ended beyond their budgets, and whose multiplier had not settled. */
export function warnOfConvergence(warn: Warn, methods: readonly Trained[]): void {
  for (const method of methods)
    for (const { seed, diagnostics } of convergedBy(method)) {
      const { budget, violation, multiplierSwing, multiplierDrift } = diagnostics;
      const moved = Math.max(multiplierSwing, Math.abs(multiplierDrift));
      if (violation > OVERRUN)
        warn("budget-overrun", { method: method.label, seed, share: percent(violation), budget: formatNumber(budget) });
      if (moved > UNSETTLED) warn("multiplier-unsettled", { method: method.label, seed, moved: percent(moved) });
    }
}
