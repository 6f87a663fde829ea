import type { Graph, Tensor } from "./graph.ts";
import { sizeOf, type Shape } from "./node.ts";
import * as ops from "./ops.ts";
import type { RandomStream } from "./random.ts";

/** A named parameter in the flat vector that holds them all. */
export interface ParameterSlot {
  readonly name: string;
  readonly shape: Shape;
  readonly offset: number;
}

/**
 * Where each parameter lies in one flat vector. The optimiser then runs one kernel an operation instead of one a tensor,
 * and in small networks the kernels' fixed cost is most of their time.
 */
export interface ParameterLayout {
  readonly slots: readonly ParameterSlot[];
  readonly size: number;
}

/** Slots one after another in the given order. */
export function layoutOf(parameters: readonly { readonly name: string; readonly shape: Shape }[]): ParameterLayout {
  let offset = 0;
  const slots = parameters.map(({ name, shape }) => {
    const slot = { name, shape, offset };
    offset += sizeOf(shape);
    return slot;
  });
  return { slots, size: offset };
}

/** The parameters as tensors, cut out of the flat vector. */
export function unpack(flat: Tensor, layout: ParameterLayout): Tensor[] {
  return layout.slots.map(({ shape, offset }) =>
    ops.reshape(ops.slice(flat, 0, offset, offset + sizeOf(shape)), shape),
  );
}

export type Activation = "relu" | "silu" | "tanh" | "gelu";

const ACTIVATIONS: Readonly<Record<Activation, (x: Tensor) => Tensor>> = {
  relu: ops.relu,
  silu: ops.silu,
  tanh: ops.tanh,
  gelu: ops.gelu,
};

/** Weights `[in, out]` and biases `[out]` of a fully connected network through `widths`. */
export function mlpLayout(widths: readonly number[]): ParameterLayout {
  return layoutOf(
    widths.slice(1).flatMap((width, i) => [
      { name: `layer.${i}.weight`, shape: [widths[i]!, width] },
      { name: `layer.${i}.bias`, shape: [width] },
    ]),
  );
}

/** The network at rows `x` (`[rows, in]`), linear in its last layer. */
export function mlp(x: Tensor, parameters: readonly Tensor[], activation: Activation): Tensor {
  const layers = parameters.length / 2;
  let h = x;
  for (let i = 0; i < layers; i++) {
    h = ops.add(ops.matmul(h, parameters[2 * i]!), parameters[2 * i + 1]!);
    if (i < layers - 1) h = activate(h, activation);
  }
  return h;
}

export function activate(x: Tensor, activation: Activation): Tensor {
  return ACTIVATIONS[activation](x);
}

/** Initial weights and biases of an MLP: uniform in ±1/√(inputs of the layer), as PyTorch's `Linear` has them. */
export function initialMlp(layout: ParameterLayout, stream: RandomStream): Float32Array {
  const flat = new Float32Array(layout.size);
  stream.uniform(flat);
  for (const [i, { offset, shape }] of layout.slots.entries()) {
    const inputs = layout.slots[i - (i % 2)]!.shape[0]!;
    const bound = inputs === 0 ? 0 : 1 / Math.sqrt(inputs);
    for (let k = offset; k < offset + sizeOf(shape); k++) flat[k] = (2 * flat[k]! - 1) * bound;
  }
  return flat;
}

/** Parameters as constants of a graph, from the flat vector that holds them. */
export function constantParameters(graph: Graph, layout: ParameterLayout, flat: Float32Array): Tensor[] {
  return layout.slots.map(({ shape, offset }) => graph.constant(flat.subarray(offset, offset + sizeOf(shape)), shape));
}
