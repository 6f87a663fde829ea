import { AsyncLocalStorage } from "node:async_hooks";
import type { TfjsBackend } from "./tfjs-backend.ts";

export type ExecutorKind = "onnx" | "tfjs" | "reference";

/** The part of ONNX Runtime that computes. `webgpu`, `cuda` and `dml` (DirectML) work on a GPU. */
export type OnnxProvider = "cpu" | "cuda" | "webgpu" | "dml";

/** What programs run on. */
export type ExecutorChoice =
  /** Float32 on ONNX Runtime's native kernels, one thread: the fastest on a CPU. */
  | { readonly kind: "onnx"; readonly provider: OnnxProvider }
  /** Float32 on TensorFlow.js, node by node. */
  | { readonly kind: "tfjs"; readonly backend: TfjsBackend }
  /** Plain float64 TypeScript, slow and obvious: the oracle of the tests. */
  | { readonly kind: "reference" };

/** An executor by name alone: on the CPU, with what droc itself depends on. */
export const PLAIN_CHOICE: Readonly<Record<ExecutorKind, ExecutorChoice>> = {
  onnx: { kind: "onnx", provider: "cpu" },
  tfjs: { kind: "tfjs", backend: "wasm" },
  reference: { kind: "reference" },
};

const scope = new AsyncLocalStorage<ExecutorChoice>();

/** Does some work in which every program runs on `choice`, unless it asks for another executor by name. */
export function withExecutor<T>(choice: ExecutorChoice, work: () => Promise<T>): Promise<T> {
  return scope.run(choice, work);
}

/** What programs run on here: the choice of the `withExecutor` around this call, else ONNX Runtime on the CPU. */
export function currentExecutor(): ExecutorChoice {
  return scope.getStore() ?? PLAIN_CHOICE.onnx;
}

/** `onnx (cpu)`, for messages and identities. */
export function choiceText(choice: ExecutorChoice): string {
  switch (choice.kind) {
    case "onnx":
      return `onnx (${choice.provider})`;
    case "tfjs":
      return `tfjs (${choice.backend})`;
    case "reference":
      return "reference";
  }
}
