import { named } from "../../models/neural/network.ts";
import type { Tensor } from "../../tensor/graph.ts";
import { sizeOf } from "../../tensor/node.ts";
import * as ops from "../../tensor/ops.ts";
import { layoutOf } from "../../tensor/parameters.ts";
import type { NetBody } from "./body.ts";
import { asChannels, channelCount } from "./channels.ts";
import type { PredictorShape, PredictorSpec } from "./spec.ts";

/**
 * Convolutions with ReLU along a window (one axis) or over an image (two), padded so that a stride of 1 keeps the length,
 * then fully connected layers on all that they yield.
 */
export function convolutionalNet(spec: Extract<PredictorSpec, { kind: "cnn" }>, shape: PredictorShape): NetBody {
  const { kernel, stride, channels, hidden } = spec;
  const axes = shape.inputs[0]!.shape;
  const from = [channelCount(shape), ...channels];
  const ends = channels.reduce((length) => length.map((n) => Math.floor((n - 1) / stride) + 1), axes);
  const widths = [channels.at(-1)! * sizeOf(ends), ...hidden, shape.outputs];
  const layout = layoutOf([
    ...channels.flatMap((to, i) => [
      { name: `conv.${i}.kernel`, shape: [to, from[i]!, ...axes.map(() => kernel)] },
      { name: `conv.${i}.bias`, shape: [to] },
    ]),
    ...widths.slice(1).flatMap((width, i) => [
      { name: `layer.${i}.weight`, shape: [widths[i]!, width] },
      { name: `layer.${i}.bias`, shape: [width] },
    ]),
  ]);
  // As many zeros on both sides as keep the length where the kernel is odd; one more at the end where it is even.
  const before = Math.floor((kernel - 1) / 2);
  const after = kernel - 1 - before;
  return {
    layout,
    forward(parameters, inputs) {
      const get = named(layout, parameters);
      let h = asChannels(inputs, shape);
      channels.forEach((to, i) => {
        const own = ops.conv(h, get(`conv.${i}.kernel`), {
          stride: axes.map(() => stride),
          padding: axes.map(() => [before, after] as const),
        });
        h = ops.relu(ops.add(own, ops.reshape(get(`conv.${i}.bias`), [1, to, ...axes.map(() => 1)])));
      });
      let flat: Tensor = ops.reshape(h, [h.shape[0]!, sizeOf(h.shape.slice(1))]);
      for (let i = 0; i < widths.length - 1; i++) {
        flat = ops.add(ops.matmul(flat, get(`layer.${i}.weight`)), get(`layer.${i}.bias`));
        if (i < widths.length - 2) flat = ops.relu(flat);
      }
      return flat;
    },
  };
}
