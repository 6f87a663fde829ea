import type { NoiseNetSpec } from "../../spec.ts";
import type { Tensor } from "../../tensor/graph.ts";
import { mlpLayout, type ParameterLayout } from "../../tensor/parameters.ts";
import { unet, unetLayout } from "../unet/unet.ts";
import type { ModelSizes } from "./definition.ts";
import { LEVEL_FEATURES, levelFeatures, mlpOf } from "./network.ts";

/** Parameters of a network that predicts the noise in a state, given the noise's level and the context. */
export function noiseNetLayout(net: NoiseNetSpec, { context, outcome }: ModelSizes): ParameterLayout {
  return net.kind === "mlp"
    ? mlpLayout([outcome + LEVEL_FEATURES + context, ...net.hidden, outcome])
    : unetLayout(net.channels, LEVEL_FEATURES + context);
}

/**
 * The noise in rows of states.
 * @param state `[rows, d]`
 * @param level `[rows, 1]`, or `[1, 1]` for one level of all rows, in [0, 1]
 * @param contexts `[rows, p]`, or `null` for p = 0
 * @returns `[rows, d]`
 */
export function noiseNet(
  net: NoiseNetSpec,
  layout: ParameterLayout,
  parameters: readonly Tensor[],
  state: Tensor,
  level: Tensor,
  contexts: Tensor | null,
): Tensor {
  const features = levelFeatures(level);
  const condition = contexts === null ? [features] : [features, contexts];
  return net.kind === "mlp"
    ? mlpOf([state, ...condition], parameters, "silu")
    : unet(net.channels, layout, parameters, state, condition);
}
