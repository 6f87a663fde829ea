import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type * as Tfjs from "@tensorflow/tfjs-core";
import { RuntimeError } from "../errors/runtime-error.ts";
import { tensorCatalogue } from "./catalogue.ts";

export type TensorFlow = typeof Tfjs;
export type TfjsTensor = Tfjs.Tensor;

/**
 * `wasm`: TensorFlow.js' kernels in WebAssembly, which droc depends on. `node` and `node-gpu`: the native TensorFlow
 * library behind `@tensorflow/tfjs-node` and `@tensorflow/tfjs-node-gpu`, which the user installs.
 */
export type TfjsBackend = "wasm" | "node" | "node-gpu";

/** TensorFlow.js with one backend ready. */
export interface LoadedTensorFlow {
  readonly tf: TensorFlow;
  /** The name under which `tf` knows the backend. */
  readonly backend: string;
}

/** Names a folder that holds a build of `@tensorflow/tfjs-node` or `@tensorflow/tfjs-node-gpu` (docs/executors.md). */
export const TFJS_NODE_VARIABLE = "DROC_TFJS_NODE";

/** What `require` finds a native backend by: the folder that the user names, or the package. */
export function tfjsNodePackage(backend: "node" | "node-gpu", env: NodeJS.ProcessEnv = process.env): string {
  const named = env[TFJS_NODE_VARIABLE];
  return named === undefined || named === "" ? `@tensorflow/tfjs-${backend}` : named;
}

/**
 * Loads TensorFlow.js and its backend, on first use.
 * @throws RuntimeError executor-unavailable where the package is absent or its library does not load
 */
export async function loadTensorFlow(backend: TfjsBackend): Promise<LoadedTensorFlow> {
  try {
    return backend === "wasm" ? await loadWasm() : await loadNative(tfjsNodePackage(backend));
  } catch (cause) {
    const reason = (cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!;
    const executor = `TensorFlow.js (${backend})`;
    const platform = `${process.platform}-${process.arch}`;
    throw new RuntimeError(tensorCatalogue, "executor-unavailable", { executor, platform, reason }, { cause });
  }
}

async function loadWasm(): Promise<LoadedTensorFlow> {
  const [tf, { setWasmPaths }] = await Promise.all([
    import("@tensorflow/tfjs-core"),
    import("@tensorflow/tfjs-backend-wasm"),
  ]);
  const main = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(join(dirname(main), "/"));
  return ready(tf, "wasm");
}

/** Searched from droc's own folder, then from the folder that the process works in. */
async function loadNative(name: string): Promise<LoadedTensorFlow> {
  const require = createRequire(import.meta.url);
  const loaded: unknown = require(require.resolve(name, { paths: [import.meta.dirname, process.cwd()] }));
  if (!isTensorFlow(loaded)) throw new Error(`${name} is not TensorFlow.js`);
  return ready(loaded, "tensorflow");
}

/** What is wrong with a backend on this machine: `null` where it loads and, for `node-gpu`, has a GPU. */
export async function tfjsProblem(backend: TfjsBackend): Promise<string | null> {
  try {
    const { tf } = await loadTensorFlow(backend);
    if (backend !== "node-gpu" || usesGpu(tf.backend())) return null;
    return "its TensorFlow library finds no GPU with the CUDA version that it wants";
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    const { cause } = error;
    const absent = cause instanceof Error && "code" in cause && cause.code === "MODULE_NOT_FOUND";
    return absent && backend !== "wasm" ? `@tensorflow/tfjs-${backend} is not installed` : String(error.args["reason"]);
  }
}

function usesGpu(backend: object): boolean {
  return "isUsingGpuDevice" in backend && backend.isUsingGpuDevice === true;
}

async function ready(tf: TensorFlow, backend: string): Promise<LoadedTensorFlow> {
  if (!(await tf.setBackend(backend))) throw new Error(`the backend ${backend} does not start`);
  return { tf, backend };
}

function isTensorFlow(module: unknown): module is TensorFlow {
  return typeof module === "object" && module !== null && "tensor" in module && "setBackend" in module;
}
