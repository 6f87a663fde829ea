import type { Tensor } from "../../tensor/graph.ts";
import { sizeOf } from "../../tensor/node.ts";
import * as ops from "../../tensor/ops.ts";
import { activate, layoutOf, type ParameterLayout } from "../../tensor/parameters.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { initialNetwork, isOfLayer } from "../neural/network.ts";

/**
 * A masked autoregressive network (Germain et al. 2015): its outputs for variable i read only the variables that come
 * before it, and the context. One network for each layer of a flow.
 */
export interface AutoregressiveSpec {
  /** Sizes of the blocks of variables. A block reads those before it; none reads one after it. */
  readonly blocks: readonly number[];
  /** Context columns, which every output may read. */
  readonly context: number;
  readonly hidden: readonly number[];
  readonly layers: number;
  /** Numbers that each variable's transformation takes. */
  readonly outputs: number;
}

/** Number of variables. */
export function variablesOf({ blocks }: AutoregressiveSpec): number {
  return blocks.reduce((sum, size) => sum + size, 0);
}

/**
 * Position of each variable in the order of a layer, from 1. Every other layer runs through each block from its end, so
 * that all variables of a block come to depend on each other while blocks keep their order.
 */
export function positions({ blocks }: AutoregressiveSpec, layer: number): readonly number[] {
  let start = 0;
  return blocks.flatMap((size) => {
    const block = Array.from({ length: size }, (_, i) => start + (layer % 2 === 0 ? i : size - 1 - i) + 1);
    start += size;
    return block;
  });
}

export function autoregressiveLayout(spec: AutoregressiveSpec): ParameterLayout {
  const n = variablesOf(spec);
  const widths = [n + spec.context, ...spec.hidden, n * spec.outputs];
  return layoutOf(
    Array.from({ length: spec.layers }).flatMap((_, layer) =>
      widths.slice(1).flatMap((width, i) => [
        { name: `flow.${layer}.${i}.weight`, shape: [widths[i]!, width] },
        { name: `flow.${layer}.${i}.bias`, shape: [width] },
      ]),
    ),
  );
}

/**
 * Initial parameters: the last layers give `start` for every variable and vary little around it, so that a flow starts
 * near a chosen map.
 */
export function initialAutoregressive(
  spec: AutoregressiveSpec,
  start: readonly number[],
  stream: RandomStream,
): Float32Array {
  const layout = autoregressiveLayout(spec);
  const flat = initialNetwork(layout, stream);
  for (const { name, shape, offset } of layout.slots) {
    if (!isOfLayer(name, spec.hidden.length)) continue;
    for (let k = 0; k < sizeOf(shape); k++)
      flat[offset + k] = name.endsWith("bias") ? start[k % start.length]! : flat[offset + k]! * SMALL;
  }
  return flat;
}

/** Share of the usual size that the last layers' weights start with. */
const SMALL = 0.1;

/** One layer's network, at the variables or at one of them. */
export interface Conditioner {
  /**
   * @param variables `[variables, rows]`
   * @param contexts `[context, rows]`
   * @returns `[variables, outputs, rows]`
   */
  all(variables: Tensor, contexts: Tensor | null): Tensor;
  /**
   * @param variables `[rows, variables]`
   * @param contexts `[rows, context]`
   * @returns `[rows, outputs]` of one variable
   */
  one(variables: Tensor, contexts: Tensor | null, index: number): Tensor;
}

export function conditioner(spec: AutoregressiveSpec, parameters: readonly Tensor[], layer: number): Conditioner {
  const n = variablesOf(spec);
  const depth = spec.hidden.length;
  const own = parameters.slice(2 * layer * (depth + 1), 2 * (layer + 1) * (depth + 1));
  const order = positions(spec, layer);
  // An input's degree is its position, a context's 0; a hidden unit reads degrees up to its own, an output those below.
  const inputs = [...order, ...Array.from({ length: spec.context }, () => 0)];
  const hidden = (width: number): number[] => Array.from({ length: width }, (_, k) => k % n);
  const degrees = [inputs, ...spec.hidden.map(hidden)];
  // Each variable of a sample asks for them again: a mask has as many entries as its weights.
  const weights: Tensor[] = [];
  const body = (inputs: Tensor): Tensor => {
    let h = inputs;
    for (let i = 0; i < depth; i++) {
      const weight = (weights[i] ??= masked(own[2 * i]!, degrees[i]!, degrees[i + 1]!, false));
      h = activate(ops.add(ops.matmul(h, weight), own[2 * i + 1]!), "silu");
    }
    return h;
  };
  const outputs = order.flatMap((degree) => Array.from({ length: spec.outputs }, () => degree));
  const last = (): Tensor => (weights[depth] ??= masked(own[2 * depth]!, degrees[depth]!, outputs, true));
  const bias = own[2 * depth + 1]!;
  return {
    all(variables, contexts) {
      const inputs = contexts === null ? variables : ops.concat([variables, contexts], 0);
      const h = body(ops.swapAxes(inputs, 0, 1));
      const raw = ops.matmul(ops.swapAxes(last(), 0, 1), ops.swapAxes(h, 0, 1));
      return ops.reshape(ops.add(raw, ops.reshape(bias, [n * spec.outputs, 1])), [n, spec.outputs, h.shape[0]!]);
    },
    one(variables, contexts, index) {
      const [from, to] = [index * spec.outputs, (index + 1) * spec.outputs];
      const weight = ops.slice(last(), 1, from, to);
      const h = body(contexts === null ? variables : ops.concat([variables, contexts], 1));
      return ops.add(ops.matmul(h, weight), ops.slice(bias, 0, from, to));
    },
  };
}

/** The weights whose output may read their input. */
function masked(weight: Tensor, from: readonly number[], to: readonly number[], strict: boolean): Tensor {
  const mask = from.flatMap((degree) => to.map((limit) => ((strict ? degree < limit : degree <= limit) ? 1 : 0)));
  return mask.every((m) => m === 1) ? weight : ops.mul(weight, weight.graph.constant(mask, weight.shape));
}
