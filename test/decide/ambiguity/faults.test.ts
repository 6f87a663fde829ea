import { describe, expect, it } from "vitest";
import { box, createDecider, nonnegative, unrestricted } from "../../../runtime/decide/index.ts";
import type { AmbiguitySet, DecisionProblem } from "../../../runtime/spec.ts";
import { newsvendor, noContext, scenarioSet } from "../problems.ts";
import { balls, problemOf, randomInstances, scenariosOf } from "./instances.ts";

const w2: AmbiguitySet = { kind: "wasserstein", order: 2, norm: "l2", radius: 0.5 };
const demand = scenarioSet([[3], [5], [8]]);

describe("a decision under the worst law", () => {
  it.each(balls)("of $kind names the scenario that is not finite", async (ambiguity) => {
    const decider = await createDecider({ ...newsvendor(1, 9), ambiguity });
    expect(() => decider.decide(scenarioSet([[3], [NaN]]), noContext)).toThrowError(
      expect.objectContaining({ code: "scenario-not-finite" }),
    );
  });

  it.each(balls)("of $kind takes one scenario", async (ambiguity) => {
    const answer = (await createDecider({ ...newsvendor(1, 9), ambiguity })).decide(scenarioSet([[4]]), noContext);
    expect(answer.status).toBe("optimal");
    expect(answer.objective).toBeGreaterThanOrEqual(-1e-6);
    if (ambiguity.kind === "kl") expect(answer.z[0]).toBeCloseTo(4, 6);
  });

  it("does not care whether a scenario stands twice or has twice the weight", async () => {
    for (const instance of randomInstances(41, 10)) {
      const decider = await createDecider(problemOf(instance));
      const plain = scenariosOf({ ...instance, weights: null });
      const twice = {
        count: plain.count + 1,
        outcomes: Float64Array.from([...plain.outcomes, ...plain.outcomes.subarray(0, instance.d)]),
      };
      const weights = new Float64Array(plain.count).fill(1);
      weights[0] = 2;
      const first = decider.decide(twice, noContext);
      const second = decider.decide({ ...plain, weights }, noContext);
      expect(second.objective).toBeCloseTo(first.objective, 6);
    }
  });

  it.each([1e12, 1e-12])("has the same answer in units %d of the outcome and the loss", async (unit) => {
    for (const instance of randomInstances(42, 20)) {
      // Losses `(A z + e)·s + …` with s in other units, and everything else in the loss's.
      const scaled = {
        ...instance,
        ridge: instance.ridge * unit,
        pieces: instance.pieces.map(({ a, e, c, b }) => ({ a, e, c: c.map((v) => v * unit), b: b * unit })),
        scenarios: instance.scenarios.map((s) => s.map((v) => v * unit)),
        ambiguity:
          instance.ambiguity.kind === "kl"
            ? instance.ambiguity
            : { ...instance.ambiguity, radius: instance.ambiguity.radius * unit },
      };
      const answer = (await createDecider(problemOf(scaled))).decide(scenariosOf(scaled), noContext);
      const plain = (await createDecider(problemOf(instance))).decide(scenariosOf(instance), noContext);
      expect([instance.name, answer.status]).toEqual([instance.name, "optimal"]);
      expect(Math.abs(answer.objective / unit - plain.objective)).toBeLessThan(1e-6 * (1 + Math.abs(plain.objective)));
    }
  });

  it("blames what contradicts itself in the set", async () => {
    const feasible = { ...box([0], [1], "m.dro:7:1"), lower: [2] };
    const answer = (await createDecider({ ...newsvendor(1, 9), feasible, ambiguity: w2 })).decide(demand, noContext);
    expect([answer.status, answer.blame]).toEqual(["infeasible", ["m.dro:7:1"]]);
  });

  it("says what an unbounded problem lacks", async () => {
    const base = newsvendor(1, 9);
    const problem: DecisionProblem = {
      ...base,
      pieces: {
        count: 1,
        fill: (s, _x, slopes, offsets) => {
          slopes[0] = -1;
          offsets[0] = s[0]!;
        },
      },
      loss: (z, s) => s[0]! - z[0]!,
      feasible: nonnegative(1, "m.dro:7:1"),
    };
    for (const ambiguity of [w2, { kind: "kl", radius: 0.1 } as const]) {
      const answer = (await createDecider({ ...problem, ambiguity })).decide(demand, noContext);
      expect([answer.status, answer.blame]).toEqual(["unbounded", ["m.dro:7:1"]]);
      expect(answer.missing).toEqual([{ component: 0, side: "upper" }]);
    }
  });

  it("is bounded where the scenarios alone would let it fall without end", async () => {
    // −s z over all z: the worst law makes it |z| r − z mean, bounded once r exceeds the mean.
    const problem: DecisionProblem = {
      ...newsvendor(1, 9),
      loss: (z, s) => -z[0]! * s[0]!,
      pieces: {
        count: 1,
        fill: (s, _x, slopes, offsets) => {
          slopes[0] = -s[0]!;
          offsets[0] = 0;
        },
      },
      feasible: unrestricted(1, "m.dro:7:1"),
    };
    const scenarios = scenarioSet([[0.1], [0.3]]);
    const small = (await createDecider({ ...problem, ambiguity: { ...w2, radius: 0.1 } })).decide(scenarios, noContext);
    expect(small.status).toBe("unbounded");
    const large = (await createDecider({ ...problem, ambiguity: { ...w2, radius: 0.5 } })).decide(scenarios, noContext);
    expect(large.status).toBe("optimal");
    expect(Math.abs(large.z[0]!)).toBeLessThan(1e-5);
    expect(Math.abs(large.objective)).toBeLessThan(1e-6);
  });

  it("takes whole numbers", async () => {
    const problem: DecisionProblem = {
      ...newsvendor(1, 9),
      feasible: { ...box([0], [20], "m.dro:7:1"), integer: [0] },
      ambiguity: w2,
    };
    const answer = (await createDecider(problem)).decide(demand, noContext);
    expect([answer.status, Number.isInteger(answer.z[0])]).toEqual(["optimal", true]);
    for (const other of [-1, 1]) {
      const fixed = box([answer.z[0]! + other], [answer.z[0]! + other], "m.dro:7:1");
      const beside = (await createDecider({ ...problem, feasible: fixed })).decide(demand, noContext);
      expect(beside.objective).toBeGreaterThan(answer.objective - 1e-6);
    }
  });

  it("refuses a radius that is no number, a loss that bends in the outcome, and solvers that cannot take the set", async () => {
    const problem = newsvendor(1, 9);
    for (const radius of [NaN, -1, Infinity]) {
      await expect(createDecider({ ...problem, ambiguity: { ...w2, radius } })).rejects.toMatchObject({
        code: "problem-malformed",
      });
    }
    const bent: DecisionProblem = {
      ...problem,
      pieces: {
        count: 1,
        fill: (s, _x, slopes, offsets) => {
          slopes[0] = s[0]! ** 2;
          offsets[0] = 0;
        },
      },
    };
    const decider = await createDecider({ ...bent, ambiguity: w2 });
    expect(() => decider.decide(demand, noContext)).toThrowError(/bends in the outcome/);
    for (const solver of ["highs", "glpk", "structured"] as const) {
      await expect(createDecider({ ...problem, ambiguity: w2 }, { solver })).rejects.toMatchObject({
        code: "solver-does-not-fit",
      });
    }
  });
});
