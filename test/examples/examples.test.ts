import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { buildModel } from "../../compiler/build.ts";
import { formatSource } from "../../compiler/review/format.ts";
import { starterFiles } from "../../compiler/cli/starter.ts";
import { compile, isRunnable } from "../../compiler/compile.ts";

const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));
const names = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

const temporary = mkdtempSync(join(tmpdir(), "droc-examples-"));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

describe.each(names)("examples/%s", (name) => {
  const spec = join(EXAMPLES, name, "model.dro");
  const source = readFileSync(spec, "utf8");

  it("compiles without a warning", () => {
    const allow = [fileURLToPath(new URL("../../node_modules/vega-datasets", import.meta.url))];
    const { diagnostics, allModels, notRunnable } = compile({ file: spec, allow });
    expect(diagnostics).toEqual([]);
    expect(allModels.filter(isRunnable)).toHaveLength(1);
    expect(notRunnable).toEqual([]);
  });

  it("is in the canonical form", () => {
    expect(formatSource(source).text).toBe(source);
  });

  it("emits what is committed (npm run examples:record)", async () => {
    // A copy at the same depth: what is emitted names paths relative to its own folder.
    const folder = join(temporary, "examples", name);
    cpSync(spec, join(folder, "model.dro"));
    const { allModels } = compile({ file: join(folder, "model.dro"), allow: [temporary] });
    const { ts } = await buildModel(allModels.filter(isRunnable)[0]!, {
      specFolder: folder,
      outFolder: join(folder, "generated"),
    });
    expect(readFileSync(ts, "utf8")).toBe(readFileSync(join(EXAMPLES, name, "generated/pipeline.ts"), "utf8"));
  });

  it("has a README that says how to run it", () => {
    expect(readFileSync(join(EXAMPLES, name, "README.md"), "utf8")).toContain("droc run ");
  });
});

describe("the starter of droc init", () => {
  const source = starterFiles()["model.dro"]!;

  it("compiles without a warning and is canonical", () => {
    const { diagnostics, models } = compile({ file: join(temporary, "model.dro"), source });
    expect(diagnostics).toEqual([]);
    expect(models).toHaveLength(1);
    expect(formatSource(source).text).toBe(source);
  });
});
