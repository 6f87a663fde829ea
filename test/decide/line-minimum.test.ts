import * as fc from "fast-check";
import { expect, it } from "vitest";
import { createConditionalTransportDecider } from "../../runtime/decide/conditional-transport/index.ts";
import { createDecider } from "../../runtime/decide/index.ts";
import type { ScenarioSet } from "../../runtime/decide/types.ts";
import { box } from "../../runtime/decide/sets.ts";
import type { AmbiguitySet } from "../../runtime/spec.ts";
import { smallPortfolio } from "../runs/pipelines.ts";
import { createNumbers, newsvendor, noContext, rawProblem, risk } from "./problems.ts";

const ends = fc.constantFrom([0, Infinity], [-Infinity, Infinity], [-1, 2], [0.5, 0.75], [-Infinity, -3]);

it("finds the minimum that HiGHS finds, whatever the pieces, bounds and weights", { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      ends,
      fc.integer({ min: 2, max: 3 }),
      fc.array(fc.tuple(...Array.from({ length: 6 }, () => fc.integer({ min: -5, max: 5 }))), {
        minLength: 1,
        maxLength: 12,
      }),
      async ([lower, upper], pieces, rows) => {
        const problem = rawProblem(pieces, box([lower!], [upper!], "line.dro:1:1"), risk(1, { linear: [0.25] }));
        // One piece falls and one rises, so that there is a minimum.
        const outcomes = rows.flatMap((row) => row.slice(0, 2 * pieces).map((value, i) => steep(value, i)));
        const set: ScenarioSet = {
          count: rows.length,
          outcomes: Float64Array.from(outcomes),
          weights: Float64Array.from(rows, (_, k) => (k % 4 === 3 ? 0 : 1 + (k % 3))),
        };
        const own = (await createDecider(problem)).decide(set, noContext);
        const other = (await createDecider(problem, { solver: "highs" })).decide(set, noContext);
        expect(own.solver).toBe("structured");
        expect(own.status).toBe("optimal");
        expect(own.gap).toBeLessThanOrEqual(1e-10 * (1 + Math.abs(own.objective)));
        expect(Math.abs(own.objective - other.objective)).toBeLessThan(1e-7 * (1 + Math.abs(other.objective)));
      },
    ),
    { numRuns: 60, seed: 4 },
  );
});

/** The first piece falls and the second rises; the others are as they come. */
function steep(value: number, i: number): number {
  return i === 0 ? -1 - Math.abs(value) : i === 2 ? 1 + Math.abs(value) : value;
}

it("takes the middle of a stretch of optimal decisions", async () => {
  const decider = await createDecider(newsvendor(1, 4));
  const set: ScenarioSet = { count: 5, outcomes: Float64Array.of(1, 2, 3, 5, 9) };
  expect(decider.decide(set, noContext).z[0]).toBeCloseTo(7, 12);
});

it("finds the worst mean within a ball that cones find, and a law that attains it", async () => {
  const { uniform, normal } = createNumbers(3);
  for (const radius of [0.1, 1, 4]) {
    const ambiguity: AmbiguitySet = { kind: "wasserstein", order: 2, norm: "l2", radius };
    const problem = { ...newsvendor(1, 1 + 8 * uniform()), ambiguity };
    const set: ScenarioSet = { count: 30, outcomes: Float64Array.from({ length: 30 }, () => 20 + 3 * normal()) };
    const own = (await createDecider(problem, { worstCase: true })).decide(set, noContext);
    const cone = (await createDecider(problem, { solver: "cone" })).decide(set, noContext);
    expect(own.solver).toBe("structured");
    expect(own.gap).toBeLessThan(1e-10 * own.objective);
    expect(own.objective).toBeCloseTo(cone.objective, 6);
    const worst = own.worstCase!;
    let mean = 0;
    for (let k = 0; k < worst.count; k++) {
      mean += worst.weights![k]! * problem.loss(own.z, worst.outcomes.subarray(k, k + 1), noContext);
    }
    expect(mean).toBeCloseTo(own.objective, 6);
  }
});

it("decides against a conditional law the same from any start", async () => {
  const { problem } = smallPortfolio();
  const { uniform, normal } = createNumbers(9);
  const d = problem.sizes.outcome;
  const count = 150;
  const outcomes = Float64Array.from({ length: count * d }, normal);
  const costs = Float64Array.from({ length: count }, uniform);
  const context = new Float64Array(problem.sizes.context);
  for (const radius of [0.2, 1]) {
    const decider = await createConditionalTransportDecider(problem, radius);
    const set: ScenarioSet = { count, outcomes, transport: { costs, probability: 0.2 } };
    const cold = decider.decide(set, context);
    const far = { ...cold, z: cold.z.map((_, i) => (i === 0 ? 1 : 0)), t: cold.t.map((value) => value + 5) };
    // Without a decision to start from, the nominal problem gives one.
    const none = { ...cold, z: cold.z.map(() => Number.NaN) };
    for (const start of [cold, far, none]) {
      const answer = decider.decide(set, context, start);
      expect(answer.status).toBe("optimal");
      expect(answer.gap).toBeLessThan(1e-6);
      expect(answer.objective).toBeCloseTo(cold.objective, 6);
    }
  }
});
