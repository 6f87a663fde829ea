import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { droc, folderWith } from "./support.ts";

describe("droc reproduce", () => {
  it("lists the tables and what they need, and runs nothing", async () => {
    const cwd = folderWith({});
    for (const args of [["reproduce"], ["reproduce", "003/table-1", "--list"]]) {
      const { exit, stdout } = await droc(args, { cwd });
      expect(exit).toBe(0);
      expect(stdout).toMatch(/^003\/table-1 +Synthetic portfolio.*degree-2, degree-4, degree-6, degree-8 +no$/m);
      expect(stdout).toMatch(/^003\/table-3 .* traffic +yes$/m);
    }
    expect(existsSync(join(cwd, "runs"))).toBe(false);
  });

  it("refuses tables and blocks that there are not, and names the nearest", async () => {
    const table = await droc(["reproduce", "003/tabel-1"]);
    expect([table.exit, table.stderr.includes("error[cli-table-unknown]")]).toEqual([2, true]);
    expect(table.stderr).toContain("did you mean `003/table-1`?");
    const block = await droc(["reproduce", "003/table-1", "--only", "degree-2,degree-3"]);
    expect([block.exit, block.stderr.includes("error[cli-block-unknown]")]).toEqual([2, true]);
  });

  it("says which file is missing and where it is had, before anything is run", async () => {
    const cwd = folderWith({ "data/nothing.txt": "" });
    const { exit, stderr, stdout } = await droc(["reproduce", "003/table-2", "--data", "."], { cwd });
    expect([exit, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("error[cli-table-data]");
    expect(stderr).toContain("`data/industries.csv` is missing");
    expect(stderr).toContain("convert.mjs");
    expect(existsSync(join(cwd, "runs"))).toBe(false);
  });

  it("reads data behind a link only where that is allowed", async () => {
    const cwd = folderWith({ "data/nothing.txt": "" });
    const elsewhere = folderWith({ "industries.csv": "date,x\n2020-01-01,1\n" });
    symlinkSync(join(elsewhere, "industries.csv"), join(cwd, "data/industries.csv"));
    const args = ["reproduce", "003/table-2", "--data", ".", "--quick", "--seeds", "1"];
    const refused = await droc(args, { cwd });
    expect([refused.exit, refused.stderr.includes("error[path-escapes]")]).toEqual([1, true]);
    // The file is read then, and lacks what the spec names.
    const read = await droc([...args, "--allow", elsewhere], { cwd });
    expect([read.exit, read.stderr.includes("error[data-pattern-empty]")]).toEqual([1, true]);
  }, 60_000);

  it("runs a block, sets ours beside the paper's, and keeps the run", async () => {
    const cwd = folderWith({});
    const args = ["reproduce", "003/table-1", "--only", "degree-2", "--quick", "--seeds", "1", "--out", "kept"];
    const { exit, stdout, stderr } = await droc([...args, "--format", "markdown"], { cwd });
    expect(exit).toBe(0);
    expect(stderr).toContain("003/table-1 · Degree 2");
    expect(stdout).toMatch(/^\| uniform_fm \| 0\.07450 ± 0\.0008000 \| 0\.\d+ \|/m);
    expect(stdout).toMatch(/^\| Degree 2 \| regret \| uniform_fm \| −2\.6 % \| [−+]\d/m);
    expect(existsSync(join(cwd, "kept/003/table-1/degree-2-quick/results.json"))).toBe(true);

    const again = await droc([...args, "--format", "json"], { cwd });
    expect(again.stderr).not.toMatch(/ train .*\d (ms|s)$/m);
    const answer: unknown = JSON.parse(again.stdout);
    expect(answer).toMatchObject({
      command: "reproduce",
      result: {
        tables: [{ id: "003/table-1", claimed: "dw_fm", blocks: [{ id: "degree-2", seeds: 1, quick: true }] }],
      },
    });
  }, 240_000);

  it("runs a block of a figure and draws it", async () => {
    const cwd = folderWith({});
    const args = ["reproduce", "004/figure-4", "--only", "assets-10", "--quick", "--seeds", "1", "--out", "kept"];
    const { exit, stdout, stderr } = await droc([...args, "--format", "markdown"], { cwd });
    expect([exit, stderr.includes("004/figure-4/figure.html")]).toEqual([0, true]);
    expect(stdout).toMatch(/^\| 10 assets \| relative regret, worst 100 %, % \|/m);
    expect(stdout).toMatch(/^\| spo_plus \| \d/m);
    expect(readFileSync(join(cwd, "kept/004/figure-4/figure.html"), "utf8")).toContain("<svg");
  }, 240_000);
});
