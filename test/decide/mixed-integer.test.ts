import { describe, expect, it } from "vitest";
import { box, createDecider } from "../../runtime/decide/index.ts";
import { riskOf } from "../../runtime/risk/index.ts";
import type { FeasibleSet } from "../../runtime/spec.ts";
import { createNumbers, noContext, rawProblem, risk, scenarioSet } from "./problems.ts";

/** Every 0/1 vector that keeps the weight under the budget, with the exact risk of each. */
function enumerate(n: number, weights: readonly number[], budget: number, value: (z: Float64Array) => number): number {
  let best = Infinity;
  for (let mask = 0; mask < 2 ** n; mask++) {
    const z = Float64Array.from({ length: n }, (_, i) => (mask >> i) & 1);
    const weight = z.reduce((sum, chosen, i) => sum + chosen * weights[i]!, 0);
    if (weight <= budget) best = Math.min(best, value(z));
  }
  return best;
}

describe("integer decisions", () => {
  it.each(["auto", "glpk"] as const)("a risk-averse knapsack equals enumeration (%s)", async (solver) => {
    for (let seed = 1; seed <= 12; seed++) {
      const numbers = createNumbers(seed);
      const n = 3 + (seed % 5);
      const weights = Array.from({ length: n }, () => 1 + 4 * numbers.uniform());
      const budget = weights.reduce((a, b) => a + b, 0) / 2;
      const set: FeasibleSet = {
        ...box(
          weights.map(() => 0),
          weights.map(() => 1),
          "items",
        ),
        integer: weights.map((_, i) => i),
        inequalities: [{ coefficients: weights, bound: budget, at: "budget" }],
      };
      const spec = risk(n, { mean: 0.5, cvar: [{ weight: 1, level: 0.8 }], constant: 1 });
      const problem = rawProblem(1, set, spec);
      const rows = Array.from({ length: 15 }, () => [
        ...Array.from({ length: n }, () => -2 - numbers.normal()),
        0.1 * numbers.normal(),
      ]);
      const best = enumerate(n, weights, budget, (z) =>
        riskOf(
          spec,
          z,
          Float64Array.from(rows, (row) => problem.loss(z, Float64Array.from(row), noContext)),
        ),
      );
      const answer = (await createDecider(problem, { solver })).decide(scenarioSet(rows), noContext);
      expect(answer.status).toBe("optimal");
      expect(answer.solver).toBe(solver === "auto" ? "highs" : "glpk");
      expect(answer.objective).toBeCloseTo(best, 8);
      expect(Math.abs(answer.gap)).toBeLessThan(1e-6);
      expect(answer.z.every((value) => value === 0 || value === 1)).toBe(true);
    }
  });

  it("orders whole items: the integer newsvendor is the best of its neighbours", async () => {
    const demand = [10.2, 11.7, 12.4, 13.9, 18.5];
    const set: FeasibleSet = { ...box([0], [Infinity], "q"), integer: [0] };
    const problem = rawProblem(2, set, risk(1, {}));
    const rows = demand.map((d) => [1, -d, -4, 4 * d]);
    const cost = (q: number): number =>
      demand.reduce((sum, d) => sum + Math.max(q - d, 4 * (d - q)), 0) / demand.length;
    const best = Math.min(...Array.from({ length: 30 }, (_, q) => cost(q)));
    for (const solver of ["highs", "glpk"] as const) {
      const answer = (await createDecider(problem, { solver })).decide(scenarioSet(rows), noContext);
      expect(answer.z[0]).toBe(Math.round(answer.z[0]!));
      expect(answer.objective).toBeCloseTo(best, 9);
    }
  });
});
