import { describe, expect, it } from "vitest";
import { analyseExpression, modelFacts, type ExpressionFacts } from "../../../compiler/analyse/curvature/index.ts";
import type { ExprGraph } from "../../../runtime/ir/expr.ts";
import { modelOf, ranges, variables } from "./expressions.ts";

function factsOf(text: string): ExpressionFacts {
  return analyseExpression(modelOf(text).loss.graph, { variables, ranges });
}

function graphOf(text: string): ExprGraph {
  return modelOf(text).loss.graph;
}

/** The text of what is blamed, and the broken rule. */
function blamed(text: string): readonly [string, string] {
  const { loss } = modelOf(text);
  const { blame } = analyseExpression(loss.graph, { variables, ranges });
  if (blame === null || blame.at === null) throw new Error(`${text}: nothing is blamed`);
  const start = blame.at.start - modelOf("1").loss.graph.nodes[0]!.at!.start;
  return [text.slice(start, start + blame.at.end - blame.at.start), blame.rule];
}

describe("blame", () => {
  it.each([
    ["square(a) + abs(c) * e", "abs(c) * e", "product"],
    ["exp(a) + 2 * (p * q)", "p * q", "product"],
    ["a + 1 / c", "1 / c", "quotient"],
    ["a + b * abs(c)", "b * abs(c)", "sign"],
    ["square(a) + sqrt(p)", "square(a) + sqrt(p)", "sum"],
    ["e + max(a, sqrt(p))", "max(a, sqrt(p))", "extreme"],
    ["c + sqrt(square(a) + p)", "sqrt(square(a) + p)", "composition"],
    ["c - log(square(a) + 1)", "log(square(a) + 1)", "composition"],
    ["c + a ^ 3", "a ^ 3", "neither"],
    ["c + max(a, e) ^ 1.5", "max(a, e) ^ 1.5", "domain"],
    ["c + r ^ (-2) * a", "r ^ (-2) * a", "product"],
    ["c + if a > 0 then square(a) else 1", "if a > 0 then square(a) else 1", "condition"],
  ])("%s: `%s` breaks the rule %s", (text, part, rule) => {
    expect(blamed(text)).toEqual([part, rule]);
  });

  it("suggests what to write", () => {
    expect(factsOf("log(square(a) + 1)").blame?.suggestion).toContain("log_sum_exp");
    expect(factsOf("sqrt(square(a) + p)").blame?.suggestion).toContain("norm2");
    expect(factsOf("1 / a").blame?.suggestion).toContain("lower bound");
    expect(factsOf("b * abs(a)").blame?.suggestion).toContain("abs(…)");
    expect(factsOf("a ^ 3").blame?.suggestion).toContain("pos(u)^3");
  });
});

const nineDigits = (v: number): string => v.toPrecision(9);

describe("constants", () => {
  it.each([
    ["dot(weights, v)", Math.sqrt(14), 0, 0],
    ["norm2(v)", 1, Infinity, 0],
    ["norm1(v)", Math.sqrt(3), Infinity, 0],
    ["max(v)", 1, Infinity, 0],
    ["log_sum_exp(v)", 1, 0.5, 0],
    ["softplus(2 * a)", 2, 1, 0],
    ["square(u)", 2, 2, 2],
    ["exp(u)", Math.E, Math.E, 1 / Math.E],
    ["r ^ (-1)", 4, 16, 0.25],
    ["sum_squares(v)", Infinity, 2, 2],
    ["quad_form(v, psd)", Infinity, 4 + 2 * Math.SQRT2, 4 - 2 * Math.SQRT2],
    ["2 * pos(a) + 3 * pos(-a)", 3, Infinity, 0],
    ["sqrt(u + 5)", 0.25, 1 / 32, 0],
    ["sum_squares(v) + norm1(v)", Infinity, Infinity, 2],
    ["exp(u) - 0.1 * square(u)", Math.E + 0.2, Math.E + 0.2, 1 / Math.E - 0.2],
    ["square(pos(u))", 2, 2, 0],
    ["if a > 0 then 1 else 0", Infinity, Infinity, 0],
    ["sqrt(sum_squares(v))", 1, Infinity, 0],
    ["sqrt(sum_squares(v - 2 * w))", Math.sqrt(5), Infinity, 0],
    ["sqrt(sum_squares(2 * v) + 4)", 2, 2, 0],
    ["sqrt(quad_form(v, psd))", Math.sqrt(2 + Math.SQRT2), Infinity, 0],
    ["sqrt(square(b) + square(a))", 1, Infinity, 0],
    ["sqrt(4 * square(b) + 9 * sum_squares(v - s))", 3, Infinity, 0],
    ["log(sum(exp(v)))", 1, 0.5, 0],
    ["log(exp(a) + 2 * exp(c))", 1, 1, 0],
    ["log(1 + exp(2 * a))", 2, 1, 0],
    ["log1p(exp(a))", 1, 0.25, 0],
    ["1 / r", 4, 16, 0.25],
    ["-3 / (r - 4)", 0.75, 0.75, 0.139941690962],
    ["r * log(r)", 1 + Math.LN2, 2, 0.5],
    ["sum(h * log(h))", Math.sqrt(3) * (1 + Math.LN2), 2, 0.5],
    ["huber(2 * a)", 2, 4, 0],
    ["huber(a - c, delta = 0.5)", 0.5 * Math.SQRT2, 2, 0],
    ["if a > 0 then 3 * a else -2 * a", 3, Infinity, 0],
  ])("%s: Lipschitz %d, gradient %d, modulus %d", (text, lipschitz, smoothness, modulus) => {
    const facts = factsOf(text);
    expect([facts.lipschitz, facts.smoothness].map(nineDigits)).toEqual([lipschitz, smoothness].map(nineDigits));
    expect(facts.strongConvexity).toBeCloseTo(modulus, 9);
  });

  it("reads a quadratic's matrix", () => {
    const { quadratic } = factsOf("square(a) + a * c + 3 * c + 1");
    expect(quadratic).toMatchObject({ matrix: [1, 0.5, 0.5, 0], linear: [0, 3], constant: 1 });
    expect(quadratic?.definiteness).toBe("indefinite");
  });
});

describe("a model's facts", () => {
  it("have the loss in the decision and in the outcome, over the bounds of the decision", () => {
    const { loss, objective, constraints } = modelFacts(modelOf("dot(s, v)"));
    expect(loss.inDecision.curvature).toBe("affine");
    expect(loss.inOutcome.curvature).toBe("affine");
    expect(loss.inOutcome.lipschitz).toBe(Infinity);
    expect(objective).toEqual({ curvature: "affine", strongConvexity: 0 });
    expect(constraints).toEqual([]);
  });

  it("bound the Lipschitz constant in the outcome by the simplex and its cap", () => {
    const model = modelOf("dot(s, v)");
    const constrained = {
      ...model,
      risk: { ...model.risk, cvar: [{ weight: 2, level: 0.9 }], deterministic: graphOf("0.25 * sum_squares(v)") },
      decision: {
        ...model.decision,
        blocks: model.decision.blocks.filter((block) => block.name === "v"),
        constraints: [
          { relation: "==" as const, graph: graphOf("sum(v) - 1"), label: "total" },
          { relation: "<=" as const, graph: graphOf("-v[0]"), label: "v0" },
          { relation: "<=" as const, graph: graphOf("-v[1]"), label: "v1" },
          { relation: "<=" as const, graph: graphOf("-v[2]"), label: "v2" },
          { relation: "<=" as const, graph: graphOf("max(v) - 0.5"), label: "cap" },
        ],
      },
    };
    const facts = modelFacts(constrained);
    expect(facts.loss.inOutcome.lipschitz).toBeCloseTo(1, 12);
    expect(facts.objective).toEqual({ curvature: "convex", strongConvexity: 0.5 });
    expect(facts.constraints.map(({ label, convex }) => `${label} ${convex}`)).toEqual([
      "total true",
      "v0 true",
      "v1 true",
      "v2 true",
      "cap true",
    ]);
  });
});
