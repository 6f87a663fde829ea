import { named } from "../../models/neural/network.ts";
import { sizeOf } from "../../tensor/node.ts";
import * as ops from "../../tensor/ops.ts";
import { layoutOf } from "../../tensor/parameters.ts";
import type { NetBody } from "./body.ts";
import { asChannels, channelCount } from "./channels.ts";
import type { PredictorShape } from "./spec.ts";

/**
 * Stacked LSTM layers over a window, and an affine layer on the last step of the last one (001 App. D). Fields that are
 * not windows of the same length stand beside every step.
 */
export function lstmNet(layers: readonly number[], shape: PredictorShape): NetBody {
  const { outputs } = shape;
  const widths = [channelCount(shape), ...layers];
  const layout = layoutOf([
    ...layers.flatMap((hidden, i) => [
      { name: `lstm.${i}.input`, shape: [widths[i]!, 4 * hidden] },
      { name: `lstm.${i}.recurrent`, shape: [hidden, 4 * hidden] },
      { name: `lstm.${i}.gates`, shape: [4 * hidden] },
    ]),
    { name: "head.weight", shape: [widths.at(-1)!, outputs] },
    { name: "head.bias", shape: [outputs] },
  ]);
  return {
    layout,
    // Uniform in ±1/√hidden, as PyTorch's `LSTM` and the `Linear` after it have them.
    initial(stream) {
      const flat = new Float32Array(layout.size);
      stream.uniform(flat);
      for (const { name, shape: own, offset } of layout.slots) {
        const layer = /^lstm\.(\d+)/.exec(name)?.[1];
        const hidden = layer === undefined ? layers.at(-1)! : layers[Number(layer)]!;
        for (let k = offset; k < offset + sizeOf(own); k++) flat[k] = (2 * flat[k]! - 1) / Math.sqrt(hidden);
      }
      return flat;
    },
    forward(parameters, inputs) {
      const get = named(layout, parameters);
      // [rows, channels, time] → [time, channels, rows]
      let steps = ops.stepsOf(ops.transpose(asChannels(inputs, shape), [2, 1, 0]));
      layers.forEach((_, i) => {
        steps = ops.lstmSteps(steps, {
          input: get(`lstm.${i}.input`),
          recurrent: get(`lstm.${i}.recurrent`),
          bias: get(`lstm.${i}.gates`),
        });
      });
      const last = ops.transpose(steps.at(-1)!);
      return ops.add(ops.matmul(last, get("head.weight")), get("head.bias"));
    },
  };
}
