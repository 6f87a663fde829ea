import type { Tensor } from "../../tensor/graph.ts";
import { sizeOf, type Shape } from "../../tensor/node.ts";
import * as ops from "../../tensor/ops.ts";
import type { PredictorShape } from "./spec.ts";

/** The fields of flat inputs, each `[rows, …shape]`. */
export function splitParts(inputs: Tensor, { inputs: parts }: PredictorShape): readonly Tensor[] {
  let from = 0;
  return parts.map(({ shape }) => {
    const to = from + sizeOf(shape);
    const part = ops.reshape(ops.slice(inputs, 1, from, to), [inputs.shape[0]!, ...shape]);
    from = to;
    return part;
  });
}

/**
 * The fields as channels along the axes of the first: those of its shape as they are, every value of the others repeated
 * along them.
 */
export function asChannels(inputs: Tensor, shape: PredictorShape): Tensor {
  const axes = shape.inputs[0]!.shape;
  const rows = inputs.shape[0]!;
  const channels = splitParts(inputs, shape).map((part, i) => {
    const own = shape.inputs[i]!.shape;
    if (sameAxes(own, axes)) return ops.reshape(part, [rows, 1, ...axes]);
    const values = sizeOf(own);
    return ops.broadcast(ops.reshape(part, [rows, values, ...axes.map(() => 1)]), [rows, values, ...axes]);
  });
  return ops.concat(channels, 1);
}

/** Number of channels that `asChannels` gives. */
export function channelCount({ inputs }: PredictorShape): number {
  const axes = inputs[0]!.shape;
  return inputs.reduce((sum, { shape }) => sum + (sameAxes(shape, axes) ? 1 : sizeOf(shape)), 0);
}

function sameAxes(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}
