import { describe, expect, it } from "vitest";
import { evaluateGraph } from "../../runtime/ir/evaluate.ts";
import { compileText, diagnose, lower, spec } from "../support/tester.ts";

const units = "unit usd\nunit item\n";

describe("dims", () => {
  it("tells dims apart by name though their sizes agree", () => {
    const dims = "dim Asset = 4\ndim Feature = 4";
    diagnose(spec({ dims, loss: "loss L(z, s, x) = -~~~dot(s, x)~~~ - dot(s, z)" }), ["dim-mismatch"]);
    diagnose(spec({ dims, loss: "loss L(z, s, x) = sum(~~~s + x~~~) - dot(s, z)" }), ["dim-mismatch"]);
  });

  it("does not take a bare size for a dim", () => {
    diagnose(spec({ params: "param w: real[4] = 1", loss: "loss L(z, s) = -~~~dot(s, w)~~~ - dot(s, z)" }), [
      "dim-mismatch",
    ]);
  });

  it("lets a list fit any dim of its size", () => {
    const ir = lower(spec({ loss: "loss L(z, s) = -dot(s, z) + dot([1, 0, 0, 0], z)" }));
    expect(evaluateGraph(ir.loss.graph, { z: [1, 2, 3, 4], s: [1, 1, 1, 1] })[0]).toBe(-9);
  });

  it("matches named dims in any order and repeats over the others", () => {
    const ir = lower(
      spec({
        params: "param A: real[Asset, Feature] = 2\nparam b: real[Feature] = [1, 10, 100]",
        loss: "loss L(z, s) = -dot(s, z) + sum(b * A * z)",
      }),
    );
    expect(evaluateGraph(ir.loss.graph, { z: [1, 0, 0, 0], s: [0, 0, 0, 0] })[0]).toBe(222);
  });

  it("multiplies a matrix by a vector over the dim that they share", () => {
    const ir = lower(
      spec({
        params: "param A: real[Feature, Asset] = [[1, 2, 3, 4], [0, 0, 0, 1], [1, 1, 1, 1]]",
        loss: "loss L(z, s) = -dot(s, z) + max(dot(A, z))",
      }),
    );
    expect(evaluateGraph(ir.loss.graph, { z: [1, 1, 1, 1], s: [0, 0, 0, 0] })[0]).toBe(10);
  });

  it("reduces over a named dim", () => {
    const ir = lower(
      spec({
        params: "param A: real[Feature, Asset] = 1",
        loss: "loss L(z, s) = -dot(s, z) + sum(max(A * s over Asset)) + sum(mean(A * z over Feature))",
      }),
    );
    expect(evaluateGraph(ir.loss.graph, { z: [1, 2, 3, 4], s: [0, 5, 0, 0] })[0]).toBe(-10 + 15 + 10);
    diagnose(spec({ loss: "loss L(z, s) = -dot(s, z) + sum(z over ~~~Feature~~~)" }), ["over-missing-dim"]);
    diagnose(spec({ loss: "loss L(z, s) = -dot(s, z) + sum(z over ~~~Aset~~~)" }), ["unknown-dim"]);
  });

  it("indexes by number, label and dim", () => {
    const dims = 'dim Asset = ["Energy", "Health", "Tech", "Util"]\ndim Feature = 3';
    const params = "param A: real[Feature, Asset] = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]";
    const loss = 'loss L(z, s) = -dot(s, z) + z["Tech"] + z[0] + dot(A[1, Asset], z) + A[2, "Util"]';
    const ir = lower(spec({ dims, params, loss }));
    expect(evaluateGraph(ir.loss.graph, { z: [1, 0, 10, 0], s: [0, 0, 0, 0] })[0]).toBe(10 + 1 + 5 + 70 + 12);
    expect(ir.dims[0]).toEqual({ name: "Asset", size: 4, labels: ["Energy", "Health", "Tech", "Util"] });
    const wrong = (index: string, code: string): unknown =>
      diagnose(spec({ dims, loss: `loss L(z, s) = -dot(s, z) + ${index}` }), [code]);
    wrong('z[~~~"Tehc"~~~]', "index-label");
    wrong("z[~~~4~~~]", "index-range");
    wrong("z[~~~0.5~~~]", "index-range");
    wrong("z[~~~Feature~~~]", "shape-mismatch");
    wrong("~~~z[0, 1]~~~", "index-count");
    wrong("z[~~~s[0]~~~]", "not-constant");
  });

  it("checks declared sizes", () => {
    diagnose(spec({ dims: "dim Asset = ~~~2.5~~~\ndim Feature = 3" }), ["dim-size"]);
    diagnose(spec({ dims: "dim Asset = ~~~0~~~\ndim Feature = 3" }), ["dim-size"]);
    diagnose(spec({ dims: "dim Asset = ~~~2_000_000~~~\ndim Feature = 3" }), ["dim-size"]);
    diagnose(spec({ dims: 'dim Asset = ["a", ~~~"a"~~~]\ndim Feature = 3' }), ["dim-label-duplicate"]);
    diagnose(spec({ params: "param w: real[~~~Aset~~~] = 1" }), ["unknown-dim"]);
    diagnose(spec({ params: "param w: ~~~reel~~~[Asset] = 1" }), ["unknown-type"]);
    diagnose(spec({ params: "param w: real[~~~z~~~] = 1" }), ["wrong-kind"]);
    diagnose(spec({ params: "param w: ~~~real[10_000, 10_000]~~~ = 1" }), ["shape-too-large"]);
    diagnose(spec({ params: "param w: real[Asset] = ~~~[1, 2]~~~" }), ["shape-mismatch"]);
    diagnose(spec({ params: "param w = [1, ~~~[2, 3]~~~]" }), ["list-mixed"]);
  });
});

describe("units", () => {
  const params = "param price: real<usd/item> = 2\nparam stock: real<item> = 3\nparam cash: real<usd> = 1";
  const withLoss = (loss: string): string =>
    spec({ before: units, params, loss: `loss L(z, s) = -dot(s, z) + ${loss}` });

  it("multiplies and cancels them", () => {
    expect(lower(withLoss("(price * stock + cash) / cash")).loss.unit).toEqual({});
    const ir = lower(
      spec({
        before: units,
        params,
        data: `data d = synthetic newsvendor_mixture { covariates: 3 } {
  context x: real[Feature]
  outcome s: real<item>
}`,
        decision: "decision q: real<item> >= 0",
        loss: "loss L(q, s) = price * max(q - s, 0) + 3 * price * pos(s - q)",
        train: "train dw_fm { lambda_relative: 0.05 }",
      }),
    );
    expect(ir.loss.unit).toEqual({ usd: 1 });
  });

  it("refuses a sum of different units and shows where both come from", () => {
    const { diagnostics } = diagnose(withLoss("(~~~cash + stock~~~) / cash"), ["unit-mismatch"]);
    expect(diagnostics[0]!.message).toBe("`+` of a value in usd and a value in item");
    expect(diagnostics[0]!.related.map((place) => place.message)).toEqual([
      "this is in usd",
      "this is in item",
      "`cash` is declared in usd here",
      "`stock` is declared in item here",
    ]);
    diagnose(withLoss("~~~max(cash, 3)~~~ / cash"), ["unit-mismatch"]);
    diagnose(withLoss("(if ~~~cash > stock~~~ then 1 else 2)"), ["unit-mismatch"]);
  });

  it("takes a written zero in every unit", () => {
    lower(withLoss("max(cash, 0) / cash + pos(0 - stock) / stock"));
  });

  it("wants plain numbers where the scale would matter", () => {
    diagnose(withLoss("exp(~~~cash~~~)"), ["unit-not-plain"]);
    diagnose(withLoss("2 ^ ~~~cash~~~"), ["unit-not-plain"]);
    lower(withLoss("exp(cash / (2 * cash))"));
  });

  it("knows powers and roots", () => {
    lower(withLoss("sqrt(cash ^ 2 * square(stock)) / (cash * stock)"));
    lower(withLoss("norm2(cash * s) / cash + sum_squares(stock * s) / stock ^ 2"));
    diagnose(withLoss("~~~cash ^ 0.3~~~ / cash"), ["unit-power"]);
    diagnose(withLoss("2 ^ ~~~s~~~"), ["power-exponent"]);
    diagnose(withLoss("~~~(cash) ^ 0.3~~~ / cash"), ["unit-power"]);
  });

  it("checks what parameters and functions declare", () => {
    diagnose(spec({ params: "param a: real<~~~usdd~~~> = 1" }), ["unknown-unit"]);
    diagnose(spec({ before: `${units}unit pair = ~~~usd + item~~~\n` }), ["unit-expression"]);
    diagnose(spec({ before: units, params: `${params}\nparam a: real<usd> = ~~~2 * stock~~~` }), ["unit-expected"]);
    const call = (argument: string): string =>
      spec({
        before: `${units}fn fee(c: real<usd>): real = c / 2\n`,
        params,
        loss: `loss L(z, s) = -dot(s, z) + fee(${argument}) / cash`,
      });
    lower(call("cash"));
    diagnose(call("~~~stock~~~"), ["unit-expected"]);
  });

  it("computes with derived units in their base units", () => {
    const before = "unit kWh\nunit MWh = 1000 * kWh\n";
    const local = "param small: real<kWh> = 500\nparam large: real<MWh> = 2";
    const loss = "loss L(z, s) = -dot(s, z) + (small + large) / small";
    const ir = lower(spec({ before, params: local, loss }));
    expect(evaluateGraph(ir.loss.graph, { z: [0, 0, 0, 0], s: [0, 0, 0, 0] })[0]).toBe(5);
    expect(ir.params.map(({ name, value, unit }) => ({ name, value, unit }))).toEqual([
      { name: "small", value: [500], unit: { kWh: 1 } },
      { name: "large", value: [2], unit: { MWh: 1 } },
    ]);
  });
});

describe("values", () => {
  const params = "param a = 2\nparam on: bool = true";
  const withLoss = (loss: string): string => spec({ params, loss: `loss L(z, s) = -dot(s, z) + ${loss}` });
  const value = (loss: string): number => {
    const { graph } = lower(withLoss(loss)).loss;
    return evaluateGraph(graph, { z: [0, 0, 0, 0], s: [1, -2, 3, 0] })[0]!;
  };

  it.each([
    ["2 ^ 3 * a", 16],
    ["max(1, a, s[2]) - min(s) + max(s)", 3 + 2 + 3],
    ["norm1(s) + norm2(s) + norm_inf(s)", 6 + Math.sqrt(14) + 3],
    ["sum_squares(s) + sum(square(s)) + mean(s)", 14 + 14 + 0.5],
    ["if on and a > 1 then 10 * s[0] else a", 10],
    ["if not on or a != 2 then 10 * s[0] else a", 2],
    ["abs(s[1]) + pos(s[1]) + softplus(s[3]) + log1p(s[3])", 2 + Math.LN2],
    ["log_sum_exp(s * 0)", Math.log(4)],
    ["50% * a", 1],
    ["exp(log(a)) + sqrt(a ^ 2)", 4],
  ])("%s is %d", (loss, expected) => {
    expect(value(loss)).toBeCloseTo(expected, 12);
  });

  it("computes zᵀ P z", () => {
    const P = "param P: real[Asset, Asset] = [[2, 1, 0, 0], [1, 3, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]";
    const ir = lower(spec({ params: P, risk: "risk mean(L) + 0.5 * quad_form(z, P)" }));
    expect(evaluateGraph(ir.risk.deterministic!, { z: [1, 2, 0, 1] })[0]).toBe(0.5 * (2 + 4 + 12 + 1));
    diagnose(spec({ params: P, risk: "risk mean(L) + ~~~quad_form(z, [[1, 2], [3, 4]])~~~" }), ["dim-mismatch"]);
    diagnose(spec({ params: P, risk: "risk mean(L) + quad_form(~~~P~~~, P)" }), ["shape-mismatch"]);
  });

  it.each([
    ["~~~nothing~~~", "unknown-name"],
    ["~~~sqare~~~(z[0])", "unknown-function"],
    ["~~~Asset~~~", "wrong-kind"],
    ["~~~a~~~(3)", "wrong-kind"],
    ["~~~L~~~", "wrong-kind"],
    ["~~~cvar~~~(L, level = 90%)", "not-an-expression"],
    ["~~~date~~~", "not-an-expression"],
    ['~~~"text"~~~', "not-an-expression"],
    ["sum(~~~1..3~~~)", "not-an-expression"],
    ["~~~square(a, a)~~~", "argument-count"],
    ["square(~~~u~~~ = a)", "argument-unknown"],
    ["(if ~~~a~~~ then 1 else 2)", "type-mismatch"],
    ["~~~on~~~ * 2", "type-mismatch"],
    ["(if on then 1 else ~~~on~~~)", "type-mismatch"],
    ["~~~1 / 0~~~", "not-finite"],
    ["~~~log(-a)~~~", "not-finite"],
    ["~~~exp(1000)~~~", "not-finite"],
    ["dot(~~~a~~~, z)", "shape-mismatch"],
    ["~~~G.edges~~~", "not-an-expression"],
  ])("%s is reported", (loss, code) => {
    diagnose(withLoss(loss), [code]);
  });

  it("says what was probably meant", () => {
    const { diagnostics } = diagnose(spec({ params: "param gamma = 2", risk: "risk mean(L) + ~~~gama~~~ * sum(z)" }), [
      "unknown-name",
    ]);
    expect(diagnostics[0]!.help).toBe("did you mean `gamma`?");
  });
});

const withFn = (fn: string, loss: string): string => spec({ before: fn, loss: `loss L(z, s) = -dot(s, z) + ${loss}` });

describe("functions", () => {
  it("are written out where they are called, with defaults and named arguments", () => {
    const fn = "fn twice(u, by = 2) = by * u\nfn both(a, b) = twice(a) + twice(b, by = 10)\n";
    const ir = lower(withFn(fn, "both(b = z[0], a = z[1])"));
    expect(evaluateGraph(ir.loss.graph, { z: [1, 5, 0, 0], s: [0, 0, 0, 0] })[0]).toBe(20);
    expect(ir.loss.graph.nodes.some((node) => node.op === "input" && node.name === "a")).toBe(false);
  });

  it("take values of the declared shape", () => {
    const fn =
      "fn total(u: real[_]): real = sum(u)\nfn one(u: real): real = u\nfn flag(b: bool) = if b then 1 else 0\n";
    lower(withFn(fn, "total(z) + one(z[0]) + flag(2 > 1)"));
    diagnose(withFn(fn, "total(~~~z[0]~~~)"), ["shape-mismatch"]);
    diagnose(withFn(fn, "one(~~~z~~~)"), ["shape-mismatch"]);
    diagnose(withFn(fn, "flag(~~~z[0]~~~)"), ["type-mismatch"]);
    diagnose(withFn("fn bad(u): real = ~~~[u, u]~~~\n", "bad(z[0])"), ["shape-mismatch"]);
  });

  it.each([
    ["~~~f()~~~", "argument-count"],
    ["~~~f(1, 2, 3)~~~", "argument-count"],
    ["f(1, ~~~w~~~ = 2)", "argument-unknown"],
    ["f(1, ~~~u = 2~~~)", "argument-twice"],
  ])("%s is reported", (call, code) => {
    diagnose(withFn("fn f(u, v = 1) = u * v\n", call), [code]);
  });

  it("never end in themselves", () => {
    diagnose(withFn("fn f(u) = g(u)\nfn g(u) = ~~~f(u)~~~\n", "f(z[0])"), ["function-recursion"]);
  });

  it("are checked for unknown names even where nothing calls them", () => {
    diagnose(spec({ before: "fn f(u) = u + ~~~v~~~ + ~~~g~~~(u) + sum(u over ~~~Day~~~)\n" }), [
      "unknown-name",
      "unknown-function",
      "unknown-dim",
    ]);
  });

  it("cannot take the name of a built-in function", () => {
    diagnose(spec({ before: "fn ~~~max~~~(u) = u\n" }), ["name-builtin"]);
  });

  it("cannot make a small spec do endless work", () => {
    const chain = ["fn f0(u) = u + u"];
    for (let i = 1; i < 60; i++) chain.push(`fn f${i}(u) = f${i - 1}(f${i - 1}(u))`);
    const { diagnostics } = diagnoseCodes(withFn(`${chain.join("\n")}\n`, "f59(z[0])"));
    expect(diagnostics).toEqual(["expression-too-large"]);
    const wide = spec({
      dims: "dim Asset = 4\ndim Feature = 3\ndim Big = 1_000_000\ndim Wide = 100",
      params: "param v: real[Big] = 1\nparam w: real[Wide, Big] = 1",
    });
    expect(diagnoseCodes(wide).diagnostics).toEqual(["shape-too-large"]);
  });
});

function diagnoseCodes(text: string): { readonly diagnostics: readonly string[] } {
  return { diagnostics: compileText(text).diagnostics.map((d) => d.code) };
}
