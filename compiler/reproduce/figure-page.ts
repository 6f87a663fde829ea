import { htmlPage, htmlTable, paragraph } from "../../runtime/report/html.ts";
import { lineChart, type Line } from "../../runtime/report/svg.ts";
import { mean } from "../../runtime/evaluate/statistics.ts";
import type { PaperTable, TableMethod, TableRow } from "./paper-table.ts";
import { figureTable, tableNotes, type RunBlock } from "./render-table.ts";

/** A chart of a figure: lines over categories in order. */
export interface FigureChart {
  readonly title: string;
  readonly categories: readonly string[];
  readonly lines: readonly Line[];
}

/**
 * The charts of a figure from its runs: one for each row and panel with a line a method (`across: "blocks"`), or one with
 * a line a block, of the claimed method (`across: "rows"`). Values are means over seeds in the row's unit.
 */
export function figureCharts(table: PaperTable, blocks: readonly RunBlock[]): readonly FigureChart[] {
  const { figure } = table;
  const [first] = blocks;
  if (figure === undefined || first === undefined) return [];
  const rows = first.block.rows;
  if (figure.across === "rows") {
    const lines = blocks.map(({ block, result }) => ({
      label: block.title,
      values: block.rows.map((row) =>
        meanOf(
          row,
          result?.methods.find(({ id }) => id === (block.claimed ?? table.claimed)),
        ),
      ),
    }));
    return [
      { title: `${table.claimed} by ${figure.label}`, categories: rows.map(({ title, at }) => at ?? title), lines },
    ];
  }
  const panels = [...new Set(blocks.map(({ block }) => block.panel ?? ""))];
  return panels.flatMap((panel) => {
    const own = blocks.filter(({ block }) => (block.panel ?? "") === panel);
    const ids = [...new Set(own.flatMap(({ result }) => (result?.methods ?? []).map(({ id }) => id)))];
    return rows.map(({ title }, r) => ({
      title: panel === "" ? title : `${title}, by ${panel}`,
      categories: own.map(({ block }) => block.at ?? block.title),
      lines: ids.map((id) => ({
        label: id,
        values: own.map(({ block, result }) =>
          meanOf(
            block.rows[r]!,
            result?.methods.find((method) => method.id === id),
          ),
        ),
      })),
    }));
  });
}

/** A figure as a page that loads nothing: its charts, the figures behind them and its notes. */
export function figurePage(table: PaperTable, blocks: readonly RunBlock[]): string {
  const charts = figureCharts(table, blocks).flatMap(({ title, categories, lines }) => [
    paragraph(title),
    lineChart(categories, lines, title),
  ]);
  const tables = blocks.map((block) => htmlTable(figureTable(block)));
  return htmlPage(`${table.id}: ${table.title}`, table.source, [
    ...charts,
    ...tables,
    ...tableNotes(table, blocks).map(paragraph),
  ]);
}

function meanOf({ metric, factor = 1 }: TableRow, method: TableMethod | undefined): number | null {
  const values = method?.values.find((value) => value.metric === metric)?.perSeed ?? [];
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : factor * mean(known);
}
