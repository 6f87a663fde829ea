import { bufferNamed } from "./buffers.ts";
import type { Executor } from "./executor.ts";
import { argsOf, sizeOf, type DType } from "./node.ts";
import type { Port, Program } from "./program.ts";
import { loadTensorFlow, type LoadedTensorFlow, type TfjsBackend, type TfjsTensor } from "./tfjs-backend.ts";
import { tfjsKernel, type TfjsKernel } from "./tfjs-kernels.ts";

const DTYPE = { float: "float32", index: "int32", bool: "bool" } as const satisfies Record<DType, string>;

/** Runs a program on TensorFlow.js, node by node in float32. */
export async function createTfjsExecutor(program: Program, backend: TfjsBackend): Promise<Executor> {
  return new TfjsExecutor(program, await loadTensorFlow(backend));
}

interface Step {
  readonly id: number;
  readonly args: readonly number[];
  readonly kernel: TfjsKernel;
  /** Values that no later step and no port reads. */
  readonly finished: readonly number[];
}

/**
 * States stay on the device from call to call: they are read back when `state` is asked for and sent again at the next
 * call, since the caller may have written to what it got.
 */
class TfjsExecutor implements Executor {
  readonly kind = "tfjs";
  readonly #program: Program;
  readonly #loaded: LoadedTensorFlow;
  readonly #steps: readonly Step[];
  readonly #constants = new Map<number, TfjsTensor>();
  readonly #inputs: Map<string, Float32Array>;
  readonly #indices: Map<string, Int32Array>;
  readonly #outputs: Map<string, Float32Array>;
  readonly #states: Map<string, Float32Array>;
  /** The states that the device has newer values of than `#states`. */
  readonly #onDevice = new Map<string, TfjsTensor>();

  constructor(program: Program, loaded: LoadedTensorFlow) {
    this.#program = program;
    this.#loaded = loaded;
    this.#inputs = buffers(program.inputs.filter((port) => port.dtype === "float"));
    this.#indices = new Map(
      program.inputs.filter((p) => p.dtype === "index").map((p) => [p.name, new Int32Array(sizeOf(p.shape))]),
    );
    this.#outputs = buffers(program.outputs);
    this.#states = buffers(program.states);
    for (const id of program.order) {
      const node = program.nodes[id]!;
      if (node.op === "constant")
        this.#constants.set(id, loaded.tf.tensor(Float32Array.from(node.value), [...node.shape]));
    }
    this.#steps = stepsOf(program, loaded);
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
    const buffer = bufferNamed(this.#states, name, "state");
    const newer = this.#onDevice.get(name);
    if (newer !== undefined) {
      buffer.set(newer.dataSync<"float32">());
      newer.dispose();
      this.#onDevice.delete(name);
    }
    return buffer;
  }

  async run(): Promise<void> {
    const { tf, backend } = this.#loaded;
    if (tf.getBackend() !== backend) await tf.setBackend(backend);
    const { outputs, states } = tf.tidy(() => this.#compute());
    for (const tensor of this.#onDevice.values()) tensor.dispose();
    this.#program.states.forEach(({ name }, i) => this.#onDevice.set(name, states[i]!));
    for (const [i, { name }] of this.#program.outputs.entries()) {
      this.output(name).set(await outputs[i]!.data<"float32">());
      outputs[i]!.dispose();
    }
  }

  #compute(): { readonly outputs: TfjsTensor[]; readonly states: TfjsTensor[] } {
    const { tf } = this.#loaded;
    const values = new Map(this.#constants);
    // Copied: a backend may read the buffer later, when the caller has filled it anew.
    for (const { name, node, shape, dtype } of this.#program.inputs) {
      const data = dtype === "index" ? this.indices(name) : this.input(name);
      values.set(node, tf.tensor(data.slice(), [...shape], DTYPE[dtype]));
    }
    for (const { name, node, shape } of this.#program.states)
      values.set(node, this.#onDevice.get(name) ?? tf.tensor(this.state(name).slice(), [...shape], "float32"));
    for (const { id, args, kernel, finished } of this.#steps) {
      values.set(id, kernel(args.map((arg) => values.get(arg)!)));
      for (const done of finished) values.get(done)!.dispose();
    }
    // Clones: one value may be several ports, and a port may be an input or a constant, which live on.
    return {
      outputs: this.#program.outputs.map((port) => tf.clone(values.get(port.node)!)),
      states: this.#program.states.map((port) => tf.clone(values.get(port.next)!)),
    };
  }

  async dispose(): Promise<void> {
    for (const tensor of [...this.#constants.values(), ...this.#onDevice.values()]) tensor.dispose();
    this.#constants.clear();
    this.#onDevice.clear();
    this.#states.clear();
  }
}

/** The nodes that compute, in order, each with the intermediate values that it is the last to read. */
function stepsOf(program: Program, { tf }: LoadedTensorFlow): Step[] {
  const { nodes, order, inputs, states, outputs } = program;
  const kept = new Set([
    ...[...inputs, ...states, ...outputs].map((port) => port.node),
    ...states.map((port) => port.next),
    ...order.filter((id) => nodes[id]!.op === "constant"),
  ]);
  const lastReader = new Map<number, number>();
  for (const id of order) for (const arg of argsOf(nodes[id]!)) lastReader.set(arg, id);
  return order
    .filter((id) => nodes[id]!.op !== "constant" && nodes[id]!.op !== "input")
    .map((id) => {
      const node = nodes[id]!;
      const args = argsOf(node);
      const shapes = args.map((arg) => nodes[arg]!.shape);
      const finished = [...new Set(args)].filter((arg) => !kept.has(arg) && lastReader.get(arg) === id);
      return { id, args, kernel: tfjsKernel(tf, node, shapes), finished };
    });
}

function buffers(ports: readonly Port[]): Map<string, Float32Array> {
  return new Map(ports.map((port) => [port.name, new Float32Array(sizeOf(port.shape))]));
}
