import { describe, expect, it } from "vitest";
import { createDecider } from "../../runtime/decide/index.ts";
import { createNumbers, newsvendor, noContext, scenarioSet } from "./problems.ts";

describe("the newsvendor", () => {
  it("orders the critical quantile of the demand", async () => {
    const numbers = createNumbers(1);
    const demand = Array.from({ length: 41 }, () => 100 + 20 * numbers.normal());
    const critical = demand.toSorted((a, b) => a - b)[Math.ceil(0.9 * 41) - 1]!;
    for (const solver of ["auto", "highs", "glpk"] as const) {
      const decider = await createDecider(newsvendor(1, 9), { solver });
      const answer = decider.decide(scenarioSet(demand.map((d) => [d])), noContext);
      expect(answer.status).toBe("optimal");
      expect(answer.z[0]).toBeCloseTo(critical, 6);
      const cost = demand.reduce((sum, d) => sum + Math.max(critical - d, 9 * (d - critical)), 0) / 41;
      expect(answer.objective).toBeCloseTo(cost, 8);
    }
  });
});
