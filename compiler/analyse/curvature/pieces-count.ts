import type { ExprNode } from "../../../runtime/ir/expr.ts";
import { argsOf, isReduce } from "../../../runtime/ir/scalar-ops.ts";
import { sizeOf } from "../../../runtime/ir/shape.ts";
import { maxAffinePieces } from "../pieces.ts";
import { FormFailure } from "../problem.ts";
import { dependsOn, forward, type Scope } from "./forward.ts";
import { appliedFunction } from "./shapes.ts";

/** How many affine functions an element agrees with one of at every point, at most; `null`: not piecewise affine. */
export function piecesOf(scope: Scope): (id: number) => number | null {
  const { b, interval, degree } = scope;
  const pieces = forward((id): number | null => {
    if (degree(id) <= 1) return 1;
    return compute(id, b.node(id));
  });
  return pieces;

  function compute(id: number, node: ExprNode): number | null {
    const parts = argsOf(node).map((arg) => pieces(arg));
    if (parts.some((part) => part === null)) return null;
    const [u, v] = [parts[0] ?? 1, parts[1] ?? 1];
    const applied = appliedFunction(scope, id);
    if (applied?.shape && applied.shape.convex && applied.shape.concave) return u;
    if (isReduce(node)) {
      const group = sizeOf(b.shape(node.args[0])) / Math.max(1, sizeOf(node.shape));
      const { lower, upper } = interval(node.args[0]);
      const signs = lower >= 0 || upper <= 0 ? 1 : 2;
      switch (node.op) {
        case "sum":
          return u ** group;
        case "reduce_max":
        case "reduce_min":
          return u * group;
        case "norm1":
          return (signs * u) ** group;
        case "norm_inf":
          return signs * u * group;
        default:
          return null;
      }
    }
    switch (node.op) {
      case "pos":
        return u + 1;
      case "abs":
        return 2 * u;
      case "sign":
        return 3;
      case "not":
      case "lt":
      case "le":
      case "gt":
      case "ge":
      case "eq":
      case "ne":
      case "and":
      case "or":
        return 2;
      case "add":
      case "sub":
        return u * v;
      case "mul":
        return node.args.some((arg) => !dependsOn(scope, arg)) ? u * v : null;
      case "div":
        return dependsOn(scope, node.args[1]) ? null : u;
      case "max":
      case "min":
        return u + v;
      case "where": {
        const [yes, no] = [v, parts[2] ?? 1];
        return dependsOn(scope, node.args[0]) ? yes + no : Math.max(yes, no);
      }
      case "broadcast":
      case "gather":
      case "transpose":
        return u;
      case "concat":
        return parts.reduce<number>((most, part) => Math.max(most, part ?? 1), 1);
      case "matmul": {
        const shared = b.shape(node.args[0])[1]!;
        return node.args.some((arg) => !dependsOn(scope, arg)) ? (u * v) ** shared : null;
      }
      default:
        return null;
    }
  }
}

/** The distinct pieces of a convex (`sense` 1) or concave (−1) scalar, as ids of the builder; `null` beyond the limit. */
export function distinctPieces({ b, degree, interval }: Scope, id: number, sense: 1 | -1): readonly number[] | null {
  if (b.shape(id).length > 0) return null;
  try {
    return maxAffinePieces(b, sense === 1 ? id : b.unary("neg", id), degree, interval);
  } catch (failure) {
    if (!(failure instanceof FormFailure)) throw failure;
    return null;
  }
}
