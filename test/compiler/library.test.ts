import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { evaluateGraph } from "../../runtime/ir/evaluate.ts";
import { parse, print } from "../../grammar/index.ts";
import { standardLibraryFolder, standardModules } from "../../compiler/resolve/standard-library.ts";
import { lower, spec } from "../support/tester.ts";

const s = [0.5, -1, 2, 0];
/** A loss of the library as a function of an outcome and two numbers. */
const valueOf = (name: string, call: string): number => {
  const ir = lower(
    spec({ before: `import { ${name} } from "std/losses"\n`, loss: `loss L(z, s) = dot(z, s) + ${call}` }),
  );
  return evaluateGraph(ir.loss.graph, { z: [0, 0, 0, 0], s })[0]!;
};

const lines = (text: string): readonly string[] => text.split("\n").filter((line) => line !== "");

describe("the standard library", () => {
  it("parses, and is written in the canonical form", () => {
    expect(standardModules()).toEqual(["std/losses", "std/presets", "std/sets", "std/tasks", "std/units"]);
    for (const name of standardModules()) {
      const text = readFileSync(join(standardLibraryFolder(), `${name.slice(4)}.dro`), "utf8");
      const { file, problems } = parse(text);
      expect(problems, name).toEqual([]);
      expect(
        file.declarations.every((decl) => decl.kind === "unit" || decl.doc !== undefined),
        name,
      ).toBe(true);
      expect(lines(print(file, text)), name).toEqual(lines(text));
    }
  });

  it.each([
    ["newsvendor", "newsvendor(3, s[2], 1, 9)", 1],
    ["newsvendor", "newsvendor(1, s[2], 1, 9)", 9],
    ["pinball", "pinball(s[2], tau = 0.9)", 1.8],
    ["pinball", "pinball(s[1], tau = 0.9)", 0.1],
    ["shortfall", "shortfall(s[0], 1, beta = 2)", Math.log1p(Math.exp(1)) / 2],
    ["sharp_shortfall", "sharp_shortfall(s[0], 1)", 0.5],
    ["portfolio", "portfolio(s, s)", -5.25],
    ["squared", "squared(s, 1)", 0.25 + 4 + 1 + 1],
    ["absolute", "absolute(s, 1)", 0.5 + 2 + 1 + 1],
    ["coverage", "coverage(1, s, 1, 10)", 0.5 + 2 + 10 + 1],
  ])("has %s: %s is %d", (name, call, expected) => {
    expect(valueOf(name, call)).toBeCloseTo(expected, 12);
  });

  it.each([
    ["simplex", 3],
    ["capped_simplex { cap: 0.3 }", 3],
    ["budget { total: 2 }", 2],
    ["priced_budget { price: [1, 2, 3, 4], total: 10 }", 2],
    ["box { lower: 0, upper: [1, 2, 3, 4] }", 2],
    ["nonnegative", 1],
    ["long_short { cap: 0.2 }", 3],
  ])("has the set %s", (domain, constraints) => {
    const ir = lower(spec({ decision: `decision z: real[Asset] in ${domain}`, risk: "risk mean(L) + sum_squares(z)" }));
    expect(ir.decision.constraints).toHaveLength(constraints);
  });

  it.each(["dw_fm_paper", "uniform_fm_paper", "dw_fm_detilted", "quick_fm"])(
    "has the preset %s for training",
    (name) => {
      lower(spec({ before: `import { ${name} } from "std/presets"\n`, train: `train ${name}` }));
    },
  );

  it("has presets for generators, and units", () => {
    const before = 'import { flow_matching_paper } from "std/presets"\nimport { MWh, kWh, usd } from "std/units"\n';
    const ir = lower(
      spec({
        before,
        params: "param price: real<usd/MWh> = 50\nparam small: real<kWh> = 20",
        loss: "loss L(z, s) = -dot(s, z) * price * small",
        uncertainty: "uncertainty s | x ~ flow_matching_paper { scenarios: 64 }",
      }),
    );
    expect(ir.loss.unit).toEqual({ usd: 1 });
    expect(evaluateGraph(ir.loss.graph, { z: [1, 0, 0, 0], s: [1, 0, 0, 0] })[0]).toBe(-1);
    const { options } = ir.uncertainty.generator;
    expect([options["solver"]!.value, options["ode_steps"]!.value, options["scenarios"]!.value]).toEqual([
      "euler",
      1,
      64,
    ]);
    lower(
      spec({
        before: 'import { gmm_paper } from "std/presets"\n',
        uncertainty: "uncertainty s | x ~ gmm_paper",
        train: null,
      }),
    );
  });
});
