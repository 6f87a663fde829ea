import type { Comparison, MethodResult, RunResult } from "./results.ts";

/** A table as printed: headers and cells, all text. */
export interface TextTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Four significant digits, without an exponent where the number is of ordinary size. */
export function formatNumber(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return String(value);
  if (size >= 1e-4 && size < 1e6) {
    const decimals = Math.max(0, 3 - Math.floor(Math.log10(size)));
    return value.toFixed(Math.min(decimals, 8));
  }
  return value.toExponential(3);
}

/** `0.01234 ± 0.00056`; the standard deviation over seeds. */
export function formatValue(mean: number | null, sd: number | null): string {
  if (mean === null) return "–";
  if (sd === null) return formatNumber(mean);
  // Below a double's precision a spread is rounding: every seed found the same value.
  return `${formatNumber(mean)} ± ${formatNumber(sd <= 1e-12 * Math.abs(mean) ? 0 : sd)}`;
}

/** `−4.2 %` */
export function formatRelative(relative: number | null): string {
  if (relative === null) return "–";
  const percent = 100 * relative;
  return `${percent < 0 ? "−" : "+"}${Math.abs(percent).toFixed(1)} %`;
}

/** p values as they are read: three decimals, or `<0.001`. */
export function formatP(p: number): string {
  return p < 0.001 ? "<0.001" : p.toFixed(3);
}

/** What the tables of results of any kind are made from. */
export interface TableSource extends Pick<RunResult, "metrics" | "comparisons"> {
  readonly methods: readonly Pick<MethodResult, "id" | "label" | "role" | "values">[];
}

/** One row a method, one column a metric. */
export function resultTable(result: TableSource): TextTable {
  return {
    columns: ["method", "role", ...result.metrics.map((metric) => metric.label)],
    rows: result.methods.map((method) => [
      method.label,
      method.role,
      ...result.metrics.map((metric) => cellOf(method, metric.id)),
    ]),
  };
}

function cellOf(method: Pick<MethodResult, "values">, metric: string): string {
  const value = method.values.find((entry) => entry.metric === metric);
  return value === undefined ? "–" : formatValue(value.mean, value.sd);
}

/** Comparisons on one metric, as rows: who against whom, difference, tests. */
export function comparisonTable(result: TableSource, metric: string): TextTable {
  const label = new Map(result.methods.map((method) => [method.id, method.label]));
  return {
    columns: ["method", "against", "difference", "relative", "paired t over seeds", "95 % bootstrap interval"],
    rows: result.comparisons
      .filter((comparison) => comparison.metric === metric)
      .map((comparison) => [
        label.get(comparison.method) ?? comparison.method,
        label.get(comparison.baseline) ?? comparison.baseline,
        formatValue(comparison.difference, comparison.sd),
        formatRelative(comparison.relative),
        testOf(comparison),
        intervalOf(comparison),
      ]),
  };
}

function testOf({ t }: Comparison): string {
  return t === null
    ? "–"
    : `t(${t.degreesOfFreedom}) = ${t.statistic.toFixed(2)}, p ${formatP(t.p).replace(/^(?!<)/, "= ")}`;
}

function intervalOf({ bootstrap }: Comparison): string {
  return bootstrap === null ? "–" : `[${formatNumber(bootstrap.lower)}, ${formatNumber(bootstrap.upper)}]`;
}

/** Columns aligned with spaces, for a terminal. */
export function renderText(table: TextTable): string {
  const widths = table.columns.map((column, k) => Math.max(column.length, ...table.rows.map((row) => row[k]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, k) => cell.padEnd(widths[k]!))
      .join("  ")
      .trimEnd();
  return [line(table.columns), line(widths.map((width) => "─".repeat(width))), ...table.rows.map(line)].join("\n");
}

/** A GitHub table; pipes in cells are escaped. */
export function renderMarkdown(table: TextTable): string {
  return [table.columns, table.columns.map(() => "---"), ...table.rows].map(markdownRow).join("\n");
}

function markdownRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
