import { escapeHtml } from "./escape.ts";
import {
  comparisonNote,
  radiusTable,
  selectionTable,
  settingsTable,
  slicesTable,
  summaryLine,
  weightsTable,
} from "./markdown.ts";
import {
  coverageChart,
  COVERAGE_CAPTION,
  coverageTable,
  DIAGNOSIS_NOTE,
  diagnosisNotes,
  diagnosisTable,
  PIT_CAPTION,
  pitChart,
  THEORY_NOTE,
  theoryTable,
  TRUTH_NOTE,
  truthTable,
} from "./diagnostics.ts";
import { CURVE_CAPTIONS, CURVE_NOTE, learningChart, learningTable } from "./learning-curves.ts";
import type { RunResult } from "./results.ts";
import { barChart, lineChart } from "./svg.ts";
import { comparisonTable, resultTable, type TableSource, type TextTable } from "./table.ts";
import { tuningTable } from "./tuning-table.ts";

/**
 * The run as one HTML page that needs no network and runs no script: results, comparisons, the choice of the strength,
 * weights, slices and every setting.
 */
export function renderHtml(result: RunResult): string {
  const sections = [
    ...result.warnings.map(
      (warning) => `<p class="warning"><b>${escapeHtml(warning.code)}</b> ${escapeHtml(warning.message)}</p>`,
    ),
    "<h2>Results</h2>",
    "<p>Mean over seeds ± standard deviation over seeds.</p>",
    htmlTable(resultTable(result)),
    metricChart(result),
    ...result.metrics.flatMap((metric) => {
      const table = comparisonTable(result, metric.id);
      return table.rows.length === 0 ? [] : [`<h3>Comparisons: ${escapeHtml(metric.label)}</h3>`, htmlTable(table)];
    }),
    result.comparisons.length > 0 ? `<p>${escapeHtml(comparisonNote(result))}</p>` : "",
    ...withTitle("Choice of the strength", [sweepChart(result), htmlTable(selectionTable(result))], result.selection),
    ...withTitle("Choice of the radius", [htmlTable(radiusTable(result))], result.radii ?? []),
    ...withTitle("Options chosen on validation", [htmlTable(tuningTable(result))], result.tuning ?? []),
    ...withTitle(
      "Learning curves",
      [
        figure(CURVE_CAPTIONS.validation, learningChart(result, "validation")),
        figure(CURVE_CAPTIONS.proxy, learningChart(result, "proxy")),
        htmlTable(learningTable(result)),
        paragraph(CURVE_NOTE),
      ],
      result.curves ?? [],
    ),
    ...withTitle("Weights", [htmlTable(weightsTable(result))], result.weights),
    ...withTitle("Slices", [sliceChart(result), htmlTable(slicesTable(result))], result.contexts.slices),
    ...diagnosisSection(result),
    ...withTitle("Theory of decision weights", [htmlTable(theoryTable(result)), paragraph(THEORY_NOTE)], result.theory),
    "<h2>Rows of the tables</h2>",
    `<dl>${result.methods
      .map(({ label, role, note }) => `<dt>${escapeHtml(label)} (${role})</dt><dd>${escapeHtml(note)}</dd>`)
      .join("")}</dl>`,
    "<h2>Data and evaluator</h2>",
    `<p>${escapeHtml(result.evaluator.note)}</p>`,
    ...result.data.notes.map((note) => `<p>${escapeHtml(note)}</p>`),
    `<p>Data ${escapeHtml(result.data.hash)}, model ${escapeHtml(result.irHash)}, droc ${escapeHtml(result.drocVersion)}.</p>`,
    "<h2>Settings</h2>",
    htmlTable(settingsTable(result)),
  ];
  return htmlPage(result.model, summaryLine(result), sections);
}

/** A report's page: its style is in it, and it loads nothing. */
export function htmlPage(model: string, summary: string, sections: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(model)}: results</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(model)}</h1>
${paragraph(summary)}
${sections.filter((section) => section !== "").join("\n")}
</body>
</html>
`;
}

/** Style of a report's page. */
const STYLE = `
body { font: 15px/1.45 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; margin: 0.6rem 0 1.4rem; display: block; overflow-x: auto; }
th, td { text-align: left; padding: 0.25rem 0.8rem 0.25rem 0; border-bottom: 1px solid #ddd; white-space: nowrap; font-variant-numeric: tabular-nums; }
.warning { background: #fff4e0; border-left: 4px solid #d98c1f; padding: 0.4rem 0.8rem; }
svg { max-width: 760px; width: 100%; height: auto; font: 12px system-ui, sans-serif; }
.label, .level { text-anchor: end; dominant-baseline: middle; } .value { dominant-baseline: middle; } .tick { text-anchor: middle; }
.bar { fill: #9db8c4; } .bar.strong { fill: #1f6f8b; } .whisker { stroke: #222; stroke-width: 1.5; } .grid { stroke: #ddd; }
dt { font-weight: 600; } dd { margin: 0 0 0.4rem 1rem; }
`;

function withTitle(title: string, parts: readonly string[], content: readonly unknown[]): string[] {
  return content.length === 0 ? [] : [`<h2>${title}</h2>`, ...parts];
}

export function htmlTable(table: TextTable): string {
  const head = table.columns.map((column) => `<th>${escapeHtml(column)}</th>`).join("");
  const body = table.rows.map((row) => `<tr>${row.map((cell) => `<td>${escapeHtml(cell)}</td>`).join("")}</tr>`);
  return `<table><thead><tr>${head}</tr></thead><tbody>${body.join("\n")}</tbody></table>`;
}

/** What the generators' scenarios say about the outcomes that occurred. */
function diagnosisSection(result: RunResult): string[] {
  const truth = truthTable(result);
  return withTitle(
    "Diagnosis of the generators",
    [
      htmlTable(diagnosisTable(result)),
      paragraph(DIAGNOSIS_NOTE),
      ...diagnosisNotes(result).map((note) => paragraph(`Missing values: ${note}.`)),
      figure(PIT_CAPTION, pitChart(result)),
      figure(COVERAGE_CAPTION, coverageChart(result)),
      "<h3>Coverage by difficulty of the context</h3>",
      htmlTable(coverageTable(result)),
      ...(truth.rows.length === 0 ? [] : ["<h3>Against the true law</h3>", htmlTable(truth), paragraph(TRUTH_NOTE)]),
    ],
    result.diagnostics,
  );
}

export function paragraph(text: string): string {
  return `<p>${escapeHtml(text)}</p>`;
}

/** A chart with its caption; empty where there is no chart. */
export function figure(caption: string, chart: string): string {
  return chart === "" ? "" : `<figure><figcaption>${escapeHtml(caption)}</figcaption>${chart}</figure>`;
}

/** Bars of the first metric; empty where no method has it. */
export function metricChart({ metrics: [metric], methods }: TableSource): string {
  if (metric === undefined) return "";
  const bars = methods.flatMap((method) => {
    const value = method.values.find((entry) => entry.metric === metric.id);
    if (value === undefined || value.mean === null) return [];
    return [{ label: method.label, value: value.mean, spread: value.sd, strong: method.role === "trained" }];
  });
  return bars.length === 0 ? "" : figure(metric.label, barChart(bars, metric.label));
}

/** Mean validation regret over seeds against the strength. */
function sweepChart(result: RunResult): string {
  const methods = [...new Set(result.selection.map((choice) => choice.method))];
  const strengths = result.selection[0]?.grid.map((entry) => entry.strength) ?? [];
  const lines = methods.map((method) => ({
    label: method,
    values: strengths.map((strength) => {
      const values = result.selection
        .filter((choice) => choice.method === method)
        .map((choice) => choice.grid.find((entry) => entry.strength === strength)?.validationRegret ?? null);
      return meanOf(values);
    }),
  }));
  const scale = result.selection[0]?.scale === "relative" ? "λ̃ (relative)" : "λ";
  return lineChart(
    strengths.map((strength) => String(strength)),
    lines,
    `Validation regret against ${scale}`,
  );
}

function sliceChart(result: RunResult): string {
  const metric = result.metrics[0];
  if (metric === undefined) return "";
  const lines = result.methods
    .filter((method) => method.role !== "floor")
    .map((method) => ({
      label: method.label,
      values: method.values.find((value) => value.metric === metric.id)?.slices ?? [],
    }));
  const names = result.contexts.slices.map(([from], k) => result.contexts.labels[from] ?? String(k + 1));
  return lineChart(names, lines, `${metric.label} by slice`);
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value): value is number => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
