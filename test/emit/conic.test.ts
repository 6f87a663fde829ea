import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { compile } from "../../compiler/compile.ts";
import { reformulateModel } from "../../compiler/canonical/index.ts";
import { emitPipeline } from "../../compiler/emit/pipeline.ts";
import { pipelineData } from "../../compiler/emit/lower-spec.ts";
import type { ModelIR } from "../../runtime/ir/model.ts";
import { typeCheck } from "../support/type-check.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

function growth(): { readonly ir: ModelIR; readonly sources: readonly (string | undefined)[] } {
  const { models, sources } = compile({ file: `${root}examples/growth-portfolio/model.dro`, allow: [root] });
  return { ir: models[0]!, sources: models[0]!.files.map((name) => sources.find((one) => one.name === name)?.text) };
}

const emit = (): Promise<string> => emitPipeline(growth().ir, { ...growth(), root: "../", drocVersion: "1.2.3" });

/** From a line that begins so to the next blank line. */
function part(text: string, start: string): string {
  const from = text.indexOf(start);
  if (from < 0) throw new Error(`no ${start}`);
  return text.slice(from, text.indexOf("\n\n", from));
}

describe("the pipeline of a curved problem", () => {
  it("is strict TypeScript", async () => {
    const text = await emit();
    expect(typeCheck({ growth: text })).toEqual([]);
    expect(typeCheck({ wrong: text.replace('kind: "exp"', 'kind: "cone"') })[0]).toMatch(/^wrong\.ts:\d+: /);
  });

  it("has loss, curved risk and curved constraint as code, the form as data with its mathematics above", async () => {
    const text = await emit();
    expect(part(text, "function loss(")).toContain("return -Math.log(1 + ");
    expect(part(text, "function curvedRisk(")).toContain("impact");
    expect(part(text, "const pieces")).toContain("{ count: 0, fill() {} }");
    expect(part(text, "const risk")).toContain("curved: curvedRisk,");
    const form = text.slice(text.indexOf("What is solved at each context"), text.indexOf("const problem"));
    expect(form).toContain(" * EXP: exponential cones for `log`");
    expect(form).toMatch(/ \* {7}exp\(u\d?_k\) ≤ 1 \+ s_kᵀz   k = 1…K/);
    expect(form).toContain("// log (model.dro:28)");
    expect(form).toContain('label: "norm2(z - held) <= active"');
    expect(form).toMatch(/value\(\w+\) \{/);
    expect(form).not.toContain("at: { file");
    expect(part(text, "const problem: DecisionProblem")).toContain("conic");
  });

  it("gives each row of the form a place", async () => {
    const { ir } = growth();
    const form = reformulateModel(ir);
    const text = await emit();
    const places = /rowsAt: (\[[^\]]*\])/.exec(text)![1]!;
    expect(places.match(/"model\.dro:\d+:\d+"/g)).toHaveLength(form.rows.length);
    expect(pipelineData(ir).pieces).toBe(0);
  });
});
