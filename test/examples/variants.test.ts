import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { reformulateModel } from "../../compiler/canonical/index.ts";
import { compile } from "../../compiler/compile.ts";
import { formatSource } from "../../compiler/review/format.ts";

const EXAMPLES = join(import.meta.dirname, "../../examples");

/** Specs beside the `model.dro` of an example: the same problem in another form. */
const variants = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) =>
    readdirSync(join(EXAMPLES, name))
      .filter((file) => file.endsWith(".dro") && file !== "model.dro")
      .map((file) => [name, file] as const),
  );

describe.each(variants)("examples/%s/%s", (name, file) => {
  it("compiles without a warning, is in the canonical form, and its README says how to run it", () => {
    const spec = join(EXAMPLES, name, file);
    const { diagnostics, models, notRunnable } = compile({ file: spec });
    expect(diagnostics).toEqual([]);
    expect(notRunnable).toEqual([]);
    expect(models).toHaveLength(1);
    const source = readFileSync(spec, "utf8");
    expect(formatSource(source).text).toBe(source);
    expect(readFileSync(join(EXAMPLES, name, "README.md"), "utf8")).toContain(`droc run ${file}`);
  });
});

describe("the fractional knapsack", () => {
  const [whole, fractional] = ["model.dro", "fractional.dro"].map(
    (file) => compile({ file: join(EXAMPLES, "knapsack", file) }).models[0]!,
  );

  it("is a linear programme over the rows and weights of the whole one", () => {
    expect(reformulateModel(whole!).class).toBe("MIP");
    expect(reformulateModel(fractional!).class).toBe("LP");
    const values = (ir: typeof whole): unknown => ir!.params.map(({ name, value }) => [name, value]);
    expect(values(fractional)).toEqual(values(whole));
    expect(fractional!.data.source).toMatchObject({ kind: "synthetic", task: { name: "pyepo_knapsack" } });
  });
});
