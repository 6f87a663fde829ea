import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { droc, folderWith, GOOD } from "./support.ts";

/** Logs every module that the process resolves, and at its end every native library that it holds. */
const TRACE = `
import { register } from "node:module";
import { appendFileSync } from "node:fs";
register("data:text/javascript," + encodeURIComponent(\`
  import { appendFileSync } from "node:fs";
  export async function resolve(specifier, context, next) {
    const resolved = await next(specifier, context);
    appendFileSync(process.env.TRACE_FILE, resolved.url + "\\\\n");
    return resolved;
  }
\`));
process.on("exit", () => {
  const { sharedObjects } = process.report.getReport();
  for (const path of sharedObjects) if (path.endsWith(".node")) appendFileSync(process.env.TRACE_FILE, path + "\\n");
});
`;
const HEAVY = ["onnxruntime", "highs", "glpk", "duckdb", "ts-morph", "prettier", "protobufjs", "typescript"];

async function loadedBy(
  args: readonly string[],
): Promise<{ readonly exit: number | null; readonly modules: string[] }> {
  const cwd = folderWith({ "m.dro": GOOD, "trace.mjs": TRACE });
  const trace = join(cwd, "trace.txt");
  const { exit } = await droc(args, {
    cwd,
    env: { TRACE_FILE: trace },
    nodeArgs: ["--import", join(cwd, "trace.mjs")],
  });
  return { exit, modules: readFileSync(trace, "utf8").split("\n") };
}

describe("lazy loading", () => {
  it.each([
    ["check", ["check", "m.dro"]],
    ["explain", ["explain", "m.dro"]],
    ["fmt", ["fmt", "--check", "m.dro"]],
  ])("%s loads no executor, solver, DuckDB, ts-morph or Prettier", async (_, args) => {
    const { modules } = await loadedBy(args);
    expect(modules.some((url) => url.includes("chevrotain"))).toBe(true);
    expect(modules.filter((url) => HEAVY.some((name) => url.includes(`node_modules/${name}`)))).toEqual([]);
    expect(modules.filter((url) => /@(duckdb|ts-morph|tensorflow)\/|\.node$/.test(url))).toEqual([]);
  });

  it("sees them where they are loaded", async () => {
    const { exit, modules } = await loadedBy(["doctor"]);
    expect(exit).toBe(0);
    for (const name of ["onnxruntime-node", "@duckdb/node-api", "ts-morph", "highs"]) {
      expect(modules.some((url) => url.includes(`node_modules/${name}/`))).toBe(true);
    }
    expect(modules.some((path) => path.endsWith(".node"))).toBe(true);
  });

  it("init loads no grammar either", async () => {
    const { modules } = await loadedBy(["init", "new"]);
    expect(modules.filter((url) => url.includes("chevrotain"))).toEqual([]);
  });
});
