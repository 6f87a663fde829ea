import type { Tensor } from "../graph.ts";
import { broadcastShape, sameShape, shapeText, sizeOf, type Shape } from "../node.ts";

/** Repeats along new leading axes and axes of size one. */
export function broadcast(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const joint = broadcastShape(x.shape, shape);
  if (joint === null || !sameShape(joint, shape))
    throw new Error(`broadcast: ${shapeText(x.shape)} does not repeat to ${shapeText(shape)}.`);
  return x.graph.add({ op: "broadcast", args: [x.id] }, shape, x.dtype);
}

/** The same elements in row-major order under another shape. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (sizeOf(shape) !== sizeOf(x.shape))
    throw new Error(`reshape: ${shapeText(x.shape)} does not have as many elements as ${shapeText(shape)}.`);
  const node = x.graph.node(x);
  if (node.op === "reshape") return reshape(x.graph.tensor(node.args[0]), shape);
  return x.graph.add({ op: "reshape", args: [x.id] }, shape, x.dtype);
}

/** Output axis i is input axis `order[i]`; the axes reversed unless given. */
export function transpose(x: Tensor, order: readonly number[] = x.shape.map((_, i) => x.shape.length - 1 - i)): Tensor {
  if (order.length !== x.shape.length || [...order].sort((a, b) => a - b).some((axis, i) => axis !== i))
    throw new Error(`transpose: [${order.join(", ")}] is no order of the axes of ${shapeText(x.shape)}.`);
  if (order.every((axis, i) => axis === i)) return x;
  const shape = order.map((axis) => x.shape[axis]!);
  return x.graph.add({ op: "transpose", args: [x.id], order }, shape, x.dtype);
}

/** Two axes exchanged. */
export function swapAxes(x: Tensor, a: number, b: number): Tensor {
  const first = normalAxis(x, a);
  const second = normalAxis(x, b);
  return transpose(
    x,
    x.shape.map((_, i) => (i === first ? second : i === second ? first : i)),
  );
}

/** A new axis of size one before axis `axis`; −1 puts it last. */
export function expandAxis(x: Tensor, axis: number): Tensor {
  const at = axis < 0 ? axis + x.shape.length + 1 : axis;
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}

/** Tensors of one shape along a new axis. */
export function stack(parts: readonly Tensor[], axis = 0): Tensor {
  return concat(
    parts.map((part) => expandAxis(part, axis)),
    axis,
  );
}

/** Joins along `axis`; the other axes must agree. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const first = parts[0];
  if (first === undefined) throw new Error("concat needs at least one tensor.");
  const along = normalAxis(first, axis);
  for (const part of parts)
    if (part.shape.length !== first.shape.length || part.shape.some((n, i) => i !== along && n !== first.shape[i]))
      throw new Error(`concat: ${shapeText(part.shape)} does not join ${shapeText(first.shape)} along axis ${along}.`);
  const filled = parts.filter((part) => part.shape[along]! > 0);
  if (filled.length === 1) return filled[0]!;
  if (filled.length === 0) return first;
  const shape = first.shape.map((n, i) => (i === along ? parts.reduce((total, p) => total + p.shape[along]!, 0) : n));
  return first.graph.add({ op: "concat", args: filled.map((part) => part.id), axis: along }, shape, first.dtype);
}

/** Elements `start … end − 1` along `axis`. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  const along = normalAxis(x, axis);
  const size = x.shape[along]!;
  if (start < 0 || end > size || start > end)
    throw new Error(`slice: ${start} … ${end} is not within axis ${along} of ${shapeText(x.shape)}.`);
  if (start === 0 && end === size) return x;
  const node = x.graph.node(x);
  if (node.op === "slice" && node.axis === along)
    return slice(x.graph.tensor(node.args[0]), along, node.start + start, node.start + end);
  const shape = x.shape.map((n, i) => (i === along ? end - start : n));
  return x.graph.add({ op: "slice", args: [x.id], axis: along, start, end }, shape, x.dtype);
}

/** Zeros before and after along `axis`. */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  if (before === 0 && after === 0) return x;
  const along = normalAxis(x, axis);
  if (x.dtype !== "float") throw new Error(`pad needs real numbers, not ${x.dtype}.`);
  if (before < 0 || after < 0) throw new Error(`pad: ${before} and ${after} must not be negative; slice cuts off.`);
  const shape = x.shape.map((n, i) => (i === along ? n + before + after : n));
  return x.graph.add({ op: "pad", args: [x.id], axis: along, before, after }, shape, "float");
}

/** The axis counted from the first. @throws Error where the tensor has no such axis */
export function normalAxis(x: Tensor, axis: number): number {
  const at = axis < 0 ? axis + x.shape.length : axis;
  if (!Number.isInteger(at) || at < 0 || at >= x.shape.length)
    throw new Error(`There is no axis ${axis} in ${shapeText(x.shape)}.`);
  return at;
}
