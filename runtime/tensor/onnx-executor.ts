import type * as OnnxRuntime from "onnxruntime-node";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { RuntimeError } from "../errors/runtime-error.ts";
import { bufferNamed } from "./buffers.ts";
import { tensorCatalogue } from "./catalogue.ts";
import type { Executor } from "./executor.ts";
import type { OnnxProvider } from "./executor-choice.ts";
import { Graph } from "./graph.ts";
import { sizeOf, type Shape } from "./node.ts";
import { nextName, writeOnnx } from "./onnx-writer.ts";
import { exp } from "./ops/elementwise.ts";
import { defineProgram, type Port, type Program } from "./program.ts";

/** A float32 buffer with the runtime's view of it. */
interface Buffer {
  readonly data: Float32Array;
  readonly tensor: Tensor;
}

/**
 * Runs a program on ONNX Runtime, on the CPU unless another provider is asked for. Every input and output lives in a buffer made once: ONNX Runtime reads and writes
 * there, so that a call copies nothing; each state has two buffers that swap roles.
 */
export async function createOnnxExecutor(program: Program, provider: OnnxProvider = "cpu"): Promise<Executor> {
  const ort = await loadRuntime();
  const buffer = (shape: Shape): Buffer => {
    const data = new Float32Array(sizeOf(shape));
    return { data, tensor: new ort.Tensor("float32", data, shape) };
  };
  const options = { ...SESSION_OPTIONS, executionProviders: [provider] };
  const session = await ort.InferenceSession.create(
    writeOnnx(program, { runtimeOperators: provider === "cpu" }),
    options,
  );
  return new OnnxExecutor(session, program, buffer, (shape) => {
    const data = new Int32Array(sizeOf(shape));
    return { data, tensor: new ort.Tensor("int32", data, shape) };
  });
}

/**
 * The native library, loaded on first use.
 * @throws RuntimeError executor-unavailable where this machine cannot load it
 */
export async function loadRuntime(
  load: () => Promise<typeof OnnxRuntime> = () => import("onnxruntime-node"),
): Promise<typeof OnnxRuntime> {
  try {
    return await load();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const platform = `${process.platform}-${process.arch}`;
    throw new RuntimeError(
      tensorCatalogue,
      "executor-unavailable",
      { executor: "ONNX Runtime", platform, reason },
      { cause },
    );
  }
}

/** What is wrong with a provider on this machine: `null` where it runs a program of one node. */
export async function onnxProblem(provider: OnnxProvider): Promise<string | null> {
  const graph = new Graph();
  const program = defineProgram(graph, { outputs: { y: exp(graph.input("x", [1])) } });
  try {
    const executor = await createOnnxExecutor(program, provider);
    await executor.run();
    await executor.dispose();
    return null;
  } catch (error) {
    if (error instanceof RuntimeError) return String(error.args["reason"]);
    const reason = error instanceof Error ? error.message.split("\n")[0]! : String(error);
    // What onnxruntime-common says of a provider that the installed build was made without.
    return /no available backend/.test(reason) ? "the installed onnxruntime-node was built without it" : reason;
  }
}

/**
 * Loads any ONNX model as an application would, and lets it go.
 * @returns the names of its inputs and outputs
 * @throws Error where ONNX Runtime refuses it
 */
export async function loadOnnx(
  model: Uint8Array,
): Promise<{ readonly inputs: readonly string[]; readonly outputs: readonly string[] }> {
  const ort = await loadRuntime();
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
  const names = { inputs: [...session.inputNames], outputs: [...session.outputNames] };
  await session.release();
  return names;
}

const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  // One thread: the same sums in the same order on every machine, and a step too small to share.
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: "sequential",
  // Programs come simplified: ONNX Runtime's own passes find nothing worth a measurable share of a call, and take up to
  // ten times as long as all else that building a session does.
  graphOptimizationLevel: "disabled",
  // Errors only: its warnings are about graphs, which no user wrote.
  logSeverityLevel: 3,
};

class OnnxExecutor implements Executor {
  readonly kind = "onnx";
  readonly #session: InferenceSession;
  readonly #inputs = new Map<string, Float32Array>();
  readonly #indices = new Map<string, Int32Array>();
  readonly #outputs = new Map<string, Float32Array>();
  readonly #states = new Map<string, { current: Buffer; next: Buffer }>();
  readonly #feeds: Record<string, Tensor> = {};
  readonly #fetches: Record<string, Tensor> = {};

  constructor(
    session: InferenceSession,
    program: Program,
    buffer: (shape: Shape) => Buffer,
    indexBuffer: (shape: Shape) => { data: Int32Array; tensor: Tensor },
  ) {
    this.#session = session;
    const feed = (port: Port, tensor: Tensor): void => {
      // An input that nothing reads is no input of the session.
      if (session.inputNames.includes(port.name)) this.#feeds[port.name] = tensor;
    };
    for (const port of program.inputs) {
      if (port.dtype === "index") {
        const { data, tensor } = indexBuffer(port.shape);
        this.#indices.set(port.name, data);
        feed(port, tensor);
      } else {
        const { data, tensor } = buffer(port.shape);
        this.#inputs.set(port.name, data);
        feed(port, tensor);
      }
    }
    for (const port of program.outputs) {
      const { data, tensor } = buffer(port.shape);
      this.#outputs.set(port.name, data);
      this.#fetches[port.name] = tensor;
    }
    for (const port of program.states)
      this.#states.set(port.name, { current: buffer(port.shape), next: buffer(port.shape) });
  }

  input(name: string): Float32Array {
    return bufferNamed(this.#inputs, name, "input");
  }
  indices(name: string): Int32Array {
    return bufferNamed(this.#indices, name, "index input");
  }
  output(name: string): Float32Array {
    return bufferNamed(this.#outputs, name, "output");
  }
  state(name: string): Float32Array {
    return bufferNamed(this.#states, name, "state").current.data;
  }

  async run(): Promise<void> {
    for (const [name, { current, next }] of this.#states) {
      this.#feeds[name] = current.tensor;
      this.#fetches[nextName(name)] = next.tensor;
    }
    await this.#session.run(this.#feeds, this.#fetches);
    for (const pair of this.#states.values()) {
      const { current, next } = pair;
      pair.current = next;
      pair.next = current;
    }
  }

  async dispose(): Promise<void> {
    await this.#session.release();
    this.#states.clear();
  }
}
