import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { hashModel, modelSchema } from "../../compiler/ir/index.ts";
import type { Compilation } from "../../compiler/compile.ts";
import { evaluateGraph } from "../../runtime/ir/evaluate.ts";
import type { AnyModelIR, ModelIR } from "../../runtime/ir/model.ts";
import { compileText } from "../support/tester.ts";

const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(modelSchema());
const textOf = (name: string): string => readFileSync(new URL(`fixtures/${name}.dro`, import.meta.url), "utf8");

/** A fixture that must compile without any diagnostic, every model of it valid against the published schema. */
function sound(text: string): Compilation {
  const compilation = compileText(text);
  expect(compilation.diagnostics.map((d) => `${d.code}: ${d.message}`)).toEqual([]);
  for (const ir of compilation.allModels) {
    validate(JSON.parse(JSON.stringify(ir)));
    expect(validate.errors).toBeNull();
    expect(hashModel(ir)).toMatch(/^[0-9a-f]{64}$/);
  }
  return compilation;
}

function reasons({ notRunnable }: Compilation, model: string): readonly string[] {
  return notRunnable.flatMap((one) =>
    one.model === model ? [one.diagnostic.message.replace(/ is checked.*$/, "")] : [],
  );
}

function ofKind<K extends NonNullable<AnyModelIR["kind"]>>(
  { allModels }: Compilation,
  kind: K,
  name: string,
): Extract<AnyModelIR, { readonly kind?: K }> {
  const found = allModels.find((one) => one.name === name);
  if (!isKind(found, kind)) throw new Error(`${name} is of kind ${found?.kind ?? "single_stage"}`);
  return found;
}

function isKind<K extends NonNullable<AnyModelIR["kind"]>>(
  ir: AnyModelIR | undefined,
  kind: K,
): ir is Extract<AnyModelIR, { readonly kind?: K }> {
  return ir !== undefined && (ir.kind ?? "single_stage") === kind;
}

function only({ models }: Compilation): ModelIR {
  expect(models).toHaveLength(1);
  return models[0]!;
}

const hashOf = (text: string): string => hashModel(compileText(text).allModels[0]!);
const where = (op: string): object => ({
  name: "market",
  options: {
    where: { value: [{ name: op, options: { field: { value: "date" }, value: { value: "2020-01-01" } } }] },
  },
});

describe("the examples of the language", () => {
  it("have the portfolio of 003 with its baselines", () => {
    const compilation = sound(textOf("portfolio"));
    expect(compilation.allModels.map((one) => one.name)).toEqual(["IndustryPortfolio"]);
    expect(reasons(compilation, "IndustryPortfolio")).toEqual([]);
  });

  it("have the newsvendor with a Wasserstein set whose radius is chosen", () => {
    const compilation = sound(textOf("newsvendor"));
    const { ambiguity, compare } = only(compilation);
    expect(ambiguity?.eachStage).toBe(false);
    const { name, options } = ambiguity!.set;
    expect([name, options["order"]!.value, options["center"]!.value]).toEqual(["wasserstein", 2, "conditional"]);
    expect(options["radius"]).toMatchObject({ value: { oneOf: [0, 0.01, 0.1, 1], by: "holdout" }, origin: "explicit" });
    expect(options["norm"]).toEqual({ value: "l2", origin: "implicit" });
    expect(Object.hasOwn(options, "penalty")).toBe(false);
    expect(compare.map((method) => method.name)).toEqual(["rnw", "residual_dro", "gmm_nf"]);
    expect(compilation.notRunnable).toEqual([]);
  });

  it("have the shortest path as flow conservation over the edges of a grid", () => {
    const compilation = sound(textOf("shortest-path"));
    const ir = only(compilation);
    const [graph] = ir.graphs!;
    expect([graph!.name, graph!.nodes, graph!.edges.length]).toEqual(["G", 25, 40]);
    expect(graph!.edges.slice(0, 6)).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
      [0, 5],
      [1, 6],
    ]);
    expect(ir.dims.map(({ name, size }) => [name, size])).toEqual([
      ["G.edges", 40],
      ["G.nodes", 25],
    ]);
    expect(ir.decision.constraints.map(({ relation }) => relation)).toEqual(["==", "<=", "<="]);
    // Right along the top row, then down the last column: a path meets every row; without its first edge it does not.
    const path = graph!.edges.map(([from, to]) => ((to < 5 && from < 5) || (from % 5 === 4 && to % 5 === 4) ? 1 : 0));
    const flow = (w: readonly number[]): number[] =>
      Array.from(evaluateGraph(ir.decision.constraints[0]!.graph, { w }));
    expect(flow(path)).toEqual(Array.from({ length: 25 }, () => 0));
    const cut = flow(path.map((value, i) => (i === 0 ? 0 : value)));
    expect([cut[0], cut[1], cut.filter((value) => value === 0).length]).toEqual([-1, 1, 23]);
    const { options } = ir.train;
    expect([ir.train.name, options["beta"]!.value, options["samples"]!.value]).toEqual(["gen_dfl", 10, 200]);
    expect(options["proxy"]!.value).toMatchObject({
      name: "normalizing_flow",
      options: { bins: { origin: "implicit" } },
    });
    expect(options["surrogate"]!.value).toMatchObject({ options: { pool: { value: "cache", origin: "explicit" } } });
    expect(ir.evaluate.metrics[0]!.options["tail"]!.value).toEqual([1, 0.5, 0.1]);
    expect(reasons(compilation, "Route")).toEqual([]);
  });

  it("have the forecast, whose decision is a predictor", () => {
    const compilation = sound(textOf("robust-forecasting"));
    const ir = ofKind(compilation, "forecast", "CarbonForecast");
    expect(compilation.models).toEqual([]);
    const { name, from, to, network } = ir.predictor;
    expect([name, from, to, network.name, network.options["layers"]!.value]).toEqual([
      "f",
      ["y"],
      "horizon",
      "lstm",
      [128, 64],
    ]);
    expect(ir.data.fields.map((field) => [field.role, field.name, field.horizon?.name])).toEqual([
      ["index", "time", undefined],
      ["window", "y", "horizon"],
    ]);
    expect(ir.data.split.value).toMatchObject({
      kind: "by",
      column: "zone",
      train: { kind: "values", values: ["BANC_23", "BANC_24"] },
      test: { kind: "each" },
    });
    // (f − horizon)²
    expect(evaluateGraph(ir.loss.graph, { f: [3], horizon: [1] })[0]).toBe(4);
    expect(ir.uncertainty).toMatchObject({ targets: ["y", "horizon"], given: [] });
    expect(ir.ambiguity!.set).toMatchObject({ name: "generative", options: { budget: { value: 0.015 } } });
    expect(ir.train.options["estimator"]!.value).toMatchObject({ name: "ppo", options: { last_steps: { value: 20 } } });
    expect(ir.stress).toMatchObject({
      on: "test",
      corruptions: [{ options: { sd: { value: [0.05, 0.1, 0.2] } } }, {}, {}],
    });
    expect(ir.compare.map((method) => method.name)).toEqual(["ml", "dml", "w_dro", "kl_dro", "dragen", "p_dro"]);
  });

  it("have wind and storage over seven days", () => {
    const compilation = sound(textOf("wind-storage"));
    const ir = ofKind(compilation, "multi_stage", "WindCommitment");
    const { stages } = ir;
    expect([stages.name, stages.from, stages.to, stages.observing]).toEqual(["day", 1, 7, ["w"]]);
    expect(stages.decision.blocks.map(({ name, axes }) => [name, axes.map(({ dim }) => dim)])).toEqual([
      ["commit", ["Hour"]],
      ["deliver", ["Hour"]],
      ["unmet", ["Hour"]],
      ["curtail", ["Hour"]],
      ["charge", ["Store", "Hour"]],
      ["discharge", ["Store", "Hour"]],
    ]);
    expect(stages.decision.constraints.filter(({ relation }) => relation === "==")).toHaveLength(2);
    const [level, commitment] = stages.states;
    expect([level!.initially, level!.range]).toEqual([[10, 20, 40], { lower: [0, 0, 0], upper: [10, 20, 40] }]);
    expect(commitment!.initially).toEqual(Array.from({ length: 24 }, () => 0));
    // 98 % of the level, plus 95 % of one MWh charged in every hour, less one discharged over its efficiency.
    const flow = Array.from({ length: 72 }, () => 1);
    const next = evaluateGraph(level!.next, { level: [10, 20, 40], charge: flow, discharge: flow });
    [10, 20, 40].forEach((now, i) => expect(next[i]).toBeCloseTo(0.98 * now + 24 * 0.95 - 24 / 0.95, 9));
    expect(stages.loss.unit).toEqual({ usd: 1 });
    const hours = Array.from({ length: 24 }, () => 1);
    const cost = evaluateGraph(stages.loss.graph, { p: hours, commitment: hours, unmet: hours })[0];
    expect(cost).toBeCloseTo(24, 9);
    expect(ir.uncertainty).toMatchObject({ targets: ["w"], given: ["w"] });
    expect(ir.ambiguity!.eachStage).toBe(true);
    expect(ir.solve.options["stop"]!.value).toMatchObject({ name: "gap", options: { value: { value: 0.01 } } });
    expect(ir.data.split.value).toMatchObject({
      column: "year",
      train: { kind: "first", count: 3 },
      test: { kind: "rest" },
    });
    expect(ir.data.fields.map(({ role, per }) => [role, per])).toEqual([
      ["trajectory", "day"],
      ["price", "day"],
    ]);
  });

  it("have generation, stress, transport and a posterior in one file", () => {
    const compilation = sound(textOf("generation-stress-posterior"));
    const outages = ofKind(compilation, "generation", "Outages");
    expect(outages.data.split).toEqual({
      value: { kind: "random", train: 0.8, validation: 0, test: 0.2 },
      origin: "implicit",
    });
    expect(outages.evaluate.metrics.map((metric) => metric.name)).toEqual(["mmd", "marginals", "correlation"]);
    expect(outages.uncertainty.given).toEqual([]);

    const stress = ofKind(compilation, "single_stage", "StressTest");
    const [map] = stress.decision.maps!;
    expect([map!.block, map!.parameters.map((one) => one.name)]).toEqual(["z", ["theta"]]);
    const shares = evaluateGraph(map!.graph, { theta: [1, ...Array.from({ length: 9 }, () => 0)] });
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(shares[0]! / shares[1]!).toBeCloseTo(Math.E, 9);
    expect(stress.decision.constraints).toEqual([]);
    expect(stress.ambiguity).toMatchObject({
      set: { options: { penalty: { value: 0.1 } } },
      via: { name: "particles" },
      lift: { name: "flow_matching" },
    });
    expect(Object.hasOwn(stress.ambiguity!.set.options, "radius")).toBe(false);
    expect(reasons(compilation, "IndustryPortfolio")).toEqual([]);

    const shift = ofKind(compilation, "generation", "RegimeShift");
    const { options } = shift.uncertainty.generator;
    expect(options["from"]!.value).toMatchObject(where("<"));
    expect(options["to"]!.value).toMatchObject(where(">="));

    const posterior = ofKind(compilation, "posterior", "Posterior");
    expect(posterior.observation).toMatchObject({ name: "y", noise: { law: "normal", mean: 0, sd: 0.05 } });
    const blurred = evaluateGraph(posterior.observation.mean, { u: Array.from({ length: 16 }, (_, i) => i) });
    expect(blurred[3]).toBeCloseTo(7.5, 12);
    expect(posterior.inference).toMatchObject({ target: "u", given: ["y"], by: { options: { chains: { value: 4 } } } });
  });

  it("are told apart by their meaning", () => {
    const base = textOf("wind-storage");
    const hash = hashOf(base);
    expect(hashOf(`${base}\n// a comment\n`)).toBe(hash);
    for (const [from, to] of [
      ["initially capacity", "initially 0"],
      ["2 * dot(p, unmet)", "3 * dot(p, unmet)"],
      ["1..7", "1..6"],
      ["radius: 0.05", "radius: 0.06"],
      ["next commitment = commit", "next commitment = 0.5 * commit"],
      ["first 3", "first 2"],
    ] as const) {
      expect(base).toContain(from);
      expect(hashOf(base.replace(from, to)), to).not.toBe(hash);
    }
  });
});
