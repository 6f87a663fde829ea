import { describe, expect, it } from "vitest";
import { reformulateModel } from "../../compiler/canonical/index.ts";
import { createDecider } from "../../runtime/decide/index.ts";
import type { ModelIR } from "../../runtime/ir/model.ts";
import { riskOf } from "../../runtime/risk/index.ts";
import type { DecisionProblem } from "../../runtime/spec.ts";
import { problemFrom, smallModel, type Small } from "./conic-problem.ts";
import { createNumbers, scenarioSet } from "./problems.ts";

const box = "decision z: real in -3..3";
const square = "decision u: real in -2..2\ndecision v: real in -2..2";

/** `disc`: the decision is searched by radius and angle, for a set that no grid ends at. */
const forms: Readonly<Record<string, Small & { readonly class: string; readonly disc?: true }>> = {
  "square of the loss": { class: "QP", decision: box, loss: "square(s - z)" },
  "square with CVaR": {
    class: "SOCP",
    decision: box,
    loss: "square(s - z)",
    risk: "mean(L) + 2 * cvar(L, level = 70%)",
  },
  "product with a range": { class: "QP", decision: box, loss: "(1 + x) * square(z - s) + x * z" },
  "norm of both": { class: "SOCP", decision: "decision z: real[2] in -2..2", loss: "norm2(z - s) + 0.2 * z[0]" },
  "quadratic over linear": {
    class: "SOCP",
    decision: "decision u: real in -2..2\ndecision v: real in 0.1..2",
    loss: "square(u - s) / v + v",
  },
  exponential: { class: "EXP", decision: box, loss: "exp(z * s) + 0.2 * abs(z - x)" },
  logarithm: { class: "EXP", decision: "decision z: real in -0.9..0.9", loss: "-log(2 + s * z)" },
  "entropic tail": {
    class: "EXP",
    decision: box,
    loss: "exp(s - z) + z",
    risk: "0.5 * mean(L) + cvar(L, level = 60%)",
  },
  softplus: { class: "EXP", decision: box, loss: "softplus(s - z) + 0.3 * z" },
  "curved risk": { class: "EXP", decision: box, loss: "max(s - z, 0.5 * (z - s))", risk: "mean(L) + 0.1 * exp(z)" },
  "power of a trade": { class: "SOCP", decision: box, loss: "-s * z", risk: "mean(L) + abs(z) ^ 1.5" },
  "curved constraint": {
    class: "SOCP",
    disc: true,
    decision: `${square}\nsubject to { square(u) + square(v) <= 1 }`,
    loss: "abs(u - s) - 0.4 * v",
  },
  "whole numbers": { class: "MIQP", decision: "decision z: int in -3..3", loss: "square(2 * s - z)" },
  "whole numbers and an exponential": { class: "mixed", decision: "decision z: int in -3..3", loss: "exp(s - z) + z" },
  "whole numbers and a tail": {
    class: "MISOCP",
    decision: "decision z: int in -3..3",
    loss: "square(2 * s - z)",
    risk: "cvar(L, level = 80%)",
  },
};

const context = Float64Array.of(0.4);

function scenarios(seed: number, count = 15): ReturnType<typeof scenarioSet> {
  const numbers = createNumbers(seed);
  const rows = Array.from({ length: count }, () => [Math.max(-2, Math.min(2, numbers.normal()))]);
  return scenarioSet(
    rows,
    rows.map((_, k) => (k % 5 === 0 ? 0 : 0.5 + numbers.uniform())),
  );
}

/** The risk at z by definition. */
function riskAt(problem: DecisionProblem, z: Float64Array, set: ReturnType<typeof scenarioSet>): number {
  const losses = Float64Array.from(set.outcomes, (s) => problem.loss(z, Float64Array.of(s), context));
  return riskOf(problem.risk, z, losses, set.weights);
}

/** The least risk on a grid that is refined around the best point. */
function leastRisk(problem: DecisionProblem, set: ReturnType<typeof scenarioSet>, disc: boolean): number {
  const { integer, size } = problem.feasible;
  const [lower, upper] = disc
    ? [
        [0, -Math.PI],
        [1, Math.PI],
      ]
    : [problem.feasible.lower, problem.feasible.upper];
  const decision = (z: Float64Array): Float64Array =>
    disc ? Float64Array.of(z[0]! * Math.cos(z[1]!), z[0]! * Math.sin(z[1]!)) : z;
  const whole = integer.length > 0;
  let [low, high] = [[...lower], [...upper]];
  let best = Infinity;
  let at = new Float64Array(size);
  for (let round = 0; round < (whole ? 1 : 12); round++) {
    const steps = whole ? high[0]! - low[0]! : 12;
    const visit = (z: Float64Array, i: number): void => {
      if (i === size) {
        const value = riskAt(problem, decision(z), set);
        if (value < best) [best, at] = [value, z.slice()];
        return;
      }
      for (let k = 0; k <= steps; k++) {
        z[i] = low[i]! + ((high[i]! - low[i]!) * k) / steps;
        visit(z, i + 1);
      }
    };
    visit(new Float64Array(size), 0);
    const half = low.map((v, i) => (high[i]! - v) / 6);
    low = low.map((_, i) => Math.max(lower[i]!, at[i]! - half[i]!));
    high = high.map((_, i) => Math.min(upper[i]!, at[i]! + half[i]!));
  }
  return best;
}

describe("a decision problem that curves in the decision", () => {
  it.each(Object.entries(forms))("%s has the least risk of a search, with a gap to prove it", async (_, small) => {
    const ir = smallModel(small);
    expect(reformulateModel(ir).class).toBe(small.class);
    const problem = problemFrom(ir);
    const decider = await createDecider(problem, { solver: "cone" });
    for (const seed of [1, 2]) {
      const set = scenarios(seed);
      const answer = decider.decide(set, context);
      expect(answer.status).toBe("optimal");
      expect(answer.solver).toBe("cone");
      expect(answer.objective).toBeCloseTo(riskAt(problem, answer.z, set), 12);
      expect(Math.abs(answer.gap)).toBeLessThan(1e-5);
      expect(answer.primalResidual).toBeLessThan(1e-6);
      const least = leastRisk(problem, set, small.disc ?? false);
      // The search is feasible and finite: it can be worse than the minimum by its last step, never better.
      expect(answer.objective).toBeLessThan(least + 1e-6);
      expect(answer.objective).toBeGreaterThan(least - 1e-4);
    }
  });

  it("answers the same whatever was decided before", async () => {
    const problem = problemFrom(smallModel(forms["entropic tail"]!));
    const used = await createDecider(problem);
    const sets = [scenarios(1), scenarios(2, 12), scenarios(3)];
    const answers = sets.map((set) => used.decide(set, context));
    for (const [i, set] of sets.entries()) {
      const fresh = await createDecider(problem);
      expect(fresh.decide(set, context).objective).toBeCloseTo(answers[i]!.objective, 7);
    }
  });
});

describe("a form that the structured solver takes too", () => {
  it.each([
    ["mean and CVaR", "max(2 * (s - z), z - s)", "mean(L) + cvar(L, level = 75%)"],
    ["with a quadratic", "max(2 * (s - z), z - s)", "mean(L) + 0.5 * cvar(L, level = 90%) + 0.1 * square(z)"],
  ])("%s: the two agree", async (_, loss, risk) => {
    const ir = smallModel({ decision: box, loss, risk });
    const problem = conicOf(ir);
    const [cone, own] = [await createDecider(problem), await createDecider(piecewise(problem))];
    for (const seed of [4, 5, 6]) {
      const set = scenarios(seed);
      const [p, q] = [cone.decide(set, context), own.decide(set, context)];
      expect([p.status, q.status, p.solver, q.solver]).toEqual(["optimal", "optimal", "cone", "structured"]);
      expect(p.objective).toBeCloseTo(q.objective, 6);
      expect(p.t[0]).toBeCloseTo(q.t[0]!, 4);
    }
  });
});

function scalarPart(name: string) {
  return [{ name, offset: 0, size: 1 }];
}

/** A piecewise affine problem with the form over cones that it does not need. */
function conicOf(ir: ModelIR): DecisionProblem {
  const problem = problemFrom(ir);
  const form = reformulateModel(ir);
  const conic = { form, rowsAt: form.rows.map(() => "row"), constraints: [] };
  return {
    ...problem,
    conic: { ...conic, decision: scalarPart("z"), outcome: scalarPart("s"), context: scalarPart("x") },
  };
}

/** `max(2 (s − z), z − s)` by its pieces. */
function piecewise(problem: DecisionProblem): DecisionProblem {
  const { sizes, loss, lossGradientZ, lossGradientS, extendedGradientS, feasible, risk } = problem;
  return {
    sizes,
    loss,
    lossGradientZ,
    lossGradientS,
    extendedGradientS,
    feasible,
    risk,
    pieces: {
      count: 2,
      fill(s, _x, slopes, offsets) {
        slopes.set([-2, 1]);
        offsets.set([2 * s[0]!, -s[0]!]);
      },
    },
  };
}

/** Where the constraint that starts so is written. */
function placeOf(ir: ModelIR, text: string): string {
  const found = ir.decision.constraints.find(({ label }) => label.startsWith(text));
  return `at ${found?.at?.start}`;
}

describe("a curved problem without an answer", () => {
  it("blames constraints that contradict each other, and no others", async () => {
    const ir = smallModel({
      decision: `${square}\nsubject to {\n  square(u) + square(v) <= 1\n  u + v >= 1.5\n  u - v <= 1\n}`,
      loss: "abs(u - s) + v",
    });
    const answer = (await createDecider(problemFrom(ir))).decide(scenarios(1), context);
    expect(answer.status).toBe("infeasible");
    expect([...answer.blame].sort()).toEqual([placeOf(ir, "square(u)"), placeOf(ir, "u + v")].sort());
    expect(answer.z.every(Number.isNaN)).toBe(true);
  });

  it("names the component that runs away", async () => {
    const ir = smallModel({ decision: "decision u: real in 0..1\ndecision v: real", loss: "square(u - s) - v" });
    const answer = (await createDecider(problemFrom(ir))).decide(scenarios(1), context);
    expect(answer.status).toBe("unbounded");
    expect(answer.missing).toEqual([{ component: 1, side: "upper" }]);
    expect(answer.blame).toHaveLength(1);
  });

  it("is refused by a solver that cannot take it", async () => {
    const problem = problemFrom(smallModel(forms["exponential"]!));
    await expect(createDecider(problem, { solver: "highs" })).rejects.toMatchObject({ code: "solver-does-not-fit" });
  });

  it.each(["square with CVaR", "exponential"])("ends at a time limit with an honest gap: %s", async (name) => {
    const problem = problemFrom(smallModel(forms[name]!));
    const set = scenarios(1);
    const best = (await createDecider(problem, { solver: "cone" })).decide(set, context);
    const limited = (await createDecider(problem, { solver: "cone", timeLimit: 1e-9 })).decide(set, context);
    expect(limited.status).toBe("inaccurate");
    expect(limited.objective).toBeGreaterThan(best.objective);
    expect(limited.objective - limited.gap).toBeLessThan(best.objective + 1e-6);
  });
});
