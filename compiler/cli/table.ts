import { showText } from "../diagnostics/show-text.ts";
import { paint, type Terminal } from "./terminal.ts";

/** Aligned columns: the first to the left, the rest to the right, a rule under the head. */
export function renderTable(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  terminal: Terminal,
  indent = "",
): string {
  const all = [columns, ...rows].map((row) => row.map(showText));
  const widths = columns.map((_, j) => Math.max(...all.map((row) => [...(row[j] ?? "")].length)));
  const line = (row: readonly string[]): string =>
    widths
      .map((width, j) => {
        const cell = row[j] ?? "";
        const gap = " ".repeat(width - [...cell].length);
        return j === 0 ? cell + gap : gap + cell;
      })
      .join("  ")
      .trimEnd();
  const [head = [], ...body] = all;
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return [paint(terminal, line(head), "bold"), paint(terminal, rule, "dim"), ...body.map(line)]
    .map((text) => `${indent}${text}\n`)
    .join("");
}
