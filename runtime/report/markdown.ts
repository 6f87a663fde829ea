import {
  coverageTable,
  DIAGNOSIS_NOTE,
  diagnosisNotes,
  diagnosisTable,
  THEORY_NOTE,
  theoryTable,
  TRUTH_NOTE,
  truthTable,
} from "./diagnostics.ts";
import { comparisonTable, formatNumber, renderMarkdown, resultTable, type TextTable } from "./table.ts";
import { CURVE_NOTE, learningTable } from "./learning-curves.ts";
import type { RunResult, Selection } from "./results.ts";
import { tuningTable } from "./tuning-table.ts";

/** How the comparisons were made; printed wherever they are. */
const COMPARISON_NOTE =
  "Differences are method − baseline, so a negative one is a gain. Every method at a seed decides on the same noise, so differences are paired. The t test is over seeds. The interval resamples seeds and contexts, both with replacement. A baseline that is best of all is compared with the others too; it was picked by the same figures, which flatter it.";

/** How the comparisons of a result are to be read. */
export function comparisonNote({ evaluator }: RunResult): string {
  if (evaluator.kind !== "held_out") return COMPARISON_NOTE;
  return "Differences are method − baseline, so a negative one is a gain. Every method at a seed is fitted on the same rows and compared with the same outcomes, so differences are paired. The t test is over seeds.";
}

/** The whole result as Markdown, for a pull request or a page of results. */
export function renderMarkdownReport(result: RunResult): string {
  const parts = [
    `# ${escapeMarkdown(result.model)}`,
    summaryLine(result),
    ...result.warnings.map((warning) => `> **${warning.code}** ${escapeMarkdown(warning.message)}`),
    "## Results",
    renderMarkdown(resultTable(result)),
    ...result.metrics.flatMap((metric) => {
      const table = comparisonTable(result, metric.id);
      return table.rows.length === 0 ? [] : [`## Comparisons: ${metric.label}`, renderMarkdown(table)];
    }),
    ...(result.comparisons.length > 0 ? [comparisonNote(result)] : []),
    ...section("## Choice of the strength (validation regret)", selectionTable(result)),
    ...section("## Choice of the radius (risk of the realised losses on validation)", radiusTable(result)),
    ...section("## Options chosen on validation", tuningTable(result)),
    ...section("## Learning curves", learningTable(result), [CURVE_NOTE]),
    ...section("## Weights", weightsTable(result)),
    ...section("## Slices", slicesTable(result)),
    ...section("## Diagnosis of the generators", diagnosisTable(result), [DIAGNOSIS_NOTE, ...diagnosisNotes(result)]),
    ...section("## Coverage by difficulty of the context", coverageTable(result)),
    ...section("## Against the true law", truthTable(result), [TRUTH_NOTE]),
    ...section("## Theory of decision weights", theoryTable(result), [THEORY_NOTE]),
    "## Rows",
    ...result.methods.map((method) => `- **${escapeMarkdown(method.label)}** (${method.role}): ${method.note}`),
    "## Settings",
    renderMarkdown(settingsTable(result)),
  ];
  return `${parts.join("\n\n")}\n`;
}

function section(title: string, table: TextTable, notes: readonly string[] = []): string[] {
  return table.rows.length === 0 ? [] : [title, renderMarkdown(table), ...notes];
}

function escapeMarkdown(text: string): string {
  return text.replaceAll(/[<>&]/g, (char) => ({ "<": "&lt;", ">": "&gt;", "&": "&amp;" })[char]!);
}

/** One sentence on what was run. */
export function summaryLine(result: RunResult): string {
  const { data, evaluator, contexts } = result;
  const seeds = `${result.seeds} ${result.seeds === 1 ? "seed" : "seeds"}`;
  const judged =
    evaluator.kind === "held_out"
      ? `${evaluator.scenarios} scenarios at each of ${contexts.rows.length} ${contexts.split} rows compared with their outcomes`
      : `${contexts.rows.length} ${contexts.split} contexts evaluated under ${evaluator.kind} with ${evaluator.scenarios} scenarios each`;
  return `${data.source}: ${data.train} training, ${data.validation} validation and ${data.test} test rows; ${judged}; ${seeds} from seed ${result.seed}.`;
}

/** One row a seed and method: validation regret at each strength, the chosen one marked. */
export function selectionTable(result: RunResult): TextTable {
  const strengths = [...new Set(result.selection.flatMap((choice) => choice.grid.map((entry) => entry.strength)))].sort(
    (a, b) => a - b,
  );
  return {
    columns: ["seed", "method", ...strengths.map((strength) => String(strength)), "λ chosen"],
    rows: result.selection.map((choice) => [
      String(choice.seed),
      choice.method,
      ...strengths.map((strength) => selectionCell(choice, strength)),
      formatNumber(choice.lambda),
    ]),
  };
}

function selectionCell(choice: Selection, strength: number): string {
  const entry = choice.grid.find((candidate) => candidate.strength === strength);
  if (entry === undefined || entry.validationRegret === null) return "–";
  return `${formatNumber(entry.validationRegret)}${strength === choice.selected ? " *" : ""}`;
}

/** One row a seed: the held-out risk at each radius, the chosen one marked. */
export function radiusTable({ radii = [] }: RunResult): TextTable {
  const grid = radii[0]?.grid ?? [];
  return {
    columns: ["seed", ...grid.map(({ radius }) => String(radius)), "radius"],
    rows: radii.map((choice) => [
      String(choice.seed),
      ...choice.grid.map(({ radius, heldOutRisk }) =>
        heldOutRisk === null ? "–" : `${formatNumber(heldOutRisk)}${radius === choice.selected ? " *" : ""}`,
      ),
      String(choice.selected),
    ]),
  };
}

/** Distribution of the weights at each seed and strength. */
export function weightsTable(result: RunResult): TextTable {
  return {
    columns: ["seed", "strength", "λ", "min", "median", "max", "effective sample size"],
    rows: result.weights.map((weights) => [
      String(weights.seed),
      String(weights.strength),
      ...[weights.lambda, weights.min, weights.median, weights.max].map(formatNumber),
      `${(100 * weights.effectiveShare).toFixed(1)} %`,
    ]),
  };
}

/** Mean over seeds of the first metric in each consecutive part of the contexts. */
export function slicesTable(result: RunResult): TextTable {
  const { slices, labels } = result.contexts;
  const metric = result.metrics[0];
  const range = ([from, to]: readonly [number, number]): string =>
    `${labels[from] ?? from}…${labels[to - 1] ?? to - 1}`;
  return {
    columns: [metric === undefined ? "method" : metric.label, ...slices.map(range)],
    rows:
      slices.length === 0 || metric === undefined
        ? []
        : result.methods.map((method) => [
            method.label,
            ...method.values
              .find((value) => value.metric === metric.id)!
              .slices.map((value) => (value === null ? "–" : formatNumber(value))),
          ]),
  };
}

/** Every value that shaped the numbers. */
export function settingsTable(result: RunResult): TextTable {
  return { columns: ["setting", "value"], rows: result.settings.map(({ name, value }) => [name, value]) };
}
