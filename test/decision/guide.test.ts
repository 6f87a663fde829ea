import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { droc, folderWith, REPOSITORY } from "../cli/support.ts";

const guide = readFileSync(join(REPOSITORY, "docs/guide.md"), "utf8");

/** The first block of a language after a heading of the guide. */
function block(heading: string, language: string): string {
  const from = guide.indexOf(`\n## ${heading}\n`);
  const [, text] = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(guide.slice(from)) ?? [];
  if (from < 0 || text === undefined) throw new Error(`The guide has no ${language} under ${heading}.`);
  return text;
}

/** The guide's own problem, trained for a moment. */
const SPEC = block("A whole problem", "dro")
  .replace("hidden: [32, 32]", "hidden: [8], scenarios: 32")
  .replace("one_of(0, 0.1)", "0, steps: 30, batch: 64")
  .replace("seeds: 3", "seeds: 1, contexts: 3");

const cwd = folderWith({
  "model.dro": SPEC,
  "package.json": '{ "type": "module" }\n',
  "app.mjs": block("Deciding with a finished run", "js"),
});

describe("the guide's application", { timeout: 60_000 }, () => {
  beforeAll(async () => {
    // As after `npm install droc` in an empty folder.
    mkdirSync(join(cwd, "node_modules"));
    symlinkSync(REPOSITORY, join(cwd, "node_modules/droc"));
    expect((await droc(["build", "model.dro"], { cwd })).exit).toBe(0);
    expect((await droc(["run", "model.dro", "--out", "runs/today", "--jobs", "1"], { cwd })).exit).toBe(0);
  }, 60_000);

  it("decides at one context and at many, alike, and ends by itself", async () => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ["app.mjs"], { cwd });
    expect(stderr).toBe("");
    const lines = stdout.trim().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[1]).toBe(lines[0]);
    for (const line of lines) expect(line).toMatch(/^order \d+$/);
  });

  it("sees wrong names and types of contexts and decisions where it is type-checked", async () => {
    writeFileSync(
      join(cwd, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          noEmit: true,
          module: "nodenext",
          target: "esnext",
          types: ["node"],
          typeRoots: [join(REPOSITORY, "node_modules/@types")],
          skipLibCheck: true,
        },
        files: ["app.ts"],
      }),
    );
    writeFileSync(
      join(cwd, "app.ts"),
      `import { decide, decideMany, type Context, type Decision } from "./generated/pipeline.js";
const context: Context = { x: [1, 2, 3] };
const one: Decision = await decide(context, "runs/today");
for await (const { order } of decideMany([context], "runs/today")) console.log(order + one.order);
// @ts-expect-error -- the context is called x
await decide({ y: [1] }, "runs/today");
// @ts-expect-error -- the decision is called order
console.log(one.amount);
`,
    );
    const tsc = join(REPOSITORY, "node_modules/typescript/bin/tsc");
    await promisify(execFile)(process.execPath, [tsc, "-p", "tsconfig.json"], { cwd });
  });
});
