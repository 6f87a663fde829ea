import { describe, expect, it } from "vitest";
import { STRUCTURED_CASES } from "./cases-structured.ts";
import { CASES } from "./cases.ts";
import { FLOAT32_EXECUTORS, named, sayWhetherNative } from "./lanes.ts";
import { caseProgram, differences, drawInputs, largestError, runOnce } from "./support.ts";

const ALL = [...CASES, ...STRUCTURED_CASES];

describe.each(named(FLOAT32_EXECUTORS))("each primitive on %s", (_, executor) => {
  it.each(ALL)("$name: agrees with reference, value and derivatives", async (test) => {
    const program = caseProgram(test);
    const inputs = drawInputs(test);
    const reference = await runOnce(program, inputs, "reference");
    const found = await runOnce(program, inputs, executor);
    for (const [name, expected] of Object.entries(reference))
      expect([name, largestError(found[name]!, expected)]).toEqual([name, expect.toSatisfy((e: number) => e < 2e-5)]);
  });
});

sayWhetherNative();

describe("each primitive", () => {
  it.each(ALL.filter((test) => test.flat !== true))(
    "$name: derivatives agree with extrapolated differences",
    async (test) => {
      const program = caseProgram(test);
      const inputs = drawInputs(test);
      const exact = await runOnce(program, inputs, "reference");
      for (const [i, expected] of (await differences(program, inputs)).entries())
        expect(largestError(exact[`d${i}`]!, expected)).toBeLessThan(1e-10);
    },
  );
});
