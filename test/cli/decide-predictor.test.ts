import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { openConfined } from "../../runtime/data/duckdb.ts";
import { droc, folderWith } from "./support.ts";

const SPEC = `model Line

data rows = csv("rows.csv") {
  index day: int
  context x: real[2] = columns("x?")
  outcome y: real = column("y")
  split chronological { train: 60%, validation: 20%, test: 20% }
}

decision f: predictor(x -> y) = linear

loss error(f; x, y) = square(f(x) - y)

risk mean(error)

train ml { steps: 200, batch: 16, optimizer: adam { rate: 0.05 } }

evaluate on test { mse, seeds: 1 }
`;
/** y = 2·x1 − x2 + 1, without noise. */
const ROWS = Array.from({ length: 60 }, (_, k) => {
  const [a, b] = [Math.sin(k), Math.cos(2 * k)];
  return `${k},${a},${b},${2 * a - b + 1}`;
}).join("\n");
const cwd = folderWith({ "model.dro": SPEC, "rows.csv": `day,x1,x2,y\n${ROWS}\n` });

beforeAll(async () => {
  const ended = await droc(["run", "model.dro", "--out", "run", "--jobs", "1"], { cwd });
  expect(ended.stderr).not.toContain("error");
  expect(ended.exit).toBe(0);
}, 120_000);

describe("droc decide of a predictor", { timeout: 60_000 }, () => {
  it("predicts at rows from standard input, and says in a line what came of them", async () => {
    const { exit, stdout, stderr } = await droc(["decide", "run", "--context", "-"], {
      cwd,
      input: "x2,x1,day\n0,0.5,100\n-1,0,101\n",
    });
    expect(exit).toBe(0);
    const [header, ...rows] = stdout
      .trim()
      .split("\n")
      .map((line) => line.split(","));
    expect(header).toEqual(["row", "day", "y", "status"]);
    expect(rows.map(([row, day, , status]) => [row, day, status])).toEqual([
      ["1", "100", "predicted"],
      ["2", "101", "predicted"],
    ]);
    // Far nearer than the outcomes' own spread, 1.5: it is the trained predictor, in the data's units.
    for (const row of rows) expect(Math.abs(Number(row[2]) - 2)).toBeLessThan(0.2);
    expect(stderr).toMatch(/^2 rows by ml in .*: 2 predicted\n$/);
  });

  it("writes CSV, lines of JSON and Parquet with the same values", async () => {
    writeFileSync(join(cwd, "new.csv"), "day,x1,x2\n1,0.25,0.5\n2,-1,2\n");
    for (const out of ["p.csv", "p.jsonl", "p.parquet"]) {
      const { exit, stdout } = await droc(["decide", "run", "--context", "new.csv", "--out", out], { cwd });
      expect([exit, stdout, existsSync(join(cwd, `${out}.partial`))]).toEqual([0, "", false]);
    }
    const lines = readFileSync(join(cwd, "p.csv"), "utf8").trim().split("\n").slice(1);
    const json = readFileSync(join(cwd, "p.jsonl"), "utf8").trim().split("\n");
    const database = await openConfined([join(cwd, "p.parquet")]);
    const parquet = await database.rows(`SELECT * FROM read_parquet('${join(cwd, "p.parquet")}') ORDER BY row`);
    database.close();
    expect(parquet.map((row) => row.map(String).join(","))).toEqual(lines);
    expect(json.map((line) => Object.values(JSON.parse(line)).join(","))).toEqual(lines);
  });

  it("stops at the first wrong row, after the rows before it, or goes on past it", async () => {
    const input = "day,x1,x2\n1,0,0\n2,oops,0\n3,1,1\n";
    const stopped = await droc(["decide", "run", "--context", "-"], { cwd, input });
    expect(stopped.exit).toBe(1);
    expect(stopped.stdout.trim().split("\n")).toHaveLength(2);
    expect(stopped.stderr).toContain('`oops` is not a number. (standard input:3, column "x1")');
    expect(stopped.stderr).toContain("1 row is predicted");
    const skipped = await droc(["decide", "run", "--context", "-", "--on-error", "skip"], { cwd, input });
    expect(skipped.exit).toBe(0);
    expect(skipped.stdout.split("\n")[2]).toBe("2,2,,error,data-cell-not-number: `oops` is not a number.");
    expect(skipped.stderr).toContain("2 predicted, 1 with an error");
  });

  it.each([
    ["workers, of which it has none", ["--jobs", "2"], "predictions are computed many at once in one process", 2],
    ["scenarios, of which it draws none", ["--scenarios", "10"], "it draws none", 2],
    ["a seed that was not run", ["--seed", "1"], "has no seed 1", 1],
    ["a method that was not run", ["--method", "dml"], "run-method-unknown", 1],
  ])("refuses %s", async (_, args, text, exit) => {
    const ended = await droc(["decide", "run", "--context", "-", ...args], { cwd, input: "day,x1,x2\n1,0,0\n" });
    expect(ended.exit).toBe(exit);
    expect(ended.stderr).toContain(text);
    expect(ended.stderr).not.toContain(".ts:");
  });
});
