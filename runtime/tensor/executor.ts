import { ReferenceExecutor } from "./reference-executor.ts";
import type { Program } from "./program.ts";

export type FloatData = Float32Array | Float64Array;

/**
 * `onnx`: float32 on ONNX Runtime's native kernels, one thread. `reference`: plain float64 TypeScript, slow and obvious,
 * the oracle of the tests.
 */
export type ExecutorKind = "onnx" | "reference";

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

/** The executor of a program. `onnx` loads its native library on first use. */
export async function createExecutor(program: Program, kind: ExecutorKind): Promise<Executor> {
  if (kind === "reference") return new ReferenceExecutor(program);
  const { createOnnxExecutor } = await import("./onnx-executor.ts");
  return createOnnxExecutor(program);
}
