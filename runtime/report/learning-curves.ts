import type { LearningCurve, RunResult } from "./results.ts";
import { lineChart } from "./svg.ts";
import { formatNumber, type TextTable } from "./table.ts";

/** What the curves are of. */
export const CURVE_CAPTIONS: Readonly<Record<LearningCurve["of"], string>> = {
  validation: "Regret on the validation rows by step, mean over seeds",
  proxy: "Regret under the proxy of the decisions that training took, by step, mean over seeds",
};

export const CURVE_NOTE =
  "A curve that still falls at its end asks for more steps. Of a method with a curve on the validation rows the weights at its least regret are kept, so an end that rises again costs nothing.";

/**
 * Lines of the mean regret over seeds against the step, one a method; empty where no method has such a curve. Curves are
 * straight between their points, which need not have the same steps, and averaged where every seed has one.
 */
export function learningChart({ curves = [] }: RunResult, of: LearningCurve["of"]): string {
  const own = curves.filter((curve) => curve.of === of && curve.points.length > 1);
  const means = byMethod(own).map(([label, seeds]) => ({ label, means: meanCurve(seeds) }));
  const steps = [...new Set(means.flatMap((line) => [...line.means.keys()]))].toSorted((a, b) => a - b);
  const lines = means.map(({ label, means: values }) => ({
    label,
    values: steps.map((step) => values.get(step) ?? null),
  }));
  const last = steps.at(-1) ?? 0;
  const nearest = steps.toSorted((a, b) => Math.abs(a - last / 2) - Math.abs(b - last / 2))[0];
  const ticks = steps.map((step) => ([steps[0], nearest, last].includes(step) ? String(step) : ""));
  return lineChart(ticks, lines, CURVE_CAPTIONS[of], steps);
}

/** One row a seed and method: where its regret began, its least and the step of that, and where it ended. */
export function learningTable({ curves = [] }: RunResult): TextTable {
  return {
    columns: ["seed", "method", "regret of", "at the start", "least", "at step", "at the end", "steps"],
    rows: curves.flatMap(({ seed, method, of, points }) => {
      const [first] = points;
      const last = points.at(-1);
      if (first === undefined || last === undefined) return [];
      const best = points.reduce((least, point) => (point.regret < least.regret ? point : least));
      const numbers = [first.regret, best.regret].map((value) => formatNumber(value));
      return [[String(seed), method, of, ...numbers, String(best.step), formatNumber(last.regret), String(last.step)]];
    }),
  };
}

function byMethod(curves: readonly LearningCurve[]): readonly (readonly [string, readonly LearningCurve[]])[] {
  const names = [...new Set(curves.map(({ method }) => method))];
  return names.map((name) => [name, curves.filter(({ method }) => method === name)]);
}

/** Mean regret by step, at the steps that any of the curves has and all of them reach. */
function meanCurve(curves: readonly LearningCurve[]): ReadonlyMap<number, number> {
  const steps = [...new Set(curves.flatMap(({ points }) => points.map(({ step }) => step)))];
  const means = steps.flatMap((step) => {
    const values = curves.flatMap(({ points }) => valueAt(points, step) ?? []);
    const sum = values.reduce((total, value) => total + value, 0);
    return values.length === curves.length ? [[step, sum / values.length] as const] : [];
  });
  return new Map(means);
}

/** On the line between the points around a step; `null` before the first and after the last. */
function valueAt(points: LearningCurve["points"], step: number): number | null {
  const next = points.findIndex((point) => point.step >= step);
  const after = points[next];
  if (after === undefined) return null;
  if (after.step === step) return after.regret;
  const before = points[next - 1];
  if (before === undefined) return null;
  const share = (step - before.step) / (after.step - before.step);
  return before.regret + share * (after.regret - before.regret);
}
