import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { droc, folderWith, GOOD, REPOSITORY, UNKNOWN_NAME } from "./support.ts";

const CSV_SPEC = `model FromFile

data prices = csv("prices.csv") {
  index date: date
  context x: real[2] = lag(columns("r_*"), 1)
  outcome s: real[2] = columns("r_*")
  split chronological { train: 60%, validation: 20%, test: 20% }
}

decision z: real[2] in simplex
loss L(z, s) = -dot(s, z)
risk mean(L) + cvar(L, level = 80%)
uncertainty s | x ~ gmm { components: 1, scenarios: 16 }
compare saa
evaluate on test { regret, evaluator: residual_bootstrap { scenarios: 32 } }
`;

/** Rows of prices.csv; `change` may spoil one. */
function prices(change: (rows: string[]) => void = () => undefined): string {
  const rows = Array.from({ length: 60 }, (_, i) => {
    const day = new Date(Date.UTC(2020, 0, 1 + i)).toISOString().slice(0, 10);
    return `${day},${(0.01 * Math.sin(i)).toFixed(6)},${(0.02 * Math.cos(2 * i)).toFixed(6)}`;
  });
  const lines = ["date,r_a,r_b", ...rows];
  change(lines);
  return `${lines.join("\n")}\n`;
}

describe("init → check → explain → run", () => {
  it("works in an empty folder that npm has called CommonJS", async () => {
    const cwd = folderWith({ "package.json": '{ "name": "user", "type": "commonjs" }\n' });
    const init = await droc(["init", "problem"], { cwd });
    expect(init.exit).toBe(0);
    const folder = join(cwd, "problem");
    expect(readdirSync(folder).sort()).toEqual([".gitignore", "README.md", "model.dro"]);

    expect((await droc(["check", "model.dro"], { cwd: folder })).exit).toBe(0);
    expect((await droc(["fmt", "--check", "model.dro"], { cwd: folder })).exit).toBe(0);
    expect((await droc(["explain", "model.dro"], { cwd: folder })).exit).toBe(0);

    const run = await droc(["run", "model.dro", "--quick"], { cwd: folder });
    expect(run.exit).toBe(0);
    const [, path] = /are in (runs\/FreshOrder-[0-9a-f]{8}-quick)\n$/.exec(run.stdout)!;
    expect(run.stdout).toMatch(/^method +role +regret/m);
    expect(run.stdout).toMatch(/^dw_fm +trained/m);
    expect(run.stdout + run.stderr).not.toContain("\u001b");
    // Plain lines instead of a bar, since this is no terminal.
    expect(run.stderr).toMatch(/^\[1\/\d+\] seed \d /m);
    const files = readdirSync(join(folder, path!));
    for (const name of ["pipeline.ts", "pipeline.js", "spec.dro", "ir.json", "results.json", "report.html"]) {
      expect(files).toContain(name);
    }
    expect(readFileSync(join(folder, path!, "spec.dro"), "utf8")).toBe(readFileSync(join(folder, "model.dro"), "utf8"));
  });

  it("refuses to write into a folder that holds something, and changes nothing", async () => {
    const cwd = folderWith({ "model.dro": "mine" });
    const { exit, stderr } = await droc(["init"], { cwd });
    expect(exit).toBe(1);
    expect(stderr).toContain("error[cli-init-not-empty]");
    expect(readdirSync(cwd)).toEqual(["model.dro"]);
    expect(readFileSync(join(cwd, "model.dro"), "utf8")).toBe("mine");
  });

  it("accepts a folder with nothing but a repository in it", async () => {
    const cwd = folderWith({ ".git/HEAD": "ref: refs/heads/main\n" });
    expect((await droc(["init", "--json"], { cwd })).exit).toBe(0);
  });
});

describe("droc run", () => {
  it("does finished work once, gives the same results twice, and starts afresh where the meaning changes", async () => {
    const cwd = folderWith({ "m.dro": GOOD });
    const first = await droc(["run", "m.dro", "--quick", "--json"], { cwd });
    expect(first.exit).toBe(0);
    const answer: unknown = JSON.parse(first.stdout);
    expect(answer).toMatchObject({
      command: "run",
      exit: 0,
      error: null,
      diagnostics: expect.any(Array),
      result: { model: "Small", runFolder: expect.stringMatching(/^runs\/Small-[0-9a-f]{8}-quick$/) },
    });
    const again = await droc(["run", "m.dro", "--quick", "--json"], { cwd });
    expect(again.stdout).toBe(first.stdout);
    expect(again.stderr).toContain("kept from before");

    writeFileSync(join(cwd, "m.dro"), `// a comment changes no meaning\n${GOOD}`);
    expect((await droc(["run", "m.dro", "--quick", "--json"], { cwd })).stdout).toBe(first.stdout);
    const other = await droc(["run", "m.dro", "--quick", "--set", "gamma=0.5"], { cwd });
    expect(other.exit).toBe(0);
    expect(readdirSync(join(cwd, "runs"))).toHaveLength(2);
  });

  it("exits 130 when interrupted, and the same command goes on to the same numbers", async () => {
    const spec = GOOD.replace("steps: 200", "steps: 20_000");
    const cwd = folderWith({ "m.dro": spec });
    const args = ["run", "m.dro", "--out", "here"];
    const stopped = await droc(args, { cwd, interruptWhen: (stderr) => stderr.includes("train uniform_fm") });
    expect(stopped.exit).toBe(130);
    expect(stopped.stderr).toContain("error[cli-interrupted]");
    expect(stopped.stderr).toContain("`here`");
    expect(stopped.stderr).toContain("run the same command again");

    const resumed = await droc(args, { cwd });
    expect(resumed.exit).toBe(0);
    expect(resumed.stderr).toContain("kept from before");
    const whole = await droc(["run", "m.dro", "--out", "whole"], { cwd });
    expect(whole.exit).toBe(0);
    const results = (folder: string): string => readFileSync(join(cwd, folder, "results.json"), "utf8");
    expect(results("here")).toBe(results("whole"));
  });

  it("takes the number of seeds from --seeds", async () => {
    const cwd = folderWith({ "m.dro": GOOD });
    const { stdout } = await droc(["run", "m.dro", "--quick", "--json", "--seeds", "2"], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ result: { results: { seeds: 2 } } });
  });

  it("exits 1 on a wrong spec and writes nothing", async () => {
    const cwd = folderWith({ "m.dro": UNKNOWN_NAME });
    const { exit, stdout, stderr } = await droc(["run", "m.dro"], { cwd });
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: "" });
    expect(stderr).toContain("error[unknown-name]");
    expect(readdirSync(cwd)).toEqual(["m.dro"]);
  });

  it("runs on a file", async () => {
    const cwd = folderWith({ "m.dro": CSV_SPEC, "prices.csv": prices() });
    const { exit, stderr } = await droc(["run", "m.dro", "--quick"], { cwd });
    expect(stderr).not.toContain("error[");
    expect(exit).toBe(0);
  });

  it.each([
    ["a missing file", null],
    ["an empty file", ""],
    ["a missing column", prices((rows) => (rows[0] = "date,r_a,q_b"))],
    ["a cell that is no number", prices((rows) => (rows[7] = rows[7]!.replace(/,[^,]*$/, ",abc")))],
    ["a NaN", prices((rows) => (rows[7] = rows[7]!.replace(/,[^,]*$/, ",NaN")))],
    ["an infinite cell", prices((rows) => (rows[7] = rows[7]!.replace(/,[^,]*$/, ",1e999")))],
    ["a file cut in the middle", prices((rows) => (rows[7] = rows[7]!.slice(0, 12)))],
  ])("exits 1 on data with %s, at the place in the spec", async (_, data) => {
    const cwd = folderWith({ "m.dro": CSV_SPEC, ...(data === null ? {} : { "prices.csv": data }) });
    const { exit, stderr } = await droc(["run", "m.dro", "--quick"], { cwd });
    expect(exit).toBe(1);
    expect(stderr).toMatch(/error\[[a-z0-9-]+\]/);
    expect(stderr).toMatch(/--> m\.dro:\d+:\d+/);
    expect(stderr).toContain("prices.csv");
    expect(stderr).toContain("help");
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it("names the line of a wrong cell, in text and in JSON", async () => {
    const cwd = folderWith({
      "m.dro": CSV_SPEC,
      "prices.csv": prices((rows) => (rows[7] = rows[7]!.replace(/,[^,]*$/, ",abc"))),
    });
    const { exit, stdout, stderr } = await droc(["run", "m.dro", "--json"], { cwd });
    expect(exit).toBe(1);
    const answer: unknown = JSON.parse(stdout);
    expect(answer).toMatchObject({
      result: null,
      diagnostics: [
        { file: "m.dro", severity: "error", data: { file: expect.stringContaining("prices.csv"), line: 8 } },
      ],
    });
    expect(stderr).toContain("prices.csv:8");
  });

  it("exits 1 on a data file that is a folder or not UTF-8", async () => {
    const folder = folderWith({ "m.dro": CSV_SPEC });
    mkdirSync(join(folder, "prices.csv"));
    expect((await droc(["run", "m.dro", "--quick"], { cwd: folder })).exit).toBe(1);
    const bytes = folderWith({ "m.dro": CSV_SPEC });
    writeFileSync(
      join(bytes, "prices.csv"),
      Buffer.concat([Buffer.from("date,r_a,r_b\n"), Buffer.from([0xff, 0xfe, 0x0a])]),
    );
    expect((await droc(["run", "m.dro", "--quick"], { cwd: bytes })).exit).toBe(1);
  });

  it.each([
    ["a file", "taken"],
    ["below a file", "taken/run"],
    ["in a device folder", "/proc/droc-run"],
  ])("exits 1 where --out is %s", async (_, out) => {
    const cwd = folderWith({ "m.dro": GOOD, taken: "a file" });
    const { exit, stderr } = await droc(["run", "m.dro", "--quick", "--out", out], { cwd });
    expect(exit).toBe(1);
    expect(stderr).toContain("error[cli-out-not-writable]");
    expect(stderr).toContain("--out");
    expect(readFileSync(join(cwd, "taken"), "utf8")).toBe("a file");
  });
});

describe("droc build", () => {
  it("writes a pipeline that runs on its own with node", async () => {
    const cwd = folderWith({ "m.dro": GOOD });
    // As a project that has installed droc.
    mkdirSync(join(cwd, "node_modules"));
    symlinkSync(REPOSITORY, join(cwd, "node_modules/droc"));
    const { exit, stdout } = await droc(["build", "m.dro"], { cwd });
    expect(exit).toBe(0);
    expect(stdout).toBe("generated/pipeline.ts\ngenerated/pipeline.js\n");
    const { spawnSync } = await import("node:child_process");
    const node = spawnSync(process.execPath, ["generated/pipeline.js", "--quick", "--out", "alone"], {
      cwd,
      encoding: "utf8",
    });
    expect(node.stderr).not.toContain("Warning");
    expect(node.status).toBe(0);
    expect(node.stdout).toMatch(/^dw_fm +trained/m);
    // The same numbers as by droc run.
    const run = await droc(["run", "m.dro", "--quick", "--out", "by-droc"], { cwd });
    expect(run.exit).toBe(0);
    const results = (folder: string): string => readFileSync(join(cwd, folder, "results.json"), "utf8");
    expect(results("alone")).toBe(results("by-droc"));
  });

  it("writes nothing for a wrong spec", async () => {
    const cwd = folderWith({ "m.dro": UNKNOWN_NAME });
    expect((await droc(["build", "m.dro"], { cwd })).exit).toBe(1);
    expect(readdirSync(cwd)).toEqual(["m.dro"]);
  });

  it("answers in JSON", async () => {
    const cwd = folderWith({ "m.dro": GOOD });
    const { stdout } = await droc(["build", "m.dro", "--out", "o", "--json"], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({
      command: "build",
      result: { model: "Small", files: ["o/pipeline.ts", "o/pipeline.js"] },
    });
  });
});

describe("a run from outside the spec's folder", () => {
  it("finds the data beside the spec, and puts the run where the user stands", async () => {
    const cwd = folderWith({ "specs/m.dro": CSV_SPEC, "specs/prices.csv": prices() });
    const away = mkdtempSync(join(tmpdir(), "droc-cli-away-"));
    const { exit, stderr } = await droc(["run", join(cwd, "specs/m.dro"), "--quick"], { cwd: away });
    expect(stderr).not.toContain("error[");
    expect(exit).toBe(0);
    expect(readdirSync(away)).toEqual(["runs"]);
  });
});
