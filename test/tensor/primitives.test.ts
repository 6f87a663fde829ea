import { describe, expect, it } from "vitest";
import { CASES } from "./cases.ts";
import { caseProgram, drawInputs, largestError, runOnce } from "./support.ts";

describe("each primitive", () => {
  it.each(CASES)("$name: onnx agrees with reference, value and derivatives", async (test) => {
    const program = caseProgram(test);
    const inputs = drawInputs(test);
    const reference = await runOnce(program, inputs, "reference");
    const onnx = await runOnce(program, inputs, "onnx");
    for (const [name, expected] of Object.entries(reference))
      expect([name, largestError(onnx[name]!, expected)]).toEqual([name, expect.toSatisfy((e: number) => e < 5e-6)]);
  });

  it.each(CASES.filter((test) => test.flat !== true))(
    "$name: derivatives agree with central differences",
    async (test) => {
      const program = caseProgram(test);
      const inputs = drawInputs(test);
      const exact = await runOnce(program, inputs, "reference");
      const h = 1e-5;
      for (const [i, input] of inputs.entries()) {
        const differences: number[] = [];
        for (let j = 0; j < input.length; j++) {
          const at = async (shift: number): Promise<number> => {
            const moved = inputs.map((x) => x.slice());
            moved[i]![j]! += shift;
            return (await runOnce(program, moved, "reference"))["loss"]![0]!;
          };
          differences.push(((await at(h)) - (await at(-h))) / (2 * h));
        }
        expect(largestError(exact[`d${i}`]!, differences)).toBeLessThan(2e-9);
      }
    },
  );
});
