import type { Tensor } from "../graph.ts";
import { shapeText, sizeOf, type ReduceOp } from "../node.ts";
import { abs, add, exp, less, log, mul, neg, requireFloat, stopGradient, sub, where } from "./elementwise.ts";
import { concat, normalAxis, reshape, slice } from "./layout.ts";

export interface ReduceOptions {
  /** All axes unless given; negative axes count from the last. */
  readonly axes?: readonly number[];
  /** Keep the reduced axes with size one. */
  readonly keep?: boolean;
}

/** The axes counted from the first, in order. */
function chosenAxes(op: string, x: Tensor, axes: readonly number[] | undefined): readonly number[] {
  const chosen = (axes ?? x.shape.map((_, i) => i)).map((axis) => normalAxis(x, axis)).sort((a, b) => a - b);
  if (new Set(chosen).size !== chosen.length) throw new Error(`${op}: an axis is given twice.`);
  return chosen;
}

function reduce(op: ReduceOp, x: Tensor, { axes, keep = false }: ReduceOptions): Tensor {
  requireFloat(op, x);
  const chosen = chosenAxes(op, x, axes);
  if (chosen.length === 0) return x;
  if (op === "reduce_max" && chosen.some((axis) => x.shape[axis] === 0))
    throw new Error(
      `reduceMax: nothing is the greatest of none along axis ${chosen.join(", ")} of ${shapeText(x.shape)}.`,
    );
  const shape = keep
    ? x.shape.map((n, i) => (chosen.includes(i) ? 1 : n))
    : x.shape.filter((_, i) => !chosen.includes(i));
  if (sizeOf(x.shape) === 0) return x.graph.constant(0, shape);
  if (chosen.every((axis) => x.shape[axis] === 1)) return reshape(x, shape);
  return x.graph.add({ op, args: [x.id], axes: chosen, keep }, shape, "float");
}

export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  return reduce("sum", x, options);
}
/** Greatest element. The derivative goes to every element that attains it, in equal shares. */
export function reduceMax(x: Tensor, options: ReduceOptions = {}): Tensor {
  return reduce("reduce_max", x, options);
}
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  const total = sum(x, options);
  return mul(total, sizeOf(total.shape) / sizeOf(x.shape));
}

/** Least element. The derivative goes to every element that attains it, in equal shares. */
export function reduceMin(x: Tensor, options: ReduceOptions = {}): Tensor {
  return neg(reduceMax(neg(x), options));
}

/** Product, by halves: its derivative is right where factors are zero too. */
export function prod(x: Tensor, { axes, keep = false }: ReduceOptions = {}): Tensor {
  const chosen = chosenAxes("prod", x, axes);
  let y = x;
  for (const axis of chosen) y = productAlong(y, axis);
  return reshape(y, keep ? y.shape : y.shape.filter((_, i) => !chosen.includes(i)));
}

function productAlong(x: Tensor, axis: number): Tensor {
  const size = x.shape[axis]!;
  if (size === 0)
    return x.graph.constant(
      1,
      x.shape.map((n, i) => (i === axis ? 1 : n)),
    );
  if (size === 1) return x;
  const half = size >> 1;
  const pairs = mul(slice(x, axis, 0, half), slice(x, axis, half, 2 * half));
  return productAlong(size % 2 === 0 ? pairs : concat([pairs, slice(x, axis, size - 1, size)], axis), axis);
}

/** `log Σ exp(x)` without overflow; −∞ where all elements are. */
export function logSumExp(x: Tensor, { axes, keep = false }: ReduceOptions = {}): Tensor {
  const chosen = chosenAxes("logSumExp", x, axes);
  const top = finiteMax(x, chosen);
  const total = add(log(sum(exp(sub(x, top)), { axes: chosen, keep: true })), top);
  return reshape(total, keep ? total.shape : x.shape.filter((_, i) => !chosen.includes(i)));
}

/** The greatest element as a constant to subtract before `exp`, its axes kept; 0 where it is not finite. */
export function finiteMax(x: Tensor, axes: readonly number[]): Tensor {
  const top = stopGradient(reduceMax(x, { axes, keep: true }));
  return where(less(abs(top), Infinity), top, 0);
}

/**
 * Sums of the elements up to each one along `axis`.
 * @param options `exclusive`: without the element itself; `reverse`: from the end
 */
export function cumsum(
  x: Tensor,
  axis = -1,
  { exclusive = false, reverse = false }: { readonly exclusive?: boolean; readonly reverse?: boolean } = {},
): Tensor {
  requireFloat("cumsum", x);
  return x.graph.add({ op: "cumsum", args: [x.id], axis: normalAxis(x, axis), exclusive, reverse }, x.shape, "float");
}
