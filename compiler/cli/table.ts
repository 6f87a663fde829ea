import { showText } from "../diagnostics/show-text.ts";
import { paint, type Terminal } from "./terminal.ts";

/**
 * Aligned columns: the first `left` ones to the left, the rest to the right, a rule under the head. Columns that do not
 * fit the terminal follow in further tables, each with the first column again.
 */
export function renderTable(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  terminal: Terminal,
  left: number,
): string {
  const all = [columns, ...rows].map((row) => row.map(showText));
  const widths = columns.map((_, j) => Math.max(...all.map((row) => visibleWidth(row[j] ?? ""))));
  return groupColumns(widths, terminal.columns)
    .map((group) => {
      const [head = "", ...body] = all.map((row) => alignRow(row, group, widths, left));
      const rule = group.map((j) => "─".repeat(widths[j]!)).join(GAP);
      return [paint(terminal, head, "bold"), paint(terminal, rule, "dim"), ...body].map((line) => `${line}\n`).join("");
    })
    .join("\n");
}

const GAP = "  ";

/** Column numbers of each table: as many as fit, and at least one beside the first. */
function groupColumns(widths: readonly number[], available: number): readonly (readonly number[])[] {
  const [first = 0, ...rest] = widths;
  const groups: number[][] = [];
  let used = 0;
  rest.forEach((width, i) => {
    if (groups.length === 0 || used + GAP.length + width > available) {
      groups.push([0]);
      used = first;
    }
    groups.at(-1)!.push(i + 1);
    used += GAP.length + width;
  });
  return groups.length === 0 ? [[0]] : groups;
}

function alignRow(row: readonly string[], group: readonly number[], widths: readonly number[], left: number): string {
  return group
    .map((j) => {
      const cell = row[j] ?? "";
      const space = " ".repeat(widths[j]! - visibleWidth(cell));
      return j < left ? cell + space : space + cell;
    })
    .join(GAP)
    .trimEnd();
}

function visibleWidth(text: string): number {
  return [...text].length;
}
