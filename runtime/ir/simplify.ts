import type { GraphBuilder } from "./builder.ts";
import type { BinaryOp, Origin, UnaryOp } from "./expr.ts";

/**
 * Algebraic identities that `GraphBuilder` applies as nodes are made. Each returns the id of a value equal to the
 * operation's wherever the operation is finite, or `null` where none applies. `0 · u` is 0 for every finite u.
 */
export function simplifyUnary(b: GraphBuilder, op: UnaryOp, a: number, at?: Origin): number | null {
  const node = b.node(a);
  switch (op) {
    case "neg":
      if (b.uniform(a) === 0) return a;
      if (node.op === "neg") return node.args[0];
      if (node.op === "sub") return b.binary("sub", node.args[1], node.args[0], at);
      if (node.op === "mul" && b.uniform(node.args[0]) !== null) {
        return b.binary("mul", b.unary("neg", node.args[0], at), node.args[1], at);
      }
      return null;
    case "abs":
      if (node.op === "neg") return b.unary("abs", node.args[0], at);
      return ["abs", "square", "pos", "exp", "softplus", "sigmoid", "sqrt", "norm1", "norm2"].includes(node.op)
        ? a
        : null;
    case "square":
      return node.op === "neg" || node.op === "abs" ? b.unary("square", node.args[0], at) : null;
    case "pos":
      return ["abs", "square", "pos", "exp", "softplus", "sigmoid", "sqrt"].includes(node.op) ? a : null;
    case "exp":
      return node.op === "log" ? node.args[0] : null;
    case "log":
      return node.op === "exp" ? node.args[0] : null;
    default:
      return null;
  }
}

/** See `simplifyUnary`. Arguments have one shape. */
export function simplifyBinary(b: GraphBuilder, op: BinaryOp, x: number, y: number, at?: Origin): number | null {
  const [left, right] = [b.uniform(x), b.uniform(y)];
  if (left !== null && right !== null) return null;
  const [u, v] = [b.node(x), b.node(y)];
  const constant = (value: number): number => b.const(value, b.shape(x), at);
  switch (op) {
    case "add":
      if (left === 0) return y;
      if (right === 0) return x;
      if (v.op === "neg") return b.binary("sub", x, v.args[0], at);
      if (u.op === "neg") return b.binary("sub", y, u.args[0], at);
      return null;
    case "sub":
      if (right === 0) return x;
      if (left === 0) return b.unary("neg", y, at);
      if (x === y) return constant(0);
      if (v.op === "neg") return b.binary("add", x, v.args[0], at);
      return null;
    case "mul":
      if (left === 0 || right === 0) return constant(0);
      if (left === 1) return y;
      if (right === 1) return x;
      if (left === -1) return b.unary("neg", y, at);
      if (right === -1) return b.unary("neg", x, at);
      if (right !== null) return b.binary("mul", y, x, at);
      if (v.op === "neg") return b.unary("neg", b.binary("mul", x, v.args[0], at), at);
      if (u.op === "neg") return b.unary("neg", b.binary("mul", u.args[0], y, at), at);
      if (left !== null && v.op === "mul" && b.uniform(v.args[0]) !== null) {
        return b.binary("mul", b.binary("mul", x, v.args[0], at), v.args[1], at);
      }
      return x === y ? b.unary("square", x, at) : null;
    case "div":
      if (right === 1) return x;
      if (right === -1) return b.unary("neg", x, at);
      if (left === 0) return constant(0);
      if (u.op === "neg") return b.unary("neg", b.binary("div", u.args[0], y, at), at);
      return null;
    case "pow":
      if (right === 1) return x;
      if (right === 0) return constant(1);
      if (right === 2) return b.unary("square", x, at);
      return null;
    case "max":
      if (x === y) return x;
      if (right === 0) return b.unary("pos", x, at);
      if (left === 0) return b.unary("pos", y, at);
      return null;
    case "min":
      return x === y ? x : null;
    default:
      return null;
  }
}
