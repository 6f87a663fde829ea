import { isConstant, type Tensor } from "../graph.ts";
import {
  broadcastShape,
  sameShape,
  shapeText,
  type BinaryOp,
  type CompareOp,
  type Shape,
  type UnaryOp,
} from "../node.ts";

export type Operand = Tensor | number;

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

export function requireFloat(op: string, ...tensors: readonly Tensor[]): void {
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
  return scaledTwice(a, b) ?? scaledTwice(b, a) ?? binary("mul", a, b);
}

/** `x · (c₁ c₂)` for `(x · c₁) · c₂` with numbers c₁, c₂ whose product is far from float32's bounds; else `null`. */
function scaledTwice(scaled: Operand, by: Operand): Tensor | null {
  if (typeof scaled === "number") return null;
  const { graph } = scaled;
  const factor = typeof by === "number" ? by : graph.uniformValue(by);
  const node = graph.node(scaled);
  if (factor === null || node.op !== "mul" || kept(scaled, by) === null) return null;
  for (const [x, c] of [node.args, [node.args[1], node.args[0]]] as const) {
    const first = graph.uniformValue(graph.tensor(c));
    const size = first === null ? 0 : Math.abs(first * factor);
    if (first === null || size < SMALL_FACTOR || size > 1 / SMALL_FACTOR) continue;
    const rest = kept(graph.tensor(x), graph.tensor(c));
    if (rest !== null) return mul(rest, first * factor);
  }
  return null;
}

const SMALL_FACTOR = 2 ** -60;
export function div(a: Operand, b: Operand): Tensor {
  if (isNumber(b, 1)) return kept(a, b) ?? binary("div", a, b);
  return binary("div", a, b);
}
/** `a ** b`. The derivative in `b` is `aᵇ log a`, and 0 where `a` is 0. */
export function pow(a: Operand, b: Operand): Tensor {
  if (typeof a !== "number") {
    if (b === 1) return a;
    if (b === 2) return square(a);
    if (b === 0.5) return sqrt(a);
  }
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
/** The greatest whole number at most `x`. Its derivative is 0. */
export function floor(x: Tensor): Tensor {
  return unary("floor", x);
}
/** The least whole number at least `x`. Its derivative is 0. */
export function ceil(x: Tensor): Tensor {
  return neg(floor(neg(x)));
}
/** `x` brought into `low … high`; NaN stays. */
export function clip(x: Tensor, low: Operand, high: Operand): Tensor {
  return min(max(x, low), high);
}
/** `x`, taken as a constant by every derivative. */
export function stopGradient(x: Tensor): Tensor {
  return unary("stop_gradient", x);
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

/** Where both conditions hold. */
export function and(a: Tensor, b: Tensor): Tensor {
  return greater(mul(toFloat(a), toFloat(b)), 0);
}
/** Where at least one of the conditions holds. */
export function or(a: Tensor, b: Tensor): Tensor {
  return greater(add(toFloat(a), toFloat(b)), 0);
}
/** Where a condition does not hold. */
export function not(a: Tensor): Tensor {
  return equal(toFloat(a), 0);
}
