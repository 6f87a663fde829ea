/**
 * The functions that programs are written with. Each adds one primitive to its arguments' graph, or a short composition
 * of primitives; none computes anything. Shapes are static: a mismatch throws at once, naming both shapes.
 */
import { isConstant, type Tensor } from "./graph.ts";
import {
  broadcastShape,
  sameShape,
  shapeText,
  sizeOf,
  type BinaryOp,
  type CompareOp,
  type ReduceOp,
  type Shape,
  type UnaryOp,
} from "./node.ts";

type Operand = Tensor | number;

/** The tensor itself, or a scalar constant in the graph of `like`. */
function lift(x: Operand, like: Operand): Tensor {
  if (typeof x !== "number") return x;
  if (typeof like === "number") throw new Error("At least one operand must be a tensor.");
  return like.graph.constant(x);
}

function unary(op: UnaryOp, x: Tensor): Tensor {
  requireFloat(op, x);
  return x.graph.add({ op, args: [x.id] }, x.shape, "float");
}

function requireFloat(op: string, ...tensors: readonly Tensor[]): void {
  for (const t of tensors) if (t.dtype !== "float") throw new Error(`${op} needs real numbers, not ${t.dtype}.`);
  for (const t of tensors) if (t.graph !== tensors[0]!.graph) throw new Error(`${op} mixes two programs.`);
}

/** An operand that is only repeated to the shape that the result has anyway need not be repeated first. */
function withoutBroadcast(x: Tensor, other: Shape, result: Shape): Tensor {
  const node = x.graph.node(x);
  if (node.op !== "broadcast") return x;
  const source = x.graph.tensor(node.args[0]);
  const shape = broadcastShape(source.shape, other);
  return shape !== null && sameShape(shape, result) ? source : x;
}

function binary(op: BinaryOp | CompareOp, left: Operand, right: Operand): Tensor {
  let a = lift(left, right);
  let b = lift(right, left);
  requireFloat(op, a, b);
  const shape = broadcastShape(a.shape, b.shape);
  if (shape === null)
    throw new Error(`${op}: shapes ${shapeText(a.shape)} and ${shapeText(b.shape)} do not fit together.`);
  a = withoutBroadcast(a, b.shape, shape);
  b = withoutBroadcast(b, a.shape, shape);
  const dtype = op === "less" || op === "less_equal" || op === "greater" || op === "greater_equal" || op === "equal";
  return a.graph.add({ op, args: [a.id, b.id] }, shape, dtype ? "bool" : "float");
}

/** `x` where it already has the shape of `x ∘ y`, else `null`. */
function kept(x: Operand, y: Operand): Tensor | null {
  const a = lift(x, y);
  const shape = broadcastShape(a.shape, lift(y, x).shape);
  return shape !== null && sameShape(shape, a.shape) ? a : null;
}

const isNumber = (x: Operand, value: number): boolean => (typeof x === "number" ? x === value : isConstant(x, value));

export function add(a: Operand, b: Operand): Tensor {
  if (isNumber(b, 0)) return kept(a, b) ?? binary("add", a, b);
  if (isNumber(a, 0)) return kept(b, a) ?? binary("add", a, b);
  return binary("add", a, b);
}
export function sub(a: Operand, b: Operand): Tensor {
  if (isNumber(b, 0)) return kept(a, b) ?? binary("sub", a, b);
  return binary("sub", a, b);
}
export function mul(a: Operand, b: Operand): Tensor {
  if (isNumber(b, 1)) return kept(a, b) ?? binary("mul", a, b);
  if (isNumber(a, 1)) return kept(b, a) ?? binary("mul", a, b);
  return binary("mul", a, b);
}
export function div(a: Operand, b: Operand): Tensor {
  if (isNumber(b, 1)) return kept(a, b) ?? binary("div", a, b);
  return binary("div", a, b);
}
/** `a ** b`; the derivative in `a` is taken for constant `b` only. */
export function pow(a: Tensor, b: number): Tensor {
  if (b === 1) return a;
  if (b === 2) return square(a);
  if (b === 0.5) return sqrt(a);
  return binary("pow", a, b);
}
/** NaN where either is NaN. */
export function max(a: Operand, b: Operand): Tensor {
  return binary("max", a, b);
}
/** NaN where either is NaN. */
export function min(a: Operand, b: Operand): Tensor {
  return binary("min", a, b);
}
export function less(a: Operand, b: Operand): Tensor {
  return binary("less", a, b);
}
export function lessEqual(a: Operand, b: Operand): Tensor {
  return binary("less_equal", a, b);
}
export function greater(a: Operand, b: Operand): Tensor {
  return binary("greater", a, b);
}
export function greaterEqual(a: Operand, b: Operand): Tensor {
  return binary("greater_equal", a, b);
}
export function equal(a: Operand, b: Operand): Tensor {
  return binary("equal", a, b);
}

export function neg(x: Tensor): Tensor {
  return unary("neg", x);
}
export function abs(x: Tensor): Tensor {
  return unary("abs", x);
}
/** −1, 0 or 1. */
export function sign(x: Tensor): Tensor {
  return unary("sign", x);
}
export function exp(x: Tensor): Tensor {
  return unary("exp", x);
}
export function log(x: Tensor): Tensor {
  return unary("log", x);
}
export function sqrt(x: Tensor): Tensor {
  return unary("sqrt", x);
}
export function square(x: Tensor): Tensor {
  return unary("square", x);
}
export function tanh(x: Tensor): Tensor {
  return unary("tanh", x);
}
export function sigmoid(x: Tensor): Tensor {
  return unary("sigmoid", x);
}
export function relu(x: Tensor): Tensor {
  return unary("relu", x);
}
/** `log(1 + exp(x))` without overflow. */
export function softplus(x: Tensor): Tensor {
  return unary("softplus", x);
}
export function erf(x: Tensor): Tensor {
  return unary("erf", x);
}
export function sin(x: Tensor): Tensor {
  return unary("sin", x);
}
export function cos(x: Tensor): Tensor {
  return unary("cos", x);
}
/** `x · sigmoid(x)` */
export function silu(x: Tensor): Tensor {
  return mul(x, sigmoid(x));
}
/** `x · Φ(x)`, Φ the normal distribution function. */
export function gelu(x: Tensor): Tensor {
  return mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1));
}

/** `condition ? a : b` element by element, broadcasting. `condition` comes from a comparison. */
export function where(condition: Tensor, whenTrue: Operand, whenFalse: Operand): Tensor {
  if (condition.dtype !== "bool") throw new Error("where needs a condition made by a comparison.");
  const a = lift(whenTrue, condition);
  const b = lift(whenFalse, condition);
  requireFloat("where", a, b);
  const values = broadcastShape(a.shape, b.shape);
  const shape = values && broadcastShape(values, condition.shape);
  if (!shape)
    throw new Error(
      `where: shapes ${shapeText(condition.shape)}, ${shapeText(a.shape)} and ${shapeText(b.shape)} do not fit together.`,
    );
  const operands = [a, b].map((x) => withoutBroadcast(x, condition.shape, shape));
  return a.graph.add({ op: "where", args: [condition.id, operands[0]!.id, operands[1]!.id] }, shape, "float");
}

/** 1 where a comparison holds, else 0. */
export function toFloat(x: Tensor): Tensor {
  return x.dtype === "float" ? x : x.graph.add({ op: "to_float", args: [x.id] }, x.shape, "float");
}

export interface ReduceOptions {
  /** All axes unless given; negative axes count from the last. */
  readonly axes?: readonly number[];
  /** Keep the reduced axes with size one. */
  readonly keep?: boolean;
}

function reduce(op: ReduceOp, x: Tensor, { axes, keep = false }: ReduceOptions): Tensor {
  requireFloat(op, x);
  const chosen = (axes ?? x.shape.map((_, i) => i)).map((axis) => normalAxis(x, axis)).sort((a, b) => a - b);
  if (chosen.length === 0) return x;
  if (new Set(chosen).size !== chosen.length) throw new Error(`${op}: an axis is given twice.`);
  const shape = keep
    ? x.shape.map((n, i) => (chosen.includes(i) ? 1 : n))
    : x.shape.filter((_, i) => !chosen.includes(i));
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
  const shape = x.shape.map((n, i) => (i === along ? end - start : n));
  return x.graph.add({ op: "slice", args: [x.id], axis: along, start, end }, shape, x.dtype);
}

/** Zeros before and after along `axis`. */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  if (before === 0 && after === 0) return x;
  const along = normalAxis(x, axis);
  const shape = x.shape.map((n, i) => (i === along ? n + before + after : n));
  return x.graph.add({ op: "pad", args: [x.id], axis: along, before, after }, shape, "float");
}

/** `[m, k] × [k, n] → [m, n]`. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  requireFloat("matmul", a, b);
  const left = untransposed(a);
  const right = untransposed(b);
  if (a.shape.length !== 2 || b.shape.length !== 2 || a.shape[1] !== b.shape[0])
    throw new Error(`matmul: ${shapeText(a.shape)} × ${shapeText(b.shape)} do not fit.`);
  return a.graph.add(
    { op: "matmul", args: [left.x.id, right.x.id], transposeA: left.flipped, transposeB: right.flipped },
    [a.shape[0]!, b.shape[1]!],
    "float",
  );
}

function untransposed(x: Tensor): { x: Tensor; flipped: boolean } {
  const node = x.graph.node(x);
  return node.op === "transpose" && x.shape.length === 2
    ? { x: x.graph.tensor(node.args[0]), flipped: true }
    : { x, flipped: false };
}

/** Rows of `x` at `indices` (`[k]`, made by an index input): `[k, …]`. Indices are the caller's to keep in range. */
export function gather(x: Tensor, indices: Tensor): Tensor {
  if (indices.dtype !== "index" || indices.shape.length !== 1 || x.shape.length === 0)
    throw new Error(`gather: needs a vector of indices and a tensor with rows, not ${shapeText(x.shape)}.`);
  return x.graph.add({ op: "gather", args: [x.id, indices.id] }, [indices.shape[0]!, ...x.shape.slice(1)], x.dtype);
}

/** Zeros of `rows` rows to which row i of `x` is added at `indices[i]`. */
export function scatterAdd(x: Tensor, indices: Tensor, rows: number): Tensor {
  requireFloat("scatterAdd", x);
  if (indices.dtype !== "index" || indices.shape.length !== 1 || x.shape[0] !== indices.shape[0])
    throw new Error(`scatterAdd: needs one index a row of ${shapeText(x.shape)}.`);
  return x.graph.add({ op: "scatter_add", args: [x.id, indices.id] }, [rows, ...x.shape.slice(1)], "float");
}

function normalAxis(x: Tensor, axis: number): number {
  const at = axis < 0 ? axis + x.shape.length : axis;
  if (!Number.isInteger(at) || at < 0 || at >= x.shape.length)
    throw new Error(`There is no axis ${axis} in ${shapeText(x.shape)}.`);
  return at;
}
