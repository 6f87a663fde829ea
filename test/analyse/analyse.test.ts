import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { feasibleForm } from "../../compiler/analyse/feasible.ts";
import { analyseModel, layoutsOf } from "../../compiler/analyse/index.ts";
import { isPositiveDefinite, symmetricEigenvalues } from "../../compiler/analyse/quadratic.ts";
import { GraphBuilder } from "../../runtime/ir/builder.ts";
import { evaluateGraph } from "../../runtime/ir/evaluate.ts";
import type { Origin } from "../../runtime/ir/expr.ts";
import type { ModelIR } from "../../runtime/ir/model.ts";
import { industryPortfolio, integerNewsvendor, newsvendor } from "../support/models.ts";

const here: Origin = { file: 0, start: 3, end: 9 };

/** The newsvendor with another loss in q and d. */
function withLoss(make: (b: GraphBuilder, q: number, d: number) => number, ir: ModelIR = newsvendor().ir): ModelIR {
  const b = new GraphBuilder();
  return { ...ir, loss: { ...ir.loss, graph: b.finish(make(b, b.input("q", []), b.input("d", []))) } };
}

/** Codes about the form of the problem; `q` has no upper bound here, which test/analyse/feasibility.test.ts is about. */
const codes = (ir: ModelIR): string[] =>
  analyseModel(ir).problems.flatMap(({ code }) => (code === "decision-may-be-unbounded" ? [] : [code]));

function piecesMaximum(ir: ModelIR, z: readonly number[], data: Readonly<Record<string, readonly number[]>>): number {
  const { canonical } = analyseModel(ir);
  if (canonical === null) throw new Error("no pieces");
  const values = canonical.pieces.map(({ slope, offset }) => {
    const slopes = evaluateGraph(slope, data);
    return slopes.reduce((total, c, i) => total + c * z[i]!, evaluateGraph(offset, data)[0]!);
  });
  return Math.max(...values);
}

describe("the industry portfolio", () => {
  const { problems, canonical } = analyseModel(industryPortfolio().ir);

  it("is a quadratic program with bounds, one equality and one piece", () => {
    expect(problems).toEqual([]);
    expect(canonical?.form).toEqual({
      name: "QP",
      variables: { fixed: 11, perScenario: 1 },
      rows: { fixed: 1, perScenario: 1 },
    });
    expect(canonical?.feasible.lower).toEqual(Array.from({ length: 10 }, () => 0));
    expect(canonical?.feasible.upper).toEqual(Array.from({ length: 10 }, () => 0.3));
    expect(canonical?.feasible.inequalities).toEqual([]);
    expect(canonical?.feasible.equalities).toMatchObject([
      { coefficients: Array.from({ length: 10 }, () => 1), bound: 1, label: "simplex: sum(z) == total" },
    ]);
    expect(canonical?.differentiableInOutcome).toBe(true);
  });

  it("has the slope −s, no offset, and η on the diagonal", () => {
    const [piece] = canonical!.pieces;
    expect(canonical!.pieces).toHaveLength(1);
    expect(piece!.slope.nodes).toMatchObject([{ op: "input", name: "s" }, { op: "neg" }]);
    expect(piece!.offset.nodes).toMatchObject([{ op: "const" }]);
    const q = canonical!.deterministic.quadratic!;
    expect(q.map((v, k) => (Math.floor(k / 10) === k % 10 ? v - 1e-3 : v)).every((v) => v === 0)).toBe(true);
  });
});

describe("loss pieces", () => {
  it("of the newsvendor are two, though its two maxima could make four", () => {
    const { ir } = newsvendor();
    const { canonical } = analyseModel(ir);
    expect(canonical!.pieces).toHaveLength(2);
    expect(canonical!.form).toEqual({
      name: "LP",
      variables: { fixed: 1, perScenario: 1 },
      rows: { fixed: 0, perScenario: 2 },
    });
    for (const [q, d] of [
      [3, 5],
      [5, 3],
      [4, 4],
    ] as const) {
      expect(piecesMaximum(ir, [q], { d: [d] })).toBe(evaluateGraph(ir.loss.graph, { q: [q], d: [d] })[0]);
    }
  });

  it("of integer lots: bounds and rows by block, four pieces", () => {
    const { ir } = integerNewsvendor();
    const { canonical, problems } = analyseModel(ir);
    expect(problems).toEqual([]);
    expect(canonical!.form.name).toBe("MIP");
    expect(canonical!.feasible).toMatchObject({
      lower: [0, 0, 0],
      upper: [Infinity, Infinity, 1],
      integer: [0, 1, 2],
      inequalities: [{ coefficients: [2, 3, 1], bound: 12, label: "budget" }],
    });
    expect(canonical!.pieces).toHaveLength(4);
    expect(piecesMaximum(ir, [1, 2, 1], { d: [5, 1] })).toBe(4 * 4 + 3 - 0.5);
  });

  it("equal the loss at random points, for every rule", () => {
    const rules: ((b: GraphBuilder, q: number, d: number) => number)[] = [
      (b, q, d) => b.unary("abs", b.binary("sub", q, d)),
      (b, q, d) => b.binary("sub", b.binary("mul", q, d), b.binary("min", q, b.binary("min", d, b.const(1)))),
      (b, q, d) => b.binary("mul", b.unary("square", d), b.unary("pos", b.binary("max", q, d))),
      (b, q, d) => b.unary("neg", b.binary("mul", b.unary("neg", b.unary("exp", d)), b.unary("abs", q))),
      (b, q, d) => b.binary("div", b.unary("pos", b.binary("sub", q, d)), b.unary("softplus", d)),
      (b, q, d) => b.where(b.binary("gt", d, b.const(0)), b.unary("abs", q), b.binary("mul", d, q)),
      (b, q, d) => b.reduce("norm1", b.concat([b.binary("sub", q, d), b.binary("mul", b.const(2), q), d])),
      (b, q, d) => b.reduce("norm_inf", b.concat([b.binary("sub", q, d), b.binary("mul", b.const(2), q)])),
      (b, q, d) => b.reduce("reduce_max", b.binary("mul", b.const([1, -2, 3], [3]), b.binary("sub", q, d))),
      (b, q, d) => b.sum(b.unary("pos", b.binary("sub", b.const([1, -2, 3], [3]), b.binary("mul", q, d)))),
      (b, q, d) => {
        const m = b.concat([q, d, b.binary("add", q, d), b.const(1)], [2, 2]);
        return b.sum(b.unary("abs", b.reduce("sum", b.matmul(m, b.const([1, 2, 3, 4], [2, 2])), [0])));
      },
      (b, q, d) => b.gather(b.unary("pos", b.transpose(b.concat([q, d, d, q], [2, 2]))), [3], []),
    ];
    const value = fc.double({ min: -5, max: 5, noNaN: true });
    for (const [k, rule] of rules.entries()) {
      const ir = withLoss((b, q, d) =>
        b.binary("add", rule(b, q, d), b.binary("mul", b.const(0.1), b.binary("mul", q, d))),
      );
      expect(codes(ir), `rule ${k}`).toEqual([]);
      fc.assert(
        fc.property(value, value, (q, d) => {
          const exact = evaluateGraph(ir.loss.graph, { q: [q], d: [d] })[0]!;
          expect(Math.abs(piecesMaximum(ir, [q], { d: [d] }) - exact)).toBeLessThan(1e-9 * (1 + Math.abs(exact)));
        }),
        { seed: 7, numRuns: 20 },
      );
    }
  });

  it("use the declared range of the data to prove a sign", () => {
    const scaled = withLoss((b, q, d) => b.binary("mul", d, b.unary("pos", q)));
    expect(codes(scaled)).toEqual(["loss-not-convex-in-decision"]);
    const fields = scaled.data.fields.map((field) =>
      field.name === "d" ? { ...field, range: { lower: 0, upper: 50 } } : field,
    );
    expect(codes({ ...scaled, data: { ...scaled.data, fields } })).toEqual([]);
  });
});

function chain(length: number): ModelIR {
  return withLoss((b, q, d) => {
    let total = b.unary("abs", b.binary("sub", q, d));
    for (let i = 0; i < length; i++) total = b.binary("add", total, b.unary("exp", b.binary("mul", b.const(i), d)));
    return total;
  });
}

describe("problems", () => {
  it.each([
    [
      "loss-not-piecewise-affine",
      (b: GraphBuilder, q: number, d: number) => b.binary("add", d, b.unary("tanh", q, here)),
    ],
    [
      "loss-not-piecewise-affine",
      (b: GraphBuilder, q: number, d: number) => b.binary("mul", d, b.unary("square", q, here)),
    ],
    [
      "loss-not-piecewise-affine",
      (b: GraphBuilder, q: number, d: number) => b.binary("div", d, b.binary("add", q, b.const(1)), here),
    ],
    ["loss-not-piecewise-affine", (b: GraphBuilder, q: number, d: number) => b.where(b.binary("gt", q, d), d, q, here)],
    ["loss-not-convex-in-decision", (b: GraphBuilder, q: number, d: number) => b.binary("min", q, d, here)],
    [
      "loss-not-convex-in-decision",
      (b: GraphBuilder, q: number, d: number) => b.binary("mul", d, b.unary("abs", q), here),
    ],
    [
      "loss-too-many-pieces",
      (b: GraphBuilder, q: number, d: number) =>
        b.sum(
          b.unary("pos", b.binary("sub", b.binary("mul", d, q), b.const([1, 2, 3, 4, 5, 6], [6]))),
          undefined,
          here,
        ),
    ],
  ] as const)("%s", (code, make) => {
    const { problems, canonical } = analyseModel(withLoss(make));
    expect(problems.map((p) => [p.code, p.at])).toEqual([[code, here]]);
    expect(canonical).toBeNull();
  });

  it("expressions too deep to follow, though not those just within the limit", () => {
    expect(codes(chain(900))).toEqual([]);
    expect(codes(chain(20_000))).toEqual(["expression-too-deep"]);
  });

  it("losses that ignore the decision or the outcome", () => {
    expect(codes(withLoss((_b, _q, d) => d))).toEqual(["loss-ignores-decision"]);
    expect(codes(withLoss((_b, q) => q))).toEqual(["loss-ignores-outcome"]);
  });

  it("constraints that are not affine, with the operation to blame", () => {
    const { ir } = newsvendor();
    const b = new GraphBuilder();
    const q = b.input("q", []);
    const graph = b.finish(b.binary("sub", b.const(4), b.unary("square", q, here)));
    const constraints = [{ relation: "<=" as const, graph, label: "disc" }];
    expect(analyseModel({ ...ir, decision: { ...ir.decision, constraints } }).problems).toEqual([
      {
        code: "constraint-not-affine",
        args: { label: "disc", reason: "`square` bends upwards where it must bend downwards" },
        at: here,
      },
    ]);
  });

  it("risk terms of a degree above two, and quadratics that bend downwards", () => {
    const { ir } = newsvendor();
    const b = new GraphBuilder();
    const q = b.input("q", []);
    const risky = (id: number): ModelIR => ({ ...ir, risk: { ...ir.risk, deterministic: b.finish(id) } });
    expect(codes(risky(b.unary("tanh", q)))).toEqual(["risk-term-not-quadratic"]);
    expect(codes(risky(b.binary("pow", q, b.const(0.5))))).toEqual(["risk-term-not-quadratic"]);
    expect(codes(risky(b.unary("neg", b.unary("square", q))))).toEqual(["risk-term-not-convex"]);
    const shifted = risky(b.unary("square", b.binary("sub", q, b.const(3))));
    expect(analyseModel(shifted).canonical?.deterministic).toEqual({ linear: [-6], quadratic: [1], constant: 9 });
  });

  it("refuses jumps in the outcome where training weighs by the gradient", () => {
    const jump = withLoss((b, q, d) => b.binary("mul", b.unary("sign", d, here), q));
    expect(codes(jump)).toEqual([]);
    const weighted = { ...jump, train: industryPortfolio().ir.train };
    expect(analyseModel(jump).canonical).toMatchObject({ differentiableInOutcome: false });
    expect(analyseModel(weighted)).toMatchObject({
      problems: expect.arrayContaining([expect.objectContaining({ code: "assumption-violated", at: here })]),
      canonical: null,
    });
  });
});

describe("constraint rows", () => {
  it("keep what can never hold, drop what always does, and are exact", () => {
    const { ir } = integerNewsvendor();
    const b = new GraphBuilder();
    const lots = b.input("lots", [2]);
    const zero = b.binary("mul", b.const([0, 0], [2]), lots);
    const never = b.finish(b.binary("add", b.gather(zero, [0], []), b.const(1)));
    const always = b.finish(b.binary("sub", b.gather(zero, [0], []), b.const(1)));
    const third = b.finish(b.binary("sub", b.binary("div", lots, b.const(3)), b.const(0.1)));
    const constraints = [
      { relation: "<=" as const, graph: never, label: "never" },
      { relation: "<=" as const, graph: always, label: "always" },
      { relation: "<=" as const, graph: third, label: "third" },
    ];
    const set = feasibleForm({ ...ir, decision: { ...ir.decision, constraints } }, layoutsOf(ir).decision, here, []);
    expect(set.inequalities).toMatchObject([{ coefficients: [0, 0, 0], bound: -1, label: "never" }]);
    expect(set.upper).toEqual([0.1 / (1 / 3), 0.1 / (1 / 3), 1]);
  });
});

describe("isPositiveDefinite", () => {
  it("agrees with the eigenvalues, singular matrices included by the shift", () => {
    expect(isPositiveDefinite([2, -1, -1, 2], 2, 0)).toBe(true);
    expect(isPositiveDefinite([1, 1, 1, 1], 2, 0)).toBe(false);
    expect(isPositiveDefinite([1, 1, 1, 1], 2, 1e-10)).toBe(true);
    expect(isPositiveDefinite([1, 2, 2, 1], 2, 1e-10)).toBe(false);
  });
});

describe("symmetricEigenvalues", () => {
  it("finds those of a known matrix", () => {
    const values = symmetricEigenvalues([2, -1, 0, -1, 2, -1, 0, -1, 2], 3).sort((a, b) => a - b);
    [2 - Math.SQRT2, 2, 2 + Math.SQRT2].forEach((v, i) => expect(values[i]).toBeCloseTo(v, 12));
  });
});
