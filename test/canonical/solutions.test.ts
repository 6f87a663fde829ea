import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomProblem, type Family } from "./random-problem.ts";
import { compare } from "./support.ts";

const families: readonly { readonly family: Family; readonly runs: readonly [number, number] }[] = [
  { family: "linear", runs: [40, 3] },
  { family: "quadratic", runs: [40, 3] },
  { family: "second-order", runs: [40, 3] },
  { family: "exponential", runs: [40, 3] },
  { family: "smooth", runs: [15, 2] },
];

describe("a canonical form's solution", () => {
  for (const { family, runs } of families) {
    for (const dimensions of [1, 2] as const) {
      it(
        `solves random ${family} problems in ${dimensions} dimensions like the problem itself`,
        { timeout: 60_000 },
        async () => {
          await fc.assert(
            fc.asyncProperty(randomProblem(family, dimensions), async ({ problem, data }) => {
              const { gap, own } = await compare(problem, data);
              expect(Math.abs(gap)).toBeLessThan(1e-6);
              expect(own).toBeLessThan(1e-5);
            }),
            { seed: 7, numRuns: runs[dimensions - 1]!, endOnFailure: true },
          );
        },
      );
    }
  }
});
