import type { Graph, Tensor } from "./graph.ts";
import { argsOf, type BinaryOp, type CompareOp, type TensorNode, type UnaryOp } from "./node.ts";
import * as ops from "./ops.ts";

/** Operations that compute each element from one element of each argument, after broadcasting. */
export type ElementwiseNode = TensorNode & {
  readonly op: UnaryOp | BinaryOp | CompareOp | "where" | "to_float" | "to_index";
};

/**
 * `t` times the derivative of the node `id` in its argument at `position`, element by element: an adjoint on the way
 * back, a tangent on the way forward. `t` has the shape of the node or of the argument, the result the broadcast of `t`
 * and what the derivative reads; `null` where the derivative is zero everywhere.
 */
export function timesDerivative(
  graph: Graph,
  id: number,
  node: ElementwiseNode,
  position: number,
  t: Tensor,
): Tensor | null {
  const y = graph.tensor(id);
  const arg = (i: number): Tensor => graph.tensor(argsOf(node)[i]!);
  const x = arg(position);
  switch (node.op) {
    case "sign":
    case "floor":
    case "stop_gradient":
    case "to_index":
    case "less":
    case "less_equal":
    case "greater":
    case "greater_equal":
    case "equal":
    case "to_float":
      return null;
    case "neg":
      return ops.neg(t);
    case "abs":
      return ops.mul(t, ops.sign(x));
    case "exp":
      return ops.mul(t, y);
    case "log":
      return ops.div(t, x);
    case "sqrt":
      return ops.div(ops.mul(t, 0.5), y);
    case "square":
      return ops.mul(t, ops.mul(x, 2));
    case "tanh":
      return ops.mul(t, ops.sub(1, ops.square(y)));
    case "sigmoid":
      return ops.mul(t, ops.mul(y, ops.sub(1, y)));
    case "relu":
      // Read off the output, so that the input need not stay in memory; its sign, since ONNX Runtime compares and
      // selects slowly.
      return ops.mul(t, ops.sign(y));
    case "softplus":
      return ops.mul(t, ops.sigmoid(x));
    case "erf":
      return ops.mul(t, ops.mul(ops.exp(ops.neg(ops.square(x))), 2 / Math.sqrt(Math.PI)));
    case "sin":
      return ops.mul(t, ops.cos(x));
    case "cos":
      return ops.neg(ops.mul(t, ops.sin(x)));
    case "add":
      return t;
    case "sub":
      return position === 0 ? t : ops.neg(t);
    case "mul":
      return ops.mul(t, arg(1 - position));
    case "div":
      return position === 0 ? ops.div(t, arg(1)) : ops.neg(ops.div(ops.mul(t, y), arg(1)));
    case "pow": {
      const base = arg(0);
      const exponent = arg(1);
      if (position === 0) {
        const constant = graph.uniformValue(exponent);
        const slope =
          constant === null
            ? ops.mul(ops.pow(base, ops.sub(exponent, 1)), exponent)
            : ops.mul(ops.pow(base, constant - 1), constant);
        return ops.mul(t, slope);
      }
      const logBase = ops.log(ops.where(ops.equal(base, 0), 1, base));
      return ops.mul(t, ops.mul(y, logBase));
    }
    case "max":
    case "min": {
      // At a tie each argument gets half: the mean of the one-sided derivatives.
      const other = arg(1 - position);
      const wins = ops.toFloat(node.op === "max" ? ops.greater(x, other) : ops.less(x, other));
      const share = ops.add(wins, ops.mul(ops.toFloat(ops.equal(x, other)), 0.5));
      return ops.mul(t, share);
    }
    case "where":
      if (position === 0) return null;
      return position === 1 ? ops.where(arg(0), t, 0) : ops.where(arg(0), 0, t);
  }
}
