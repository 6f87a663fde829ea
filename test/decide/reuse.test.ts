import { describe, expect, it } from "vitest";
import { createDecider, simplex, subjectTo } from "../../runtime/decide/index.ts";
import type { DecisionAnswer, ScenarioSet } from "../../runtime/decide/index.ts";
import { createNumbers, newsvendor, noContext, rawProblem, ridge, risk, scenarioSet } from "./problems.ts";

const ASSETS = 6;
const portfolio = rawProblem(
  1,
  simplex(ASSETS, "weights"),
  risk(ASSETS, { cvar: [{ weight: 2, level: 0.95 }], quadratic: ridge(ASSETS, 1e-3) }),
);

function draw(seed: number, count: number): number[][] {
  const numbers = createNumbers(seed);
  return Array.from({ length: count }, () => {
    const market = numbers.normal();
    return [...Array.from({ length: ASSETS }, (_, i) => -(0.01 * i + 0.1 * (market + numbers.normal()))), 0];
  });
}

function without(answer: DecisionAnswer): Omit<DecisionAnswer, "milliseconds"> {
  const { milliseconds: _, ...rest } = answer;
  return rest;
}

describe("one decider for many contexts", () => {
  it("answers the same whatever was asked before, with more and with fewer scenarios", async () => {
    const sets: ScenarioSet[] = [40, 700, 3, 300, 40].map((count, i) => scenarioSet(draw(i + 1, count)));
    const shared = await createDecider(portfolio);
    const inOrder = sets.map((set) => without(shared.decide(set, noContext)));
    const reversed = sets.toReversed().map((set) => without(shared.decide(set, noContext)));
    for (const [i, set] of sets.entries()) {
      const alone = without((await createDecider(portfolio)).decide(set, noContext));
      expect(inOrder[i]).toEqual(alone);
      expect(reversed[sets.length - 1 - i]).toEqual(alone);
    }
  });

  it("does not hand out its working memory", async () => {
    const decider = await createDecider(portfolio);
    const first = decider.decide(scenarioSet(draw(1, 50)), noContext);
    const copy = structuredClone(first);
    decider.decide(scenarioSet(draw(2, 50)), noContext);
    expect(first).toEqual(copy);
  });

  it("recovers after scenarios that it refuses", async () => {
    const decider = await createDecider(portfolio);
    const good = scenarioSet(draw(1, 50));
    const before = without(decider.decide(good, noContext));
    const bad = { count: 50, outcomes: good.outcomes.map((value, i) => (i === 77 ? NaN : value)) };
    expect(() => decider.decide(bad, noContext)).toThrow("scenario 11 has the value NaN in component 0");
    expect(without(decider.decide(good, noContext))).toEqual(before);
  });

  it("is not moved by a warm start, whether it is near, far, outside the set or not a number", async () => {
    const decider = await createDecider(portfolio);
    const set = scenarioSet(draw(9, 600));
    const cold = decider.decide(set, noContext);
    const starts = [
      cold.z,
      decider.decide(scenarioSet(draw(10, 600)), noContext).z,
      Float64Array.from({ length: ASSETS }, () => 5),
      new Float64Array(ASSETS).fill(NaN),
      new Float64Array(2),
    ];
    for (const z of starts) {
      const warm = decider.decide(set, noContext, { ...cold, z });
      expect(warm).toMatchObject({ status: "optimal", solver: "structured" });
      expect(Math.abs(warm.objective - cold.objective)).toBeLessThan(1e-8 * Math.abs(cold.objective) + 1e-10);
      // The ridge makes the minimiser unique: ‖Δz‖² ≤ gap/η.
      for (let i = 0; i < ASSETS; i++) expect(Math.abs(warm.z[i]! - cold.z[i]!)).toBeLessThan(3e-3);
    }
  });
});

async function solve(set: ScenarioSet): Promise<DecisionAnswer> {
  return (await createDecider(portfolio)).decide(set, noContext);
}

describe("scenario weights", () => {
  const rows = draw(4, 60);

  it("are probabilities up to a factor", async () => {
    const weights = rows.map((_, k) => 1 + (k % 7));
    const one = await solve(scenarioSet(rows, weights));
    const other = await solve(
      scenarioSet(
        rows,
        weights.map((weight) => 1e6 * weight),
      ),
    );
    expect(other.objective).toBeCloseTo(one.objective, 10);
  });

  it("of zero leave a scenario out", async () => {
    const kept = rows.filter((_, k) => k % 3 !== 0);
    const one = await solve(
      scenarioSet(
        rows,
        rows.map((_, k) => (k % 3 === 0 ? 0 : 1)),
      ),
    );
    expect(without(one)).toEqual(without(await solve(scenarioSet(kept))));
  });

  it("of whole numbers equal repeated scenarios", async () => {
    const weights = rows.map((_, k) => 1 + (k % 3));
    const repeated = rows.flatMap((row, k) => Array.from({ length: weights[k]! }, () => row));
    const one = await solve(scenarioSet(rows, weights));
    const other = await solve(scenarioSet(repeated));
    expect(one.objective).toBeCloseTo(other.objective, 9);
    expect(one.t[0]).toBeCloseTo(other.t[0]!, 6);
  });

  it("tilt the newsvendor to the weighted quantile", async () => {
    const decider = await createDecider(newsvendor(1, 3));
    // Critical ratio 0.75: reached at 20 with these weights, at 30 without.
    const answer = decider.decide(scenarioSet([[10], [20], [30], [40]], [0.5, 0.3, 0.1, 0.1]), noContext);
    expect(answer.z[0]).toBeCloseTo(20, 7);
    const even = decider.decide(scenarioSet([[10], [20], [30], [40], [50]]), noContext);
    expect(even.z[0]).toBeCloseTo(40, 7);
  });
});

describe("degenerate problems", () => {
  it("K = 1, losses of zero, and a set that is one point", async () => {
    const sure = (await createDecider(newsvendor(1, 9))).decide(scenarioSet([[100]]), noContext);
    expect(sure).toMatchObject({ status: "optimal", solver: "structured" });
    expect(sure.z[0]).toBeCloseTo(100, 8);
    expect(sure.objective).toBeCloseTo(0, 7);

    const nothing = (await createDecider(portfolio)).decide(scenarioSet([[0, 0, 0, 0, 0, 0, 0]]), noContext);
    expect(nothing).toMatchObject({ status: "optimal", solver: "structured" });

    const point = subjectTo(simplex(2, "set"), {
      equalities: [{ coefficients: [1, -1], bound: 0.5, at: "difference" }],
    });
    const problem = rawProblem(1, point, risk(2, { cvar: [{ weight: 1, level: 0.5 }] }));
    const fixed = (await createDecider(problem)).decide(
      scenarioSet([
        [1, 2, 3],
        [3, 1, 0],
      ]),
      noContext,
    );
    expect([...fixed.z].map((value) => Math.round(value * 1e12) / 1e12)).toEqual([0.75, 0.25]);
    expect(fixed).toMatchObject({ status: "optimal", solver: "structured" });
  });

  it("bounds of ±Infinity, a flat direction and no risk at all", async () => {
    const flat = rawProblem(1, subjectTo(simplex(3, "set"), {}), risk(3, { mean: 0, linear: [0, 0, 1] }));
    const answer = (await createDecider(flat)).decide(scenarioSet([[9, 9, 9, 9]]), noContext);
    expect(answer).toMatchObject({ status: "optimal", solver: "structured" });
    expect(answer.z[2]).toBeCloseTo(0, 7);
  });
});
