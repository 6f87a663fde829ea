import { describe, expect, it } from "vitest";
import { Choices } from "../../compiler/emit/choices.ts";
import { pipelineData, showUnit } from "../../compiler/emit/lower-spec.ts";
import { lowerGenerator, lowerMethod, lowerTraining } from "../../compiler/emit/lower-methods.ts";
import type { OptionValue } from "../../runtime/ir/model.ts";
import { industryPortfolio, newsvendor, options } from "../support/models.ts";

const adam = options("adam", {}, { rate: 1e-3, weight_decay: 1e-4 });
const training = { steps: 100, batch: 32, optimizer: adam };
const weighted = { reference: options("saa", { folds: 3 }), detilt: true, controls: false, ...training };

describe("lowerTraining", () => {
  it.each<[string, Record<string, OptionValue>, Record<string, OptionValue>, unknown]>([
    ["the paper's λ", { lambda: { oneOf: [0, 0.01], by: null } }, {}, { scale: "absolute", grid: [0, 0.01] }],
    ["one relative strength", { lambda_relative: 0.1 }, {}, { scale: "relative", grid: [0.1] }],
    ["the written one of both", { lambda: 0.5 }, { lambda_relative: 0.1 }, { scale: "absolute", grid: [0.5] }],
    ["the relative default", {}, { lambda_relative: 0.1 }, { scale: "relative", grid: [0.1] }],
  ])("reads %s", (_what, explicit, implicit, strength) => {
    const choices = new Choices();
    const spec = lowerTraining(options("dw_fm", { ...weighted, ...explicit }, implicit), choices);
    expect(spec).toMatchObject({ strength, detilt: true, reference: { kind: "saa", folds: 3 } });
    expect(choices.has(spec, "strength")).toBe(Object.keys(explicit).length === 0);
  });

  it("lowers flow matching without weights to strength 0 without controls", () => {
    expect(lowerTraining(options("uniform_fm", training), new Choices())).toMatchObject({
      method: "dw_fm",
      strength: { grid: [0] },
      controls: false,
      steps: 100,
      optimizer: { kind: "adam", rate: 1e-3, weightDecay: 1e-4 },
    });
  });

  it("refuses what the checker should have refused", () => {
    expect(() => lowerTraining(options("gen_dfl"), new Choices())).toThrow("gen_dfl");
    expect(() => lowerTraining(options("dw_fm", { ...weighted, lambda: "much" }), new Choices())).toThrow("lambda");
  });
});

describe("mixtures", () => {
  const rest = { covariance: "diagonal", restarts: 2, floor: 1e-6 };
  it.each<[string, OptionValue, Readonly<Record<string, unknown>>]>([
    ["a range", { from: 2, to: 4, by: "bic" }, { components: [2, 3, 4], criterion: "bic" }],
    ["a choice", { oneOf: [1, 8], by: "holdout" }, { components: [1, 8], criterion: "holdout" }],
    ["a number", 5, { components: [5], criterion: "aic" }],
  ])("take %s of components", (_what, components, expected) => {
    const generator = lowerGenerator(options("gmm", { components, ...rest, scenarios: 64 }), new Choices());
    expect(generator).toEqual({ kind: "gmm", ...rest, scenarios: 64, ...expected });
    const baseline = lowerMethod(options("gmm", { components, ...rest }), new Choices());
    expect(baseline).toEqual({ method: "gmm", ...rest, ...expected });
  });
});

describe("pipelineData", () => {
  it("is plain JSON with places, labels, units and sizes", () => {
    const { ir, sources } = industryPortfolio();
    const data = pipelineData(ir, sources);
    expect(JSON.parse(JSON.stringify(data))).toEqual(data);
    expect(data.sizes).toEqual({ context: 99, outcome: 10, decision: 10 });
    expect(data.data.source).toEqual({ kind: "csv", path: "industries.csv", at: "model.dro:10:19" });
    expect(data.feasible.equalities[0]).toMatchObject({ bound: 1, at: "model.dro:17:31" });
    expect(data.risk).toMatchObject({ mean: 1, cvar: [{ weight: 2, level: 0.9 }], constant: 0 });
    expect(pipelineData(newsvendor().ir).data.fields[1]).toMatchObject({ unit: "item", at: "newsvendor.dro" });
  });

  it("takes the level of cvar_loss from the risk, as droc's choice", () => {
    const { ir } = industryPortfolio();
    const metrics = [{ name: "cvar_loss", options: {} }];
    const { evaluate } = pipelineData({ ...ir, evaluate: { ...ir.evaluate, metrics } });
    expect(evaluate.metrics).toEqual([{ metric: "cvar_loss", level: 0.9 }]);
  });
});

describe("showUnit", () => {
  it.each([
    [{}, ""],
    [{ item: -1, usd: 1 }, "usd/item"],
    [{ day: -1 }, "1/day"],
    [{ m: 2, s: -1, kg: -1 }, "m^2/(s*kg)"],
  ])("writes %j as %s", (unit, text) => expect(showUnit(unit)).toBe(text));
});
