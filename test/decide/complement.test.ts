import { describe, expect, it } from "vitest";
import { createDecider } from "../../runtime/decide/index.ts";
import type { FeasibleSet, RiskSpec } from "../../runtime/spec.ts";
import { createNumbers, noContext, rawProblem, ridge, risk, scenarioSet } from "./problems.ts";

const ASSETS = 90;
const ONE = [{ weight: 2, level: 0.8 }];
const TWO = [
  { weight: 1, level: 0.7 },
  { weight: 1.5, level: 0.9 },
];

/** A set of ninety components: bounds, a budget and, where wanted, two rows. */
function setOf(seed: number, rows: boolean): FeasibleSet {
  const numbers = createNumbers(seed);
  const fill = (value: number): number[] => Array.from({ length: ASSETS }, () => value);
  return {
    size: ASSETS,
    integer: [],
    lower: fill(0),
    upper: fill(0.08),
    boundsAt: ["bounds"],
    equalities: [{ coefficients: fill(1), bound: 1, at: "budget" }],
    inequalities: rows
      ? [1, 2].map((r) => ({
          coefficients: Array.from({ length: ASSETS }, () => numbers.uniform()),
          bound: 0.45 + 0.05 * r,
          at: `row ${r}`,
        }))
      : [],
  };
}

describe("more components than scenarios", () => {
  const cases: readonly { name: string; cvar: RiskSpec["cvar"]; scenarios: number; rows: boolean; ridge: number }[] = [
    { name: "one tail, ridge", cvar: ONE, scenarios: 30, rows: false, ridge: 1e-3 },
    { name: "one tail, rows, ridge", cvar: ONE, scenarios: 30, rows: true, ridge: 1e-3 },
    { name: "one tail, no quadratic", cvar: ONE, scenarios: 40, rows: false, ridge: 0 },
    { name: "two tails, rows", cvar: TWO, scenarios: 18, rows: true, ridge: 1e-2 },
    { name: "two tails, rows, no quadratic", cvar: TWO, scenarios: 20, rows: true, ridge: 0 },
    {
      name: "trimmed from many scenarios",
      cvar: [{ weight: 2, level: 0.96 }],
      scenarios: 400,
      rows: true,
      ridge: 1e-3,
    },
  ];
  it.each(cases)("agrees with highs: $name", async ({ cvar, scenarios, rows, ridge: eta }) => {
    for (let seed = 1; seed <= 4; seed++) {
      const numbers = createNumbers(seed * 101);
      const spec = risk(ASSETS, { cvar, quadratic: eta === 0 ? null : ridge(ASSETS, eta) });
      const drawn = Array.from({ length: scenarios }, () => {
        const market = numbers.normal();
        return [...Array.from({ length: ASSETS }, (_, i) => 0.01 * (i % 7) + market + numbers.normal()), 0];
      });
      const problem = rawProblem(1, setOf(seed, rows), spec);
      const structured = await createDecider(problem, { solver: "structured" });
      const answer = structured.decide(scenarioSet(drawn), noContext);
      expect(answer.solver, "fell back").toBe("structured");
      expect(answer.status).toBe("optimal");
      expect(answer.gap).toBeLessThan(1e-8 * Math.abs(answer.objective));
      expect(answer.primalResidual).toBeLessThan(1e-12);
      const highs = await createDecider(problem, { solver: "highs" });
      const other = highs.decide(scenarioSet(drawn), noContext);
      expect(Math.abs(other.objective - answer.objective)).toBeLessThan(1e-6 * Math.abs(answer.objective));
    }
  });
});
