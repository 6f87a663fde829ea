import { describe, expect, it } from "vitest";
import { diagnose } from "../../../runtime/evaluate/generator/diagnose.ts";
import {
  coverageTable,
  diagnosisTable,
  pitChart,
  shortDiagnosisTable,
  theoryTable,
  truthTable,
} from "../../../runtime/report/diagnostics.ts";
import type { RunResult } from "../../../runtime/report/results.ts";
import { randomStream } from "../../../runtime/tensor/random.ts";
import { gaussianSample } from "./support.ts";

const HOSTILE = "<b>gmm</b>";

function result(n: number): RunResult {
  const { observed, drawn } = gaussianSample({ n, d: 1, draws: 16 });
  const seed = diagnose({
    contexts: n,
    values: new Float64Array(0),
    outcomes: observed,
    scenarios: drawn,
    train: { rows: n, contexts: new Float64Array(0), outcomes: observed },
    difficulty: Float64Array.from({ length: n }, (_, i) => i),
    truth: null,
    stream: randomStream(1, "report"),
  });
  const none = { mean: null, sd: null, values: [], regrets: [[0.25, 0.75]], unsolved: 0, moved: 0 };
  return {
    version: 1,
    model: "M",
    irHash: "",
    drocVersion: "",
    seed: 0,
    seeds: 2,
    quick: false,
    data: { name: "", source: "", hash: "", train: n, validation: 0, test: n, notes: [] },
    evaluator: { kind: "truth", scenarios: 1, note: "" },
    contexts: { split: "test", rows: [], labels: [], slices: [] },
    metrics: [],
    methods: [{ id: "gmm", label: HOSTILE, role: "trained", note: "", ...none }],
    comparisons: [],
    selection: [],
    weights: [],
    diagnostics: [{ method: "gmm", components: ["s"], seeds: [seed, seed] }],
    theory: [
      {
        method: "gmm",
        seeds: [
          {
            contexts: n,
            lambda: 0.5,
            excessRisk: { value: 0.1, standardError: 0.02 },
            tiltingBias: { value: 0.3, standardError: 0.1 },
            sum: { value: 0.4, standardError: null },
            effectiveShare: 0.5,
            detiltedShare: 0.75,
            leastConstant: 2,
            leastBound: null,
            leastBoundDetilted: 1.25,
          },
        ],
      },
    ],
    settings: [],
    warnings: [],
  };
}

describe("the tables of a diagnosis", () => {
  const full = result(60);

  it("have one row a generator, with dashes for what one component does not have", () => {
    const { columns, rows } = diagnosisTable(full);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toHaveLength(columns.length);
    expect(rows[0]![columns.indexOf("correlation error")]).toBe("–");
    expect(rows[0]![columns.indexOf("energy score")]).toMatch(/^0\.\d+ ± 0\.\d+$/);
    expect(shortDiagnosisTable(full).columns).toEqual([
      "generator",
      "MMD²",
      "CRPS",
      "PIT, worst KS",
      "cover 50 %",
      "cover 80 %",
      "cover 90 %",
    ]);
  });

  it("give coverage for thirds of the contexts, where there are enough", () => {
    expect(coverageTable(full).columns).toHaveLength(6);
    expect(coverageTable(full).rows.map((row) => row[1])).toEqual(["50 %", "80 %", "90 %"]);
    expect(coverageTable(result(4)).columns).toHaveLength(3);
  });

  it("are empty where there is no true law, and draw names as text", () => {
    expect(truthTable(full).rows).toEqual([]);
    expect(pitChart(full)).toContain("&lt;b&gt;gmm&lt;/b&gt;");
    expect(pitChart(full)).not.toContain("<b>");
  });

  it("put the bound beside the regret that was measured", () => {
    expect(theoryTable(full).rows[0]!.slice(1)).toEqual([
      "0.5",
      "50.0 %",
      "0.1 ± 0.02",
      "0.3 ± 0.1",
      "0.4",
      "–",
      "1.25",
      "0.5",
      "75.0 %",
    ]);
  });
});
