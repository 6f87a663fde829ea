import { describe, expect, it } from "vitest";
import { evaluateGraph } from "../../runtime/ir/evaluate.ts";
import type { ModelIR } from "../../runtime/ir/model.ts";
import { diagnose, lower, spec } from "../support/tester.ts";

/** Values of `left − right` of every constraint at a decision. */
const rows = (ir: ModelIR, inputs: Readonly<Record<string, readonly number[]>>): readonly unknown[] =>
  ir.decision.constraints.map(({ label, relation, graph }) => [
    label,
    relation,
    [...evaluateGraph(graph, inputs)].map((v) => v + 0),
  ]);

describe("decisions", () => {
  it("take sets of the library without an import, with their arguments", () => {
    const ir = lower(spec({ decision: "decision z: real[Asset] in simplex { cap: 0.3 }" }));
    expect(rows(ir, { z: [0.1, 0.2, 0.3, 0.5] })).toEqual([
      ["simplex: sum(z) == total", "==", [expect.closeTo(0.1, 12)]],
      ["simplex: 0 <= z", "<=", [-0.1, -0.2, -0.3, -0.5]],
      ["simplex: z <= cap", "<=", [-0.2, -0.1, 0, 0.2].map((v) => expect.closeTo(v, 12))],
    ]);
    expect(ir.decision.sets).toMatchObject([{ block: "z", text: "simplex { cap: 0.3 }" }]);
    expect(ir.decision.constraints.every((constraint) => constraint.at?.file === 0)).toBe(true);
  });

  it("take ranges, bounds and several blocks", () => {
    const ir = lower(
      spec({
        params: "param most: real[Asset] = [1, 2, 3, 4]",
        decision: "decision z: real[Asset] in 0..most, n: int >= 2, b: bool",
        constraints: "subject to { limit: sum(z) + 2 * n <= 10, 0 <= n <= 4, b == 1 }",
      }),
    );
    expect(ir.decision.blocks.map(({ name, type }) => [name, type])).toEqual([
      ["z", "real"],
      ["n", "int"],
      ["b", "bool"],
    ]);
    expect(rows(ir, { z: [0, 0, 0, 9], n: [3], b: [1] })).toEqual([
      ["z in 0..most", "<=", [0, 0, 0, -9]],
      ["z in 0..most", "<=", [-1, -2, -3, 5]],
      ["n >= 2", "<=", [-1]],
      ["limit", "<=", [5]],
      ["0 <= n", "<=", [-3]],
      ["n <= 4", "<=", [-1]],
      ["b == 1", "==", [0]],
    ]);
  });

  it("take sets declared in the spec", () => {
    const before = "set spread(z: real[_], least, most = 1) {\n  sum(z) == 1\n  least <= z <= most\n}\n";
    const ir = lower(spec({ before, decision: "decision z: real[Asset] in spread { least: 0.1 }" }));
    expect(ir.decision.constraints).toHaveLength(3);
    diagnose(spec({ before, decision: "decision z: real[Asset] in ~~~spread~~~" }), ["option-missing"]);
    diagnose(spec({ before, decision: "decision z: real[Asset] in spread { least: 0.1, ~~~mst~~~: 1 }" }), [
      "option-unknown",
    ]);
  });

  it("take a written bound in their own unit", () => {
    const before = "unit kWh\nunit MWh = 1000 * kWh\nunit usd\n";
    const params = "param price: real<usd/MWh> = 1\nparam cap: real<kWh> = 500";
    const loss = "loss L(z, s) = -dot(s, z) * price * (if 1 > 0 then 1 else 2)";
    const ir = lower(
      spec({
        before,
        params,
        loss,
        decision: "decision z: real<MWh>[Asset] in 0..2",
        constraints: "subject to { z <= cap }",
      }),
    );
    expect(ir.decision.blocks[0]!.unit).toEqual({ MWh: 1 });
    expect(ir.loss.unit).toEqual({ usd: 1 });
    expect(rows(ir, { z: [1, 0, 0, 0] })[1]).toEqual(["z in 0..2", "<=", [-1000, -2000, -2000, -2000]]);
    expect(rows(ir, { z: [1, 0, 0, 0] })[2]).toEqual(["z <= cap", "<=", [500, -500, -500, -500]]);
    const ambiguous = "subject to { ~~~sum(z) <= 3~~~ }";
    diagnose(spec({ before, params, loss, decision: "decision z: real<MWh>[Asset] in 0..2", constraints: ambiguous }), [
      "unit-mismatch",
    ]);
    diagnose(spec({ before, params, loss, decision: "decision z: real<MWh>[Asset] in 0..~~~price~~~" }), [
      "unit-expected",
    ]);
  });

  it.each([
    ["~~~simplx~~~", "decision-domain"],
    ["~~~[0, 1]~~~", "decision-domain"],
    ["~~~path~~~", "path-form"],
    ["~~~matching~~~", "not-yet-supported"],
    ["~~~market~~~", "wrong-kind"],
    ["~~~simplex(0.3)~~~", "not-an-expression"],
    ["simplex { ~~~cup~~~: 1 }", "option-unknown"],
    ["simplex { cap: 1, ~~~cap~~~: 1 }", "option-twice"],
    ["~~~2..1~~~", "decision-range"],
    ["simplex { cap: ~~~capp~~~ }", "unknown-name"],
  ])("in %s are reported", (domain, code) => {
    diagnose(spec({ decision: `decision z: real[Asset] in ${domain}` }), [code]);
  });

  it.each([
    ["decision z: ~~~text~~~", "decision-type"],
    ["decision ~~~z >= 0~~~", "decision-type"],
    ["decision z = ~~~softmax([1, 2, 3, 4])~~~", "decision-map"],
    ["decision ~~~z~~~: real[20_000] in 0..1", "shape-too-large"],
  ])("%s is reported", (decision, code) => {
    diagnose(spec({ decision, loss: "loss L(z, s) = -sum(s)" }), [code]);
  });
});

describe("constraints", () => {
  it.each([
    ["~~~z < 1~~~", "constraint-relation"],
    ["~~~z != 1~~~", "constraint-relation"],
    ["~~~sum(z) + s[0] <= 1~~~", "constraint-uses"],
    ["~~~dot(z, [1, 1, 1, 1]) <= x[0]~~~", "constraint-uses"],
    ["~~~3 <= 4~~~", "constraint-without-decision"],
    ["~~~z <= x~~~", "dim-mismatch"],
    ["~~~sum(z) + 1~~~", "not-a-constraint"],
    ["~~~square(z[0])~~~ >= 1", "constraint-not-affine"],
  ])("%s is reported", (constraint, code) => {
    diagnose(spec({ constraints: `subject to { ${constraint} }` }), [code]);
  });
});

describe("losses", () => {
  it.each([
    ["loss L(~~~w~~~, s) = -dot(s, z)", "loss-parameter"],
    ["loss ~~~L~~~(z) = -dot(s, z)", "loss-unlisted"],
    ["loss L(z, s) = ~~~s * z~~~", "loss-shape"],
    ["loss L(s; ~~~z~~~) = -dot(s, z)", "loss-parameter"],
    ["loss ~~~L~~~(z, s) = -sum(s)", "loss-ignores-decision"],
    ["loss ~~~L~~~(z, s) = -sum(z)", "loss-ignores-outcome"],
    ["loss L(z, s) = ~~~dot(s, z) > 0~~~", "type-mismatch"],
  ])("%s is reported", (loss, code) => {
    diagnose(spec({ loss }), [code]);
  });

  it("of the library keep the units of their arguments", () => {
    const ir = lower(
      spec({
        before: 'import { newsvendor } from "std/losses"\nunit item\nunit usd\n',
        params: "param holding: real<usd/item> = 1\nparam stockout: real<usd/item> = 9",
        data: "data d = synthetic newsvendor_mixture { covariates: 3 } {\n  context x: real[Feature]\n  outcome s: real<item>\n}",
        decision: "decision q: real<item> >= 0",
        loss: "loss cost(q, s) = newsvendor(q, s, holding, stockout)",
        risk: "risk mean(cost)",
        uncertainty: "uncertainty s | x ~ gmm",
        train: null,
      }),
    );
    expect(ir.loss.unit).toEqual({ usd: 1 });
    expect(evaluateGraph(ir.loss.graph, { q: [5], s: [7] })[0]).toBe(18);
    expect(evaluateGraph(ir.loss.graph, { q: [7], s: [5] })[0]).toBe(2);
  });
});

const risk = (text: string): ModelIR["risk"] =>
  lower(spec({ params: "param gamma = 2\nparam eta = 1e-3", risk: `risk ${text}` })).risk;

describe("risk", () => {
  it("is read off as weights of its measures", () => {
    expect(risk("mean(L) + gamma * cvar(L, level = 90%) + eta * sum_squares(z)")).toMatchObject({
      mean: 1,
      cvar: [{ weight: 2, level: 0.9 }],
    });
    const nested = risk("gamma * (mean(L) + cvar(L, tail = 25%) / 4 - sum(z)) + 3 * cvar(L, level = 75%)");
    expect(nested).toMatchObject({ mean: 2, cvar: [{ weight: 3.5, level: 0.75 }] });
    expect(evaluateGraph(nested.deterministic!, { z: [1, 2, 3, 4] })[0]).toBe(-20);
  });

  it("takes a tail of 100% for the mean, and a weight of zero for nothing", () => {
    expect(risk("cvar(L, tail = 100%)")).toMatchObject({ mean: 1, cvar: [] });
    expect(risk("mean(L) + 0 * cvar(L, level = 90%)")).toMatchObject({ mean: 1, cvar: [] });
  });

  it("may be composed by functions", () => {
    const before = "fn blend(m, c, w) = (1 - w) * m + w * c\n";
    const text = spec({ before, risk: "risk blend(mean(L), cvar(L, level = 90%), 25%)" });
    expect(lower(text).risk).toMatchObject({ mean: 0.75, cvar: [{ weight: 0.25, level: 0.9 }] });
  });

  it.each([
    ["~~~cvar(L)~~~", "cvar-level-missing"],
    ["~~~cvar(L, level = 90%, tail = 10%)~~~", "cvar-level-missing"],
    ["cvar(L, ~~~90%~~~)", "bare-level"],
    ["cvar(L, ~~~alpha~~~ = 90%)", "argument-unknown"],
    ["cvar(L, ~~~level = 100%~~~)", "cvar-level-range"],
    ["cvar(L, ~~~level = 0~~~)", "cvar-level-range"],
    ["cvar(L, ~~~tail = 0%~~~)", "cvar-level-range"],
    ["cvar(L, ~~~tail = 150%~~~)", "cvar-level-range"],
    ["cvar(~~~z~~~, level = 90%)", "risk-loss-name"],
    ["mean(~~~K~~~)", "risk-loss-name"],
    ["~~~mean(L, L)~~~", "argument-count"],
    ["mean(L) - ~~~cvar(L, level = 90%)~~~", "risk-negative-weight"],
    ["~~~max(mean(L), 0)~~~", "risk-not-linear"],
    ["~~~mean(L) * cvar(L, level = 90%)~~~", "risk-not-linear"],
    ["~~~sum(z)~~~", "risk-without-loss"],
    ["~~~0 * mean(L)~~~", "risk-without-loss"],
    ["mean(L) + ~~~sum(s)~~~", "risk-uses"],
    ["~~~entropic(L, theta = 1)~~~", "not-yet-supported"],
    ["~~~mean(L) + z~~~", "shape-mismatch"],
    ["mean(L) + cvar(L, level = ~~~z~~~)", "not-constant"],
  ])("%s is reported", (text, code) => {
    diagnose(spec({ risk: `risk ${text}` }), [code]);
  });

  it("adds only what has one unit", () => {
    const before = "unit usd\n";
    const params = "param price: real<usd> = 2";
    const loss = "loss L(z, s) = -price * dot(s, z)";
    const { diagnostics } = diagnose(spec({ before, params, loss, risk: "risk ~~~mean(L) + sum_squares(z)~~~" }), [
      "unit-mismatch",
    ]);
    expect(diagnostics[0]!.message).toBe("`+` of a value in usd and a value without a unit");
    lower(spec({ before, params, loss, risk: "risk mean(L) + price * sum_squares(z)" }));
  });
});
