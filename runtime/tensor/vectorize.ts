import { Graph, type Tensor } from "./graph.ts";
import { argsOf, sizeOf, type Operation, type Shape, type TensorNode } from "./node.ts";
import * as ops from "./ops.ts";
import { defineProgram, type Port, type Program } from "./program.ts";

export interface VectorizeOptions {
  /** Inputs that all members read alike; the others, the states and the outputs get a leading axis of members. */
  readonly shared?: readonly string[];
}

/** A value of the new program: with a leading axis of members, or one for all of them. */
interface Batched {
  readonly tensor: Tensor;
  readonly mapped: boolean;
}

/**
 * `count` copies of a program as one: inputs that are not shared, states and outputs have a new first axis, and member i
 * computes what the program would from slice i. What depends on shared inputs alone is computed once.
 * @throws Error where `shared` names no input
 */
export function vectorize(program: Program, count: number, { shared = [] }: VectorizeOptions = {}): Program {
  if (!Number.isInteger(count) || count < 1) throw new Error(`A program has at least one member, not ${count}.`);
  for (const name of shared)
    if (!program.inputs.some((port) => port.name === name)) throw new Error(`The program has no input named ${name}.`);
  const graph = new Graph();
  const values = new Map<number, Batched>();
  const declare = (port: Port, mapped: boolean): void => {
    const shape = mapped ? [count, ...port.shape] : port.shape;
    values.set(port.node, { tensor: graph.input(port.name, shape, port.dtype), mapped });
  };
  for (const port of program.inputs) declare(port, !shared.includes(port.name));
  for (const port of program.states) declare(port, true);
  const batch = new Batcher(graph, count);
  for (const id of program.order) {
    if (values.has(id)) continue;
    const node = program.nodes[id]!;
    const args = argsOf(node).map((arg) => values.get(arg)!);
    values.set(
      id,
      graph.labelled(node.label, () => batch.node(node, args)),
    );
  }
  const whole = (id: number): Tensor => batch.mapped(values.get(id)!);
  return defineProgram(graph, {
    outputs: Object.fromEntries(program.outputs.map((port) => [port.name, whole(port.node)])),
    states: program.states.map((port) => ({ current: whole(port.node), next: whole(port.next) })),
  });
}

/** The rule of each operation: how it is computed for all members at once. */
class Batcher {
  readonly #graph: Graph;
  readonly #count: number;

  constructor(graph: Graph, count: number) {
    this.#graph = graph;
    this.#count = count;
  }

  node(node: TensorNode, args: readonly Batched[]): Batched {
    if (args.every((arg) => !arg.mapped)) {
      const ids = args.map((arg) => arg.tensor.id);
      return { tensor: this.#graph.add(withArgs(node, ids), node.shape, node.dtype), mapped: false };
    }
    return { tensor: this.#batched(node, args), mapped: true };
  }

  /** The value with its axis of members. */
  mapped({ tensor, mapped }: Batched): Tensor {
    return mapped ? tensor : ops.broadcast(tensor, [this.#count, ...tensor.shape]);
  }

  /** A mapped value with axes of size one after the members, so that it broadcasts as a member of rank `rank` would. */
  #aligned({ tensor, mapped }: Batched, rank: number): Tensor {
    if (!mapped) return tensor;
    const own = tensor.shape.slice(1);
    return ops.reshape(tensor, [this.#count, ...ones(rank - own.length), ...own]);
  }

  #batched(node: TensorNode, args: readonly Batched[]): Tensor {
    const shape = [this.#count, ...node.shape];
    const all = args.map((arg) => this.mapped(arg));
    const x = all[0]!;
    switch (node.op) {
      case "input":
      case "constant":
        throw new Error(`${node.op} has no arguments.`);
      case "reshape":
        return ops.reshape(x, shape);
      case "broadcast":
        return ops.broadcast(this.#aligned(args[0]!, node.shape.length), shape);
      case "transpose":
        return ops.transpose(x, [0, ...node.order.map((axis) => axis + 1)]);
      case "sum":
        return ops.sum(x, { axes: node.axes.map((axis) => axis + 1), keep: node.keep });
      case "reduce_max":
        return ops.reduceMax(x, { axes: node.axes.map((axis) => axis + 1), keep: node.keep });
      case "concat":
        return ops.concat(all, node.axis + 1);
      case "slice":
        return ops.slice(x, node.axis + 1, node.start, node.end);
      case "pad":
        return ops.pad(x, node.axis + 1, node.before, node.after);
      case "cumsum":
        return ops.cumsum(x, node.axis + 1, node);
      case "top_k":
        return ops.topKIndices(x, node.k, node.axis + 1, node.largest);
      case "matmul":
        return this.#matmul(node, args);
      case "conv":
      case "conv_transpose":
        return this.#conv(node, args);
      case "gather":
        return this.#gather(node, args);
      case "scatter_add":
        if (!args[1]!.mapped) return ops.scatterAdd(x, args[1]!.tensor, node.shape[0]!, 1);
        return ops.scatterElements(x, this.#spread(args[1]!.tensor, x.shape, 1), 1, node.shape[0]!);
      case "gather_elements":
        return ops.gatherElements(x, all[1]!, node.axis + 1);
      case "scatter_elements":
        return ops.scatterElements(x, all[1]!, node.axis + 1, node.shape[node.axis]!);
      default: {
        // Element by element: a value that all members share broadcasts as it is.
        const ids = args.map((arg) => this.#aligned(arg, node.shape.length).id);
        return this.#graph.add(withArgs(node, ids), shape, node.dtype);
      }
    }
  }

  #matmul(node: TensorNode & { readonly op: "matmul" }, args: readonly Batched[]): Tensor {
    const [a, b] = args as readonly [Batched, Batched];
    const [m, n] = [node.shape.at(-2)!, node.shape.at(-1)!];
    if (!b.mapped && b.tensor.shape.length === 2 && !node.transposeA) {
      // One matrix for all members: their rows one below the other.
      const rows = ops.reshape(a.tensor, [sizeOf(a.tensor.shape.slice(0, -1)), a.tensor.shape.at(-1)!]);
      const product = ops.matmul(rows, node.transposeB ? ops.transpose(b.tensor) : b.tensor);
      return ops.reshape(product, [this.#count, ...node.shape.slice(0, -2), m, n]);
    }
    const operand = (arg: Batched, flipped: boolean): Tensor => {
      const tensor = this.#aligned(arg, node.shape.length);
      return flipped ? ops.swapAxes(tensor, -1, -2) : tensor;
    };
    return ops.matmul(operand(a, node.transposeA), operand(b, node.transposeB));
  }

  #conv(node: TensorNode & { readonly op: "conv" | "conv_transpose" }, args: readonly Batched[]): Tensor {
    const [x, kernel] = args as readonly [Batched, Batched];
    const { stride, dilation, before, after, groups } = node;
    const window = { stride, dilation, before, after, groups };
    const apply = (input: Tensor, weights: Tensor, parts: number, shape: Shape): Tensor =>
      node.op === "conv"
        ? ops.convolve(input, weights, { ...window, groups: parts })
        : ops.convolveTransposed(input, weights, { ...window, groups: parts }, shape);
    const g = this.#count;
    const [n = 0, channels = 0, ...spatial] = node.shape;
    if (!kernel.mapped) {
      const [, rows = 0, ...rest] = x.tensor.shape;
      const images = ops.reshape(x.tensor, [g * rows, ...rest]);
      return ops.reshape(apply(images, kernel.tensor, groups, [g * n, channels, ...spatial]), [g, ...node.shape]);
    }
    // Members are groups of channels, each with its kernels.
    const input = ops.swapAxes(this.mapped(x), 0, 1);
    const [rows = 0, , c = 0, ...rest] = input.shape;
    const [, o = 0, ...taps] = kernel.tensor.shape;
    const result = apply(
      ops.reshape(input, [rows, g * c, ...rest]),
      ops.reshape(kernel.tensor, [g * o, ...taps]),
      g * groups,
      [n, g * channels, ...spatial],
    );
    return ops.swapAxes(ops.reshape(result, [n, g, channels, ...spatial]), 0, 1);
  }

  #gather(node: TensorNode & { readonly op: "gather" }, args: readonly Batched[]): Tensor {
    const [x, indices] = args as readonly [Batched, Batched];
    if (!indices.mapped) return ops.gather(x.tensor, indices.tensor, node.axis + 1);
    const table = this.mapped(x);
    const shape = [this.#count, ...node.shape];
    return ops.gatherElements(table, this.#spread(indices.tensor, shape, node.axis + 1), node.axis + 1);
  }

  /** Indices `[members, k]` repeated over the axes of `shape` other than the first and `axis`. */
  #spread(indices: Tensor, shape: Shape, axis: number): Tensor {
    const [members = 0, k = 0] = indices.shape;
    const single = shape.map((_, i) => (i === 0 ? members : i === axis ? k : 1));
    return ops.broadcast(
      ops.reshape(indices, single),
      shape.map((n, i) => (i === axis ? k : n)),
    );
  }
}

function withArgs(node: TensorNode, args: readonly number[]): Operation {
  const { shape: _shape, dtype: _dtype, label: _label, ...operation } = node;
  return "args" in operation ? replaceArgs(operation, args) : operation;
}

function replaceArgs<O extends Extract<Operation, { readonly args: readonly number[] }>>(
  operation: O,
  args: readonly number[],
): O {
  return { ...operation, args };
}

function ones(count: number): number[] {
  return Array.from({ length: count }, () => 1);
}
