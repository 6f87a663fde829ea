import { describe, expect, it } from "vitest";
import { analyseModel } from "../../compiler/analyse/index.ts";
import { createDecider } from "../../runtime/decide/index.ts";
import { isSeparable } from "../../runtime/decide/separable-form.ts";
import type { DecisionProblem } from "../../runtime/spec.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { problemFrom, smallModel, type Small } from "./conic-problem.ts";

const context = Float64Array.of(0.5);
const count = 40;

function scenarios(seed: number): {
  readonly count: number;
  readonly outcomes: Float64Array;
  readonly weights: Float64Array;
} {
  const outcomes = new Float64Array(count);
  const weights = new Float64Array(count);
  randomStream(seed, "separable").normal(outcomes);
  randomStream(seed, "separable/weights").uniform(weights);
  weights[3] = 0;
  return { count, outcomes, weights };
}

/** With the slopes of the loss on the right of each component. */
function withSlopes(problem: DecisionProblem): DecisionProblem {
  return {
    ...problem,
    lossGradientZ(z, s, x, out) {
      const step = 1e-7;
      for (let i = 0; i < z.length; i++) {
        const moved = z.slice();
        moved[i]! += step;
        out[i] = (problem.loss(moved, s, x) - problem.loss(z, s, x)) / step;
      }
    },
  };
}

const apart: Readonly<Record<string, Small>> = {
  "beds: kinks and squares on both sides": {
    decision: "decision z: real[3] in -2..2",
    loss: "sum(pos(z - s) + 4 * pos(s - z) + 2 * square(pos(s - z)) + 0.5 * square(pos(z - s)))",
  },
  "a best decision at a bound": {
    decision: "decision u: real in 1..2\ndecision v: real in -2..-1",
    loss: "square(u - 0.1 * s) + exp(v + 0.1 * s)",
  },
  "a price beside the loss": {
    decision: "decision z: real[2] in -3..3",
    loss: "sum(square(pos(z - s)) + abs(z + s))",
    risk: "mean(L) + 0.3 * sum(z)",
  },
};

const form = (loss: string) =>
  analyseModel(smallModel({ decision: "decision z: real[2] in 0..1", loss })).canonical!.conic!;

describe("a mean loss in which no two components meet", () => {
  it.each(Object.entries(apart))("%s: has the answer of the cones, with a proof", async (_, small) => {
    const problem = withSlopes(problemFrom(smallModel(small)));
    const [own, cone] = [await createDecider(problem), await createDecider(problem, { solver: "cone" })];
    for (const seed of [1, 2]) {
      const set = scenarios(seed);
      const answer = own.decide(set, context);
      const proved = cone.decide(set, context);
      expect(answer.solver).toBe("separable");
      expect(answer.status).toBe("optimal");
      expect(answer.gap).toBeLessThan(1e-6);
      expect(Math.abs(answer.objective - proved.objective)).toBeLessThan(2e-6 * (1 + Math.abs(proved.objective)));
      // A lower bound: no better answer is known.
      expect(answer.objective - answer.gap).toBeLessThan(proved.objective + 1e-7);
    }
  });

  it.each<[string, Small]>([
    ["a square of a sum", { decision: "decision z: real[2] in 0..1", loss: "square(sum(z) - s)" }],
    [
      "a maximum of two",
      { decision: "decision u: real in 0..1\ndecision v: real in 0..1", loss: "max(square(u - s), v)" },
    ],
    ["a tail", { decision: "decision z: real[2] in 0..1", loss: "sum(square(z - s))", risk: "cvar(L, level = 90%)" }],
  ])("%s ties them, and cones answer", async (_, small) => {
    const answer = (await createDecider(problemFrom(smallModel(small)))).decide(scenarios(1), context);
    expect(answer.solver).toBe("cone");
  });

  it("sees a chain over epigraph variables", () => {
    expect(isSeparable(form("square(pos(z[0] - s)) + square(pos(s - z[1]))"), ["z"])).toBe(true);
    expect(isSeparable(form("square(pos(z[0] - s) + pos(s - z[1]))"), ["z"])).toBe(false);
  });
});
