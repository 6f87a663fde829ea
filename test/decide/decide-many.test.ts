import { describe, expect, it } from "vitest";
import { createDecider, decideMany } from "../../runtime/decide/index.ts";
import type { ScenarioSet } from "../../runtime/decide/index.ts";
import { createNumbers, noContext, rawProblem, ridge, risk, scenarioSet } from "./problems.ts";

const numbers = createNumbers(11);
const n = 6;
const set = {
  size: n,
  lower: Array.from({ length: n }, () => 0),
  upper: Array.from({ length: n }, () => 0.4),
  integer: [],
  inequalities: [],
  equalities: [{ coefficients: Array.from({ length: n }, () => 1), bound: 1, at: "sum" }],
  boundsAt: ["z"],
};
/** A spectrum of eight CVaRs, from the mean to nearly the worst case. */
const levels = [0, 0.3, 0.5, 0.8, 0.9, 0.95, 0.99, 0.9999];

function draw(count: number): ScenarioSet {
  return scenarioSet(Array.from({ length: count }, () => Array.from({ length: n + 1 }, () => numbers.normal())));
}

describe("decisions at many contexts", () => {
  it.each([
    ["linear", null, 90],
    ["ridge", ridge(n, 0.1), 90],
    ["enough scenarios to leave some out", ridge(n, 0.1), 300],
  ])("a spectrum of eight CVaRs is solved as from nothing: %s", async (_, quadratic, count) => {
    const cvar = (count > 200 ? levels.slice(4) : levels).map((level) => ({ weight: 0.25, level }));
    const problem = rawProblem(1, set, risk(n, { cvar, quadratic }));
    const cases = Array.from({ length: count > 200 ? 3 : 8 }, () => ({ scenarios: draw(count), context: noContext }));
    const decider = await createDecider(problem);
    let at = 0;
    for (const answer of decideMany(decider, cases)) {
      const fresh = (await createDecider(problem, { solver: "cone" })).decide(cases[at]!.scenarios, noContext);
      expect(answer).toMatchObject({ status: "optimal", solver: "structured" });
      expect(Math.abs(answer.objective - fresh.objective)).toBeLessThan(1e-7 * Math.abs(fresh.objective));
      at++;
    }
    expect(at).toBe(cases.length);
  });

  it("asks for one case at a time, and a context without a decision starts none", async () => {
    const free = {
      ...set,
      lower: set.lower.map(() => -Infinity),
      upper: set.upper.map(() => Infinity),
      equalities: [],
    };
    const problem = rawProblem(1, free, risk(n, { cvar: [{ weight: 1, level: 0.5 }] }));
    const decider = await createDecider(problem);
    const flat = scenarioSet([Array.from({ length: n + 1 }, (_, i) => (i === n ? 1 : 0))]);
    const steep = scenarioSet([Array.from({ length: n + 1 }, () => 1)]);
    let asked = 0;
    function* cases(): Generator<{ scenarios: ScenarioSet; context: Float64Array }> {
      for (const scenarios of [flat, steep, flat]) {
        asked++;
        yield { scenarios, context: noContext };
      }
    }
    const answers = decideMany(decider, cases());
    expect(answers.next().value).toMatchObject({ status: "optimal", objective: 2 });
    expect(asked).toBe(1);
    expect(answers.next().value).toMatchObject({ status: "unbounded" });
    expect(answers.next().value).toMatchObject({ status: "optimal", objective: 2 });
  });
});
