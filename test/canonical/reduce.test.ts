import { describe, expect, it } from "vitest";
import { canonicalise, type ConvexProblem } from "../../compiler/canonical/index.ts";
import { GraphBuilder } from "../../runtime/ir/builder.ts";
import type { CanonicalForm } from "../../runtime/ir/canonical.ts";
import { compare } from "./support.ts";

type Expression = (b: GraphBuilder, z: number, p: number) => number;

/** Minimise an expression of z (two values in ±1) and p (one value in 0.5..2) at a datum x and s. */
function minimise(expression: Expression, type: "real" | "int" = "real"): ConvexProblem {
  const b = new GraphBuilder();
  const output = expression(b, b.input("z", [2]), b.input("p", []));
  return {
    variables: [
      { name: "z", shape: [2], type, lower: [-1, -1], upper: [1, 1] },
      { name: "p", shape: [], type: "real", lower: [0.5], upper: [2] },
    ],
    data: [{ name: "x", shape: [], repeat: "once" }],
    objective: b.finish(output),
    constraints: [],
  };
}
const integerForm = (expression: Expression): CanonicalForm => canonicalise(minimise(expression, "int"));
const first = (b: GraphBuilder, z: number): number => b.gather(z, [0], []);
const second = (b: GraphBuilder, z: number): number => b.gather(z, [1], []);

/** `if u < 0 then below(u) else above(u)` */
function switchAt(b: GraphBuilder, u: number, below: (u: number) => number, above: (u: number) => number): number {
  return b.where(b.binary("lt", u, b.const(0)), below(u), above(u));
}
function huber(b: GraphBuilder, u: number, delta: number): number {
  const [size, limit] = [b.unary("abs", u), b.const(delta, b.shape(u))];
  const line = b.binary("mul", b.const(delta), b.binary("sub", size, b.const(delta / 2)));
  return b.where(b.binary("le", size, limit), b.binary("mul", b.const(0.5), b.unary("square", u)), line);
}

const classes: readonly (readonly [string, string, Expression])[] = [
  ["an affine expression", "LP", (b, z) => b.sum(z)],
  ["norm1", "LP", (b, z) => b.reduce("norm1", z)],
  ["norm_inf", "LP", (b, z) => b.reduce("norm_inf", z)],
  [
    "max of convex, less a min",
    "LP",
    (b, z, p) => b.binary("sub", b.binary("max", b.unary("abs", first(b, z)), p), b.binary("min", p, second(b, z))),
  ],
  ["a sum of squares", "QP", (b, z) => b.sum(b.unary("square", z))],
  [
    "a product that is a convex quadratic",
    "QP",
    (b, z) => b.dot(z, b.reshape(b.matmul(b.const([2, 1, 1, 3], [2, 2]), b.reshape(z, [2, 1])), [2])),
  ],
  ["a square inside max", "SOCP", (b, z, p) => b.binary("max", b.unary("square", first(b, z)), p)],
  ["norm2", "SOCP", (b, z) => b.reduce("norm2", z)],
  ["a square over a positive value", "SOCP", (b, z, p) => b.binary("div", b.unary("square", first(b, z)), p)],
  ["a reciprocal", "SOCP", (b, _, p) => b.binary("div", b.const(3), p)],
  ["less a square root", "SOCP", (b, _, p) => b.unary("neg", b.unary("sqrt", p))],
  ["exp", "EXP", (b, z) => b.unary("exp", first(b, z))],
  ["less a logarithm", "EXP", (b, _, p) => b.unary("neg", b.unary("log", p))],
  ["log_sum_exp", "EXP", (b, z) => b.reduce("log_sum_exp", z)],
  ["p log p", "EXP", (b, _, p) => b.binary("mul", p, b.unary("log", p))],
  [
    "the root of a quadratic without data",
    "SOCP",
    (b, z) => b.unary("sqrt", b.binary("add", b.sum(b.unary("square", z)), b.const(1))),
  ],
  [
    "less a geometric mean",
    "SOCP",
    (b, z, p) => b.unary("neg", b.unary("sqrt", b.binary("mul", p, b.binary("add", first(b, z), b.const(1))))),
  ],
  [
    "what is convex and concave by its range",
    "LP",
    (b, z, p) => b.binary("max", b.unary("abs", p), first(b, b.binary("sub", z, b.const([5, 5], [2])))),
  ],
  [
    "a switch between two lines that meet",
    "LP",
    (b, z) =>
      switchAt(
        b,
        first(b, z),
        (u) => b.binary("mul", b.const(-2), u),
        (u) => u,
      ),
  ],
  ["Huber's loss", "QP", (b, z) => b.sum(huber(b, z, 0.5))],
  ["Huber's loss inside max", "SOCP", (b, z, p) => b.binary("max", b.sum(huber(b, z, 0.5)), p)],
  [
    "a switch between a square and zero",
    "smooth",
    (b, z) =>
      switchAt(
        b,
        first(b, z),
        () => b.const(0),
        (u) => b.unary("square", u),
      ),
  ],
  [
    "the logarithm of a sum of exponentials",
    "EXP",
    (b, z, p) =>
      b.unary("log", b.binary("add", b.sum(b.unary("exp", z)), b.binary("mul", b.const(2), b.unary("exp", p)))),
  ],
  ["log(1 + exp)", "EXP", (b, z) => b.unary("log1p", b.unary("exp", first(b, z)))],
  ["a product of exponentials", "smooth", (b, z, p) => b.binary("mul", b.unary("exp", first(b, z)), b.unary("exp", p))],
  [
    "a sigmoid where it is convex",
    "smooth",
    (b, z, p) => b.unary("sigmoid", b.binary("sub", first(b, z), b.binary("add", p, b.const(0.5)))),
  ],
  ["a reciprocal of what is negative", "SOCP", (b, _, p) => b.binary("div", b.const(-1), b.unary("neg", p))],
  ["p ^ 2.3", "smooth", (b, _, p) => b.binary("pow", p, b.const(2.3))],
];

describe("the class of a form", () => {
  it.each(classes)("of %s is %s", (_, expected, expression) => {
    expect(canonicalise(minimise(expression)).class).toBe(expected);
  });

  it("has integers: MIP, MIQP and MISOCP, mixed beside other cones", () => {
    expect(integerForm((b, z) => b.reduce("norm1", z)).class).toBe("MIP");
    expect(integerForm((b, z) => b.sum(b.unary("square", z))).class).toBe("MIQP");
    const second = integerForm((b, z) => b.reduce("norm2", z));
    expect(second).toMatchObject({
      class: "MISOCP",
      reason: expect.stringContaining("second-order cones for `norm2`"),
    });
    expect(second.reason).toContain("integer decisions");
    expect(integerForm((b, z) => b.reduce("log_sum_exp", z)).class).toBe("mixed");
    expect(integerForm((b, z, p) => b.binary("add", b.sum(z), b.binary("pow", p, b.const(2.3)))).class).toBe("mixed");
  });
});

const refused: readonly (readonly [string, string, Expression])[] = [
  ["the smaller of two", "`min` bends downwards", (b, z) => b.binary("min", first(b, z), second(b, z))],
  ["less a square", "`square` bends upwards", (b, z) => b.unary("neg", b.unary("square", first(b, z)))],
  ["a product of two decisions", "multiplied", (b, z, p) => b.binary("mul", first(b, z), p)],
  ["a square root of a decision", "`sqrt` bends downwards", (b, _, p) => b.unary("sqrt", p)],
  ["a factor of unknown sign", "factor", (b, z) => b.binary("mul", b.input("x", []), b.unary("abs", first(b, z)))],
  ["a quotient by what may be negative", "it divides by something", (b, z) => b.binary("div", b.const(1), first(b, z))],
  [
    "a cube of what may be negative",
    "neither convex nor concave over",
    (b, z) => b.binary("pow", first(b, z), b.const(3)),
  ],
  ["a sine", "neither convex nor concave", (b, z) => b.unary("sin", first(b, z))],
  [
    "a product of exponentials with a kink inside",
    "kinks",
    (b, z) => b.binary("mul", b.unary("exp", b.unary("abs", first(b, z))), b.unary("exp", second(b, z))),
  ],
  [
    "a condition on a decision",
    "condition",
    (b, z) => b.where(b.binary("lt", first(b, z), b.const(0)), first(b, z), second(b, z)),
  ],
  [
    "a square of a bent value of unknown sign",
    "`square` is applied to something convex",
    (b, z, p) => b.unary("square", b.binary("sub", b.unary("abs", first(b, z)), p)),
  ],
];

describe("what has no form", () => {
  it.each(refused)("%s: %s", (_, reason, expression) => {
    const form = canonicalise(minimise(expression));
    expect(form.class).toBe("none");
    expect(form.reason).toContain(reason);
    expect(form.rows).toEqual([]);
  });

  it("blames the sub-expression", () => {
    const at = { file: 0, start: 7, end: 12 };
    const form = canonicalise(minimise((b, z, p) => b.binary("add", p, b.unary("sin", first(b, z), at))));
    expect(form.at).toEqual(at);
  });

  it("has an equality that is not affine", () => {
    const problem = minimise((b, z) => b.sum(z));
    const b = new GraphBuilder();
    const graph = b.finish(b.unary("abs", b.input("p", [])));
    const form = canonicalise({ ...problem, constraints: [{ relation: "==", graph, label: "fixed" }] });
    expect(form).toMatchObject({ class: "none", reason: "an equality needs both sides affine in the decision" });
  });
});

describe("solutions", () => {
  it.each(classes)("of %s (%s) are those of the problem", { timeout: 60_000 }, async (_, __, expression) => {
    // A slope that moves the solutions of most away from where they are easily guessed.
    const tilted = minimise((b, z, p) =>
      b.binary("add", expression(b, z, p), b.dot(b.const([0.3, -0.2], [2]), b.binary("add", z, p))),
    );
    const { gap, own } = await compare(tilted, { scenarios: 1, values: { x: [1] } }, {}, 1e-7);
    expect(Math.abs(gap)).toBeLessThan(1e-6);
    expect(own).toBeLessThan(1e-5);
  });

  it("of integer problems are those of enumeration", async () => {
    for (const expression of [
      (b: GraphBuilder, z: number, p: number) =>
        b.binary("add", b.reduce("norm1", b.binary("sub", z, b.const([0.4, -0.7], [2]))), p),
      (b: GraphBuilder, z: number, p: number) =>
        b.binary("add", b.sum(b.unary("square", b.binary("sub", z, b.const([0.4, -0.7], [2])))), p),
      (b: GraphBuilder, z: number, p: number) =>
        b.binary(
          "add",
          b.reduce("norm2", b.binary("sub", z, b.const([0.4, -0.7], [2]))),
          b.binary("div", b.const(3), p),
        ),
    ]) {
      const { gap } = await compare(minimise(expression, "int"), { scenarios: 1, values: { x: [1] } });
      expect(Math.abs(gap)).toBeLessThan(1e-6);
    }
  });
});
