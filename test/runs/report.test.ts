import { describe, expect, it } from "vitest";
import { renderHtml } from "../../runtime/report/html.ts";
import { renderMarkdownReport } from "../../runtime/report/markdown.ts";
import type { RunResult } from "../../runtime/report/results.ts";
import {
  comparisonTable,
  formatNumber,
  formatP,
  renderMarkdown,
  renderText,
  resultTable,
} from "../../runtime/report/table.ts";

const HOSTILE = `<script>alert("x")</script>`;

/** Two methods, two seeds, one metric, with names that no page may take for markup. */
const RESULT: RunResult = {
  version: 1,
  model: HOSTILE,
  irHash: "abc",
  drocVersion: "0.1.0",
  seed: 1,
  seeds: 2,
  quick: false,
  data: { name: "d", source: `csv ${HOSTILE}`, hash: "h", train: 10, validation: 2, test: 4, notes: [HOSTILE] },
  evaluator: { kind: "truth", scenarios: 16, note: "law" },
  contexts: {
    split: "test",
    rows: [12, 13, 14, 15],
    labels: ["a", "b", HOSTILE, "d"],
    slices: [
      [0, 2],
      [2, 4],
    ],
  },
  metrics: [{ id: "regret", label: "regret", better: "lower" }],
  methods: [
    {
      id: "dw_fm",
      label: "dw_fm",
      role: "trained",
      note: "n",
      values: [{ metric: "regret", perSeed: [0.01, 0.03], mean: 0.02, sd: 0.0141421, slices: [0.01, 0.03] }],
      regrets: [
        [0, 0.01, 0.02, 0.01],
        [0.03, 0.03, 0.03, 0.03],
      ],
      unsolved: 0,
      moved: 0,
    },
    {
      id: "saa",
      label: `a|${HOSTILE}`,
      role: "floor",
      note: HOSTILE,
      values: [{ metric: "regret", perSeed: [0.05, null], mean: null, sd: null, slices: [0.05, null] }],
      regrets: [
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ],
      unsolved: 1,
      moved: 0,
    },
  ],
  comparisons: [
    {
      method: "dw_fm",
      baseline: "saa",
      metric: "regret",
      difference: -0.03,
      sd: 0.001,
      relative: -0.6,
      t: { statistic: -42.43, degreesOfFreedom: 1, p: 0.015 },
      bootstrap: { lower: -0.04, upper: -0.02, level: 0.95 },
    },
  ],
  selection: [
    {
      seed: 0,
      method: "dw_fm",
      scale: "relative",
      grid: [
        { strength: 0, lambda: 0, validationRegret: 0.03 },
        { strength: 0.1, lambda: 2.5, validationRegret: 0.02 },
      ],
      selected: 0.1,
      lambda: 2.5,
    },
  ],
  weights: [{ seed: 0, strength: 0.1, lambda: 2.5, min: 1, median: 1.1, max: 4, effectiveShare: 0.83 }],
  diagnostics: [],
  theory: [],
  settings: [{ name: "seed", value: HOSTILE }],
  warnings: [{ code: "single-seed", message: HOSTILE }],
};

describe("the page", () => {
  const html = renderHtml(RESULT);

  it("takes no text for markup and runs no script", () => {
    expect(html).not.toContain("<script");
    expect(html.split("&lt;script&gt;").length).toBeGreaterThan(8);
  });

  it("needs no network", () => {
    expect(html).not.toMatch(/https?:|src=|href=|@import|url\(/);
  });

  it("holds results, comparison, sweep, weights, slices and settings", () => {
    for (const heading of [
      "Results",
      "Comparisons: regret",
      "Choice of the strength",
      "Weights",
      "Slices",
      "Settings",
    ]) {
      expect(html).toContain(heading);
    }
    expect(html).toContain("0.02000 ± 0.01414");
    expect(html).toContain("−60.0 %");
    expect(html).toContain("83.0 %");
    expect(html.match(/<svg/g)).toHaveLength(3);
  });
});

describe("tables", () => {
  it("align in a terminal and escape pipes in Markdown", () => {
    const lines = renderText(resultTable(RESULT)).split("\n");
    expect(lines[0]!.indexOf("regret")).toBe(lines[2]!.indexOf("0.02000"));
    expect(lines[3]).toContain("–");
    expect(renderMarkdown(resultTable(RESULT))).toContain("a\\|");
    expect(renderMarkdownReport(RESULT)).toContain("| 0 | dw_fm | 0.03000 | 0.02000 * | 2.500 |");
  });

  it("name the test with its degrees of freedom", () => {
    expect(comparisonTable(RESULT, "regret").rows[0]).toEqual([
      "dw_fm",
      `a|${HOSTILE}`,
      "-0.03000 ± 0.001000",
      "−60.0 %",
      "t(1) = -42.43, p = 0.015",
      "[-0.04000, -0.02000]",
    ]);
  });

  it.each([
    [0, "0"],
    [0.0123456, "0.01235"],
    [123.456, "123.5"],
    [12345.6, "12346"],
    [-3.2e-7, "-3.200e-7"],
    [4.5e9, "4.500e+9"],
  ])("print %f as %s", (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  it("do not print a p value of 0", () => {
    expect(formatP(1e-9)).toBe("<0.001");
    expect(formatP(0.0421)).toBe("0.042");
  });
});
