import { bufferNamed } from "./buffers.ts";
import type { Executor } from "./executor.ts";
import { evaluateNode, type Value } from "./kernels.ts";
import { argsOf, sizeOf, type TensorNode } from "./node.ts";
import type { Port, Program } from "./program.ts";

export interface ReferenceOptions {
  /** Rounds every value to float32. */
  readonly round?: boolean;
  /** Sees every value, inputs and states included, each after those that it depends on. */
  readonly observe?: (id: number, node: TensorNode, value: Value) => void;
}

/** Runs a program node by node in float64. */
export class ReferenceExecutor implements Executor {
  readonly kind = "reference";
  readonly #program: Program;
  readonly #inputs: Map<string, Float64Array>;
  readonly #indices: Map<string, Int32Array>;
  readonly #outputs: Map<string, Float64Array>;
  readonly #states: Map<string, Float64Array>;

  readonly #options: ReferenceOptions;

  constructor(program: Program, options: ReferenceOptions = {}) {
    this.#program = program;
    this.#options = options;
    this.#inputs = buffers(program.inputs.filter((port) => port.dtype === "float"));
    this.#indices = new Map(
      program.inputs.filter((p) => p.dtype === "index").map((p) => [p.name, new Int32Array(sizeOf(p.shape))]),
    );
    this.#outputs = buffers(program.outputs);
    this.#states = buffers(program.states);
  }

  input(name: string): Float64Array {
    return bufferNamed(this.#inputs, name, "input");
  }
  indices(name: string): Int32Array {
    return bufferNamed(this.#indices, name, "index input");
  }
  output(name: string): Float64Array {
    return bufferNamed(this.#outputs, name, "output");
  }
  state(name: string): Float64Array {
    return bufferNamed(this.#states, name, "state");
  }

  async run(): Promise<void> {
    const { nodes, order, inputs, states, outputs } = this.#program;
    const values = new Map<number, Value>();
    for (const port of inputs)
      values.set(port.node, {
        shape: port.shape,
        data: port.dtype === "index" ? Float64Array.from(this.indices(port.name)) : this.input(port.name),
      });
    for (const port of states) values.set(port.node, { shape: port.shape, data: this.state(port.name) });
    const { round = false, observe } = this.#options;
    for (const id of order) {
      const node = nodes[id]!;
      if (!values.has(id)) {
        const args = argsOf(node).map((arg) => values.get(arg)!);
        const data = evaluateNode(node, args);
        values.set(id, { shape: node.shape, data: round ? data.map(Math.fround) : data });
      }
      observe?.(id, node, values.get(id)!);
    }
    for (const port of outputs) this.output(port.name).set(values.get(port.node)!.data);
    // A next value may be a view of another state's current one: all are read before any is written.
    const next = states.map((port) => values.get(port.next)!.data.slice());
    states.forEach((port, i) => this.state(port.name).set(next[i]!));
  }

  async dispose(): Promise<void> {
    this.#states.clear();
  }
}

function buffers(ports: readonly Port[]): Map<string, Float64Array> {
  return new Map(ports.map((port) => [port.name, new Float64Array(sizeOf(port.shape))]));
}
