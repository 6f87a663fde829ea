import type { Rank, Tensor4D } from "@tensorflow/tfjs-core";
import type { Shape, Window } from "./node.ts";
import type { TensorFlow, TfjsTensor } from "./tfjs-backend.ts";

type Kernel = (args: readonly TfjsTensor[]) => TfjsTensor;
type Pair = readonly [number, number];

/** A window over two spatial axes; a single axis counts as the second. */
interface Window2 {
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly before: Pair;
  readonly after: Pair;
  readonly groups: number;
}

function pair(values: readonly number[], missing: number): Pair {
  return values.length === 1 ? [missing, values[0]!] : [values[0]!, values[1]!];
}

function planar(window: Window): Window2 {
  const { stride, dilation, before, after, groups } = window;
  if (stride.length > 2) throw new Error(`TensorFlow.js has no convolution over ${stride.length} axes.`);
  return {
    stride: pair(stride, 1),
    dilation: pair(dilation, 1),
    before: pair(before, 0),
    after: pair(after, 0),
    groups,
  };
}

/** `[n, c, …]` → `[n, c, h, w]` */
function image(shape: Shape): [number, number, number, number] {
  const [n = 1, c = 1, ...spatial] = shape;
  return [n, c, ...pair(spatial, 1)];
}

/** Correlation in any window: TensorFlow.js has channels last, no groups, and strides or dilations but not both. */
export function convKernel(tf: TensorFlow, window: Window, shapes: readonly Shape[], shape: Shape): Kernel {
  const { stride, dilation, before, after, groups } = planar(window);
  const both = stride.some((s) => s > 1) && dilation.some((d) => d > 1);
  return ([x, kernel]) => {
    const large = padOrCrop(tf, channelsLast(tf, x!, shapes[0]!), before, after);
    const taps = kernelLast(tf, kernel!, shapes[1]!);
    const parts = eachGroup(tf, groups, large, taps, 3, (part, tap) => {
      if (!both) return tf.conv2d(part, tap, [...stride], "valid", "NHWC", [...dilation]);
      return everyNth(tf, tf.conv2d(part, tap, 1, "valid", "NHWC", [...dilation]), stride);
    });
    return channelsFirst(tf, tf.concat(parts, 3), shape);
  };
}

/** The adjoint of `convKernel` in its first argument. */
export function convTransposeKernel(tf: TensorFlow, window: Window, shapes: readonly Shape[], shape: Shape): Kernel {
  const { stride, dilation, before, after, groups } = planar(window);
  const [, , height, width] = image(shape);
  const padded: Pair = [height + before[0] + after[0], width + before[1] + after[1]];
  const [, perGroup, ...size] = image(shapes[1]!);
  return ([x, kernel]) => {
    const small = channelsLast(tf, x!, shapes[0]!);
    const taps = kernelLast(tf, kernel!, shapes[1]!);
    const parts = eachGroup(tf, groups, small, taps, 3, (part, tap) => {
      if (dilation.every((d) => d === 1)) {
        const target: [number, number, number, number] = [part.shape[0], padded[0], padded[1], perGroup];
        const spread = tf.conv2dTranspose(part, tap, target, [...stride], "valid");
        return padOrCrop(tf, spread, [-before[0], -before[1]], [-after[0], -after[1]]);
      }
      // Zeros between the elements and around them, then the kernel from its far end.
      const apart = spaced(tf, part, stride);
      const reach = size.map((k, i) => dilation[i]! * (k - 1));
      const left: Pair = [reach[0]! - before[0], reach[1]! - before[1]];
      const right: Pair = [height + reach[0]! - left[0] - apart.shape[1], width + reach[1]! - left[1] - apart.shape[2]];
      const flipped = tf.transpose(tf.reverse(tap, [0, 1]), [0, 1, 3, 2]);
      return tf.conv2d(padOrCrop(tf, apart, left, right), flipped, 1, "valid", "NHWC", [...dilation]);
    });
    return channelsFirst(tf, tf.concat(parts, 3), shape);
  };
}

/** `[n, c, …]` → `[n, h, w, c]` */
function channelsLast(tf: TensorFlow, x: TfjsTensor, shape: Shape): Tensor4D {
  return tf.transpose(tf.reshape(x, image(shape)), [0, 2, 3, 1]);
}

function channelsFirst(tf: TensorFlow, x: Tensor4D, shape: Shape): TfjsTensor {
  return tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [...shape]);
}

/** `[o, c, …]` → `[h, w, c, o]` */
function kernelLast(tf: TensorFlow, kernel: TfjsTensor, shape: Shape): Tensor4D {
  return tf.transpose(tf.reshape(kernel, image(shape)), [2, 3, 1, 0]);
}

/** Calls `apply` with each group's channels of the image and its part of the kernel. */
function eachGroup(
  tf: TensorFlow,
  groups: number,
  x: Tensor4D,
  kernel: Tensor4D,
  axis: number,
  apply: (x: Tensor4D, kernel: Tensor4D) => Tensor4D,
): Tensor4D[] {
  if (groups === 1) return [apply(x, kernel)];
  const kernels = tf.split<Tensor4D>(kernel, groups, axis);
  return tf.split<Tensor4D>(x, groups, axis).map((part, g) => apply(part, kernels[g]!));
}

const cut = (amount: number): number => Math.max(0, -amount);
const added = (amount: number): number => Math.max(0, amount);

/** Zeros around an image; a negative number takes rows away. */
function padOrCrop(tf: TensorFlow, x: Tensor4D, before: Pair, after: Pair): Tensor4D {
  const [n, h, w, c] = x.shape;
  const kept = tf.slice4d(
    x,
    [0, cut(before[0]), cut(before[1]), 0],
    [n, h - cut(before[0]) - cut(after[0]), w - cut(before[1]) - cut(after[1]), c],
  );
  if ([...before, ...after].every((amount) => amount <= 0)) return kept;
  return tf.pad(kept, [
    [0, 0],
    [added(before[0]), added(after[0])],
    [added(before[1]), added(after[1])],
    [0, 0],
  ]);
}

/** Every stride-th row and column, from the first. */
function everyNth(tf: TensorFlow, x: Tensor4D, stride: Pair): Tensor4D {
  const [n, h, w, c] = x.shape;
  const kept = tf.stridedSlice(x, [0, 0, 0, 0], [n, h, w, c], [1, stride[0], stride[1], 1]);
  return tf.reshape(kept, [n, Math.ceil(h / stride[0]), Math.ceil(w / stride[1]), c]);
}

/** Rows and columns `stride` apart, with zeros between. */
function spaced(tf: TensorFlow, x: Tensor4D, stride: Pair): Tensor4D {
  const [n, h, w, c] = x.shape;
  const rows = tf.reshape(x, [n, h, 1, w * c]);
  const apart = tf.pad(rows, [
    [0, 0],
    [0, 0],
    [0, stride[0] - 1],
    [0, 0],
  ]);
  const columns = tf.reshape(apart, [n, h * stride[0] * w, 1, c]);
  const both = tf.pad(columns, [
    [0, 0],
    [0, 0],
    [0, stride[1] - 1],
    [0, 0],
  ]);
  const wide = tf.reshape<Rank.R4>(both, [n, h * stride[0], w * stride[1], c]);
  return tf.slice4d(wide, [0, 0, 0, 0], [n, (h - 1) * stride[0] + 1, (w - 1) * stride[1] + 1, c]);
}
