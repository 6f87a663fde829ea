import type { Tensor } from "../../tensor/graph.ts";
import { sizeOf } from "../../tensor/node.ts";
import * as ops from "../../tensor/ops.ts";
import { activate, mlp, type Activation, type ParameterLayout } from "../../tensor/parameters.ts";
import type { RandomStream } from "../../tensor/random.ts";

/** The parameters of a layout by name. */
export function named(layout: ParameterLayout, parameters: readonly Tensor[]): (name: string) => Tensor {
  const byName = new Map(layout.slots.map(({ name }, i) => [name, parameters[i]!]));
  return (name) => {
    const found = byName.get(name);
    if (found === undefined) throw new Error(`The network has no parameter ${name}.`);
    return found;
  };
}

/**
 * Initial parameters by what their names end in: `scale` 1, `shift` 0, `weight` (`[in, out]`), `kernel` (`[out, in, k]`)
 * and the `bias` that follows either uniform in ±1/√(inputs), as PyTorch's `Linear` and `Conv1d` have them.
 */
export function initialNetwork(layout: ParameterLayout, stream: RandomStream): Float32Array {
  const flat = new Float32Array(layout.size);
  stream.uniform(flat);
  let bound = 0;
  for (const { name, shape, offset } of layout.slots) {
    const part = flat.subarray(offset, offset + sizeOf(shape));
    if (name.endsWith("scale")) part.fill(1);
    else if (name.endsWith("shift")) part.fill(0);
    else {
      const inputs = name.endsWith("kernel") ? sizeOf(shape.slice(1)) : shape[0]!;
      if (!name.endsWith("bias")) bound = inputs === 0 ? 0 : 1 / Math.sqrt(inputs);
      for (let i = 0; i < part.length; i++) part[i] = (2 * part[i]! - 1) * bound;
    }
  }
  return flat;
}

/** Whether a parameter belongs to layer `index` of its network: `flow.1.0.weight` is of layer 0 of the network `flow.1`. */
export function isOfLayer(name: string, index: number): boolean {
  return name.endsWith(`.${index}.weight`) || name.endsWith(`.${index}.bias`);
}

/**
 * A fully connected network on several inputs side by side, of which some may have one row for all: a part's share of
 * the first layer is then computed once.
 */
export function mlpOf(parts: readonly Tensor[], parameters: readonly Tensor[], activation: Activation): Tensor {
  const rows = Math.max(...parts.map((part) => part.shape[0]!));
  if (parts.every((part) => part.shape[0] === rows)) return mlp(ops.concat(parts, 1), parameters, activation);
  const [weight, bias, ...rest] = parameters;
  let from = 0;
  let h = bias!;
  for (const part of parts) {
    const to = from + part.shape[1]!;
    h = ops.add(ops.matmul(part, ops.slice(weight!, 0, from, to)), h);
    from = to;
  }
  return rest.length === 0 ? h : mlp(activate(h, activation), rest, activation);
}

/** Frequencies of the level's features. */
const OCTAVES = 6;

/** Columns of `levelFeatures`. */
export const LEVEL_FEATURES = 2 * OCTAVES;

/**
 * Sines and cosines of a noise level or time in [0, 1] at octaves from a quarter of a wave on.
 * @param level `[rows, 1]`
 * @returns `[rows, LEVEL_FEATURES]`
 */
export function levelFeatures(level: Tensor): Tensor {
  const octaves = Array.from({ length: OCTAVES }, (_, k) => (Math.PI / 2) * 2 ** k);
  const angles = ops.mul(level, level.graph.constant(octaves, [1, OCTAVES]));
  return ops.concat([ops.sin(angles), ops.cos(angles)], 1);
}
