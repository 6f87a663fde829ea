import type { Tensor } from "./graph.ts";
import type { Shape, Window } from "./node.ts";
import * as ops from "./ops.ts";

export function windowOf({ stride, dilation, before, after, groups }: Window): Window {
  return { stride, dilation, before, after, groups };
}

/**
 * Derivative in the kernel of a correlation from `large` [n, c, …] to `small` [n, o, …]: itself a correlation, of the
 * images' channels over their rows, in which stride and dilation change places.
 */
export function kernelGradient(large: Tensor, small: Tensor, window: Window, shape: Shape): Tensor {
  const { groups } = window;
  const [n = 0, c = 0, ...spatial] = large.shape;
  if (isAlongColumns(large.shape, shape, window)) return kernelGradientOfColumns(large, small, window, shape);
  if (groups === 1 && spatial.length === 1 && window.stride[0] === 1 && c >= MANY_CHANNELS)
    return kernelGradientOfTaps(large, small, window, shape);
  // [n, g · k, …] → [k, g · n, …]
  const parts = ops.reshape(large, [n, groups, c / groups, ...spatial]);
  const order = [2, 1, 0, ...spatial.map((_, i) => i + 3)];
  const channels = ops.reshape(ops.transpose(parts, order), [c / groups, groups * n, ...spatial]);
  const turned = { ...window, stride: window.dilation, dilation: window.stride };
  let gradient = ops.convolve(channels, ops.swapAxes(small, 0, 1), turned);
  // What a stride left over at the end gives taps that the kernel does not have.
  shape.forEach((size, axis) => {
    if (axis >= 2) gradient = ops.slice(gradient, axis, 0, size);
  });
  return ops.swapAxes(gradient, 0, 1);
}

/**
 * Whether a correlation goes along the first spatial axis of one image whose second only holds columns side by side: its
 * derivatives are products of matrices with a column for each of them.
 */
function isAlongColumns(large: Shape, kernel: Shape, { stride, before, after, groups }: Window): boolean {
  const [n, , ...spatial] = large;
  const beside = kernel.slice(3).every((taps) => taps === 1);
  const padded = before.slice(1).some((zeros) => zeros > 0) || after.slice(1).some((zeros) => zeros > 0);
  return n === 1 && groups === 1 && spatial.length === 2 && stride.every((step) => step === 1) && beside && !padded;
}

/** `[c, length, columns]` read from `offset` on, zeros where there is nothing to read. */
function readFrom(x: Tensor, offset: number, length: number): Tensor {
  const size = x.shape[1]!;
  const start = Math.min(size, Math.max(0, offset));
  const end = Math.max(start, Math.min(size, offset + length));
  if (start === end) return ops.broadcast(x.graph.constant(0), [x.shape[0]!, length, x.shape[2]!]);
  const before = Math.min(length, Math.max(0, -offset));
  return ops.pad(ops.slice(x, 1, start, end), 1, before, length - before - (end - start));
}

/** Of the kernel, `[o, c, taps, 1]`: the product of `small` with what each tap reads, channel by channel. */
function kernelGradientOfColumns(large: Tensor, small: Tensor, { before, dilation }: Window, shape: Shape): Tensor {
  const [, c = 0, size = 0, columns = 0] = large.shape;
  const [, o = 0, length = 0] = small.shape;
  const taps = shape[2]!;
  const image = ops.reshape(large, [c, size, columns]);
  const read = Array.from({ length: taps }, (_, k) => readFrom(image, k * dilation[0]! - before[0]!, length));
  const all = ops.reshape(ops.stack(read, 1), [c * taps, length * columns]);
  return ops.reshape(ops.matmul(ops.reshape(small, [o, length * columns]), ops.transpose(all)), shape);
}

/** Derivative of a correlation in its image, of `shape`. */
export function imageGradient(dy: Tensor, kernel: Tensor, window: Window, shape: Shape): Tensor {
  if (!isAlongColumns(shape, kernel.shape, window)) return ops.convolveTransposed(dy, kernel, window, shape);
  const { before, dilation } = window;
  const [o = 0, c = 0, taps = 0] = kernel.shape;
  const [, , size = 0, columns = 0] = shape;
  const image = ops.reshape(dy, [o, dy.shape[2]!, columns]);
  const read = Array.from({ length: taps }, (_, k) => readFrom(image, before[0]! - k * dilation[0]!, size));
  const weights = ops.reshape(ops.transpose(ops.reshape(kernel, [o, c * taps])), [c, taps * o]);
  const all = ops.reshape(ops.concat(read, 0), [taps * o, size * columns]);
  return ops.reshape(ops.matmul(weights, all), shape);
}

/**
 * Channels from which on the kernel's derivative along one axis is one product: as a correlation it would be one with as
 * many columns as the kernel has taps, too few for ONNX Runtime (three times the time, with 16 channels to 32).
 */
const MANY_CHANNELS = 4;

/** The same along one axis with a stride of 1: one product of `small` with the images that each tap reads. */
function kernelGradientOfTaps(large: Tensor, small: Tensor, { before, after, dilation }: Window, shape: Shape): Tensor {
  const [o = 0, c = 0, taps = 0] = shape;
  const [n = 0, , length = 0] = small.shape;
  const images = ops.pad(ops.swapAxes(large, 0, 1), 2, before[0]!, after[0]!);
  const read = Array.from({ length: taps }, (_, k) => {
    const start = k * dilation[0]!;
    return ops.reshape(ops.slice(images, 2, start, start + length), [c, n * length]);
  });
  const product = ops.matmul(
    ops.reshape(ops.swapAxes(small, 0, 1), [o, n * length]),
    ops.transpose(ops.concat(read, 0)),
  );
  return ops.swapAxes(ops.reshape(product, [o, taps, c]), 1, 2);
}
