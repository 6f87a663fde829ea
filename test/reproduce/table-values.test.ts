import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../compiler/cli/package-info.ts";
import { compile } from "../../compiler/compile.ts";
import type { PaperTable, TableMethod, TableResult } from "../../compiler/reproduce/paper-table.ts";
import { figureTable, gainTable, tableMarkdown, tableNotes } from "../../compiler/reproduce/render-table.ts";
import { PAPER_TABLES } from "../../compiler/reproduce/tables/index.ts";
import { gainsOf, methodFigures } from "../../compiler/reproduce/table-values.ts";
import { pairedT } from "../../runtime/evaluate/statistics.ts";

const method = (id: string, role: TableMethod["role"], perSeed: readonly (number | null)[]): TableMethod => ({
  id,
  label: `the ${id}`,
  role,
  values: [{ metric: "regret", perSeed }],
});

const bySet = (id: string, first: readonly number[], second: readonly number[]): TableMethod => ({
  ...method(id, "baseline", [9, 9]),
  sets: [
    { set: "a", metric: "regret", perSeed: first },
    { set: "b", metric: "regret", perSeed: second },
    { set: "c", metric: "regret", perSeed: [7, 7] },
  ],
});

const table: PaperTable = {
  id: "999/table-1",
  title: "A table",
  source: "999 §1",
  claimed: "ours",
  baseline: "plain",
  variants: ["ours_2"],
  notes: ["A note | with a bar."],
  blocks: [
    {
      id: "one",
      title: "One",
      spec: "examples/newsvendor/model.dro",
      seeds: 3,
      rows: [
        {
          title: "regret",
          metric: "regret",
          better: "lower",
          figures: [
            { method: "plain", mean: 2, sd: 0.1 },
            { method: "other", mean: 1.5 },
            { method: "ours", mean: 1.2 },
          ],
        },
      ],
    },
  ],
};
const block = table.blocks[0]!;
const result: TableResult = {
  seeds: 3,
  quick: false,
  methods: [
    method("ours", "trained", [1, 1.2, 1.1]),
    method("plain", "baseline", [2, 2.3, 2]),
    method("ours_2", "baseline", [0.1, 0.1, 0.1]),
    method("cheap", "floor", [0.9, 1, 1.1]),
    method("placebo", "control", [0.5, 0.5, 0.5]),
    method("oracle_saa", "floor", [0.01, 0.01, 0.01]),
    method("silent", "baseline", [null, 1, 1]),
  ],
};

describe("the gains of a table", () => {
  const [named, strongest] = gainsOf(table, block, result);

  it("are relative to the named baseline, with the paired test over seeds", () => {
    expect(named!.paper).toEqual({ baseline: "plain", relative: (1.2 - 2) / 2 });
    expect(named!.ours!.relative).toBeCloseTo((1.1 - 2.1) / 2.1, 12);
    expect(named!.ours!.p).toBeCloseTo(pairedT([-1, -1.1, -0.9])!.p, 12);
    expect(named!.ours!.isGain).toBe(true);
  });

  it("are relative to the strongest of each side, which is no form of ours, no control and not the true law", () => {
    expect(strongest!.paper!.baseline).toBe("other");
    expect(strongest!.ours!.baseline).toBe("cheap");
    expect(strongest!.ours!.isGain).toBe(false);
  });

  it("turn where larger is better, and are in the paper's unit", () => {
    const row = { ...block.rows[0]!, better: "higher" as const, factor: -1 };
    const [gain] = gainsOf(table, { ...block, rows: [row] }, result);
    expect(gain!.ours!.isGain).toBe(true);
    expect(gain!.ours!.relative).toBeCloseTo((-1.1 + 2.1) / 2.1, 12);
  });

  it("are of the test sets that a row names, each counting the same, and of none that is missing", () => {
    const found = { seeds: 2, quick: false, methods: [bySet("ours", [1, 2], [3, 4]), bySet("plain", [4, 4], [6, 8])] };
    const row = { ...block.rows[0]!, sets: ["a", "b"] };
    const ours = methodFigures({ ...block, rows: [row] }, found).map(({ cells }) => cells[0]!.ours?.mean);
    expect(ours).toEqual([5.5, undefined, 2.5]);
    expect(gainsOf(table, { ...block, rows: [row] }, found)[0]!.ours!.relative).toBeCloseTo(-3 / 5.5, 12);
    expect(methodFigures({ ...block, rows: [{ ...row, sets: ["a", "d"] }] }, found)[0]!.cells[0]!.ours).toBeNull();
  });

  it("have no test with one seed, and nothing where a method was not run", () => {
    const one = { ...result, seeds: 1, methods: [method("ours", "trained", [1]), method("plain", "baseline", [2])] };
    expect(gainsOf(table, block, one)[0]!.ours).toMatchObject({ p: null, relative: -0.5 });
    expect(gainTable(table, [{ block, result: one }]).rows[0]!.at(-1)).toBe("gain, untested; the paper has a gain");
    expect(tableNotes(table, [{ block, result: one }])[0]).toContain("of one seed");
    expect(gainsOf(table, block, { ...one, methods: one.methods.slice(0, 1) })[0]!.ours).toBeNull();
  });
});

describe("a table as printed", () => {
  it("has the paper's methods in its order, then ours, and no value where a seed has none", () => {
    const figures = methodFigures(block, result);
    expect(figures.map((one) => one.method).slice(0, 4)).toEqual(["plain", "other", "ours", "ours_2"]);
    expect(figures.find((one) => one.method === "silent")!.cells[0]!.ours).toBeNull();
    expect(figureTable({ block, result }).rows[0]).toEqual(["the plain", "2.000 ± 0.1000", "2.100 ± 0.1732"]);
  });

  it("says gain or loss only with its chance, and what the paper has", () => {
    const [named, strongest] = gainTable(table, [{ block, result }]).rows;
    expect(named!.at(-1)).toBe("gain; the paper has a gain");
    expect(strongest!.slice(2)).toEqual([
      "best: other / cheap",
      "−20.0 %",
      "+10.0 %",
      "0.225",
      "loss, within chance; the paper has a gain",
    ]);
    expect(gainTable(table, [{ block, result: null }]).rows[0]!.at(-1)).toBe("not measured");
  });

  it("calls means no different that are the same but for the order of their sums", () => {
    const same = {
      ...result,
      methods: [method("ours", "trained", [0.1, 0.2, 0.3]), method("plain", "baseline", [0.3, 0.2, 0.1])],
    };
    expect(gainTable(table, [{ block, result: same }]).rows[0]!.slice(4)).toEqual(["+0.0 %", "1.000", "no difference"]);
  });

  it("is Markdown with its notes, and says when it is a rehearsal", () => {
    const text = tableMarkdown(table, [{ block, result: { ...result, quick: true } }]);
    expect(text).toContain("| the plain | 2.000 ± 0.1000 | 2.100 ± 0.1732 |");
    expect(text).toContain("- A rehearsal:");
    expect(tableNotes(table, [{ block, result }]).join(" ")).not.toContain("rehearsal");
  });
});

describe("the tables of the papers", () => {
  it("have names of their own, and figures for the claimed method and the baseline", () => {
    const ids = PAPER_TABLES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, blocks, claimed, baseline, figure } of PAPER_TABLES) {
      expect(id).toMatch(/^\d{3}\/[a-z0-9-]+$/);
      expect(new Set(blocks.map((one) => one.id)).size).toBe(blocks.length);
      // A figure that is drawn has no numbers to read.
      if (figure !== undefined) continue;
      const methods = blocks.flatMap(({ rows }) => rows.flatMap(({ figures }) => figures.map((one) => one.method)));
      expect(methods, id).toEqual(expect.arrayContaining([claimed, baseline]));
    }
  });

  it.each(PAPER_TABLES.map((one) => [one.id, one] as const))("%s is of specs that can be run", (_id, { blocks }) => {
    for (const { spec, set = {}, model } of blocks) {
      const file = join(packageRoot(), spec);
      expect(existsSync(file), spec).toBe(true);
      const { diagnostics, allModels, notRunnable } = compile({ file, set });
      expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
      const found = model === undefined ? allModels : allModels.filter(({ name }) => name === model);
      expect(found).toHaveLength(1);
      expect(notRunnable.filter((one) => one.model === found[0]!.name)).toEqual([]);
    }
  });
});
