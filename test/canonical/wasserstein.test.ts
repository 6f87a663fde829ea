import { describe, expect, it } from "vitest";
import { canonicalise, type ConvexProblem, type WassersteinBall } from "../../compiler/canonical/index.ts";
import { GraphBuilder } from "../../runtime/ir/builder.ts";
import type { FormData } from "../../runtime/ir/instantiate.ts";
import { cvar } from "../../runtime/risk/index.ts";
import { solveForm } from "./support.ts";

/** Least value of a convex function of one number, by golden sections. */
function least(f: (v: number) => number, from: number, to: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [from, to];
  while (high - low > 1e-10) {
    const [p, q] = [high - ratio * (high - low), low + ratio * (high - low)];
    if (f(p) <= f(q)) high = q;
    else low = p;
  }
  return f((low + high) / 2);
}

const demand = [3, 5, 8];
const [holding, stockout] = [1, 4];
const data: FormData = { scenarios: demand.length, values: { d: demand } };
const cost = (q: number, d: number): number => holding * Math.max(q - d, 0) + stockout * Math.max(d - q, 0);
const average = (values: readonly number[]): number => values.reduce((a, v) => a + v, 0) / values.length;

function newsvendor(ambiguity: WassersteinBall, tail?: { weight: number; level: number }): ConvexProblem {
  const b = new GraphBuilder();
  const [q, d] = [b.input("q", []), b.input("d", [])];
  const over = b.binary("mul", b.const(holding), b.unary("pos", b.binary("sub", q, d)));
  const under = b.binary("mul", b.const(stockout), b.unary("pos", b.binary("sub", d, q)));
  return {
    variables: [{ name: "q", shape: [], type: "real", lower: [0], upper: [20] }],
    data: [{ name: "d", shape: [], repeat: "scenario" }],
    risk: { loss: b.finish(b.binary("add", over, under)), mean: 1, cvar: tail === undefined ? [] : [tail], ambiguity },
    constraints: [],
  };
}

/**
 * `sup_s loss(s) − λ|s − s0|²` by search: the loss is the largest of affine pieces in s, so the supremum is the largest of
 * the pieces' own, each of a concave function of one number.
 */
function inner(pieces: readonly ((s: number) => number)[], lambda: number, s0: number): number {
  return Math.max(...pieces.map((piece) => -least((s) => lambda * (s - s0) ** 2 - piece(s), s0 - 100, s0 + 100)));
}

describe("a Wasserstein ball of order 2", () => {
  it("has the value of min λr² + E sup(loss − λ‖s − s_k‖²), its supremum searched", { timeout: 60_000 }, async () => {
    const radius = 0.5;
    const form = canonicalise(newsvendor({ order: 2, radius }));
    expect(form.class).toBe("SOCP");
    const { value } = await solveForm(form, data);
    const at = (q: number): number =>
      least(
        (lambda) =>
          lambda * radius ** 2 +
          average(demand.map((d) => inner([(s) => holding * (q - s), (s) => stockout * (s - q)], lambda, d))),
        0.05,
        60,
      );
    // The best order lies strictly between these.
    const ratio = (Math.sqrt(5) - 1) / 2;
    let [low, high] = [5, 9];
    while (high - low > 1e-8) {
      const [p, q] = [high - ratio * (high - low), low + ratio * (high - low)];
      if (at(p) <= at(q)) high = q;
      else low = p;
    }
    expect(Math.abs(value - at((low + high) / 2))).toBeLessThan(1e-6);
    // Robustness has a price here.
    expect(value).toBeGreaterThan(least((q) => average(demand.map((d) => cost(q, d))), 0, 20) + 0.5);
  });

  it("is ‖a‖ r above a linear loss's mean", async () => {
    const b = new GraphBuilder();
    const [z, s] = [b.input("z", [2]), b.input("s", [2])];
    const problem: ConvexProblem = {
      variables: [{ name: "z", shape: [2], type: "real", lower: [3, 4], upper: [3, 4] }],
      data: [{ name: "s", shape: [2], repeat: "scenario" }],
      risk: { loss: b.finish(b.dot(s, z)), mean: 1, cvar: [], ambiguity: { order: 2, radius: 0.2 } },
      constraints: [],
    };
    // Fixed components leave no interior, so they are given a little room, which the value is minimised over.
    const roomy = { ...problem, variables: [{ ...problem.variables[0]!, upper: [4, 5] }] };
    const values = [1, 0.5, 0.5, 1];
    const { value } = await solveForm(canonicalise(roomy), { scenarios: 2, values: { s: values } });
    expect(Math.abs(value - (3 * 0.75 + 4 * 0.75 + 0.2 * 5))).toBeLessThan(1e-6);
  });

  it("of radius zero is the scenarios alone", () => {
    expect(canonicalise(newsvendor({ order: 2, radius: 0 }))).toEqual(
      canonicalise({ ...newsvendor({ order: 2, radius: 0 }), risk: withoutBall(newsvendor({ order: 2, radius: 0 })) }),
    );
  });
});

function withoutBall(problem: ConvexProblem): NonNullable<ConvexProblem["risk"]> {
  const { loss, mean, cvar: tails } = problem.risk!;
  return { loss, mean, cvar: tails };
}

describe("a Wasserstein ball of order 1", () => {
  it("adds r times the loss's Lipschitz constant to its mean, for a support without bounds", async () => {
    const radius = 0.3;
    const form = canonicalise(newsvendor({ order: 1, radius, norm: "l1" }));
    expect(form.class).toBe("LP");
    const { value } = await solveForm(form, data);
    const plain = least((q) => average(demand.map((d) => cost(q, d))), 0, 20);
    expect(Math.abs(value - (plain + radius * Math.max(holding, stockout)))).toBeLessThan(1e-6);
  });

  it("takes the worst mean and CVaR together", async () => {
    const [radius, tail] = [0.3, { weight: 0.5, level: 0.5 }];
    const { value } = await solveForm(canonicalise(newsvendor({ order: 1, radius, norm: "l1" }, tail)), data);
    const at = (q: number): number => {
      const losses = Float64Array.from(demand, (d) => cost(q, d));
      return average([...losses]) + tail.weight * cvar(losses, tail.level).value;
    };
    // Λ rises by mean + weight / (1 − level) a unit of loss.
    const steepest = (1 + tail.weight / (1 - tail.level)) * stockout;
    expect(Math.abs(value - (least(at, 0, 20) + radius * steepest))).toBeLessThan(1e-6);
  });

  it("prices the dual norm of the slopes", () => {
    const b = new GraphBuilder();
    const [z, s] = [b.input("z", [2]), b.input("s", [2])];
    const loss = b.finish(b.dot(s, z));
    const classOf = (norm: "l1" | "l2" | "linf"): string =>
      canonicalise({
        variables: [{ name: "z", shape: [2], type: "real" }],
        data: [{ name: "s", shape: [2], repeat: "scenario" }],
        risk: { loss, mean: 1, cvar: [], ambiguity: { order: 1, radius: 1, norm } },
        constraints: [],
      }).class;
    expect([classOf("l1"), classOf("l2"), classOf("linf")]).toEqual(["LP", "SOCP", "LP"]);
  });
});

describe("a loss that is not piecewise affine in the outcome", () => {
  it("has no reformulation here, and its square is to blame", () => {
    const b = new GraphBuilder();
    const at = { file: 0, start: 3, end: 9 };
    const loss = b.finish(b.unary("square", b.binary("sub", b.input("q", []), b.input("d", [])), at));
    const form = canonicalise({
      ...newsvendor({ order: 2, radius: 1 }),
      risk: { loss, mean: 1, cvar: [], ambiguity: { order: 2, radius: 1 } },
    });
    expect(form).toMatchObject({ class: "none", at, reason: expect.stringContaining("affine in the outcome") });
  });
});
