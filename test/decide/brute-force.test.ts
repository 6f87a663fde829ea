import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { box, createDecider, subjectTo } from "../../runtime/decide/index.ts";
import { riskOf } from "../../runtime/risk/index.ts";
import type { DecisionProblem, RiskSpec } from "../../runtime/spec.ts";
import { noContext, rawProblem, risk, scenarioSet } from "./problems.ts";

const number = fc.double({ min: -3, max: 3, noNaN: true });
const level = fc.constantFrom(0.5, 0.8, 0.9, 0.95);
const spec = (n: number): fc.Arbitrary<RiskSpec> =>
  fc.record({
    mean: fc.constantFrom(0, 1),
    cvar: fc.array(fc.record({ weight: fc.double({ min: 0, max: 3, noNaN: true }), level }), { maxLength: 2 }),
    linear: fc.array(number, { minLength: n, maxLength: n }),
    quadratic: fc.option(
      fc
        .double({ min: 0, max: 2, noNaN: true })
        .map((eta) => Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? eta : 0.3 * eta))),
      { nil: null },
    ),
    constant: number,
  });

function objective(problem: DecisionProblem, rows: readonly (readonly number[])[], z: readonly number[]): number {
  const decision = Float64Array.from(z);
  const losses = Float64Array.from(rows, (row) => problem.loss(decision, Float64Array.from(row), noContext));
  return riskOf(problem.risk, decision, losses);
}

describe("no decision on a grid is better", () => {
  it("in one dimension", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }).chain((pieces) =>
          fc.record({
            pieces: fc.constant(pieces),
            rows: fc.array(fc.array(number, { minLength: 2 * pieces, maxLength: 2 * pieces }), {
              minLength: 1,
              maxLength: 12,
            }),
            risk: spec(1),
          }),
        ),
        async (drawn) => {
          const problem = rawProblem(drawn.pieces, box([-1], [2], "box"), drawn.risk);
          const answer = (await createDecider(problem)).decide(scenarioSet(drawn.rows), noContext);
          expect(answer.status).toBe("optimal");
          expect(answer.objective).toBeCloseTo(objective(problem, drawn.rows, [...answer.z]), 9);
          for (let step = 0; step <= 300; step++) {
            const other = objective(problem, drawn.rows, [-1 + step / 100]);
            expect(other).toBeGreaterThanOrEqual(answer.objective - 1e-6);
            // The certificate holds at every decision, not only at the best one.
            expect(other).toBeGreaterThanOrEqual(answer.objective - answer.gap - 1e-9);
          }
        },
      ),
      { seed: 7, numRuns: 60 },
    );
  });

  it("in two dimensions under a row", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          rows: fc.array(fc.array(number, { minLength: 6, maxLength: 6 }), { minLength: 1, maxLength: 10 }),
          risk: spec(2),
          row: fc.tuple(number, number),
        }),
        async (drawn) => {
          const set = subjectTo(box([-1, -1], [1, 1], "box"), {
            inequalities: [{ coefficients: drawn.row, bound: 0.7, at: "row" }],
          });
          const problem = rawProblem(2, set, drawn.risk);
          const answer = (await createDecider(problem)).decide(scenarioSet(drawn.rows), noContext);
          expect(answer.status).toBe("optimal");
          expect(answer.primalResidual).toBeLessThan(1e-12);
          for (let i = 0; i <= 40; i++) {
            for (let j = 0; j <= 40; j++) {
              const z = [-1 + i / 20, -1 + j / 20];
              if (drawn.row[0] * z[0]! + drawn.row[1] * z[1]! > 0.7) continue;
              expect(objective(problem, drawn.rows, z)).toBeGreaterThanOrEqual(answer.objective - 1e-6);
            }
          }
        },
      ),
      { seed: 11, numRuns: 40 },
    );
  });
});

describe("value at risk", () => {
  it("is the lower quantile of the loss at the decision, one per cvar term, also where a weight is 0", async () => {
    const spec = risk(1, {
      cvar: [
        { weight: 1, level: 0.5 },
        { weight: 0, level: 0.75 },
        { weight: 1, level: 0 },
      ],
    });
    const problem = rawProblem(1, box([1], [1], "fixed"), spec);
    const answer = (await createDecider(problem)).decide(
      scenarioSet([
        [4, 0],
        [1, 0],
        [3, 0],
        [2, 0],
      ]),
      noContext,
    );
    expect([...answer.z]).toEqual([1]);
    expect([...answer.t]).toEqual([2, 3, 1]);
    // mean 2.5, CVaR_0.5 3.5, CVaR_0 2.5
    expect(answer.objective).toBeCloseTo(8.5, 12);
  });
});
