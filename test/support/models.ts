import { GraphBuilder } from "../../runtime/ir/builder.ts";
import type { Origin } from "../../runtime/ir/expr.ts";
import {
  IR_VERSION,
  type AxisIR,
  type DataIR,
  type DecisionBlockIR,
  type FieldIR,
  type ModelIR,
  type OptionsIR,
  type OptionValue,
  type Setting,
} from "../../runtime/ir/model.ts";

/** A model with the source that its origins point into. */
export interface Sample {
  readonly ir: ModelIR;
  readonly sources: readonly string[];
}

const written = <T>(value: T): Setting<T> => ({ value, origin: "explicit" });
const chosen = <T>(value: T): Setting<T> => ({ value, origin: "implicit" });

export function options(
  name: string,
  explicit: Readonly<Record<string, OptionValue>> = {},
  implicit: Readonly<Record<string, OptionValue>> = {},
): OptionsIR {
  const wrap = (
    values: Readonly<Record<string, OptionValue>>,
    make: typeof written,
  ): [string, Setting<OptionValue>][] => Object.entries(values).map(([key, value]) => [key, make(value)]);
  return { name, options: Object.fromEntries([...wrap(explicit, written), ...wrap(implicit, chosen)]) };
}

/** Finds `text` in `source`. */
export function origin(source: string, text: string): Origin {
  const start = source.indexOf(text);
  if (start < 0) throw new Error(`no ${text} in the sample`);
  return { file: 0, start, end: start + text.length };
}

const adam = options("adam", {}, { rate: 1e-3, weight_decay: 1e-4 });

const industrySource = `/// Next-day allocation over ten industries; downside matters more than the mean.
model IndustryPortfolio

dim Industry = 10
dim Feature  = 99

param gamma = 2.0
param eta   = 1e-3

data market = csv("industries.csv") {
  index   date: date
  context x: real[Feature]  = columns("f_*")  |> standardize
  outcome s: real[Industry] = columns("r_*")
  split   chronological { train: 70%, validation: 10%, test: 20% }
}

decision z: real[Industry] in simplex { cap: 0.30 }

loss L(z, s) = -dot(s, z)

risk mean(L) + gamma * cvar(L, level = 90%) + eta * sum_squares(z)

uncertainty s | x ~ flow_matching { hidden: [64, 64] }

train dw_fm { steps: 2_000 }

compare uniform_fm, pto

evaluate on test { regret, regret hardest 25%, seeds: 5 }
`;

/** The first example of the language: ten industries, mean + CVaR + a quadratic, DW-FM. */
export function industryPortfolio(): Sample {
  const at = (text: string): Origin => origin(industrySource, text);
  const Industry: AxisIR = { dim: "Industry", size: 10 };
  const Feature: AxisIR = { dim: "Feature", size: 99 };
  const b = new GraphBuilder();
  const z = b.input("z", [10], at("z, s"));
  const s = b.input("s", [10], at("s) = "));
  const loss = b.finish(b.unary("neg", b.dot(s, z, at("dot(s, z)")), at("-dot(s, z)")));
  const set = at("simplex { cap: 0.30 }");
  const total = b.finish(b.binary("sub", b.sum(z, undefined, set), b.const(1), set));
  const eta = b.const(1e-3, [], at("eta   = 1e-3"), "eta");
  const squares = b.finish(b.binary("mul", eta, b.sum(b.unary("square", z)), at("eta * sum_squares(z)")));
  const data: DataIR = {
    name: "market",
    at: at("data market"),
    source: { kind: "csv", path: "industries.csv", at: at('"industries.csv"') },
    fields: [
      {
        role: "index",
        name: "date",
        type: "date",
        axes: [],
        unit: {},
        columns: { kind: "column", name: "date" },
        transforms: [],
        at: at("index   date"),
      },
      {
        role: "context",
        name: "x",
        type: "real",
        axes: [Feature],
        unit: {},
        columns: { kind: "columns", pattern: "f_*" },
        transforms: ["standardize"],
        at: at("context x"),
      },
      {
        role: "outcome",
        name: "s",
        type: "real",
        axes: [Industry],
        unit: {},
        columns: { kind: "columns", pattern: "r_*" },
        transforms: [],
        at: at("outcome s"),
      },
    ],
    split: written({ kind: "chronological", train: 0.7, validation: 0.1, test: 0.2, at: at("split ") }),
  };
  return {
    sources: [industrySource],
    ir: {
      version: IR_VERSION,
      name: "IndustryPortfolio",
      doc: "Next-day allocation over ten industries; downside matters more than the mean.",
      files: ["model.dro"],
      seed: chosen(1),
      dims: [
        { name: "Industry", size: 10 },
        { name: "Feature", size: 99 },
      ],
      params: [
        { name: "gamma", axes: [], unit: {}, value: [2], overridden: false, at: at("param gamma") },
        { name: "eta", axes: [], unit: {}, value: [1e-3], overridden: false, at: at("param eta") },
      ],
      data,
      decision: {
        blocks: [{ name: "z", type: "real", axes: [Industry], unit: {}, at: at("decision z") }],
        constraints: [
          { relation: "==", graph: total, label: "simplex: sum(z) == total", at: set },
          { relation: "<=", graph: b.finish(b.unary("neg", z)), label: "simplex: z >= 0", at: set },
          { relation: "<=", graph: b.finish(b.binary("sub", z, b.const(0.3))), label: "simplex: z <= cap", at: set },
        ],
        sets: [{ block: "z", text: "simplex { cap: 0.30 }", at: set }],
      },
      loss: { name: "L", graph: loss, unit: {}, at: at("loss L(z, s) = -dot(s, z)") },
      risk: {
        mean: 1,
        cvar: [{ weight: 2, level: 0.9, at: at("gamma * cvar(L, level = 90%)") }],
        deterministic: squares,
        text: "mean(L) + gamma * cvar(L, level = 90%) + eta * sum_squares(z)",
        at: at("risk mean(L)"),
      },
      uncertainty: {
        targets: ["s"],
        given: ["x"],
        generator: options(
          "flow_matching",
          { hidden: [64, 64] },
          { activation: "relu", solver: "midpoint", ode_steps: 8, ema: 0.999, scenarios: 512 },
        ),
        at: at("uncertainty"),
      },
      train: {
        ...options(
          "dw_fm",
          { steps: 2000 },
          {
            lambda_relative: { oneOf: [0, 0.02, 0.05, 0.1, 0.2], by: null },
            reference: options("saa", {}, { folds: 5 }),
            detilt: false,
            batch: 256,
            optimizer: adam,
            select: "regret on validation",
            controls: true,
          },
        ),
        at: at("train dw_fm"),
      },
      compare: [
        { ...options("uniform_fm"), at: at("uniform_fm") },
        { ...options("pto", {}, { hidden: [64, 64], steps: 5000 }), at: at("pto") },
      ],
      evaluate: {
        on: "test",
        metrics: [
          { name: "regret", options: {} },
          { name: "regret", qualifier: { word: "hardest", value: 0.25 }, options: {} },
        ],
        options: {
          seeds: written(5),
          slices: chosen(1),
          contexts: chosen(0),
          evaluator: chosen(options("residual_bootstrap", {}, { scenarios: 4096 })),
        },
        at: at("evaluate on test"),
      },
    },
  };
}

const newsvendorSource = `/// How many to stock before the demand is known.
model Newsvendor
unit item
unit usd

param holding:  real<usd/item> = 1.0
param stockout: real<usd/item> = 9.0

data sales = synthetic newsvendor_mixture { covariates: 5, train: 100, test: 1_000 } {
  context x: real[5]
  outcome d: real<item>
}

decision q: real<item> >= 0
loss cost(q, d) = holding * max(q - d, 0) + stockout * max(d - q, 0)
risk mean(cost)

uncertainty d | x ~ gmm { components: 1..10 by aic }
evaluate on test { mean_loss, percentile [10%, 90%] }
`;

/** A scalar decision with units, parameters in the loss, a mixture and a synthetic task. */
export function newsvendor(): Sample {
  const at = (text: string): Origin => origin(newsvendorSource, text);
  const b = new GraphBuilder();
  const q = b.input("q", [], at("q, d"));
  const d = b.input("d", [], at("d) ="));
  const holding = b.const(1, [], at("holding * "), "holding");
  const stockout = b.const(9, [], at("stockout * "), "stockout");
  const over = b.binary("max", b.binary("sub", q, d, at("q - d")), b.const(0), at("max(q - d, 0)"));
  const under = b.binary("max", b.binary("sub", d, q, at("d - q")), b.const(0), at("max(d - q, 0)"));
  const loss = b.finish(
    b.binary(
      "add",
      b.binary("mul", holding, over, at("holding * max(q - d, 0)")),
      b.binary("mul", stockout, under, at("stockout * max(d - q, 0)")),
    ),
  );
  const field = (role: "context" | "outcome", name: string, size: number, unit: Record<string, number>): FieldIR => ({
    role,
    name,
    type: "real",
    axes: size === 1 ? [] : [{ dim: null, size }],
    unit,
    columns: null,
    transforms: [],
    at: at(`${role} ${name}`),
  });
  return {
    sources: [newsvendorSource],
    ir: {
      version: IR_VERSION,
      name: "Newsvendor",
      doc: "How many to stock before the demand is known.",
      files: ["newsvendor.dro"],
      seed: chosen(1),
      dims: [],
      params: ["holding", "stockout"].map((name, i) => ({
        name,
        axes: [],
        unit: { item: -1, usd: 1 },
        value: [i === 0 ? 1 : 9],
        overridden: false,
        at: at(`param ${name}`),
      })),
      data: {
        name: "sales",
        at: at("data sales"),
        source: {
          kind: "synthetic",
          task: {
            ...options("newsvendor_mixture", { covariates: 5, train: 100, test: 1000 }, { validation: 0 }),
            at: at("newsvendor_mixture {"),
          },
        },
        fields: [field("context", "x", 5, {}), field("outcome", "d", 1, { item: 1 })],
        split: chosen({ kind: "task" }),
      },
      decision: {
        blocks: [{ name: "q", type: "real", axes: [], unit: { item: 1 }, at: at("decision q") }],
        constraints: [{ relation: "<=", graph: b.finish(b.unary("neg", q)), label: "q >= 0", at: at(">= 0") }],
        sets: [],
      },
      loss: { name: "cost", graph: loss, unit: { usd: 1 }, at: at("loss cost") },
      risk: { mean: 1, cvar: [], text: "mean(cost)", at: at("risk mean") },
      uncertainty: {
        targets: ["d"],
        given: ["x"],
        generator: options(
          "gmm",
          { components: { from: 1, to: 10, by: "aic" } },
          { covariance: "full", restarts: 5, floor: 1e-6, scenarios: 512 },
        ),
        at: at("uncertainty"),
      },
      train: options("fit"),
      compare: [],
      evaluate: {
        on: "test",
        metrics: [
          { name: "mean_loss", options: {} },
          { name: "percentile", values: [0.1, 0.9], options: {} },
        ],
        options: {
          seeds: chosen(1),
          slices: chosen(1),
          contexts: chosen(0),
          evaluator: chosen(options("truth", {}, { scenarios: 4096 })),
        },
      },
    },
  };
}

function block(name: string, type: "int" | "bool", axes: readonly AxisIR[]): DecisionBlockIR {
  return { name, type, axes, unit: {} };
}

/** Two products stocked in whole lots under a shared budget: blocks, integers, an inequality row. */
export function integerNewsvendor(): Sample {
  const base = newsvendor();
  const product: AxisIR = { dim: "Product", size: 2 };
  const b = new GraphBuilder();
  const [lots, extra] = [b.input("lots", [2]), b.input("extra", [])];
  const d = b.input("d", [2]);
  const prices = b.const([4, 7], [2], undefined, "price");
  const shortage = b.unary("pos", b.binary("sub", d, lots));
  const missed = b.sum(b.binary("mul", prices, shortage));
  const loss = b.finish(b.binary("add", missed, b.binary("sub", b.sum(lots), b.binary("mul", b.const(0.5), extra))));
  const budget = b.finish(b.binary("sub", b.binary("add", b.dot(lots, b.const([2, 3], [2])), extra), b.const(12)));
  return {
    sources: base.sources,
    ir: {
      ...base.ir,
      name: "Lots",
      dims: [{ name: "Product", size: 2, labels: ["tea", "coffee"] }],
      params: [{ name: "price", axes: [product], unit: { usd: 1 }, value: [4, 7], overridden: true }],
      data: {
        ...base.ir.data,
        fields: base.ir.data.fields.map((field) => (field.role === "outcome" ? { ...field, axes: [product] } : field)),
      },
      decision: {
        blocks: [block("lots", "int", [product]), block("extra", "bool", [])],
        constraints: [
          { relation: "<=", graph: budget, label: "budget" },
          { relation: "<=", graph: b.finish(b.unary("neg", lots)), label: "lots >= 0" },
        ],
        sets: [],
      },
      loss: { name: "missed", graph: loss, unit: { usd: 1 } },
    },
  };
}
