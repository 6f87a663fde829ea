import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalise } from "../../compiler/canonical/index.ts";
import { randomProblem, type Family } from "./random-problem.ts";
import { compare } from "./support.ts";

/** `DROC_CASES=4` takes four times as many problems. */
const TIMES = Number(process.env["DROC_CASES"] ?? 1);

const families: readonly {
  readonly family: Family;
  readonly type: "real" | "int";
  readonly runs: readonly [one: number, two: number];
}[] = [
  { family: "linear", type: "real", runs: [90, 10] },
  { family: "quadratic", type: "real", runs: [90, 10] },
  { family: "second-order", type: "real", runs: [90, 10] },
  { family: "exponential", type: "real", runs: [90, 10] },
  { family: "linear", type: "int", runs: [50, 50] },
  { family: "quadratic", type: "int", runs: [50, 50] },
];

describe("a canonical form's solution", () => {
  for (const { family, type, runs } of families) {
    for (const dimensions of [1, 2] as const) {
      const numRuns = TIMES * runs[dimensions - 1]!;
      const name = `${type === "int" ? "integer " : ""}${family} problems in ${dimensions} dimensions`;
      it(`solves ${numRuns} random ${name} like the problem itself`, { timeout: 600_000 }, async () => {
        const classes = new Map<string, number>();
        await fc.assert(
          fc.asyncProperty(randomProblem(family, dimensions, type), async ({ problem, data }) => {
            // Integers beside cones are tested in reduce.test.ts.
            fc.pre(type === "real" || ["MIP", "MIQP"].includes(canonicalise(problem).class));
            const { form, gap, own } = await compare(problem, data);
            classes.set(form.class, (classes.get(form.class) ?? 0) + 1);
            expect(Math.abs(gap)).toBeLessThan(1e-6);
            expect(own).toBeLessThan(1e-5);
          }),
          { seed: 7, numRuns, endOnFailure: true },
        );
        if (TIMES > 1) console.log(name, Object.fromEntries(classes));
      });
    }
  }
});
