import { formatP, formatRelative, formatValue, type TextTable } from "../../runtime/report/table.ts";
import type { PaperTable, TableBlock, TableResult } from "./paper-table.ts";
import { gainsOf, methodFigures, type Figure, type Gain } from "./table-values.ts";

/** A block with what its run found; `null` where it was not run. */
export interface RunBlock {
  readonly block: TableBlock;
  readonly result: TableResult | null;
}

/** A block as a table: one row a method; for each of its metrics the paper's figure, where it prints one, and ours. */
export function figureTable({ block, result }: RunBlock): TextTable {
  const printed = block.rows.map(({ figures }) => figures.length > 0);
  const heads = block.rows.flatMap(({ title }, r) => (printed[r] === true ? [`${title}: paper`, "ours"] : [title]));
  const rows = methodFigures(block, result).map(({ label, cells }) => [
    label,
    ...cells.flatMap(({ paper, ours }, r) => [...(printed[r] === true ? [cellOf(paper)] : []), cellOf(ours)]),
  ]);
  return { columns: [block.title, ...heads], rows };
}

/** The claimed method's relative change against the named and the strongest baseline, the paper's beside ours. */
export function gainTable(table: PaperTable, blocks: readonly RunBlock[]): TextTable {
  const gains = blocks.flatMap(({ block, result }) => gainsOf(table, block, result));
  return {
    columns: ["", "metric", "against", "paper", "ours", "p", "verdict"],
    rows: gains.map((gain) => [
      gain.block,
      gain.row,
      againstText(gain),
      gain.paper === null ? "–" : formatRelative(gain.paper.relative),
      gain.ours === null ? "–" : formatRelative(gain.ours.relative),
      gain.ours?.p == null ? "–" : formatP(gain.ours.p),
      verdict(gain),
    ]),
  };
}

/** Seeds and settings that shaped the figures, the table's notes: sentences. */
export function tableNotes(table: PaperTable, blocks: readonly RunBlock[]): readonly string[] {
  const seeds = [...new Set(blocks.flatMap(({ result }) => (result === null ? [] : [result.seeds])))];
  const quick = blocks.some(({ result }) => result?.quick === true);
  return [
    ...(quick ? ["A rehearsal: a few steps, contexts and scenarios. Its figures mean nothing."] : []),
    ...(seeds.length === 0 ? [] : [seedNote(seeds)]),
    `Change of ${table.claimed} relative to the baseline; p of the paired t test over seeds, two-sided.`,
    ...table.notes,
  ];
}

/** The whole table as Markdown. */
export function tableMarkdown(table: PaperTable, blocks: readonly RunBlock[]): string {
  const parts = [
    `### ${table.title} (${table.source})`,
    ...blocks.map((block) => markdownTable(figureTable(block))),
    markdownTable(gainTable(table, blocks)),
    tableNotes(table, blocks)
      .map((note) => `- ${note}`)
      .join("\n"),
  ];
  return `${parts.join("\n\n")}\n`;
}

function seedNote(seeds: readonly number[]): string {
  if (seeds.every((count) => count === 1)) return "Ours: of one seed; what a test over seeds would need is not there.";
  return `Ours: mean ± standard deviation over ${seeds.join(" or ")} seeds.`;
}

function cellOf(figure: Figure | null): string {
  return figure === null ? "–" : formatValue(figure.mean, figure.sd);
}

function againstText({ against, paper, ours }: Gain): string {
  const names = [...new Set([paper?.baseline, ours?.baseline].filter((name) => name !== undefined))];
  if (against === "baseline" || names.length < 2) return `${against === "baseline" ? "" : "best: "}${names.join("")}`;
  return `best: ${names.join(" / ")}`;
}

/** `gain` or `loss`, whether the test over seeds tells it from chance at 5 %, and whether the paper has the same sign. */
function verdict({ ours, paper, better }: Gain): string {
  if (ours === null || ours.relative === null) return "not measured";
  if (ours.relative === 0) return "no difference";
  const chance = ours.p === null ? ", untested" : ours.p < 0.05 ? "" : ", within chance";
  const word = `${ours.isGain ? "gain" : "loss"}${chance}`;
  if (paper === null) return word;
  const paperGains = better === "lower" ? paper.relative < 0 : paper.relative > 0;
  return `${word}; the paper has a ${paperGains ? "gain" : "loss"}`;
}

function markdownTable({ columns, rows }: TextTable): string {
  return [columns, columns.map((_, j) => (j === 0 ? "---" : "---:")), ...rows].map(markdownLine).join("\n");
}

function markdownLine(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
