import { GraphBuilder } from "../../runtime/ir/builder.ts";
import type { ExprGraph } from "../../runtime/ir/expr.ts";
import { argsOf } from "../../runtime/ir/scalar-ops.ts";

/**
 * Degree of values as polynomials in the named inputs, by composition rules: 0 does not read them, 1 is affine,
 * `Infinity` is no polynomial as far as the rules see.
 */
export function degreeIn(b: GraphBuilder, names: ReadonlySet<string>): (id: number) => number {
  const known: number[] = [];
  // Ids are in an order of evaluation: going up from the last known one needs no recursion.
  return (id) => {
    while (known.length <= id) known.push(compute(known.length));
    return known[id]!;
  };

  function compute(id: number): number {
    const node = b.node(id);
    const args = argsOf(node).map((arg) => known[arg]!);
    const most = args.reduce((a, c) => Math.max(a, c), 0);
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
  }
}

/** The degree of a graph's result, as {@link degreeIn} has it. */
export function degreeOf(graph: ExprGraph, names: ReadonlySet<string>): number {
  const b = new GraphBuilder();
  return degreeIn(b, names)(b.graft(graph)[graph.output]!);
}
