import { describe, expect, it } from "vitest";
import { figureCharts, figurePage } from "../../compiler/reproduce/figure-page.ts";
import type { PaperTable, TableResult } from "../../compiler/reproduce/paper-table.ts";
import { gainsOf } from "../../compiler/reproduce/table-values.ts";
import { figureTable } from "../../compiler/reproduce/render-table.ts";
import { PAPER_TABLES } from "../../compiler/reproduce/tables/index.ts";

const figure = (id: string): PaperTable => PAPER_TABLES.find((one) => one.id === id)!;

/** Two methods whose regret is `base` and twice that at every tail but the tail's share smaller. */
function result(claimed: string, base: number): TableResult {
  const values = (factor: number) =>
    [100, 50, 20, 10].map((tail) => ({
      metric: `relative_regret_tail_${tail}`,
      perSeed: [factor * base + tail / 1000, factor * base + tail / 1000 + 0.02],
    }));
  return {
    seeds: 2,
    quick: false,
    methods: [
      { id: claimed, label: claimed, role: "trained", values: values(1) },
      { id: "spo_plus", label: "SPO+", role: "baseline", values: values(2) },
    ],
  };
}

describe("a figure over blocks", () => {
  const table = figure("004/figure-4");
  const runs = table.blocks.map((block, k) => ({ block, result: k === 0 ? null : result(block.claimed!, 0.1 * k) }));

  it("has a chart a panel with a line a method, and a gap where nothing was run", () => {
    const charts = figureCharts(table, runs);
    expect(charts.map(({ title }) => title.replace(/^.*by /, ""))).toEqual(["variance σ", "assets", "training rows"]);
    expect(charts[0]!.categories).toEqual(["20", "40", "60", "80", "100"]);
    expect(charts[0]!.lines.map(({ label }) => label)).toEqual(["gen_dfl_tail_100", "spo_plus"]);
    expect(charts[0]!.lines[0]!.values[0]).toBeNull();
    // Mean over seeds, in per cent.
    expect(charts[0]!.lines[1]!.values[1]).toBeCloseTo(100 * (0.2 + 0.1 + 0.01), 9);
  });

  it("compares the claimed method by its id in the block, and prints no column for what the paper has not", () => {
    const { block, result: ran } = runs[1]!;
    const [gain] = gainsOf(table, block, ran);
    expect(gain).toMatchObject({ paper: null, ours: { baseline: "spo_plus", isGain: true } });
    expect(figureTable({ block, result: ran }).columns).toEqual(["σ = 40", "relative regret, worst 100 %, %"]);
  });
});

describe("a figure over rows", () => {
  const table = figure("004/figure-6");
  const runs = table.blocks.map((block, k) => ({ block, result: result(block.claimed!, 0.1 + k) }));

  it("has a line a block, of the claimed method", () => {
    const [chart, ...others] = figureCharts(table, runs);
    expect(others).toEqual([]);
    expect(chart!.categories).toEqual(["100 %", "50 %", "20 %", "10 %"]);
    expect(chart!.lines.map(({ label }) => label)).toEqual(table.blocks.map(({ title }) => title));
    expect(chart!.lines[1]!.values[3]).toBeCloseTo(100 * (1.1 + 0.01 + 0.01), 9);
  });

  it("is a page that loads nothing", () => {
    const page = figurePage(table, runs);
    expect(page.match(/<svg/g)).toHaveLength(1);
    expect(page.match(/<polyline/g)).toHaveLength(table.blocks.length);
    expect(page.match(/<table/g)).toHaveLength(table.blocks.length);
    expect(page).not.toMatch(/<script|src=|https?:\/\//);
  });
});

it("tables have no figure", () => {
  expect(figureCharts(figure("004/table-1"), [])).toEqual([]);
});
