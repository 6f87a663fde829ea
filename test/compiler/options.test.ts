import { describe, expect, it } from "vitest";
import { compileText, diagnose, lower, spec } from "../support/tester.ts";

const train = (options: string): string => spec({ train: `train dw_fm { ${options} }` });
const generator = (text: string): string => spec({ uncertainty: `uncertainty s | x ~ ${text}`, train: null });

describe("options", () => {
  it("are filled with defaults that are marked as such", () => {
    const ir = lower(train("steps: 100"));
    expect(Object.fromEntries(Object.entries(ir.train.options).map(([name, { origin }]) => [name, origin]))).toEqual({
      lambda_relative: "implicit",
      reference: "implicit",
      detilt: "implicit",
      steps: "explicit",
      batch: "implicit",
      optimizer: "implicit",
      select: "implicit",
      controls: "implicit",
    });
    expect(ir.train.options["lambda_relative"]!.value).toEqual({ oneOf: [0, 0.02, 0.05, 0.1, 0.2], by: null });
    expect(ir.train.options["reference"]!.value).toMatchObject({ name: "saa", options: { folds: { value: 5 } } });
    expect(ir.train.options["select"]!.value).toEqual({
      name: "regret",
      options: { on: { value: "validation", origin: "implicit" } },
    });
  });

  it("that set the same thing leave the other's default out", () => {
    const { options } = lower(train("lambda: 0.01")).train;
    expect(options["lambda"]).toMatchObject({ value: 0.01, origin: "explicit" });
    expect(Object.hasOwn(options, "lambda_relative")).toBe(false);
  });

  it("take parameters and arithmetic", () => {
    const ir = lower(spec({ params: "param n = 50", train: "train dw_fm { steps: 2 * n, batch: n, detilt: n > 10 }" }));
    expect(["steps", "batch", "detilt"].map((name) => ir.train.options[name]!.value)).toEqual([100, 50, true]);
  });

  it("nest, with the same checks", () => {
    const ir = lower(train("optimizer: adam { rate: 1% }, reference: knn_saa { neighbours: 7 }"));
    expect(ir.train.options["optimizer"]!.value).toMatchObject({
      name: "adam",
      options: { rate: { value: 0.01, origin: "explicit" }, weight_decay: { value: 1e-4, origin: "implicit" } },
    });
    diagnose(train("optimizer: adam { ~~~rte~~~: 1 }"), ["option-unknown"]);
    diagnose(train("optimizer: ~~~sgd~~~"), ["method-unknown"]);
    diagnose(train("reference: ~~~5~~~"), ["method-form"]);
  });

  it.each([
    ["~~~setps~~~: 3", "option-unknown"],
    ["steps: 3, ~~~steps~~~: 4", "option-twice"],
    ["steps: ~~~many~~~", "unknown-name"],
    ["steps: ~~~2.5~~~", "option-type"],
    ["steps: ~~~0~~~", "option-range"],
    ["steps: ~~~[1, 2]~~~", "option-type"],
    ["detilt: ~~~3~~~", "option-type"],
    ['steps: ~~~"3"~~~', "option-type"],
    ["lambda: ~~~-1~~~", "option-range"],
    ["lambda: one_of(0, ~~~-1~~~)", "option-range"],
    ["lambda: ~~~one_of()~~~", "choice-empty"],
    ["lambda: ~~~0..1~~~", "option-type"],
    ["lambda: ~~~one_of(1, 2) by aic~~~", "option-type"],
    ["lambda: 1, ~~~lambda_relative~~~: 2", "option-conflict"],
    ["select: ~~~regret on test~~~", "selection-on-test"],
    ["select: ~~~loss~~~ on validation", "option-word"],
    ["select: regret on ~~~train~~~", "option-word"],
    ["select: ~~~regret~~~", "option-type"],
  ])("%s is reported", (options, code) => {
    diagnose(train(options), [code]);
  });

  it("suggest the nearest name", () => {
    const { diagnostics } = diagnose(train("~~~setps~~~: 3"), ["option-unknown"]);
    expect(diagnostics[0]!.help).toMatch(/^did you mean `steps`\?/);
  });
});

const target = (text: string): string => spec({ uncertainty: `uncertainty ${text} ~ flow_matching` });

describe("generators", () => {
  it("choose among candidates by a criterion", () => {
    const components = (text: string): unknown =>
      lower(generator(`gmm { components: ${text} }`)).uncertainty.generator.options["components"]!.value;
    expect(components("5")).toBe(5);
    expect(components("1..10 by bic")).toEqual({ from: 1, to: 10, by: "bic" });
    expect(components("1..10")).toEqual({ from: 1, to: 10, by: "aic" });
    expect(components("one_of(2, 4) by holdout")).toEqual({ oneOf: [2, 4], by: "holdout" });
    expect(lower(generator("gmm")).train).toEqual({ name: "fit", options: {} });
  });

  it.each([
    ["~~~flow_maching~~~", "method-unknown"],
    ["~~~consistency~~~", "not-yet-supported"],
    ["~~~Asset~~~", "wrong-kind"],
    ["~~~3~~~", "method-form"],
    ["~~~gmm(3)~~~", "method-form"],
    ["gmm { components: 1..10 by ~~~acic~~~ }", "option-word"],
    ["gmm { components: ~~~5..2~~~ }", "choice-empty"],
    ["gmm { covariance: ~~~ful~~~ }", "option-word"],
  ])("%s is reported", (text, code) => {
    diagnose(generator(text), [code]);
  });

  it.each([
    ["hidden: ~~~[]~~~", "option-type"],
    ["hidden: ~~~64~~~", "option-type"],
    ["hidden: [64, ~~~0~~~]", "option-range"],
    ["activation: ~~~rleu~~~", "option-word"],
    ["activation: ~~~1~~~", "option-type"],
    ["ema: ~~~1~~~", "option-range"],
  ])("flow_matching { %s } is reported", (options, code) => {
    diagnose(spec({ uncertainty: `uncertainty s | x ~ flow_matching { ${options} }` }), [code]);
  });

  it("draw every outcome given every context", () => {
    diagnose(target("~~~x~~~ | x"), ["uncertainty-target"]);
    diagnose(target("s | ~~~s~~~"), ["uncertainty-target"]);
    diagnose(target("s | x, ~~~y~~~"), ["uncertainty-target"]);
    diagnose(target("~~~s'~~~ | x"), ["primed-name"]);
    const two = `data market = csv("m.csv") {
  index date: date
  context x: real[Feature] = columns("f_*")
  context w: real = column("w")
  outcome s: real[Asset] = columns("r_*")
  split chronological { train: 70%, validation: 10%, test: 20% }
}`;
    diagnose(spec({ data: two, uncertainty: "~~~uncertainty s | x ~ flow_matching~~~" }), ["uncertainty-target"]);
    lower(spec({ data: two, uncertainty: "uncertainty s | w, x ~ flow_matching" }));
  });
});

describe("presets", () => {
  const before =
    "preset base = dw_fm { steps: 10, batch: 20 }\npreset short = base { steps: 5 }\npreset slow = adam { rate: 1e-5 }\n";

  it("stand where their options may, and are overridden", () => {
    const { options } = lower(spec({ before, train: "train short { batch: 7, optimizer: slow }" })).train;
    expect([options["steps"]!.value, options["batch"]!.value]).toEqual([5, 7]);
    expect(options["optimizer"]!.value).toMatchObject({ options: { rate: { value: 1e-5 } } });
  });

  it("stand nowhere else", () => {
    diagnose(spec({ before, train: "train ~~~slow~~~" }), ["preset-kind"]);
    diagnose(spec({ before, train: "train ~~~shrt~~~" }), ["method-unknown"]);
  });
});

describe("training and comparison", () => {
  it("fit the generator and the data that they are for", () => {
    diagnose(spec({ uncertainty: "uncertainty s | x ~ gmm", train: "train ~~~dw_fm~~~" }), ["method-needs"]);
    const data = `data market = csv("m.csv") {
  index date: date
  context x: real[Feature] = columns("f_*")
  outcome s: real[Asset] = columns("r_*")
  split chronological { train: 80%, test: 20% }
}`;
    diagnose(spec({ data, train: "train ~~~dw_fm~~~" }), ["method-needs"]);
    lower(spec({ data, train: "train dw_fm { lambda_relative: 0.05 }" }));
    lower(spec({ data, train: "train uniform_fm" }));
    diagnose(spec({ train: "train ~~~gen_dfl~~~" }), ["method-needs"]);
  });

  it.each([
    ["~~~gen_dfl~~~", "method-needs"],
    ["~~~gas_dro~~~", "wrong-problem"],
    ["~~~sa~~~", "method-unknown"],
    ["~~~oracle_saa~~~", "method-needs"],
    ["saa, ~~~saa~~~", "method-twice"],
    ["knn_saa { ~~~neighbors~~~: 3 }", "option-unknown"],
  ])("compare %s is reported", (compare, code) => {
    diagnose(spec({ compare: `compare ${compare}` }), [code]);
  });

  it("that belong elsewhere are sent there", () => {
    const text = spec({ train: "train dw_fm { ~~~order~~~: 2 }" });
    const [error] = diagnose(text, ["option-unknown"]).diagnostics;
    expect(error?.help).toMatch(
      /^the ambiguity set `wasserstein` has an option of that name; the options of `dw_fm` are:/,
    );
  });

  it("compare with what the model has", () => {
    diagnose(spec({ train: "train uniform_fm", compare: "compare ~~~dw_fm { detilt: true }~~~" }), ["method-needs"]);
    diagnose(generator("gmm").replace("\n\n", "\n") + "compare ~~~uniform_fm~~~\n", ["method-needs"]);
    const ir = lower(spec({ compare: "compare dw_fm { detilt: true }, dw_fm, gmm, knn_saa, pto, saa, equal_weights" }));
    expect(ir.compare.map((method) => method.name)).toEqual([
      "dw_fm",
      "dw_fm",
      "gmm",
      "knn_saa",
      "pto",
      "saa",
      "equal_weights",
    ]);
    expect(Object.hasOwn(ir.compare[2]!.options, "scenarios")).toBe(false);
  });
});

const evaluate = (items: string, risk = "risk cvar(L, level = 80%)"): string =>
  spec({ risk, evaluate: `evaluate on test { ${items} }` });

describe("evaluation", () => {
  it("keeps metrics in order with qualifiers, values and options", () => {
    const ir = lower(
      evaluate("regret, regret hardest 25%, cvar_loss, tail_w1 { worst: 5% }, percentile [10%, 90%], seeds: 5"),
    );
    expect(ir.evaluate.metrics).toMatchObject([
      { name: "regret", options: {} },
      { name: "regret", qualifier: { word: "hardest", value: 0.25 } },
      { name: "cvar_loss", options: { level: { value: 0.8, origin: "implicit" } } },
      { name: "tail_w1", options: { worst: { value: 0.05, origin: "explicit" } } },
      { name: "percentile", values: [0.1, 0.9] },
    ]);
    expect(ir.evaluate.options["seeds"]).toMatchObject({ value: 5, origin: "explicit" });
    expect(ir.evaluate.options["slices"]).toEqual({ value: 1, origin: "implicit" });
    expect(ir.evaluate.options["evaluator"]).toMatchObject({
      value: { name: "residual_bootstrap" },
      origin: "implicit",
    });
  });

  it("has a default that changes no decision", () => {
    expect(lower(spec()).evaluate.metrics.map((metric) => metric.name)).toEqual(["regret", "mean_loss"]);
    expect(lower(spec({ risk: "risk cvar(L, level = 80%)" })).evaluate.metrics.at(-1)).toMatchObject({
      name: "cvar_loss",
      options: { level: { value: 0.8 } },
    });
  });

  it.each([
    ["~~~regrets~~~", "method-unknown"],
    ["~~~service_level~~~", "not-yet-supported"],
    ["~~~mae~~~", "wrong-problem"],
    ["regret ~~~easiest~~~ 25%", "metric-qualifier"],
    ["regret hardest ~~~125%~~~", "option-range"],
    ["mean_loss ~~~[10%]~~~", "metric-qualifier"],
    ["~~~percentile~~~", "metric-qualifier"],
    ["percentile [~~~110%~~~]", "option-range"],
    ["tail_w1 { ~~~wrost~~~: 10% }", "option-unknown"],
    ["relative_regret { tail: [50%, ~~~110%~~~] }", "option-range"],
    ["regret, seeds: ~~~0~~~", "option-range"],
    ["regret, ~~~seedz~~~: 3", "option-unknown"],
    ["regret, ~~~evaluator: truth~~~", "method-needs"],
  ])("%s is reported", (items, code) => {
    diagnose(evaluate(items), [code]);
  });

  it("knows the level of a CVaR from the risk or from the metric", () => {
    diagnose(evaluate("~~~cvar_loss~~~", "risk mean(L)"), ["option-missing"]);
    lower(evaluate("cvar_loss { level: 90% }", "risk mean(L)"));
  });

  it("is on a part that tells something", () => {
    diagnose(spec({ evaluate: "evaluate on ~~~train~~~ { regret }" }), ["evaluate-on"]);
    const data = `data market = csv("m.csv") {
  index date: date
  context x: real[Feature] = columns("f_*")
  outcome s: real[Asset] = columns("r_*")
  split chronological { train: 80%, test: 20% }
}`;
    const text = spec({ data, train: "train uniform_fm", evaluate: "evaluate on ~~~validation~~~ { regret }" });
    diagnose(text, ["split-empty"]);
  });
});

describe("the seed", () => {
  it("is a whole number", () => {
    expect(lower(spec({ more: "seed 7" })).seed).toMatchObject({ value: 7, origin: "explicit" });
    expect(lower(spec()).seed).toEqual({ value: 0, origin: "implicit" });
    diagnose(spec({ more: "seed ~~~1.5~~~" }), ["option-range"]);
    expect(compileText(spec({ more: "seed 1 / 0" })).diagnostics.map((d) => d.code)).toEqual(["not-finite"]);
  });
});
