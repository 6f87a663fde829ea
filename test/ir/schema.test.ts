import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { format } from "prettier";
import { describe, expect, it } from "vitest";
import { compile } from "../../compiler/compile.ts";
import { modelSchema } from "../../compiler/ir/index.ts";
import { industryPortfolio, integerNewsvendor, newsvendor } from "../support/models.ts";

const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(modelSchema());

const root = fileURLToPath(new URL("../../", import.meta.url));
const examples = readdirSync(`${root}examples`).filter((name) => existsSync(`${root}examples/${name}/model.dro`));

describe("modelSchema", () => {
  it.each([industryPortfolio(), newsvendor(), integerNewsvendor()].map((s) => [s.ir.name, s.ir] as const))(
    "accepts %s as JSON",
    (_name, ir) => {
      const valid = validate(JSON.parse(JSON.stringify(ir)));
      expect(validate.errors).toBeNull();
      expect(valid).toBe(true);
    },
  );

  it.each(examples)("accepts what the example %s is lowered to", (name) => {
    const { allModels: models, diagnostics } = compile({ file: `${root}examples/${name}/model.dro`, allow: [root] });
    expect(diagnostics.filter((diagnostic) => diagnostic.severity === "error")).toEqual([]);
    expect(models.length).toBeGreaterThan(0);
    for (const ir of models) {
      validate(JSON.parse(JSON.stringify(ir)));
      expect(validate.errors).toBeNull();
    }
  });

  it.each([
    ["an unknown member", { ...newsvendor().ir, extra: 1 }],
    ["a missing member", { ...newsvendor().ir, loss: undefined }],
    ["another version", { ...newsvendor().ir, version: 99 }],
    [
      "an unknown operation",
      {
        ...newsvendor().ir,
        loss: { ...newsvendor().ir.loss, graph: { nodes: [{ op: "eval", shape: [], args: [0] }], output: 0 } },
      },
    ],
    ["a bare option", { ...newsvendor().ir, train: { name: "fit", options: { steps: 3 } } }],
  ])("refuses %s", (_what, value) => {
    expect(validate(JSON.parse(JSON.stringify(value)))).toBe(false);
  });

  it("is published in docs/ir.schema.json (re-record with `vitest -u`)", async () => {
    const text = await format(JSON.stringify(modelSchema()), { parser: "json", printWidth: 120 });
    await expect(text).toMatchFileSnapshot("../../docs/ir.schema.json");
  });
});
