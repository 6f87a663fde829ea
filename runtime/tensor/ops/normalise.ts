import type { Tensor } from "../graph.ts";
import { shapeText, sizeOf } from "../node.ts";
import { add, div, exp, mul, sqrt, square, sub } from "./elementwise.ts";
import { normalAxis, reshape } from "./layout.ts";
import { finiteMax, logSumExp, mean, sum } from "./reduce.ts";

/** `exp(x) / Σ exp(x)` along `axis`. */
export function softmax(x: Tensor, axis = -1): Tensor {
  const axes = [normalAxis(x, axis)];
  const e = exp(sub(x, finiteMax(x, axes)));
  return div(e, sum(e, { axes, keep: true }));
}

/** `x − log Σ exp(x)` along `axis`. */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  return sub(x, logSumExp(x, { axes: [axis], keep: true }));
}

/**
 * Elements brought to mean 0 and variance 1 over the last axis (Ba et al. 2016), then scaled and shifted.
 * @param scale as long as the last axis
 * @param shift as long as the last axis
 */
export function layerNorm(x: Tensor, scale: Tensor, shift: Tensor, epsilon = 1e-5): Tensor {
  return add(mul(standardised(x, [-1], epsilon), scale), shift);
}

/**
 * Group normalisation (Wu & He 2018): each row's channels brought to mean 0 and variance 1 by groups.
 * @param x `[n, c, …]`
 * @param scale `[c]`
 * @param shift `[c]`
 */
export function groupNorm(x: Tensor, groups: number, scale: Tensor, shift: Tensor, epsilon = 1e-5): Tensor {
  const [n = 1, c = 1, ...spatial] = x.shape;
  if (x.shape.length < 2 || c % groups !== 0)
    throw new Error(`groupNorm: the channels of ${shapeText(x.shape)} do not split into ${groups} groups.`);
  const grouped = standardised(reshape(x, [n, groups, (c / groups) * sizeOf(spatial)]), [2], epsilon);
  const perChannel = (t: Tensor): Tensor => reshape(t, [c, ...spatial.map(() => 1)]);
  return add(mul(reshape(grouped, x.shape), perChannel(scale)), perChannel(shift));
}

function standardised(x: Tensor, axes: readonly number[], epsilon: number): Tensor {
  const centered = sub(x, mean(x, { axes, keep: true }));
  return div(centered, sqrt(add(mean(square(centered), { axes, keep: true }), epsilon)));
}
