import { spawn } from "node:child_process";
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { openConfined } from "../../runtime/data/duckdb.ts";
import { droc, folderWith, MAIN, type Ended } from "./support.ts";

const SPEC = `model Market

dim Asset = ["A", "B", "C"]

data returns = synthetic portfolio { assets: 3, covariates: 2, train: 200, validation: 20, test: 20 } {
  context x: real[2]
  outcome s: real[Asset]
}

decision z: real[Asset] in simplex { cap: 0.6 }, cash: real in 0..1
loss L(z, cash, s) = -dot(s, z) - 0.1 * cash
risk mean(L) + 2 * cvar(L, level = 90%) + 1e-3 * sum_squares(z) + 1e-3 * cash^2
uncertainty s | x ~ flow_matching { hidden: [8], scenarios: 32 }
train uniform_fm { steps: 50, batch: 64 }
compare saa, knn_saa { neighbours: 20 }
evaluate on test { regret, contexts: 4, seeds: 1, evaluator: truth { scenarios: 64 } }
`;
const HEADER = "row,z[A],z[B],z[C],cash,status,objective,gap,t,milliseconds";

const cwd = folderWith({ "model.dro": SPEC });
const decide = (input: string, ...args: readonly string[]): Promise<Ended> =>
  droc(["decide", "run", "--context", "-", "--jobs", "1", ...args], { cwd, input });
/** Cells of a CSV without quotes; of the rows all but the last, which is a time. */
const rowsOf = (text: string): string[][] =>
  text
    .trim()
    .split("\n")
    .map((line) => line.split(","));

beforeAll(async () => {
  const ended = await droc(["run", "model.dro", "--out", "run", "--jobs", "1"], { cwd });
  expect(ended.stderr).not.toContain("error");
  expect(ended.exit).toBe(0);
}, 60_000);

describe("droc decide", { timeout: 60_000 }, () => {
  it("prints a row for each context, named as in the run folder, and a summary apart from them", async () => {
    const { exit, stdout, stderr } = await decide("x[2],x[1]\n0.5,0.1\n-0.5,1\n");
    expect(exit).toBe(0);
    const [header, ...rows] = rowsOf(stdout);
    expect(header!.join(",")).toBe(HEADER);
    expect(rows.map(([row, , , , , status]) => [row, status])).toEqual([
      ["1", "optimal"],
      ["2", "optimal"],
    ]);
    for (const row of rows) {
      const [a, b, c, cash] = row.slice(1, 5).map(Number) as [number, number, number, number];
      expect(a + b + c).toBeCloseTo(1, 9);
      expect(Math.max(a, b, c)).toBeLessThanOrEqual(0.6 + 1e-9);
      expect(cash).toBeCloseTo(1, 6);
      expect(Number(row[7])).toBeLessThan(1e-6);
    }
    expect(stderr).toMatch(/^2 rows by uniform_fm in .*: 2 optimal\n$/);
    const database = await openConfined([join(cwd, "run/decisions.parquet")]);
    const columns = await database.rows(`DESCRIBE SELECT * FROM read_parquet('${join(cwd, "run/decisions.parquet")}')`);
    database.close();
    expect(columns.map(([name]) => name)).toEqual(expect.arrayContaining(["z[A]", "z[B]", "z[C]", "cash"]));
  });

  it("stops at the first wrong row, after the rows before it, or goes on past it", async () => {
    const input = "x[1],x[2]\n0,0\n1,oops\n1,1\n";
    const stopped = await decide(input);
    expect(stopped.exit).toBe(1);
    expect(rowsOf(stopped.stdout)).toHaveLength(2);
    expect(stopped.stderr).toContain(
      'error[data-cell-not-number]: `oops` is not a number. (standard input:3, column "x[2]")',
    );
    expect(stopped.stderr).toContain("spec.dro:6:11");
    expect(stopped.stderr).toContain("1 row is decided");
    const skipped = await decide(input, "--on-error", "skip");
    expect(skipped.exit).toBe(0);
    const rows = rowsOf(skipped.stdout);
    expect(rows[0]).toEqual([...HEADER.split(","), "error"]);
    expect(rows[2]).toEqual([
      "2",
      "",
      "",
      "",
      "",
      "error",
      "",
      "",
      "",
      "",
      "data-cell-not-number: `oops` is not a number.",
    ]);
    expect(rows[3]![5]).toBe("optimal");
    expect(skipped.stderr).toContain("2 optimal, 1 with an error");
  });

  it("writes CSV, lines of JSON and Parquet with the same values", async () => {
    writeFileSync(join(cwd, "new.csv"), "x[1],x[2]\n0.25,0.5\n-1,2\n0,0\n");
    const options = ["decide", "run", "--context", "new.csv", "--jobs", "1", "--method", "knn_saa"];
    for (const out of ["d.csv", "d.jsonl", "d.parquet"]) {
      const { exit, stdout } = await droc([...options, "--out", out], { cwd });
      expect([exit, stdout]).toEqual([0, ""]);
      expect(existsSync(join(cwd, `${out}.partial`))).toBe(false);
    }
    const csv = rowsOf(readFileSync(join(cwd, "d.csv"), "utf8"));
    const json = readFileSync(join(cwd, "d.jsonl"), "utf8").trim().split("\n");
    const database = await openConfined([join(cwd, "d.parquet")]);
    const parquet = await database.rows(`SELECT * FROM read_parquet('${join(cwd, "d.parquet")}') ORDER BY row`);
    database.close();
    for (let k = 0; k < 3; k++) {
      const object: Record<string, unknown> = JSON.parse(json[k]!);
      const { milliseconds: _, ...values } = object;
      const names = csv[0]!.slice(0, -1);
      expect(Object.keys(values)).toEqual(names);
      expect(names.map((name) => String(values[name]))).toEqual(csv[k + 1]!.slice(0, -1));
      expect(parquet[k]!.slice(0, -1).map(String)).toEqual(csv[k + 1]!.slice(0, -1));
    }
  });

  it("keeps the rows before an error beside the file that it could not finish", async () => {
    writeFileSync(join(cwd, "bad.csv"), "x[1],x[2]\n0,0\n1\n");
    rmSync(join(cwd, "bad.parquet"), { force: true });
    const ended = await droc(["decide", "run", "--context", "bad.csv", "--out", "bad.parquet", "--jobs", "1"], { cwd });
    expect(ended.exit).toBe(1);
    expect(ended.stderr).toContain("error[data-row-short]");
    expect(ended.stderr).toContain("1 row is decided and in bad.parquet.partial.");
    expect(existsSync(join(cwd, "bad.parquet"))).toBe(false);
    expect(rowsOf(readFileSync(join(cwd, "bad.parquet.partial"), "utf8"))).toHaveLength(2);
  });

  it("answers with one JSON object where the rows go to a file", async () => {
    const ended = await decide("x[1],x[2]\n0,0\n", "--out", "one.csv", "--json");
    expect(JSON.parse(ended.stdout)).toMatchObject({
      command: "decide",
      exit: 0,
      result: { model: "Market", method: "uniform_fm", out: "one.csv", rows: 1, optimal: 1, inaccurate: 0, errors: 0 },
    });
  });

  it("is quiet where nobody reads on", async () => {
    const input = `x[1],x[2]\n${"0.5,0.5\n".repeat(3000)}`;
    const child = spawn(process.execPath, [MAIN, "decide", "run", "--context", "-", "--jobs", "2"], { cwd });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.stdout.once("data", () => child.stdout.destroy());
    const exit = await new Promise((resolve) => child.on("close", resolve));
    expect([exit, stderr]).toEqual([0, ""]);
  });

  it.each([
    ["no rows at all", "", [], "context-file-empty", 1],
    ["a column less", "x[1]\n0\n", [], "context-columns-missing", 1],
    ["a method that is not there", "x[1],x[2]\n0,0\n", ["--method", "gmm"], "run-method-unknown", 1],
    ["Parquet into a pipe", "x[1],x[2]\n0,0\n", ["--format", "parquet"], "cli-usage", 2],
    ["JSON beside rows", "x[1],x[2]\n0,0\n", ["--json"], "cli-usage", 2],
    ["a seed that is none", "x[1],x[2]\n0,0\n", ["--seed", "1.5"], "cli-usage", 2],
    ["an output that cannot be written", "x[1],x[2]\n0,0\n", ["--out", "none/d.csv"], "cli-out-not-writable", 1],
  ])("says what is wrong with %s", async (_, input, args, code, exit) => {
    const ended = await decide(input, ...args);
    expect(ended.exit).toBe(exit);
    expect(`${ended.stderr}${ended.stdout}`).toContain(code);
    expect(`${ended.stderr}${ended.stdout}`).not.toContain(".ts:");
  });

  it("gives a header alone for a header alone", async () => {
    expect((await decide("x[1],x[2]\n")).stdout).toBe(`${HEADER}\n`);
  });

  it("refuses what is no finished run of this spec", async () => {
    const input = "x[1],x[2]\n0,0\n";
    const on = (run: string): Promise<Ended> => droc(["decide", run, "--context", "-"], { cwd, input });
    expect((await on("none")).stderr).toContain("error[cli-no-run]");
    cpSync(join(cwd, "run"), join(cwd, "unfinished"), { recursive: true });
    rmSync(join(cwd, "unfinished/model.json"));
    const unfinished = await on("unfinished");
    expect([unfinished.exit, unfinished.stdout]).toEqual([1, ""]);
    expect(unfinished.stderr).toContain("error[no-finished-run]");
    cpSync(join(cwd, "run"), join(cwd, "other"), { recursive: true });
    const text = readFileSync(join(cwd, "other/pipeline.js"), "utf8");
    expect(text).toContain("seed: 0,");
    writeFileSync(join(cwd, "other/pipeline.js"), text.replace("seed: 0,", "seed: 1,"));
    expect((await on("other")).stderr).toContain("error[run-of-another-model]");
  });
});
