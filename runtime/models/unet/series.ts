import type { Tensor } from "../../tensor/graph.ts";
import * as ops from "../../tensor/ops.ts";

/**
 * Layers over series of several channels that stand side by side, `[channels, length, rows]`, a column for each row of
 * data. So one product of matrices is the convolution of all rows at once, where rows apart would have as many products
 * with only `length` columns each, and what a tap reads of all rows is one stretch of memory.
 */

/**
 * Correlation along the series, zeros before and after it, as `Conv1d` of PyTorch.
 * @param kernel `[out, in, taps]`, of an odd number of taps
 * @param bias `[out]`
 * @returns `[out, length, rows]`
 */
export function seriesConvolution(x: Tensor, kernel: Tensor, bias: Tensor): Tensor {
  const [out = 1, , taps = 1] = kernel.shape;
  const [, length = 1, rows = 1] = x.shape;
  const y = ops.conv(ops.expandAxis(x, 0), ops.expandAxis(kernel, 3), { padding: [(taps - 1) / 2, 0] });
  return ops.reshape(ops.add(y, ops.reshape(bias, [out, 1, 1])), [out, length, rows]);
}

/**
 * SiLU of the group normalisation (Wu & He 2018), as `GroupNorm` and `SiLU` of PyTorch: each row's channels brought to
 * mean 0 and variance 1 by groups.
 * @param scale `[channels]`
 * @param shift `[channels]`
 */
export function normalisedSilu(x: Tensor, groups: number, scale: Tensor, shift: Tensor, epsilon = 1e-5): Tensor {
  const [channels = 1, length = 1, rows = 1] = x.shape;
  const each = channels / groups;
  const size = each * length;
  const grouped = ops.reshape(x, [groups, size, rows]);
  const centred = ops.sub(grouped, ops.mean(grouped, { axes: [1], keep: true }));
  const variance = ops.mean(ops.square(centred), { axes: [1], keep: true });
  const inverse = ops.reshape(ops.div(1, ops.sqrt(ops.add(variance, epsilon))), [groups, 1, 1, rows]);
  const ofChannels = (t: Tensor): Tensor => ops.reshape(t, [groups, each, 1, 1]);
  const overRows = (t: Tensor): Tensor => ops.reshape(ops.sum(t, { axes: [3] }), [channels]);
  const factor = ops.mul(ofChannels(scale), inverse);
  const deviations = ops.reshape(centred, [groups, each, length, rows]);
  const y = ops.add(ops.mul(deviations, factor), ofChannels(shift));
  const share = ops.sigmoid(y);
  const z = ops.mul(y, share);
  /**
   * With `σ + y σ (1 − σ)` in z itself, and the sums over the series of dy and of dy · (x − μ), which are all that the
   * means over a group and the derivatives in scale and shift need.
   */
  const adjoints = (dz: Tensor): readonly Tensor[] => {
    const dy = ops.mul(dz, ops.add(share, ops.mul(z, ops.sub(1, share))));
    const sums = ops.sum(dy, { axes: [2], keep: true });
    const products = ops.mul(ops.sum(ops.mul(dy, deviations), { axes: [2], keep: true }), inverse);
    const meanOf = (t: Tensor): Tensor =>
      ops.mul(ops.sum(ops.mul(t, ofChannels(scale)), { axes: [1], keep: true }), ops.mul(inverse, 1 / size));
    const alike = meanOf(sums);
    const along = ops.mul(meanOf(products), inverse);
    const dx = ops.sub(ops.sub(ops.mul(dy, factor), ops.mul(deviations, along)), alike);
    return [ops.reshape(dx, grouped.shape), overRows(products), overRows(sums)];
  };
  x.graph.differentiateAs({
    // What the nodes read: a reshape of a reshape is not between.
    inputs: [grouped, scale, shift],
    outputs: [z],
    adjoints: ([dz]) => (dz === null || dz === undefined ? [null, null, null] : adjoints(dz)),
  });
  return ops.reshape(z, x.shape);
}

/** Means of pairs along the series: `[channels, length / 2, rows]`. */
export function meansOfPairs(x: Tensor): Tensor {
  const [channels = 1, length = 1, rows = 1] = x.shape;
  const pairs = ops.reshape(x, [channels, length / 2, 2, rows]);
  const [first, second] = [ops.slice(pairs, 2, 0, 1), ops.slice(pairs, 2, 1, 2)];
  return ops.reshape(ops.mul(ops.add(first, second), 0.5), [channels, length / 2, rows]);
}

/** Each element of the series twice: `[channels, 2 · length, rows]`. */
export function twice(x: Tensor): Tensor {
  const [channels = 1, length = 1, rows = 1] = x.shape;
  const single = ops.expandAxis(x, 2);
  return ops.reshape(ops.concat([single, single], 2), [channels, 2 * length, rows]);
}
