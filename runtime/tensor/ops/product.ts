import type { Tensor } from "../graph.ts";
import { broadcastShape, shapeText, type Shape, type Window } from "../node.ts";
import { requireFloat } from "./elementwise.ts";

/** `[…, m, k] × […, k, n] → […, m, n]`; the leading axes broadcast against each other. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  requireFloat("matmul", a, b);
  const batch =
    a.shape.length < 2 || b.shape.length < 2 ? null : broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (batch === null || a.shape.at(-1) !== b.shape.at(-2))
    throw new Error(`matmul: ${shapeText(a.shape)} × ${shapeText(b.shape)} do not fit.`);
  const shape = [...batch, a.shape.at(-2)!, b.shape.at(-1)!];
  // Sums of no products.
  if (a.shape.at(-1) === 0) return a.graph.constant(0, shape);
  const left = untransposed(a);
  const right = untransposed(b);
  return a.graph.add(
    { op: "matmul", args: [left.x.id, right.x.id], transposeA: left.flipped, transposeB: right.flipped },
    shape,
    "float",
  );
}

/** The tensor that only its last two axes were exchanged of, if so. */
function untransposed(x: Tensor): { x: Tensor; flipped: boolean } {
  const node = x.graph.node(x);
  const last = x.shape.length - 1;
  const flips =
    node.op === "transpose" &&
    node.order.every((axis, i) => axis === (i === last ? last - 1 : i === last - 1 ? last : i));
  return flips && node.op === "transpose" ? { x: x.graph.tensor(node.args[0]), flipped: true } : { x, flipped: false };
}

export interface ConvOptions {
  /** Steps between outputs, for all spatial axes or each; 1 unless given. */
  readonly stride?: number | readonly number[];
  /** Zeros on both sides, for all spatial axes or each (or before and after each); 0 unless given. */
  readonly padding?: number | readonly (number | readonly [number, number])[];
  /** Steps between the kernel's elements; 1 unless given. */
  readonly dilation?: number | readonly number[];
  /** Parts that the channels are split into, each with its own kernels; 1 unless given. */
  readonly groups?: number;
}

/**
 * Correlation over one or two spatial axes, as `Conv1d` and `Conv2d` of PyTorch.
 * @param x `[n, c, w]` or `[n, c, h, w]`
 * @param kernel `[o, c / groups, …]` with as many spatial axes
 * @returns `[n, o, …]` of `⌊(w + padding − dilation · (k − 1) − 1) / stride⌋ + 1` along each spatial axis
 */
export function conv(x: Tensor, kernel: Tensor, options: ConvOptions = {}): Tensor {
  const window = windowOf("conv", x, kernel, options);
  if (x.shape[1] !== kernel.shape[1]! * window.groups || kernel.shape[0]! % window.groups !== 0)
    throw new Error(`conv: ${shapeText(x.shape)} and kernel ${shapeText(kernel.shape)} do not fit.`);
  return convolve(x, kernel, window);
}

/**
 * The adjoint of `conv` in its input, as `ConvTranspose1d` and `ConvTranspose2d` of PyTorch: learned up-sampling.
 * @param x `[n, o, …]`
 * @param kernel `[o, c / groups, …]`
 * @param extra rows added at the end of each spatial axis, under `stride`
 * @returns `[n, c, …]` of `(w − 1) · stride + dilation · (k − 1) + 1 − padding + extra` along each spatial axis
 */
export function convTranspose(x: Tensor, kernel: Tensor, options: ConvOptions = {}, extra = 0): Tensor {
  const window = windowOf("convTranspose", x, kernel, options);
  if (x.shape[1] !== kernel.shape[0] || x.shape[1]! % window.groups !== 0)
    throw new Error(`convTranspose: ${shapeText(x.shape)} and kernel ${shapeText(kernel.shape)} do not fit.`);
  const spatial = window.stride.map(
    (stride, i) =>
      (x.shape[i + 2]! - 1) * stride +
      window.dilation[i]! * (kernel.shape[i + 2]! - 1) +
      1 -
      window.before[i]! -
      window.after[i]! +
      extra,
  );
  if (window.stride.some((stride) => extra < 0 || (extra > 0 && extra >= stride)))
    throw new Error(`convTranspose: ${extra} extra rows are not within a stride of ${window.stride.join(" × ")}.`);
  return convolveTransposed(x, kernel, window, [x.shape[0]!, kernel.shape[1]! * window.groups, ...spatial]);
}

/** `conv` with its window spelled out. */
export function convolve(x: Tensor, kernel: Tensor, window: Window): Tensor {
  const spatial = window.stride.map((stride, i) => {
    const padded = x.shape[i + 2]! + window.before[i]! + window.after[i]!;
    return Math.floor((padded - window.dilation[i]! * (kernel.shape[i + 2]! - 1) - 1) / stride) + 1;
  });
  if (spatial.some((n) => n < 1))
    throw new Error(
      `conv: the kernel ${shapeText(kernel.shape)} is larger than ${shapeText(x.shape)} with its padding.`,
    );
  const shape = [x.shape[0]!, kernel.shape[0]!, ...spatial];
  return x.graph.add({ op: "conv", args: [x.id, kernel.id], ...window }, shape, "float");
}

/** `convTranspose` with its window and its result's shape spelled out. */
export function convolveTransposed(x: Tensor, kernel: Tensor, window: Window, shape: Shape): Tensor {
  if (shape.slice(2).some((n) => n < 1))
    throw new Error(`convTranspose: nothing of ${shapeText(x.shape)} is left within its padding.`);
  return x.graph.add({ op: "conv_transpose", args: [x.id, kernel.id], ...window }, shape, "float");
}

function windowOf(op: string, x: Tensor, kernel: Tensor, options: ConvOptions): Window {
  requireFloat(op, x, kernel);
  const axes = x.shape.length - 2;
  if (axes < 1 || axes > 2 || kernel.shape.length !== x.shape.length)
    throw new Error(`${op}: needs one or two spatial axes, not ${shapeText(x.shape)} and ${shapeText(kernel.shape)}.`);
  if ([...x.shape, ...kernel.shape].includes(0))
    throw new Error(`${op}: ${shapeText(x.shape)} or the kernel ${shapeText(kernel.shape)} is empty.`);
  const each = (name: string, value: number | readonly number[], least: number): readonly number[] => {
    const numbers = typeof value === "number" ? Array.from({ length: axes }, () => value) : value;
    if (numbers.length !== axes || numbers.some((n) => !Number.isInteger(n) || n < least))
      throw new Error(`${op}: ${name} must be ${axes} whole numbers of at least ${least}, not ${numbers.join(", ")}.`);
    return numbers;
  };
  const { padding = 0, groups = 1 } = options;
  const sides = (side: 0 | 1): number | number[] =>
    typeof padding === "number" ? padding : padding.map((p) => (typeof p === "number" ? p : p[side]));
  return {
    stride: each("stride", options.stride ?? 1, 1),
    dilation: each("dilation", options.dilation ?? 1, 1),
    before: each("padding", sides(0), 0),
    after: each("padding", sides(1), 0),
    groups,
  };
}
