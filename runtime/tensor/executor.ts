import { currentExecutor, PLAIN_CHOICE, type ExecutorChoice, type ExecutorKind } from "./executor-choice.ts";
import { ReferenceExecutor } from "./reference-executor.ts";
import type { Program } from "./program.ts";

export type { ExecutorChoice, ExecutorKind };

export type FloatData = Float32Array | Float64Array;

/**
 * Runs one program; owns no mathematics. The arrays that it hands out are its own: fill the inputs, run, read the
 * outputs. An array stays valid until the next `run`, inputs for good.
 */
export interface Executor {
  readonly kind: ExecutorKind;
  /** The buffer of a real input: keeps its values from call to call. */
  input(name: string): FloatData;
  /** The buffer of an index input. */
  indices(name: string): Int32Array;
  output(name: string): FloatData;
  /** Current value of a state; zeros before it is set. Writing to it sets the state. */
  state(name: string): FloatData;
  /** One call: computes the outputs and replaces every state by its next value. */
  run(): Promise<void>;
  /** Frees native memory; the executor is not used after. */
  dispose(): Promise<void>;
}

/**
 * The executor of a program: the one named, else that of the `withExecutor` around the call. Each loads its library on
 * first use.
 * @throws RuntimeError executor-unavailable where that library does not load
 */
export async function createExecutor(
  program: Program,
  executor: ExecutorKind | ExecutorChoice = currentExecutor(),
): Promise<Executor> {
  const choice = typeof executor === "string" ? PLAIN_CHOICE[executor] : executor;
  switch (choice.kind) {
    case "reference":
      return new ReferenceExecutor(program);
    case "onnx": {
      const { createOnnxExecutor } = await import("./onnx-executor.ts");
      return createOnnxExecutor(program, choice.provider);
    }
    case "tfjs": {
      const { createTfjsExecutor } = await import("./tfjs-executor.ts");
      return createTfjsExecutor(program, choice.backend);
    }
  }
}
