import { describe, expect, it } from "vitest";
import { worstDivergence } from "../../../runtime/decide/ambiguity/index.ts";
import { getHighs, solveWithHighs } from "../../../runtime/decide/highs.ts";
import { createDecider } from "../../../runtime/decide/index.ts";
import { createModelWriter } from "../../../runtime/decide/linear-model.ts";
import { cvar } from "../../../runtime/risk/index.ts";
import type { AmbiguitySet } from "../../../runtime/spec.ts";
import { newsvendor, noContext, risk } from "../problems.ts";
import { problemOf, randomInstances, scenariosOf, type RobustInstance } from "./instances.ts";

const demand = [3, 4, 4.5, 7, 12];

/** Minimum of a convex function of one number by golden sections. */
function least(f: (v: number) => number, low: number, high: number, steps = 80): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [high - ratio * (high - low), low + ratio * (high - low)];
  let [fa, fb] = [f(a), f(b)];
  for (let step = 0; step < steps; step++) {
    if (fa <= fb) {
      [high, b, fb] = [b, a, fa];
      a = high - ratio * (high - low);
      fa = f(a);
    } else {
      [low, a, fa] = [a, b, fb];
      b = low + ratio * (high - low);
      fb = f(b);
    }
  }
  return Math.min(fa, fb);
}

/** The largest mean loss over laws on a grid within the ball, by the transport's linear program: no duality of ours. */
async function worstByTransport(loss: (s: number) => number, radius: number, order: 1 | 2): Promise<number> {
  const highs = await getHighs();
  const writer = createModelWriter();
  const grid = Array.from({ length: 401 }, (_, i) => -10 + i * 0.1);
  demand.forEach(() => grid.forEach((y) => writer.addColumn(-loss(y), 0, Infinity)));
  demand.forEach((_, k) => {
    writer.addRow(1 / demand.length, 1 / demand.length);
    grid.forEach((__, i) => writer.addEntry(k * grid.length + i, 1));
  });
  writer.addRow(-Infinity, radius ** order);
  demand.forEach((s, k) => grid.forEach((y, i) => writer.addEntry(k * grid.length + i, Math.abs(s - y) ** order)));
  return -solveWithHighs(highs, writer.finish()).objective;
}

describe("the newsvendor under the worst law", () => {
  it.each([
    [1, 0.5],
    [1, 2],
    [2, 0.5],
    [2, 2],
  ] as const)(
    "of a Wasserstein ball of order %d and radius %d is the one that transport finds",
    async (order, radius) => {
      const problem = newsvendor(1, 9);
      const ambiguity: AmbiguitySet = { kind: "wasserstein", order, norm: "l2", radius };
      const answer = (await createDecider({ ...problem, ambiguity })).decide(
        { count: demand.length, outcomes: Float64Array.from(demand) },
        noContext,
      );
      expect(answer.status).toBe("optimal");
      const worst = (q: number): Promise<number> =>
        worstByTransport((s) => Math.max(q - s, 9 * (s - q)), radius, order);
      const at = await worst(answer.z[0]!);
      // The grid's laws are some of the ball's: near the supremum from below.
      expect(at).toBeLessThan(answer.objective + 1e-6);
      expect(answer.objective - at).toBeLessThan(0.02);
      for (const other of [-0.5, 0.5])
        expect(await worst(answer.z[0]! + other)).toBeGreaterThan(answer.objective - 0.06);
    },
  );

  it("of a Kullback–Leibler ball is the largest over a grid of weights", async () => {
    const outcomes = [2, 5, 9];
    const radius = 0.2;
    const laws: number[][] = [];
    for (let i = 0; i <= 400; i++) {
      for (let j = 0; i + j <= 400; j++) {
        const q = [i / 400, j / 400, (400 - i - j) / 400];
        const divergence = q.reduce((sum, v) => sum + (v > 0 ? v * Math.log(3 * v) : 0), 0);
        if (divergence <= radius) laws.push(q);
      }
    }
    const answer = (await createDecider({ ...newsvendor(1, 3), ambiguity: { kind: "kl", radius } })).decide(
      { count: 3, outcomes: Float64Array.from(outcomes) },
      noContext,
    );
    const worst = (z: number): number =>
      Math.max(
        ...laws.map((q) => q.reduce((sum, w, k) => sum + w * Math.max(z - outcomes[k]!, 3 * (outcomes[k]! - z)), 0)),
      );
    const brute = least(worst, 0, 12);
    expect(answer.objective).toBeGreaterThan(brute - 1e-9);
    expect(answer.objective - brute).toBeLessThan(0.01);
  });

  it("by the exponential cone is the minimum of the dual of one multiplier", async () => {
    const probabilities = new Float64Array(demand.length).fill(1 / demand.length);
    for (const radius of [1e-3, 0.1, 0.7, 3]) {
      const answer = (await createDecider({ ...newsvendor(1, 9), ambiguity: { kind: "kl", radius } })).decide(
        { count: demand.length, outcomes: Float64Array.from(demand) },
        noContext,
      );
      const dual = least(
        (q) =>
          worstDivergence(
            Float64Array.from(demand, (s) => Math.max(q - s, 9 * (s - q))),
            probabilities,
            radius,
          ).value,
        0,
        15,
      );
      expect(Math.abs(answer.objective - dual) / dual).toBeLessThan(1e-6);
      expect(answer.status).toBe("optimal");
    }
  });

  it("counts in the CVaR as well: the value is the one of nested searches over q, t and λ", async () => {
    const [level, radius] = [0.6, 0.4];
    const ambiguity: AmbiguitySet = { kind: "wasserstein", order: 2, norm: "l2", radius };
    const answer = (
      await createDecider({ ...newsvendor(1, 4, risk(1, { mean: 1, cvar: [{ weight: 1, level }] })), ambiguity })
    ).decide({ count: demand.length, outcomes: Float64Array.from(demand) }, noContext);
    const steep = 1 / (1 - level);
    // sup_s of each affine piece of each regime, less λ(s − s_k)², in closed form.
    const dual = (q: number, t: number, lambda: number): number =>
      demand.reduce((sum, s) => {
        const values = [
          [1, 0],
          [1 + steep, steep],
        ].flatMap(([factor, shift]) =>
          [
            [-1, q],
            [4, -4 * q],
          ].map(([a, b]) => factor! * (a! * s + b!) - shift! * t + (factor! * a!) ** 2 / (4 * lambda)),
        );
        return sum + Math.max(...values) / demand.length;
      }, t) +
      lambda * radius ** 2;
    const brute = least(
      (q) => least((t) => least((log) => dual(q, t, Math.exp(log)), -4, 6, 40), -5, 40, 50),
      0,
      15,
      50,
    );
    expect(Math.abs(answer.objective - brute) / brute).toBeLessThan(1e-6);
  });
});

/** Nominal risk plus `r‖φ‖_q‖a‖₂` for decisions on a grid of the box: order 2, mean and one CVaR, one piece. */
function closedForm(
  { pieces, scenarios, mean, cvar: tails, n, ambiguity, ridge }: RobustInstance,
  z: Float64Array,
): number {
  const { a, e, c, b } = pieces[0]!;
  const slope = e.map((value, i) => c.reduce((sum, _, k) => sum + a[i * n + k]! * z[k]!, value));
  const losses = Float64Array.from(scenarios, (s) =>
    s.reduce((sum, v, i) => sum + slope[i]! * v, b + c.reduce((q, v, k) => q + v * z[k]!, 0)),
  );
  const [tail] = tails;
  const steep = tail === undefined ? 0 : tail.weight / (1 - tail.level);
  const level = tail?.level ?? 0;
  const norm = Math.sqrt(level * mean ** 2 + (1 - level) * (mean + steep) ** 2);
  const nominal =
    mean * (losses.reduce((x, y) => x + y, 0) / losses.length) +
    (tail === undefined ? 0 : tail.weight * cvar(losses, tail.level).value);
  return nominal + ambiguity.radius * norm * Math.hypot(...slope) + ridge * z.reduce((sum, v) => sum + v * v, 0);
}

describe("a loss of one piece of two decisions", () => {
  it("costs the nominal risk and the norm of its slope, at the best point of a grid", async () => {
    const instances = randomInstances(21, 400, 3)
      .filter(({ n, weights, set, cvar: tails }) => n === 2 && weights === null && set === "box" && tails.length < 2)
      .slice(0, 12)
      .map((instance) => ({
        ...instance,
        pieces: instance.pieces.slice(0, 1),
        ambiguity: { kind: "wasserstein", order: 2, norm: "l2", radius: 0.3 } as const,
      }));
    expect(instances.length).toBeGreaterThan(5);
    for (const instance of instances) {
      const answer = (await createDecider(problemOf(instance))).decide(scenariosOf(instance), noContext);
      expect(answer.objective).toBeCloseTo(closedForm(instance, answer.z), 9);
      for (let i = 0; i <= 30; i++) {
        for (let j = 0; j <= 30; j++) {
          const z = Float64Array.of(-1 + i / 15, -1 + j / 15);
          expect(closedForm(instance, z)).toBeGreaterThan(answer.objective - 1e-8);
        }
      }
    }
  });
});
