import type { RuntimeExample, RuntimeExamples } from "./example.ts";

function measure(wrong: string, right: string, says: string): RuntimeExample {
  return {
    base: "empty",
    in: "app.mjs",
    wrong: measuring(wrong),
    right: measuring(right),
    command: "node app.mjs",
    says,
  };
}

function measuring(call: string): string {
  return `import { cvar } from "droc/runtime";\n\n${call}\n`;
}

/** Risk of losses that an application brings. */
export const riskExamples: RuntimeExamples = {
  "risk-no-losses": measure(
    "const { value } = cvar(new Float64Array(), 0.9);",
    "const { value } = cvar(Float64Array.of(1, 4, 2), 0.9);",
    "a risk measure was asked for over no losses",
  ),
  "risk-level": measure(
    "const { value } = cvar(Float64Array.of(1, 4, 2), 95);",
    "const { value } = cvar(Float64Array.of(1, 4, 2), 0.95);",
    "level 95 is outside [0, 1]",
  ),
  "risk-not-finite": measure(
    "const { value } = cvar(Float64Array.of(1, NaN, 2), 0.9);",
    "const { value } = cvar(Float64Array.of(1, 4, 2), 0.9);",
    "loss 1 is NaN",
  ),
};
