import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomProblem } from "./random-problem.ts";
import { compare } from "./support.ts";

const TIMES = Number(process.env["DROC_CASES"] ?? 1);

// Apart from the other families: the barrier is the only solver of smooth rows here, and slow.
describe("the solution of a canonical form with smooth rows", () => {
  for (const [dimensions, runs] of [
    [1, 90],
    [2, 10],
  ] as const) {
    it(`is the problem's own, in ${dimensions} dimensions`, { timeout: 600_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(randomProblem("smooth", dimensions), async ({ problem, data }) => {
          const { gap, own } = await compare(problem, data);
          expect(Math.abs(gap)).toBeLessThan(1e-6);
          expect(own).toBeLessThan(1e-5);
        }),
        { seed: 7, numRuns: TIMES * runs, endOnFailure: true },
      );
    });
  }
});
