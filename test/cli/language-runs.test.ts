import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeTable } from "../../runtime/data/index.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { droc, folderWith } from "./support.ts";

// The examples of the language run as they stand, on made-up data of the shape that they declare.

const fixture = (name: string): string =>
  readFileSync(new URL(`../compiler/fixtures/${name}.dro`, import.meta.url), "utf8");

function normals(count: number, purpose: string): Float64Array {
  const values = new Float64Array(count);
  randomStream(7, purpose).normal(values);
  return values;
}

/** 260 days of ten returns that follow the first of 99 features. */
function industries(): string {
  const days = 260;
  const features = normals(days * 99, "features");
  const noise = normals(days * 10, "noise");
  const names = [
    ...Array.from({ length: 99 }, (_, j) => `f_${j + 1}`),
    ...Array.from({ length: 10 }, (_, j) => `r_${j + 1}`),
  ];
  const rows = Array.from({ length: days }, (_, i) => {
    const day = new Date(Date.UTC(2020, 0, 1 + i)).toISOString().slice(0, 10);
    const own = Array.from(features.subarray(i * 99, (i + 1) * 99));
    const returns = Array.from({ length: 10 }, (_, j) => 0.004 * own[j]! + 0.01 * noise[i * 10 + j]!);
    return [day, ...[...own, ...returns].map((value) => value.toFixed(6))].join(",");
  });
  return `date,${names.join(",")}\n${rows.join("\n")}\n`;
}

interface Answer {
  readonly result: {
    readonly results: {
      readonly methods: readonly {
        readonly id: string;
        readonly role: string;
        readonly values: readonly { readonly metric: string; readonly perSeed: readonly (number | null)[] }[];
      }[];
    };
  };
}

function methodsOf(stdout: string): Answer["result"]["results"]["methods"] {
  const answer: Answer = JSON.parse(stdout);
  return answer.result.results.methods;
}

describe("the examples of the language run", () => {
  it("the portfolio of 003 with its point predictors and decision-focused baselines", async () => {
    const cwd = folderWith({ "m.dro": fixture("portfolio"), "industries.csv": industries() });
    const { exit, stdout } = await droc(["run", "m.dro", "--quick", "--seeds", "1", "--json"], { cwd });
    expect(exit).toBe(0);
    const methods = methodsOf(stdout);
    const named = methods.filter(({ role }) => role !== "control").map(({ id }) => id);
    expect(named).toEqual(["dw_fm", "uniform_fm", "pto", "spo_plus", "task_e2e"]);
    for (const { values } of methods) {
      for (const { metric, perSeed } of values) {
        if (!metric.startsWith("regret")) continue;
        for (const value of perSeed) expect(value).toBeGreaterThanOrEqual(-1e-9);
      }
    }
  }, 120_000);

  it("the newsvendor of 002 with its mixture, ball and baselines", async () => {
    const cwd = folderWith({ "m.dro": fixture("newsvendor") });
    const { exit, stdout } = await droc(["run", "m.dro", "--quick", "--seeds", "1", "--json"], { cwd });
    expect(exit).toBe(0);
    const methods = methodsOf(stdout);
    expect(methods.map(({ id }) => id)).toEqual(expect.arrayContaining(["gmm", "rnw", "residual_dro", "gmm_nf"]));
    for (const { values } of methods)
      for (const { perSeed } of values) expect(perSeed.every(Number.isFinite)).toBe(true);
  }, 120_000);

  it("the outages, which decide nothing: scenarios, a sampler and their distances from held-out rows", async () => {
    const cwd = folderWith({ "m.dro": fixture("generation-stress-posterior") });
    const common = normals(400, "common");
    const own = normals(4000, "own");
    const columns = Array.from({ length: 10 }, (_, j) => ({
      name: `county_${j + 1}`,
      values: Float64Array.from({ length: 400 }, (_, i) => Math.exp(0.6 * common[i]! + 0.4 * own[i * 10 + j]!)),
    }));
    await writeTable(join(cwd, "outages.parquet"), columns);
    const args = ["run", "m.dro", "--model", "Outages", "--quick", "--json", "--out", "run"];
    const { exit, stdout, stderr } = await droc(args, { cwd });
    expect(exit).toBe(0);
    const methods = methodsOf(stdout);
    expect(methods.map(({ id, role }) => [id, role])).toEqual([
      ["flow_matching", "trained"],
      ["empirical", "floor"],
    ]);
    expect(methods[0]!.values.map(({ metric }) => metric)).toEqual(["mmd", "marginals", "correlation"]);
    expect(stderr).toContain("train flow_matching");

    // Finished training is kept, and the numbers are the same.
    const again = await droc(args, { cwd });
    expect(again.stderr).toContain("kept from before");
    expect(methodsOf(again.stdout)).toEqual(methods);

    // There is nothing to decide with.
    writeFileSync(join(cwd, "new.csv"), "a\n1\n");
    const decided = await droc(["decide", "run", "--context", "new.csv"], { cwd });
    expect([decided.exit, decided.stderr.includes("error[cli-decides-nothing]")]).toEqual([1, true]);
  }, 120_000);
});
