import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { droc, folderWith, GOOD } from "./support.ts";

/** Logs every path that the process opens, reads, lists or connects to. */
const TRACE = `
import { createRequire, syncBuiltinESMExports } from "node:module";
const require = createRequire(import.meta.url);
const fs = require("node:fs");
const { writeFileSync } = fs;
const seen = [];
for (const name of ["open", "openSync", "readFileSync", "readFile", "readdirSync", "createReadStream"]) {
  const original = fs[name];
  fs[name] = (...args) => { if (typeof args[0] !== "number") seen.push(name + " " + args[0]); return original(...args); };
}
for (const module of ["node:net", "node:dns", "node:http", "node:https", "node:child_process"]) {
  const target = require(module);
  for (const name of Object.keys(target)) {
    if (!/^(connect|createConnection|lookup|request|get|exec|execFile|fork|spawn|execSync|spawnSync)$/.test(name)) continue;
    target[name] = () => { seen.push("forbidden " + module + " " + name); throw new Error("forbidden"); };
  }
}
globalThis.fetch = () => { seen.push("forbidden fetch"); throw new Error("forbidden"); };
syncBuiltinESMExports();
process.on("exit", () => writeFileSync(process.env.TRACE_FILE, seen.join("\\n")));
`;

async function opened(folder: string, args: readonly string[]): Promise<string[]> {
  const trace = join(folder, "trace.txt");
  await droc(args, { cwd: folder, env: { TRACE_FILE: trace }, nodeArgs: ["--import", join(folder, "trace.mjs")] });
  return existsSync(trace) ? readFileSync(trace, "utf8").trim().split("\n") : [];
}

const FILE_DATA = (path: string): string =>
  GOOD.replace(
    /data returns =[\s\S]*?\n\}\n/,
    `data returns = csv(${JSON.stringify(path)}) {
  index date: date
  context x: real[2] = lag(columns("x_*"), 1)
  outcome s: real[3] = columns("s_*")
  split chronological { train: 60%, validation: 20%, test: 20% }
}
`,
  );

describe("a spec from a stranger", () => {
  const OUTSIDE = ["../secret.csv", "/etc/passwd", "sub/../../secret.csv", "link/secret.csv"];

  it.each(OUTSIDE)("cannot read %s", async (path) => {
    const root = folderWith({ "secret.csv": "date,x_1\n", "spec/m.dro": FILE_DATA(path), "spec/trace.mjs": TRACE });
    const folder = join(root, "spec");
    symlinkSync("..", join(folder, "link"));
    for (const command of ["check", "explain", "build", "run"]) {
      const { exit, stdout, stderr } = await droc([command, "m.dro"], { cwd: folder });
      expect(exit).toBe(1);
      expect(stdout + stderr).toContain("error[path-escapes]");
    }
    const paths = await opened(folder, ["check", "m.dro"]);
    expect(paths.some((line) => line.includes("m.dro"))).toBe(true);
    expect(paths.filter((line) => /secret|passwd|forbidden/.test(line))).toEqual([]);
  });

  it.each(["https://example.com/data.csv", "s3://bucket/data.csv", "//host/share/data.csv"])(
    "cannot reach %s",
    async (path) => {
      const folder = folderWith({ "m.dro": FILE_DATA(path), "trace.mjs": TRACE });
      const { exit, stdout } = await droc(["check", "m.dro"], { cwd: folder });
      expect(exit).toBe(1);
      expect(stdout).toContain("error[path-remote]");
      expect((await opened(folder, ["check", "m.dro"])).filter((line) => line.includes("forbidden"))).toEqual([]);
    },
  );

  it("cannot import from outside its folder", async () => {
    const root = folderWith({
      "secret.dro": "param hidden = 1\n",
      "spec/m.dro": `import { hidden } from "../secret.dro"\n${GOOD}`,
      "spec/trace.mjs": TRACE,
    });
    const folder = join(root, "spec");
    const { exit, stdout } = await droc(["check", "m.dro"], { cwd: folder });
    expect(exit).toBe(1);
    expect(stdout).toContain("error[path-escapes]");
    expect((await opened(folder, ["check", "m.dro"])).filter((line) => line.includes("secret"))).toEqual([]);
    expect((await droc(["check", "m.dro", "--allow", ".."], { cwd: folder })).exit).toBe(0);
  });

  it("has its data read by no command but run", async () => {
    const folder = folderWith({ "m.dro": FILE_DATA("data.csv"), "data.csv": "not,even\n", "trace.mjs": TRACE });
    for (const args of [
      ["check", "m.dro"],
      ["explain", "m.dro"],
      ["fmt", "--check", "m.dro"],
      ["build", "m.dro"],
    ]) {
      const paths = await opened(folder, args);
      expect(paths.some((line) => line.includes("m.dro"))).toBe(true);
      expect(paths.filter((line) => /data\.csv|forbidden/.test(line))).toEqual([]);
    }
  });

  it("cannot write where it wants by its model's name", async () => {
    const folder = folderWith({ "m.dro": GOOD.replace("model Small", "model ../../Small") });
    const { exit } = await droc(["run", "m.dro", "--quick"], { cwd: folder });
    expect(exit).toBe(1);
  });

  it("ends in diagnostics where it is built to exhaust the checker", async () => {
    const deep = GOOD.replace("-dot(s, z)", `${"(".repeat(20_000)}1${")".repeat(20_000)}`);
    const doubling = Array.from({ length: 60 }, (_, i) => `fn f${i + 1}(u: real): real = f${i}(u) + f${i}(u)`).join(
      "\n",
    );
    const bomb = GOOD.replace("model Small\n", `model Small\nfn f0(u: real): real = u\n${doubling}\n`).replace(
      "-dot(s, z)",
      "f60(-dot(s, z))",
    );
    const folder = folderWith({ "deep.dro": deep, "bomb.dro": bomb, "big.dro": " ".repeat(3_000_000) });
    for (const file of ["deep.dro", "bomb.dro", "big.dro"]) {
      const { exit, stdout } = await droc(["check", file], { cwd: folder });
      expect(exit).toBe(1);
      expect(stdout).toMatch(/error\[[a-z-]+\]/);
    }
  });
});
