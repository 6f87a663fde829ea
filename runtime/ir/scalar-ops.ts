import type { BinaryOp, ExprNode, ReduceOp, UnaryOp } from "./expr.ts";

const truth = (condition: boolean): number => (condition ? 1 : 0);

/** `log(1 + eˣ)` without overflow. */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** `1 / (1 + e⁻ˣ)` without overflow. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

/** Each unary operation on one float64. */
export const unaryFunctions: Readonly<Record<UnaryOp, (x: number) => number>> = {
  neg: (x) => -x,
  abs: Math.abs,
  exp: Math.exp,
  log: Math.log,
  log1p: Math.log1p,
  expm1: Math.expm1,
  sqrt: Math.sqrt,
  square: (x) => x * x,
  pos: (x) => Math.max(x, 0),
  softplus,
  sigmoid,
  tanh: Math.tanh,
  sin: Math.sin,
  cos: Math.cos,
  sign: Math.sign,
  not: (x) => truth(x === 0),
};

/** Each binary operation on two float64s. */
export const binaryFunctions: Readonly<Record<BinaryOp, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: (a, b) => a ** b,
  max: (a, b) => Math.max(a, b),
  min: (a, b) => Math.min(a, b),
  lt: (a, b) => truth(a < b),
  le: (a, b) => truth(a <= b),
  gt: (a, b) => truth(a > b),
  ge: (a, b) => truth(a >= b),
  eq: (a, b) => truth(a === b),
  ne: (a, b) => truth(a !== b),
  and: (a, b) => truth(a !== 0 && b !== 0),
  or: (a, b) => truth(a !== 0 || b !== 0),
};

/** Each reduction on the elements that fall together. */
export const reduceFunctions: Readonly<Record<ReduceOp, (values: readonly number[]) => number>> = {
  sum: (v) => v.reduce((a, b) => a + b, 0),
  prod: (v) => v.reduce((a, b) => a * b, 1),
  reduce_max: (v) => v.reduce((a, b) => Math.max(a, b), -Infinity),
  reduce_min: (v) => v.reduce((a, b) => Math.min(a, b), Infinity),
  log_sum_exp: (v) => {
    const top = v.reduce((a, b) => Math.max(a, b), -Infinity);
    return Number.isFinite(top) ? top + Math.log(v.reduce((a, b) => a + Math.exp(b - top), 0)) : top;
  },
  norm1: (v) => v.reduce((a, b) => a + Math.abs(b), 0),
  norm2: (v) => Math.sqrt(v.reduce((a, b) => a + b * b, 0)),
  norm_inf: (v) => v.reduce((a, b) => Math.max(a, Math.abs(b)), 0),
};

export type UnaryNode = Extract<ExprNode, { readonly op: UnaryOp }>;
export type BinaryNode = Extract<ExprNode, { readonly op: BinaryOp }>;
export type ReduceNode = Extract<ExprNode, { readonly op: ReduceOp }>;

export function isUnary(node: ExprNode): node is UnaryNode {
  return Object.hasOwn(unaryFunctions, node.op);
}
export function isBinary(node: ExprNode): node is BinaryNode {
  return Object.hasOwn(binaryFunctions, node.op);
}
export function isReduce(node: ExprNode): node is ReduceNode {
  return Object.hasOwn(reduceFunctions, node.op);
}

/** Ids of the nodes that a node reads. */
export function argsOf(node: ExprNode): readonly number[] {
  return node.op === "const" || node.op === "input" ? [] : node.args;
}
