import { escapeHtml } from "../report/escape.ts";
import { figure, htmlPage, htmlTable, metricChart, paragraph } from "../report/html.ts";
import { lineChart } from "../report/svg.ts";
import {
  comparisonTable,
  formatNumber,
  formatValue,
  renderMarkdown,
  resultTable,
  type TextTable,
} from "../report/table.ts";
import { choiceTable } from "./choices.ts";
import { CONVERGENCE_NOTE, convergenceCharts, convergenceTable } from "./convergence.ts";
import type { ForecastResult } from "./results.ts";

const NOTE =
  "Test sets count the same whatever their rows. Differences are method − baseline, paired by seed: every method at a seed begins with the same parameters and draws the same batches. The t test is over seeds.";
const WORST_NOTE =
  "Of the first seed, under the predictor that was trained against it. Its rows with their weights are in worst-laws.parquet, in the modelled units; effective rows are 1/Σ w². Of gas_dro they are the last rows that its generator drew.";
const DISTANCE_NOTE =
  "Wasserstein-1 distance between evenly spaced rows, inputs and targets side by side, in the modelled units; the training rows are as far from themselves, half against half, as their own row says.";

/** One row a test set: its distance from the training rows and the metric of each method. */
export function setTable(result: ForecastResult, metric: string): TextTable {
  const measured = result.sets.some((set) => set.wassersteinToTrain !== null);
  const rows = result.sets.map((set) => [
    set.label,
    String(set.rows),
    ...(measured ? [set.wassersteinToTrain === null ? "–" : formatNumber(set.wassersteinToTrain)] : []),
    ...result.methods.map((method) => {
      const found = method.sets.find((value) => value.set === set.id && value.metric === metric);
      return found === undefined ? "–" : formatValue(found.mean, found.sd);
    }),
  ]);
  const own = [
    "training rows",
    String(result.data.train),
    ...(measured ? [formatNumber(result.ownDistance)] : []),
    ...result.methods.map(() => "–"),
  ];
  return {
    columns: ["test set", "rows", ...(measured ? ["W1 to train"] : []), ...result.methods.map(({ label }) => label)],
    rows: measured ? [...rows, own] : rows,
  };
}

/** Metrics that are of single test sets, with their labels. */
export function setMetrics(result: ForecastResult): readonly { readonly id: string; readonly label: string }[] {
  const ids = new Set(result.methods.flatMap(({ sets }) => sets.map(({ metric }) => metric)));
  return result.metrics.filter(({ id }) => ids.has(id));
}

/** One row a worst law of the first seed. */
export function worstLawTable({ worstLaws = [] }: ForecastResult): TextTable {
  return {
    columns: ["method", "size", "points", "effective rows", "loss of the training rows", "loss under the worst law"],
    rows: worstLaws.map(({ method, size, points, effectiveRows, nominal, worst }) => [
      method,
      size === null ? "–" : formatNumber(size),
      String(points),
      formatNumber(effectiveRows),
      formatNumber(nominal),
      formatNumber(worst),
    ]),
  };
}

/** How much mass has a loss above each level, by data and worst law. */
function worstLawCharts({ worstLaws = [] }: ForecastResult): string[] {
  return worstLaws.flatMap(({ method, curve: { levels, nominal, worst } }) => {
    const categories = levels.map((level, k) => (k % 4 === 0 ? formatNumber(level) : ""));
    const lines = [
      { label: "training rows", values: nominal },
      { label: "worst law", values: worst },
    ];
    const title = `${method}: share of mass whose loss is above`;
    const chart = lineChart(categories, lines, title);
    return [figure(title, chart)];
  });
}

function filled(title: string, table: TextTable): readonly (readonly [title: string, table: TextTable])[] {
  return table.rows.length === 0 ? [] : [[title, table]];
}

/** How the tables are to be read. */
function notes(result: ForecastResult): readonly string[] {
  return [
    NOTE,
    ...(convergenceTable(result).rows.length === 0 ? [] : [CONVERGENCE_NOTE]),
    ...(result.worstLaws === undefined ? [] : [WORST_NOTE]),
    DISTANCE_NOTE,
  ];
}

function settingsOf(result: ForecastResult): TextTable {
  return { columns: ["setting", "value"], rows: result.settings.map(({ name, value }) => [name, value]) };
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

function summaryLine({ data, seeds, seed, sets }: ForecastResult): string {
  return `${data.source}: ${data.train} training, ${data.validation} validation and ${data.test} test rows; ${counted(sets.length, "test set")}; ${counted(seeds, "seed")} from seed ${seed}.`;
}

/** The tables of a result in the order of the report. */
function tables(result: ForecastResult): readonly (readonly [title: string, table: TextTable])[] {
  return [
    ["Results", resultTable(result)],
    ...result.metrics.flatMap((metric) => {
      const table = comparisonTable(result, metric.id);
      return table.rows.length === 0 ? [] : ([[`Comparisons: ${metric.label}`, table]] as const);
    }),
    ...setMetrics(result).map(({ id, label }) => [`Test sets: ${label}`, setTable(result, id)] as const),
    ...filled("Chosen on held-out rows", choiceTable(result)),
    ...filled("Convergence of the adversary", convergenceTable(result)),
    ...filled("Worst laws", worstLawTable(result)),
  ];
}

export function renderForecastMarkdown(result: ForecastResult): string {
  const parts = [
    `# ${result.model}`,
    summaryLine(result),
    ...result.warnings.map(({ code, message }) => `> **${code}** ${message}`),
    ...tables(result).flatMap(([title, table]) => [`## ${title}`, renderMarkdown(table)]),
    ...notes(result),
    "## Rows",
    ...result.methods.map(({ label, role, note }) => `- **${label}** (${role}): ${note}`),
    ...result.data.notes,
    "## Settings",
    renderMarkdown(settingsOf(result)),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** One page without scripts or network. */
export function renderForecastHtml(result: ForecastResult): string {
  const sections = [
    ...result.warnings.map(
      ({ code, message }) => `<p class="warning"><b>${escapeHtml(code)}</b> ${escapeHtml(message)}</p>`,
    ),
    metricChart(result),
    ...tables(result).flatMap(([title, table]) => [`<h2>${escapeHtml(title)}</h2>`, htmlTable(table)]),
    ...convergenceCharts(result),
    ...worstLawCharts(result),
    ...notes(result).map(paragraph),
    "<h2>Rows of the tables</h2>",
    `<dl>${result.methods.map(({ label, role, note }) => `<dt>${escapeHtml(label)} (${role})</dt><dd>${escapeHtml(note)}</dd>`).join("")}</dl>`,
    ...result.data.notes.map(paragraph),
    paragraph(`Data ${result.data.hash}, model ${result.irHash}, droc ${result.drocVersion}.`),
    "<h2>Settings</h2>",
    htmlTable(settingsOf(result)),
  ];
  return htmlPage(result.model, summaryLine(result), sections);
}
