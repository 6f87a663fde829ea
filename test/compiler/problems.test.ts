import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { evaluateGraph } from "../../runtime/ir/evaluate.ts";
import { compileText, diagnose, lower, spec } from "../support/tester.ts";

const textOf = (name: string): string => readFileSync(new URL(`fixtures/${name}.dro`, import.meta.url), "utf8");

/** A fixture with one of its parts replaced by a marked one; requires exactly these codes at the marks. */
function misuse(fixture: string, from: string, to: string, ...codes: readonly string[]): void {
  const text = textOf(fixture);
  expect(text.split(from), `${from} once in ${fixture}`).toHaveLength(2);
  diagnose(
    text.replace(from, () => to),
    codes,
  );
}

const set = (text: string): string => spec({ more: `ambiguity ${text}` });
const graph = (text: string, dims = "G.edges", domain = "0..1"): string =>
  spec({
    dims: `dim Asset = 4\ndim Feature = 3\ngraph G = ${text}`,
    more: "",
    decision: `decision z: real[Asset] in simplex, w: real[${dims}] in ${domain}`,
    loss: "loss L(z, w, s) = -dot(s, z) + sum(w)",
  });

describe("ambiguity", () => {
  it.each([
    ["~~~waserstein~~~ { order: 2, radius: 1 }", "method-unknown"],
    ["wasserstein { order: ~~~3~~~, radius: 1 }", "option-type"],
    ["wasserstein { order: ~~~two~~~, radius: 1 }", "option-word"],
    ["wasserstein { order: 2, radius: ~~~-1~~~ }", "option-range"],
    ["wasserstein { order: 2, radius: one_of(0, 1) by ~~~luck~~~ }", "option-word"],
    ["wasserstein { order: 2, radius: 1, ~~~penalty~~~: 1 }", "option-conflict"],
    ["~~~wasserstein { order: 2 }~~~", "option-missing"],
    ["~~~wasserstein { radius: 1 }~~~", "option-missing"],
    ["wasserstein { order: 2, radius: 1, center: ~~~context~~~ }", "option-word"],
    ["~~~kl~~~", "option-missing"],
    ["~~~generative { budget: 1 }~~~", "wrong-problem"],
    ["~~~kl { radius: 1 }~~~ via particles", "ambiguity-needs"],
    ["wasserstein { order: 2, radius: 1 } via ~~~partikles~~~", "method-unknown"],
    ["~~~moments~~~", "not-yet-supported"],
  ])("%s is reported", (text, code) => {
    diagnose(set(text), [code]);
  });

  it("is of each stage where there are several, and nowhere else", () => {
    diagnose(spec({ more: "~~~ambiguity wasserstein { order: 2, radius: 1 } each stage~~~" }), ["ambiguity-needs"]);
    const whole = "ambiguity wasserstein { order: 2, radius: 0.05 }";
    misuse("wind-storage", `${whole} each stage`, `~~~${whole}~~~`, "ambiguity-needs");
  });

  it("takes a radius of infinity order, a list of candidates or a divergence", () => {
    const of = (text: string): unknown => lower(set(text)).ambiguity?.set.options["order"]?.value;
    expect(of("wasserstein { order: infinity, radius: 0 }")).toBe("infinity");
    expect(of("wasserstein { order: 1, radius: one_of(0, 1) by cross_validation }")).toBe(1);
    expect(lower(set("chi2 { radius: 0.2 }")).ambiguity?.set.name).toBe("chi2");
  });
});

describe("graphs", () => {
  it.each([
    ["~~~3~~~", "graph-form"],
    ["~~~gird(2, 2)~~~", "graph-form"],
    ["~~~grid(2)~~~", "argument-count"],
    ["grid(2, ~~~2.5~~~)", "graph-size"],
    ["~~~grid(1, 1)~~~", "graph-size"],
    ["~~~grid(1_000, 1_000)~~~", "shape-too-large"],
  ])("%s is reported", (text, code) => {
    diagnose(graph(text), [code]);
  });

  it.each([
    ["G.~~~edge~~~", "graph-part"],
    ["~~~H~~~.edges", "unknown-name"],
    ["~~~Asset~~~.edges", "wrong-kind"],
  ])("the dim %s is reported", (dims, code) => {
    diagnose(graph("grid(2, 2)", dims), [code]);
  });

  it.each([
    ["~~~path(G)~~~", "path-form"],
    ["~~~path(G, from = first)~~~", "path-form"],
    ["~~~path(G, from = first, to = first)~~~", "path-form"],
    ["path(G, from = first, to = ~~~9~~~)", "path-form"],
    ["path(G, from = first, ~~~until = last~~~)", "path-form"],
    ["path(~~~H~~~, from = first, to = last)", "unknown-name"],
  ])("%s is reported", (domain, code) => {
    diagnose(graph("grid(2, 2)", "G.edges", domain), [code]);
  });

  it("gives a path over its own edges only", () => {
    diagnose(graph("grid(2, 2)", "G.nodes", "~~~path(G, from = first, to = last)~~~"), ["shape-mismatch"]);
    expect(lower(graph("grid(2, 3)", "G.edges", "path(G, from = 1, to = 5)")).graphs?.[0]?.edges).toHaveLength(7);
  });
});

const tour = (graph: string, domain: string, type = "int"): string => `model Tour
graph G = ${graph}
data trips = csv("trips.csv") {
  index   day: date
  context x: real
  outcome c: real[G.edges] = columns("c_*")
  split   chronological { train: 60%, validation: 20%, test: 20% }
}
decision z: ${type}[G.edges] in ${domain}
loss length(z, c) = dot(c, z)
risk mean(length)
uncertainty c | x ~ gmm
evaluate on test { regret }
`;

describe("tours", () => {
  it("have two edges at each node and out of every part", () => {
    const ir = lower(tour("complete(6)", "tour(G)"));
    expect(ir.graphs?.[0]?.edges.slice(0, 6)).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
      [0, 4],
      [0, 5],
      [1, 2],
    ]);
    const edges = ir.graphs![0]!.edges;
    const taken = (list: readonly string[]): number[] => edges.map(([a, b]) => (list.includes(`${a}-${b}`) ? 1 : 0));
    const worst = (z: readonly number[]): readonly number[] =>
      ir.decision.constraints.map(({ graph, relation }) => {
        const values = [...evaluateGraph(graph, { z })];
        return 0 + Math.max(...values.map((value) => (relation === "==" ? Math.abs(value) : value)));
      });
    expect(worst(taken(["0-1", "1-2", "2-3", "3-4", "4-5", "0-5"]))).toEqual([0, 0, 0, 0]);
    // Two triangles: every node has its edges, and none leads from one to the other.
    expect(worst(taken(["0-1", "1-2", "0-2", "3-4", "4-5", "3-5"]))).toEqual([0, 0, 0, 2]);
  });

  it.each([
    [tour("complete(5)", "~~~tour(G)~~~", "real"), "tour-form"],
    [tour("complete(5)", "~~~tour(G, from = first)~~~"), "tour-form"],
    [tour("complete(11)", "~~~tour(G)~~~"), "tour-form"],
    [tour("complete(2)", "~~~tour(G)~~~"), "tour-form"],
    [tour("~~~complete(1)~~~", "tour(G)"), "graph-size"],
    [tour("~~~complete(3, 3)~~~", "tour(G)"), "argument-count"],
  ])("are refused where they cannot be", (source, code) => {
    diagnose(source, [code]);
  });
});

describe("predictors", () => {
  it.each([
    ["predictor(y -> horizon)", "predictor(~~~x~~~ -> horizon)", "predictor-form"],
    ["predictor(y -> horizon)", "predictor(y -> ~~~y~~~)", "predictor-form"],
    ["predictor(y -> horizon) = lstm { layers: [128, 64] }", "~~~predictor(y -> horizon)~~~", "predictor-form"],
    ["lstm { layers: [128, 64] }", "~~~lstn~~~", "method-unknown"],
    ["lstm { layers: [128, 64] }", "lstm { layers: [~~~0~~~] }", "option-range"],
    ["square(f(y) - horizon)", "square(~~~f~~~ - horizon)", "predictor-call"],
    ["square(f(y) - horizon)", "square(~~~f(horizon)~~~ - horizon)", "predictor-call"],
    ["mse(f; y, horizon)", "~~~mse~~~(f; y)", "loss-unlisted"],
    ["window y: real[24] -> horizon: real ", "~~~window y: real[24]~~~ ", "field-form"],
    ["-> horizon: real ", "-> horizon: ~~~text~~~ ", "field-type"],
    ["perlin { octaves: 8 }", "perlin { octaves: ~~~0~~~ }", "option-range"],
    ["stress test with", "stress ~~~train~~~ with", "evaluate-on"],
    ['train: ["BANC_23", "BANC_24"], test: each', "train: ~~~each~~~", "split-part"],
    ["test: each", 'test: ~~~["BANC_24"]~~~', "split-shared"],
    ['train: ["BANC_23", "BANC_24"], test: each', "train: ~~~first 0~~~", "split-part"],
    [
      'split by zone { train: ["BANC_23", "BANC_24"], test: each }',
      "~~~split by zone { test: each }~~~",
      "split-empty",
    ],
    ["compare ml, dml", "compare ~~~saa~~~, dml", "wrong-problem"],
    ["evaluate on test { mse,", "evaluate on test { ~~~regret~~~,", "wrong-problem"],
    ["(y, horizon) ~", "~~~horizon~~~ ~", "uncertainty-target"],
  ])("%s as %s is reported", (from, to, code) => {
    const text = textOf("robust-forecasting").replace(from, () => to);
    // The declaration that lacks a target is to blame, not its other target.
    if (to.startsWith("~~~horizon")) {
      expect(compileText(text.replaceAll("~~~", "")).diagnostics.map((d) => d.code)).toEqual([code]);
    } else misuse("robust-forecasting", from, to, code);
  });

  it("are decisions, and nothing else", () => {
    diagnose(spec({ params: "param f: ~~~predictor(x -> s)~~~ = 1" }), ["predictor-place"]);
    diagnose(spec({ before: "fn g(f: ~~~predictor(x -> s)~~~) = 1\n", loss: "loss L(z, s) = -dot(s, z) + g(1)" }), [
      "predictor-place",
    ]);
  });

  it("need to be trained for something", () => {
    const text = textOf("robust-forecasting").replace(/^train .*$/m, "");
    expect(compileText(text).diagnostics.map(({ code }) => code)).toEqual(["missing-declaration"]);
    const bare = textOf("robust-forecasting").replace(/^ambiguity .*$/m, "");
    expect(compileText(bare).diagnostics.map(({ code }) => code)).toEqual(["method-needs"]);
  });

  it("are trained against the kind of set that their method is made for", () => {
    const classical = textOf("robust-forecasting").replace(
      /^ambiguity .*$/m,
      "ambiguity wasserstein { order: 2, radius: 1 }",
    );
    expect(compileText(classical).diagnostics.map(({ code }) => code)).toEqual(["method-needs"]);
  });
});

describe("stages", () => {
  it.each([
    ["stages day = 1..7", "stages day = ~~~7~~~", "stages-range"],
    ["stages day = 1..7", "stages day = ~~~7..1~~~", "stages-range"],
    ["stage day observing w {", "stage ~~~week~~~ observing w {", "stage-name"],
    ["stage day observing w {", "stage day observing ~~~p~~~ {", "unknown-name"],
    ["price p: real<usd/MWh>[Hour] per day", "price p: real<usd/MWh>[Hour] per ~~~hour~~~", "stage-name"],
    ["price p: real<usd/MWh>[Hour] per day", "~~~price p: real<usd/MWh>[Hour]~~~", "field-form"],
    ["+ curtail == w", "+ curtail == ~~~v~~~", "unknown-name"],
    ["observing w {", "observing w {\n  ~~~risk mean(L)~~~", "stage-part"],
    ["next commitment = commit", "next commitment = commit\n  ~~~next commitment = unmet~~~", "stage-twice"],
    ["next commitment = commit", "next commitment = ~~~sum(commit over Hour) * p~~~", "unit-expected"],
    ["next commitment = commit", "next commitment = ~~~level~~~", "shape-mismatch"],
    ["next commitment = commit", "next commitment = commit\n  next ~~~comitment~~~ = commit", "next-unknown"],
    ["real<MWh>[Hour], initially 0", "real<MWh>[Hour], initially ~~~capacity~~~", "shape-mismatch"],
    ["in 0..capacity, initially capacity", "in 0..capacity, initially ~~~2 * capacity~~~", "option-range"],
    ["in 0..capacity, initially capacity", "in ~~~capacity..0~~~, initially capacity", "decision-range"],
    ["deliver + sum(discharge over Store)", "~~~deliver + sum(discharge over Hour)~~~", "dim-mismatch"],
    ["loss = -dot(p, commitment)", "loss = ~~~-p * commitment~~~", "dim-mismatch"],
    ["uncertainty w' | w", "uncertainty ~~~w~~~ | w", "uncertainty-target"],
    ["uncertainty w' | w", "uncertainty w' | ~~~w'~~~", "uncertainty-target"],
    ["stop: gap 1%", "stop: ~~~1%~~~", "option-type"],
    ["stop: gap 1%", "stop: gap ~~~200%~~~", "option-range"],
    ["weights: independent", "weights: ~~~equal~~~", "option-word"],
    ["solve sddp {", "~~~train dw_fm~~~\nsolve sddp {", "wrong-problem"],
    ["solve sddp {", "~~~risk mean(L)~~~\nsolve sddp {", "wrong-problem"],
    ["mean_profit, percentile", "mean_profit, ~~~regret~~~, percentile", "wrong-problem"],
  ])("%s as %s is reported", (from, to, code) => {
    if (from.startsWith("loss =")) {
      expect(compileText(textOf("wind-storage").replace(from, "loss = -p * commitment")).diagnostics[0]?.code).toBe(
        "loss-shape",
      );
    } else misuse("wind-storage", from, to, code);
  });

  it("observe what their decisions depend on", () => {
    const text = textOf("wind-storage").replace("observing w {", "{");
    const { diagnostics, sources } = compileText(text);
    const [found] = diagnostics;
    expect(diagnostics).toHaveLength(1);
    expect([found!.code, sources[0]!.text.slice(found!.span.start, found!.span.end)]).toEqual([
      "stage-observes",
      "deliver + sum(charge over Store) + curtail == w",
    ]);
  });

  it.each([
    [/^ {2}next commitment.*$/m, "stage-missing"],
    [/^ {2}loss.*$/m, "stage-missing"],
    [/, initially capacity/, "state-initially"],
    [/^stages.*$/m, "missing-declaration"],
    [/^uncertainty.*$/m, "missing-declaration"],
  ])("without %s are reported", (pattern, code) => {
    const codes = compileText(textOf("wind-storage").replace(pattern, "")).diagnostics.map((d) => d.code);
    expect(codes[0]).toBe(code);
  });
});

describe("decisions by a function of free parameters", () => {
  it.each([
    ["softmax(theta: real[Asset]), ~~~u = 1~~~", "decision-map"],
    ["softmax(theta: real[Asset])", "decision-map", " in ~~~simplex~~~"],
    ["~~~softmax([1, 2, 3, 4])~~~", "decision-map"],
    ["softmax(theta: ~~~int[Asset]~~~)", "decision-type"],
    ["softmax(~~~theta~~~)", "decision-map"],
    ["softmax(~~~theta: real~~~)", "shape-mismatch"],
  ])("%s is reported", (value, code, domain = "") => {
    const text = spec({ decision: `decision z${domain} = ${value}`, loss: "loss L(z, s) = -sum(s)" });
    expect(compileText(text.replaceAll("~~~", "")).diagnostics.map((d) => d.code)).toContain(code);
  });

  it("keep the declared type", () => {
    const [map] = lower(spec({ decision: "decision z: real[Asset] = 2 * softmax(theta: real[Asset])" })).decision.maps!;
    expect(map!.parameters[0]).toMatchObject({ name: "theta", axes: [{ dim: "Asset", size: 4 }] });
  });
});

describe("posteriors, transports and generators", () => {
  const fixture = "generation-stress-posterior";

  it.each([
    ["observe y = blur(u) + normal(0, 0.05)", "observe y = ~~~blur(u)~~~", "observation-form"],
    ["normal(0, 0.05)", "normal(0, ~~~0~~~)", "observation-form"],
    ["normal(0, 0.05)", "~~~normal(0)~~~", "argument-count"],
    ["infer u | y", "infer ~~~v~~~ | y", "infer-target"],
    ["infer u | y", "infer u | ~~~u~~~", "infer-target"],
    ["latent_langevin {", "latent_langevin { ~~~burn~~~: 3, ", "option-unknown"],
    ["from: market where date < 2020-01-01", "from: ~~~3~~~", "option-type"],
    ["from: market where date < 2020-01-01", "from: ~~~markt~~~", "unknown-name"],
    ["from: market where date < 2020-01-01", "from: market where date < ~~~2020~~~", "rows-condition"],
    ["from: market where date < 2020-01-01", "from: market where ~~~dat~~~ < 2020-01-01", "unknown-name"],
    ["from: market where date < 2020-01-01", "from: market where ~~~s~~~ < 0", "rows-condition"],
    ["coupling: minibatch_ot", "coupling: ~~~ot~~~", "option-word"],
    ["evaluate { mmd, marginals,", "evaluate { mmd, ~~~regret~~~,", "wrong-problem"],
    ["evaluate { mmd,", "~~~ambiguity kl { radius: 1 }~~~\nevaluate { mmd,", "wrong-problem"],
  ])("%s as %s is reported", (from, to, code) => {
    misuse(fixture, from, to, code);
  });
});

describe("what cannot be run yet", () => {
  it("is told with its place, without being an error of the spec", () => {
    const text = spec({ more: "ambiguity chi2 { radius: 1 }", evaluate: "evaluate on test { regret, coverage }" });
    const { diagnostics, notRunnable, models } = compileText(text);
    expect(diagnostics).toEqual([]);
    expect(models).toHaveLength(1);
    expect(
      notRunnable.map(({ model, diagnostic }) => [
        model,
        diagnostic.code,
        diagnostic.severity,
        text.slice(diagnostic.span.start, diagnostic.span.end),
      ]),
    ).toEqual([
      ["M", "not-yet-runnable", "error", "coverage"],
      ["M", "not-yet-runnable", "error", "chi2 { radius: 1 }"],
    ]);
  });

  it("is nothing where all can be run", () => {
    expect(compileText(spec()).notRunnable).toEqual([]);
    expect(compileText(spec({ uncertainty: "uncertainty s ~ flow_matching" })).notRunnable).toHaveLength(1);
  });

  it("never keeps a wrong spec from being reported", () => {
    const { diagnostics, notRunnable } = compileText(spec({ compare: "compare rnw { bandwith: 1 }" }));
    expect(diagnostics.map(({ code }) => code)).toEqual(["option-unknown"]);
    expect(notRunnable).toEqual([]);
  });
});
