import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { droc, folderWith, GOOD } from "./support.ts";

/** Makes compile() throw, as a broken invariant would. */
const SABOTAGE = `
import { register } from "node:module";
register("data:text/javascript," + encodeURIComponent(\`
  export async function load(url, context, next) {
    if (!url.endsWith("/compiler/compile.js")) return next(url, context);
    const source = 'export function compile() { throw new Error("the invariant is broken", { cause: new Error("deeper") }); }';
    return { format: "module", shortCircuit: true, source };
  }
\`));
`;

describe("an internal error", () => {
  it("exits 3, prints no stack, and leaves a report whose path it prints", async () => {
    const cwd = folderWith({ "m.dro": GOOD, "sabotage.mjs": SABOTAGE });
    const env = { SECRET_TOKEN: "do-not-report-me" };
    const nodeArgs = ["--import", join(cwd, "sabotage.mjs")];
    const { exit, stdout, stderr } = await droc(["check", "m.dro"], { cwd, env, nodeArgs });
    expect({ exit, stdout }).toEqual({ exit: 3, stdout: "" });
    expect(stderr).toContain("error[cli-internal]");
    expect(stderr).toContain("the invariant is broken");
    expect(stderr).not.toMatch(/^\s+at /m);
    const report = readdirSync(cwd).find((name) => name.startsWith("droc-error-"))!;
    expect(stderr).toContain(report);
    const text = readFileSync(join(cwd, report), "utf8");
    expect(text).toContain('command: droc "check" "m.dro"');
    expect(text).toMatch(/^\s+at compile/m);
    expect(text).toContain("deeper");
    expect(text).not.toContain("do-not-report-me");
  });
});
