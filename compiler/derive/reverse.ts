import { GraphBuilder } from "../../runtime/ir/builder.ts";
import type { ExprGraph } from "../../runtime/ir/expr.ts";
import { argsOf } from "../../runtime/ir/scalar-ops.ts";
import { range, sizeOf, type Shape } from "../../runtime/ir/shape.ts";
import { argumentAdjoints } from "./adjoint.ts";

/** An input by name, with the shape that its gradient has even where the graph does not read it. */
export interface Variable {
  readonly name: string;
  readonly shape: Shape;
}

/**
 * Reverse-mode gradient of a scalar node with respect to inputs, as nodes of the same builder.
 *
 * @param output id of a scalar node of `b`
 * @param inputs ids of input nodes of `b`
 * @returns an id for each input, of the input's shape
 */
export function reverse(b: GraphBuilder, output: number, inputs: readonly number[]): readonly number[] {
  if (b.shape(output).length > 0) throw new Error("a gradient needs a scalar");
  const order = evaluationOrder(b, output);
  const active = new Set<number>(inputs);
  for (const id of order) if (argsOf(b.node(id)).some((arg) => active.has(arg))) active.add(id);

  const adjoints = new Map<number, number>();
  const gathers = new Map<number, { readonly adjoint: number; readonly indices: readonly number[] }[]>();
  const accumulate = (id: number, contribution: number): void => {
    const known = adjoints.get(id);
    adjoints.set(id, known === undefined ? contribution : b.binary("add", known, contribution));
  };
  if (active.has(output)) accumulate(output, b.const(1));
  for (const id of order.toReversed()) {
    if (!active.has(id)) continue;
    const scattered = gathers.get(id);
    if (scattered !== undefined) accumulate(id, scatter(b, scattered, b.shape(id)));
    const adjoint = adjoints.get(id);
    if (adjoint === undefined || b.uniform(adjoint) === 0) continue;
    const node = b.node(id);
    if (node.op === "gather") {
      const list = gathers.get(node.args[0]) ?? [];
      gathers.set(node.args[0], list);
      list.push({ adjoint, indices: node.indices });
      continue;
    }
    const contributions = argumentAdjoints(b, id, adjoint);
    argsOf(node).forEach((arg, i) => {
      const contribution = contributions[i] ?? null;
      if (contribution !== null && active.has(arg)) accumulate(arg, contribution);
    });
  }
  return inputs.map((id) => adjoints.get(id) ?? b.const(0, b.shape(id)));
}

/**
 * Gradient of a scalar graph with respect to one input: a graph over the same inputs, simplified, of the input's shape.
 * Conventions at kinks: see `argumentAdjoints`.
 */
export function gradientGraph(graph: ExprGraph, variable: Variable): ExprGraph {
  const b = new GraphBuilder();
  const output = b.graft(graph)[graph.output]!;
  return b.finish(reverse(b, output, [b.input(variable.name, variable.shape)])[0]!);
}

/**
 * Gradient with respect to several inputs, flattened and joined in their order: what a vector that concatenates
 * named blocks needs.
 */
export function joinedGradientGraph(graph: ExprGraph, variables: readonly Variable[]): ExprGraph {
  const b = new GraphBuilder();
  const output = b.graft(graph)[graph.output]!;
  const inputs = variables.map((v) => b.input(v.name, v.shape));
  return b.finish(b.concat(reverse(b, output, inputs)));
}

/** Jacobian of a graph of m elements with respect to an input of n elements, `[m, n]`. */
export function jacobianGraph(graph: ExprGraph, variable: Variable): ExprGraph {
  const b = new GraphBuilder();
  const output = b.graft(graph)[graph.output]!;
  const input = b.input(variable.name, variable.shape);
  const m = sizeOf(b.shape(output));
  const n = sizeOf(variable.shape);
  const rows = range(m).map((i) => b.reshape(reverse(b, b.gather(output, [i], []), [input])[0]!, [n]));
  return b.finish(b.concat(rows, [m, n]));
}

/** Ids that `output` needs, arguments first. Ids of a builder are already in an order of evaluation. */
function evaluationOrder(b: GraphBuilder, output: number): readonly number[] {
  const needed = new Set<number>([output]);
  const pending = [output];
  while (pending.length > 0) {
    for (const arg of argsOf(b.node(pending.pop()!))) {
      if (!needed.has(arg)) {
        needed.add(arg);
        pending.push(arg);
      }
    }
  }
  return [...needed].sort((p, q) => p - q);
}

/**
 * Sum of the adjoints of all gathers of one value: each element receives what every place that read it holds. Written
 * as a gather from the joined adjoints and one zero, once for each time that an element was read.
 */
function scatter(
  b: GraphBuilder,
  parts: readonly { readonly adjoint: number; readonly indices: readonly number[] }[],
  shape: Shape,
): number {
  const readers: number[][] = Array.from({ length: sizeOf(shape) }, () => []);
  let position = 0;
  for (const part of parts) for (const index of part.indices) readers[index]!.push(position++);
  const rounds = readers.reduce((most, list) => Math.max(most, list.length), 0);
  const padded = readers.some((list) => list.length < rounds);
  const adjoints = parts.map((part) => part.adjoint);
  const joined = b.concat(padded ? [...adjoints, b.const(0)] : adjoints);
  const terms = range(rounds).map((round) =>
    b.gather(
      joined,
      readers.map((list) => list[round] ?? position),
      shape,
    ),
  );
  return terms.reduce((total, term) => b.binary("add", total, term));
}
