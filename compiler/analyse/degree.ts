import type { GraphBuilder } from "../../runtime/ir/builder.ts";
import { argsOf } from "../../runtime/ir/scalar-ops.ts";

/**
 * Degree of values as polynomials in the named inputs, by composition rules: 0 does not read them, 1 is affine,
 * `Infinity` is no polynomial as far as the rules see.
 */
export function degreeIn(b: GraphBuilder, names: ReadonlySet<string>): (id: number) => number {
  const known = new Map<number, number>();
  const degree = (id: number): number => {
    const seen = known.get(id);
    if (seen !== undefined) return seen;
    const node = b.node(id);
    const args = argsOf(node).map(degree);
    const most = Math.max(0, ...args);
    const result = ((): number => {
      switch (node.op) {
        case "input":
          return names.has(node.name) ? 1 : 0;
        case "neg":
        case "add":
        case "sub":
        case "sum":
        case "broadcast":
        case "gather":
        case "concat":
        case "transpose":
          return most;
        case "mul":
        case "matmul":
          return args[0]! + args[1]!;
        case "square":
          return 2 * args[0]!;
        case "div":
          return args[1] === 0 ? args[0]! : Infinity;
        case "pow": {
          const exponent = b.uniform(node.args[1]);
          if (most === 0) return 0;
          return exponent !== null && Number.isInteger(exponent) && exponent > 0 ? args[0]! * exponent : Infinity;
        }
        case "where":
          return args[0] === 0 ? most : Infinity;
        default:
          return most === 0 ? 0 : Infinity;
      }
    })();
    known.set(id, result);
    return result;
  };
  return degree;
}
