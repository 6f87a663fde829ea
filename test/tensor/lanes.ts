import { describe, it } from "vitest";
import { choiceText, type ExecutorChoice } from "../../runtime/tensor/executor-choice.ts";
import { TFJS_NODE_VARIABLE } from "../../runtime/tensor/tfjs-backend.ts";

/** Whether a build of TensorFlow.js' native binding was named for the tests (docs/executors.md says how to make one). */
const hasNative = (process.env[TFJS_NODE_VARIABLE] ?? "") !== "";

/** The executors in float32 that are held against the reference. */
export const FLOAT32_EXECUTORS: readonly ExecutorChoice[] = [
  { kind: "onnx", provider: "cpu" },
  { kind: "tfjs", backend: "wasm" },
  ...(hasNative ? [{ kind: "tfjs", backend: "node" } as const] : []),
];

export const EXECUTORS: readonly ExecutorChoice[] = [{ kind: "reference" }, ...FLOAT32_EXECUTORS];

/** The executors with their names, for `describe.each`. */
export const named = (choices: readonly ExecutorChoice[]): readonly (readonly [string, ExecutorChoice])[] =>
  choices.map((choice) => [choiceText(choice), choice]);

/** Shows in every file that runs on all executors whether the native one was among them. */
export function sayWhetherNative(): void {
  describe("tfjs (node)", () => {
    it.skipIf(!hasNative)(`is among the executors where ${TFJS_NODE_VARIABLE} names its build`, () => undefined);
  });
}
