import { describe, expect, it } from "vitest";
import { evaluateGraph } from "../../runtime/ir/evaluate.ts";
import { compileText, diagnose, lower, spec, unmark } from "../support/tester.ts";

describe("declarations", () => {
  it("have one name each", () => {
    diagnose(spec({ params: "param a = 1\nparam ~~~a~~~ = 2" }), ["duplicate-name"]);
    diagnose(spec({ params: "param ~~~Asset~~~ = 1" }), ["duplicate-name"]);
    diagnose(spec({ params: "fn ~~~max~~~(u) = u" }), ["name-builtin"]);
    const { diagnostics } = diagnose(spec({ decision: "decision z, ~~~z~~~: real[Asset] in simplex" }), [
      "duplicate-name",
    ]);
    expect(diagnostics[0]!.related).toHaveLength(1);
  });

  it("come once where a model has one of them", () => {
    diagnose(spec({ more: "~~~risk 2 * mean(L)~~~" }), ["duplicate-declaration"]);
    diagnose(spec({ more: "seed 1\n~~~seed 2~~~" }), ["duplicate-declaration"]);
  });

  it.each([
    ["data", { data: null, loss: "loss L(z) = sum(z)", uncertainty: null }, ["data", "uncertainty"]],
    ["decision", { decision: null }, ["decision"]],
    ["loss", { loss: null }, ["loss"]],
    ["risk", { risk: null }, ["risk"]],
    ["uncertainty", { uncertainty: null }, ["uncertainty"]],
    ["train", { train: null }, ["train"]],
  ] as const)("are missed where they are needed: %s", (_, parts, missing) => {
    const { diagnostics, models } = compileText(spec(parts));
    const found = diagnostics.filter((d) => d.code === "missing-declaration").map((d) => d.message);
    expect(found).toEqual(missing.map((what) => `model \`M\` has no \`${what}\``));
    expect(models).toEqual([]);
  });

  it("may be in any order", () => {
    lower(`model M
evaluate { mean_loss }
train dw_fm
uncertainty s | x ~ flow_matching
risk mean(L) + g * sum_squares(z)
param g = h / 2
param h = 4
loss L(z, s) = -dot(s, z)
decision z: real[Asset] in simplex
data market = csv("a.csv") {
  index date: date
  context x: real[2] = columns("f_*")
  outcome s: real[Asset] = columns("r_*")
  split chronological { train: 70%, validation: 10%, test: 20% }
}
dim Asset = n
param n = 4
`);
  });

  it("are not defined by themselves", () => {
    diagnose(spec({ params: "param ~~~a~~~ = b\nparam b = a" }), ["definition-cycle"]);
    diagnose(spec({ before: "unit ~~~a~~~ = 2 * b\nunit b = 2 * a\n" }), ["definition-cycle"]);
    diagnose(spec({ before: "preset ~~~p~~~ = p { steps: 3 }\n", train: "train p" }), ["definition-cycle"]);
    const presets = "preset ~~~p~~~ = q { steps: 3 }\npreset q = p { batch: 4 }\n";
    diagnose(spec({ before: presets, train: "train p" }), ["definition-cycle"]);
    const { diagnostics } = diagnose(spec({ params: "param ~~~a~~~ = b\nparam b = 2 * c\nparam c = a" }), [
      "definition-cycle",
    ]);
    expect(diagnostics[0]!.message).toContain("a → b → c → a");
  });

  it("that another kind of problem has are reported, never ignored", () => {
    for (const decl of ["next level = 1", "stress test with ~~~gaussian~~~ { sd: 0.1 }", "solve ~~~sddp~~~"]) {
      const marked = decl.includes("~~~") ? decl : `~~~${decl}~~~`;
      const { text, spans } = unmark(spec({ more: marked }));
      const { diagnostics } = compileText(text);
      expect(diagnostics.map(({ code, span }) => [code, span.start])).toEqual([["wrong-problem", spans[0]!.start]]);
    }
  });

  it("of names that JavaScript gives a meaning to are ordinary", () => {
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty", "prototype"]) {
      const ir = lower(
        spec({
          before: `unit ${name}\n`,
          dims: `dim ${name}_ = 4\ndim Asset = 4\ndim Feature = 3`,
          params: `param ${name}: real<${name}> = 3`,
          loss: `loss L(z, s) = -dot(s, z) * ${name} / (2 * ${name})`,
        }),
      );
      expect(ir.params.map((param) => [param.name, Object.entries(param.unit)])).toEqual([[name, [[name, 1]]]]);
      diagnose(spec({ risk: `risk mean(L) + ~~~${name}~~~` }), ["unknown-name"]);
      diagnose(spec({ train: `train ~~~${name}~~~` }), ["method-unknown"]);
      diagnose(spec({ train: `train dw_fm { ~~~${name}~~~: 1 }` }), ["option-unknown"]);
      diagnose(spec({ params: `param a: ~~~${name}~~~ = 1` }), ["unknown-type"]);
      diagnose(spec({ risk: `risk mean(L) + ~~~${name}~~~(z)` }), ["unknown-function"]);
    }
  });

  it("are limited in number", () => {
    const many = Array.from({ length: 5001 }, (_, i) => `param p${i} = 1`).join("\n");
    const { diagnostics } = compileText(`${many}\n${spec()}`);
    expect(diagnostics.map((d) => d.code)).toEqual(["declaration-limit"]);
  });

  it("of a library are no models", () => {
    expect(compileText("fn f(u) = 2 * u\n")).toMatchObject({ diagnostics: [], models: [] });
    diagnose("~~~~~~", ["empty-file"]);
    diagnose("~~~~~~// nothing\n", ["empty-file"]);
  });
});

describe("several models", () => {
  const two = `${spec()}
model N
  extends M
param scale = 3
loss K(z, s) = -scale * dot(s, z)
`;

  it("inherit declarations and replace them by kind or name", () => {
    const { models, diagnostics } = compileText(two);
    expect(diagnostics).toEqual([]);
    expect(models.map((model) => [model.name, model.loss.name, model.params.length])).toEqual([
      ["M", "L", 0],
      ["N", "K", 1],
    ]);
    // `risk mean(L)` is inherited and means the loss of the model that inherits it.
    expect(models[1]!.risk.mean).toBe(1);
    expect(evaluateGraph(models[1]!.loss.graph, { z: [1, 0, 0, 0], s: [2, 0, 0, 0] })[0]).toBe(-6);
  });

  it("replace parameters that inherited declarations use", () => {
    const text = `${spec({ params: "param gamma = 1", risk: "risk mean(L) + gamma * cvar(L, level = 90%)" })}
model N extends M
param gamma = 5
`;
    expect(compileText(text).models.map((model) => model.risk.cvar[0]!.weight)).toEqual([1, 5]);
  });

  it("share what stands before the first model", () => {
    const text = `dim Asset = 4\ndim Feature = 3\nparam gamma = 2\n${spec({ dims: "", risk: "risk gamma * mean(L)" })}
model N extends M
param gamma = 7
`;
    expect(compileText(text).models.map((model) => model.risk.mean)).toEqual([2, 7]);
  });

  it("report what is wrong in one and give the others", () => {
    const marked = `${two}\nmodel O extends M\nrisk mean(~~~Q~~~)\n`;
    expect(diagnose(marked, ["risk-loss-name"]).models.map((model) => model.name)).toEqual(["M", "N"]);
  });

  it("extend models that exist, and never themselves", () => {
    diagnose(`${spec()}\nmodel N extends ~~~Q~~~\n`, ["extends-unknown"]);
    diagnose("model A extends ~~~B~~~\nmodel B extends ~~~A~~~\n", ["extends-cycle", "extends-cycle"]);
    diagnose("model A extends ~~~A~~~\n", ["extends-cycle"]);
    diagnose(`${spec()}\nmodel ~~~M~~~\n`, ["duplicate-name"]);
  });
});

describe("--set", () => {
  const text = spec({
    before: "unit usd\n",
    params:
      "param gamma = 2\nparam n: int = 3\nparam on: bool = true\nparam w: real[Asset] = [1, 2, 3, 4]\nparam c: real<usd> = 5",
    risk: "risk gamma * mean(L)",
  });

  it.each([
    ["gamma", "0.5", [0.5]],
    ["gamma", "90%", [0.9]],
    ["gamma", "1_000", [1000]],
    ["n", "7", [7]],
    ["on", "false", [0]],
    ["w", "[4, 3, 2, 1]", [4, 3, 2, 1]],
    ["w", "2", [2, 2, 2, 2]],
    ["c", "1e3", [1000]],
  ])("replaces %s by %s", (name, value, expected) => {
    const param = lower(text, { set: { [name]: value } }).params.find((one) => one.name === name);
    expect(param).toMatchObject({ value: expected, overridden: true });
  });

  it("changes what depends on the parameter", () => {
    expect(lower(text, { set: { gamma: "7" } }).risk.mean).toBe(7);
    expect(lower(text).params.every((param) => !param.overridden)).toBe(true);
  });

  it.each([
    ["gamma", "two"],
    ["gamma", "1; param x = 3"],
    ["gamma", "1e999"],
    ["gamma", ""],
    ["gamma", "[1]"],
    ["n", "2.5"],
    ["on", "1"],
    ["w", "[1, 2]"],
  ])("refuses %s = %s", (name, value) => {
    const marked = text.replace(`param ${name}`, `param ~~~${name}~~~`);
    diagnose(marked, ["set-not-a-value"], { set: { [name]: value } });
  });

  it("names parameters that exist", () => {
    const { diagnostics } = compileText(text, { set: { gama: "1", __proto__x: "1" } });
    expect(diagnostics.map((d) => d.code)).toEqual(["set-unknown-param", "set-unknown-param"]);
    expect(diagnostics[0]!.help).toContain("did you mean `gamma`?");
  });
});

describe("after a typo", () => {
  it.each([
    ["param gamma 2\nparam eta = 1", "risk mean(L) + gamma * sum_squares(z)"],
    ["param gamma = = 2\nparam eta = 1", "risk mean(L) + gamma * sum_squares(z)"],
    ["parm gamma = 2\nparam eta = 1", "risk mean(L) + gamma * sum_squares(z)"],
  ])("nothing more is said about the names that it lost: %s", (params, risk) => {
    const { diagnostics, models } = compileText(spec({ params, risk }));
    expect(diagnostics).toHaveLength(1);
    expect(models).toEqual([]);
  });

  it("the form of what it left is not judged", () => {
    const cut = compileText(spec({ decision: "decision z: real[Asset] im simplex" }));
    expect(cut.diagnostics.map((d) => d.code)).toEqual(["unexpected-token"]);
    const chained = compileText(spec({ params: "param a = 1\nparam ok: bool = 0 < a < 2" }));
    expect(chained.diagnostics.map((d) => d.code)).toEqual(["chained-relation"]);
  });

  it("the rest is still checked", () => {
    const { diagnostics } = compileText(spec({ params: "param gamma 2", train: "train dw_fm { stepz: 3 }" }));
    expect(diagnostics.map((d) => d.code)).toEqual(["missing-equals", "option-unknown"]);
  });
});
