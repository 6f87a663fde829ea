import { describe, expect, it } from "vitest";
import { learningChart, learningTable } from "../../runtime/report/learning-curves.ts";
import { renderHtml } from "../../runtime/report/html.ts";
import { renderMarkdownReport } from "../../runtime/report/markdown.ts";
import type { LearningCurve, RunResult } from "../../runtime/report/results.ts";

const result = (curves?: readonly LearningCurve[]): RunResult => ({
  version: 1,
  model: "M",
  irHash: "",
  drocVersion: "",
  seed: 0,
  seeds: 2,
  quick: false,
  data: { name: "", source: "", hash: "", train: 1, validation: 0, test: 1, notes: [] },
  evaluator: { kind: "truth", scenarios: 1, note: "" },
  contexts: { split: "test", rows: [], labels: [], slices: [] },
  metrics: [],
  methods: [],
  comparisons: [],
  selection: [],
  ...(curves === undefined ? {} : { curves }),
  weights: [],
  diagnostics: [],
  theory: [],
  settings: [],
  warnings: [],
});

const curve = (
  seed: number,
  method: string,
  regrets: Readonly<Record<number, number>>,
  of: LearningCurve["of"] = "validation",
): LearningCurve => ({
  seed,
  method,
  of,
  points: Object.entries(regrets).map(([step, regret]) => ({ step: Number(step), regret })),
});

const curves = [
  curve(0, "spo_plus", { 0: 4, 10: 1, 30: 2, 40: 2 }),
  curve(1, "spo_plus", { 0: 6, 20: 3 }),
  curve(0, "<nce>", { 0: 5, 20: 5, 40: 1 }),
  curve(0, "gen_dfl", { 1: 3, 40: 1 }, "proxy"),
];

/** Points of each line of a chart: place from 0 at its left to 1 at its right, and height from 0 to 1. */
const linesOf = (chart: string): number[][][] =>
  [...chart.matchAll(/polyline points="([^"]*)"/g)].map(([, points]) =>
    points!.split(" ").map((point) => {
      const [x, y] = point.split(",").map(Number);
      return [(x! - 80) / 480, 1 - (y! - 12) / 228].map((value) => Math.round(value * 100) / 100);
    }),
  );

describe("learning curves of regret", () => {
  it("are drawn at their steps, as a mean over the seeds that all reached them", () => {
    // spo_plus: (4 + 6) / 2 at 0, (1 + 4.5) / 2 at 10, (1.5 + 3) / 2 at 20; seed 1 goes no further. The axis is 1 to 5.
    expect(linesOf(learningChart(result(curves), "validation"))).toEqual([
      [
        [0, 1],
        [0.25, 0.44],
        [0.5, 0.31],
      ],
      [
        [0, 1],
        [0.5, 1],
        [1, 0],
      ],
    ]);
    expect(linesOf(learningChart(result(curves), "proxy"))).toHaveLength(1);
  });

  it("have a row a seed and method: start, least with its step, end", () => {
    const { columns, rows } = learningTable(result(curves));
    expect(columns.slice(3)).toEqual(["at the start", "least", "at step", "at the end", "steps"]);
    expect(rows[0]!.slice(0, 3)).toEqual(["0", "spo_plus", "validation"]);
    expect(rows[0]!.slice(3).map(Number)).toEqual([4, 1, 10, 2, 40]);
    expect(rows[3]!.slice(0, 3)).toEqual(["0", "gen_dfl", "proxy"]);
  });

  it("are in both reports where there are any, names escaped, and nowhere else", () => {
    const html = renderHtml(result(curves));
    expect(html).toContain("<h2>Learning curves</h2>");
    expect(html).not.toContain("<nce>");
    expect(renderMarkdownReport(result(curves))).toContain("## Learning curves");
    expect(renderHtml(result())).not.toContain("Learning curves");
    expect(renderMarkdownReport(result())).not.toContain("Learning curves");
  });
});
