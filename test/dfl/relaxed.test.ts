import { describe, expect, it } from "vitest";
import { box } from "../../runtime/decide/index.ts";
import { createOracle, trainCostPredictor } from "../../runtime/dfl/index.ts";
import type { DecisionOracle } from "../../runtime/dfl/index.ts";
import type { DecisionProblem, FeasibleSet } from "../../runtime/spec.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { polynomialRows } from "./support.ts";

const CONTEXT = new Float64Array(3);
const ITEMS = 6;
const list = (of: (i: number) => number): number[] => Array.from({ length: ITEMS }, (_, i) => of(i));

/** Exactly three of six items, of which some weigh more than the others together may: no classical algorithm's set. */
function choice(): DecisionProblem {
  const set: FeasibleSet = {
    ...box(
      list(() => 0),
      list(() => 1),
      "items",
    ),
    integer: list((i) => i),
    equalities: [{ coefficients: list(() => 1), bound: 3, at: "three" }],
    inequalities: [{ coefficients: [3, 5, 2, 4, 3, 6], bound: 10.5, at: "weight" }],
  };
  return {
    sizes: { context: 3, outcome: ITEMS, decision: ITEMS },
    loss: (z, s) => z.reduce((sum, one, i) => sum + one * s[i]!, 0),
    lossGradientZ: (_z, s, _x, out) => out.set(s),
    lossGradientS: (z, _s, _x, out) => out.set(z),
    extendedGradientS: (z, _t, _s, _x, out) => out.set(z),
    pieces: {
      count: 1,
      fill: (s, _x, slopes, offsets) => {
        slopes.set(s);
        offsets[0] = 0;
      },
    },
    feasible: set,
    risk: { mean: 1, cvar: [], linear: list(() => 0), quadratic: null, constant: 0 },
  };
}

const isWhole = (z: Float64Array): boolean => z.every((value) => value === 0 || value === 1);

/** Costs that favour heavy items, so that the weight binds and the relaxation splits one. */
const costs = Array.from({ length: 8 }, (_, k) =>
  Float64Array.from({ length: ITEMS }, (_unused, i) => -[3, 5, 2, 4, 3, 6][i]! - 0.3 * Math.sin(7 * k + i)),
);

describe("a relaxed oracle", () => {
  it("decides over the set without its whole components, no dearer than the exact one", async () => {
    const exact = await createOracle(choice());
    const relaxed = await createOracle(choice(), { relax: true });
    expect([exact.binary, relaxed.binary]).toEqual([true, false]);
    let split = 0;
    for (const s of costs) {
      const [whole, free] = [exact.solve(s, CONTEXT), relaxed.solve(s, CONTEXT)];
      expect([whole.status, free.status]).toEqual(["optimal", "optimal"]);
      expect(isWhole(whole.z)).toBe(true);
      expect(free.z.reduce((a, b) => a + b, 0)).toBeCloseTo(3, 9);
      expect(free.objective).toBeLessThanOrEqual(whole.objective + 1e-9);
      expect(free.slope).toEqual(free.z);
      if (!isWhole(free.z)) split++;
    }
    expect(split).toBeGreaterThan(0);
  });

  it("is the exact one where nothing must be whole", async () => {
    const problem = choice();
    const continuous = { ...problem, feasible: { ...problem.feasible, integer: [] } };
    const [one, other] = [await createOracle(continuous), await createOracle(continuous, { relax: true })];
    for (const s of costs) expect(other.solve(s, CONTEXT).z).toEqual(one.solve(s, CONTEXT).z);
  });

  it("starts a row's solve from its last decision without moving the optimum", async () => {
    const [fresh, kept] = [await createOracle(choice()), await createOracle(choice())];
    for (const s of [...costs, ...costs.toReversed()]) {
      expect(kept.solve(s, CONTEXT, 4).objective).toBeCloseTo(fresh.solve(s, CONTEXT).objective, 9);
    }
  });

  it("trains SPO+ by its own decisions, and is judged by whole ones", async () => {
    const exact = await createOracle(choice());
    const relaxed = await createOracle(choice(), { relax: true });
    const solvedWhole: boolean[] = [];
    const judge: DecisionOracle = {
      ...exact,
      solve(s, x, key) {
        const answer = exact.solve(s, x, key);
        solvedWhole.push(isWhole(answer.z));
        return answer;
      },
    };
    let taught = 0;
    const teacher: DecisionOracle = {
      ...relaxed,
      solve(s, x, key) {
        taught++;
        return relaxed.solve(s, x, key);
      },
    };
    const validation = polynomialRows("relaxed/validation", 12, ITEMS);
    const { history } = await trainCostPredictor({
      loss: { loss: "spo_plus" },
      predictor: { kind: "linear" },
      data: polynomialRows("relaxed/train", 32, ITEMS),
      validation,
      oracle: judge,
      relaxed: teacher,
      length: { steps: 12 },
      batch: 8,
      optimizer: { kind: "adam", rate: 0.05, weightDecay: 0 },
      evaluateEvery: 6,
      stream: randomStream(3, "relaxed"),
    });
    // Best decisions of the training rows, then one solve a row of each step.
    expect(taught).toBe(32 + 12 * 8);
    // Best decisions of the validation rows, then those for the predictions at the start and at both evaluations.
    expect(solvedWhole).toEqual(Array.from({ length: 12 * 4 }, () => true));
    expect(history.solves).toBe(taught + solvedWhole.length);
    const regrets = history.entries.map(({ regret }) => regret!);
    expect(Math.min(...regrets)).toBeLessThan(regrets[0]!);
  });
});
