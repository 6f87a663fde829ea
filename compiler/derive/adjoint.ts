import type { GraphBuilder } from "../../runtime/ir/builder.ts";
import {
  isBinary,
  isReduce,
  isUnary,
  type BinaryNode,
  type ReduceNode,
  type UnaryNode,
} from "../../runtime/ir/scalar-ops.ts";
import { keptAxes, range, sizeOf } from "../../runtime/ir/shape.ts";

/** What an argument receives from a node's adjoint; `null` where it receives nothing. */
export type Contribution = number | null;

/**
 * Adjoints of a node's arguments from the node's own adjoint `g`: one reverse-mode rule an operation, linear in `g`.
 * `id` is the node's id in `b`; its arguments are ids of `b`. A `gather` has its rule in `reverse.ts`, where all
 * gathers of one value are scattered together.
 *
 * Where an operation has a kink one subgradient is taken: `pos′(0) = |·|′(0) = 0`, of equal arguments the first is
 * the largest or smallest, `‖·‖₂′(0) = 0`. Comparisons, `sign`, `not` and the condition of `where` pass nothing on.
 */
export function argumentAdjoints(b: GraphBuilder, id: number, g: number): readonly Contribution[] {
  const node = b.node(id);
  if (isUnary(node)) return [unaryAdjoint(b, node, id, g)];
  if (isBinary(node)) return binaryAdjoints(b, node, id, g);
  if (isReduce(node)) return [reduceAdjoint(b, node, id, g)];
  switch (node.op) {
    case "const":
    case "input":
      return [];
    case "broadcast": {
      const repeated = keptAxes(node.shape, node.axes);
      return [b.sum(g, repeated)];
    }
    case "where": {
      const zero = b.const(0, node.shape);
      return [null, b.where(node.args[0], g, zero), b.where(node.args[0], zero, g)];
    }
    case "concat": {
      let start = 0;
      return node.args.map((arg) => {
        const shape = b.shape(arg);
        const from = start;
        start += sizeOf(shape);
        return b.gather(
          g,
          range(sizeOf(shape)).map((i) => i + from),
          shape,
        );
      });
    }
    case "softmax": {
      const last = node.shape.length - 1;
      const mean = b.sum(b.binary("mul", g, id), [last]);
      const back = b.broadcast(mean, node.shape, range(last));
      return [b.binary("mul", id, b.binary("sub", g, back))];
    }
    case "matmul":
      return [b.matmul(g, b.transpose(node.args[1])), b.matmul(b.transpose(node.args[0]), g)];
    case "transpose":
      return [b.transpose(g)];
    case "gather":
      throw new Error("the adjoint of a gather is scattered with those of its siblings");
  }
}

function unaryAdjoint(b: GraphBuilder, node: UnaryNode, y: number, g: number): Contribution {
  const x = node.args[0];
  const one = (): number => b.const(1, node.shape);
  switch (node.op) {
    case "neg":
      return b.unary("neg", g);
    case "abs":
      return b.binary("mul", g, b.unary("sign", x));
    case "exp":
      return b.binary("mul", g, y);
    case "log":
      return b.binary("div", g, x);
    case "log1p":
      return b.binary("div", g, b.binary("add", one(), x));
    case "expm1":
      return b.binary("mul", g, b.unary("exp", x));
    case "sqrt":
      return b.binary("div", g, b.binary("mul", b.const(2, node.shape), y));
    case "square":
      return b.binary("mul", g, b.binary("mul", b.const(2, node.shape), x));
    case "pos":
      return b.where(b.binary("gt", x, b.const(0, node.shape)), g, b.const(0, node.shape));
    case "softplus":
      return b.binary("mul", g, b.unary("sigmoid", x));
    case "sigmoid":
      return b.binary("mul", g, b.binary("mul", y, b.binary("sub", one(), y)));
    case "tanh":
      return b.binary("mul", g, b.binary("sub", one(), b.unary("square", y)));
    case "sin":
      return b.binary("mul", g, b.unary("cos", x));
    case "cos":
      return b.unary("neg", b.binary("mul", g, b.unary("sin", x)));
    case "sign":
    case "not":
      return null;
  }
}

function binaryAdjoints(b: GraphBuilder, node: BinaryNode, y: number, g: number): readonly Contribution[] {
  const [u, v] = node.args;
  const zero = (): number => b.const(0, node.shape);
  const choose = (first: number): readonly Contribution[] => [b.where(first, g, zero()), b.where(first, zero(), g)];
  switch (node.op) {
    case "add":
      return [g, g];
    case "sub":
      return [g, b.unary("neg", g)];
    case "mul":
      return [b.binary("mul", g, v), b.binary("mul", g, u)];
    case "div":
      return [b.binary("div", g, v), b.unary("neg", b.binary("mul", g, b.binary("div", y, v)))];
    case "pow": {
      const base = b.binary(
        "mul",
        g,
        b.binary("mul", v, b.binary("pow", u, b.binary("sub", v, b.const(1, node.shape)))),
      );
      // 0^v = 0 for every v > 0, so the exponent has no influence there; the logarithm alone would give NaN.
      const log = b.where(b.binary("eq", u, zero()), zero(), b.unary("log", u));
      return [base, b.binary("mul", g, b.binary("mul", y, log))];
    }
    case "max":
      return choose(b.binary("ge", u, v));
    case "min":
      return choose(b.binary("le", u, v));
    case "lt":
    case "le":
    case "gt":
    case "ge":
    case "eq":
    case "ne":
    case "and":
    case "or":
      return [null, null];
  }
}

function reduceAdjoint(b: GraphBuilder, node: ReduceNode, y: number, g: number): Contribution {
  const x = node.args[0];
  const shape = b.shape(x);
  const kept = keptAxes(shape, node.axes);
  const spread = (value: number): number => b.broadcast(value, shape, kept);
  const zero = b.const(0, shape);
  const [gs, ys] = [spread(g), (): number => spread(y)];
  switch (node.op) {
    case "sum":
      return gs;
    case "prod":
      return b.binary("mul", gs, productOfOthers(b, x, node, spread));
    case "reduce_max":
      return b.where(firstEqual(b, x, ys(), node, spread), gs, zero);
    case "reduce_min":
      return b.where(firstEqual(b, x, ys(), node, spread), gs, zero);
    case "log_sum_exp":
      return b.binary("mul", gs, b.unary("exp", b.binary("sub", x, ys())));
    case "norm1":
      return b.binary("mul", gs, b.unary("sign", x));
    case "norm2": {
      const positive = b.binary("gt", ys(), zero);
      return b.binary("mul", gs, b.where(positive, b.binary("div", x, ys()), zero));
    }
    case "norm_inf": {
      const first = firstEqual(b, b.unary("abs", x), ys(), node, spread);
      return b.where(first, b.binary("mul", gs, b.unary("sign", x)), zero);
    }
  }
}

/** 1 at the first element along the reduced axes that equals `extreme`, 0 elsewhere. */
function firstEqual(
  b: GraphBuilder,
  x: number,
  extreme: number,
  node: ReduceNode,
  spread: (value: number) => number,
): number {
  const shape = b.shape(x);
  const n = sizeOf(shape);
  // Earlier elements weigh more, so that the heaviest of those equal to the extreme is the first.
  const weight = b.const(
    range(n).map((i) => n - i),
    shape,
  );
  const candidate = b.binary("mul", b.binary("eq", x, extreme), weight);
  return b.binary("eq", candidate, spread(b.reduce("reduce_max", candidate, node.axes)));
}

/** For each element the product of the others along the reduced axes; exact where elements are zero. */
function productOfOthers(b: GraphBuilder, x: number, node: ReduceNode, spread: (value: number) => number): number {
  const shape = b.shape(x);
  const [zero, one] = [b.const(0, shape), b.const(1, shape)];
  const isZero = b.binary("eq", x, zero);
  const nonZero = b.where(isZero, one, x);
  const zeros = spread(b.sum(isZero, node.axes));
  const product = spread(b.reduce("prod", nonZero, node.axes));
  const alone = b.where(b.binary("eq", zeros, one), product, zero);
  const none = b.where(b.binary("eq", zeros, zero), b.binary("div", product, nonZero), zero);
  return b.where(isZero, alone, none);
}
