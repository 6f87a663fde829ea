import type { ExprGraph, ExprNode } from "./expr.ts";
import { argsOf, binaryFunctions, isBinary, isReduce, isUnary, reduceFunctions, unaryFunctions } from "./scalar-ops.ts";
import { broadcastIndices, reduceIndices, sizeOf, type Shape } from "./shape.ts";

/** A value with its shape, flattened row-major. */
export interface Value {
  readonly shape: Shape;
  readonly data: ArrayLike<number>;
}

/**
 * Value of one node from the values of its arguments, in float64.
 *
 * @throws Error where the node is an `input`, which has no value of its own.
 */
export function evaluateNode(node: ExprNode, args: readonly Value[]): Float64Array {
  const out = new Float64Array(sizeOf(node.shape));
  if (node.op === "const") {
    out.set(node.value);
    return out;
  }
  if (node.op === "input") throw new Error(`input ${node.name} has no value`);
  const first = args[0]!.data;
  if (isUnary(node)) {
    const f = unaryFunctions[node.op];
    for (let i = 0; i < out.length; i++) out[i] = f(first[i]!);
    return out;
  }
  if (isBinary(node)) {
    const f = binaryFunctions[node.op];
    const second = args[1]!.data;
    for (let i = 0; i < out.length; i++) out[i] = f(first[i]!, second[i]!);
    return out;
  }
  if (isReduce(node)) {
    const into = reduceIndices(args[0]!.shape, node.axes);
    const groups: number[][] = Array.from({ length: out.length }, () => []);
    for (let i = 0; i < into.length; i++) groups[into[i]!]!.push(first[i]!);
    const f = reduceFunctions[node.op];
    for (let i = 0; i < out.length; i++) out[i] = f(groups[i]!);
    return out;
  }
  switch (node.op) {
    case "broadcast": {
      const from = broadcastIndices(args[0]!.shape, node.shape, node.axes);
      for (let i = 0; i < out.length; i++) out[i] = first[from[i]!]!;
      return out;
    }
    case "where": {
      const [, yes, no] = args;
      for (let i = 0; i < out.length; i++) out[i] = first[i] !== 0 ? yes!.data[i]! : no!.data[i]!;
      return out;
    }
    case "gather":
      for (let i = 0; i < out.length; i++) out[i] = first[node.indices[i]!]!;
      return out;
    case "concat": {
      let at = 0;
      for (const part of args) for (let i = 0; i < part.data.length; i++) out[at++] = part.data[i]!;
      return out;
    }
    case "softmax": {
      const width = node.shape.at(-1) ?? 1;
      for (let start = 0; start < out.length; start += width) {
        let top = -Infinity;
        for (let i = start; i < start + width; i++) top = Math.max(top, first[i]!);
        let total = 0;
        for (let i = start; i < start + width; i++) total += out[i] = Math.exp(first[i]! - top);
        for (let i = start; i < start + width; i++) out[i] = out[i]! / total;
      }
      return out;
    }
    case "matmul": {
      const m = node.shape[0]!;
      const n = node.shape[1]!;
      const k = args[1]!.shape[0]!;
      const second = args[1]!.data;
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++) {
          let total = 0;
          for (let l = 0; l < k; l++) total += first[i * k + l]! * second[l * n + j]!;
          out[i * n + j] = total;
        }
      return out;
    }
    case "transpose": {
      const rows = node.shape[1]!;
      const columns = node.shape[0]!;
      for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = first[i * columns + j]!;
      return out;
    }
  }
}

/** Values of all nodes, by id. `inputs` holds each input flattened row-major. */
export function evaluateNodes(
  graph: ExprGraph,
  inputs: Readonly<Record<string, ArrayLike<number>>>,
): readonly Float64Array[] {
  const values: Float64Array[] = [];
  for (const node of graph.nodes) {
    if (node.op === "input") {
      const given = Object.hasOwn(inputs, node.name) ? inputs[node.name] : undefined;
      if (given?.length !== sizeOf(node.shape)) {
        throw new Error(`input ${node.name} needs ${sizeOf(node.shape)} values, has ${given?.length ?? "none"}`);
      }
      values.push(Float64Array.from(given));
    } else {
      const args = argsOf(node).map((id) => ({ shape: graph.nodes[id]!.shape, data: values[id]! }));
      values.push(evaluateNode(node, args));
    }
  }
  return values;
}

/** Output of `graph`, flattened row-major, in float64: the oracle that emitted code and derivatives are tested by. */
export function evaluateGraph(graph: ExprGraph, inputs: Readonly<Record<string, ArrayLike<number>>>): Float64Array {
  return evaluateNodes(graph, inputs)[graph.output]!;
}
