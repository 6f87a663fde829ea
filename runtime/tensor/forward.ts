import { dependents, shareOfMax } from "./differentiate.ts";
import { timesDerivative } from "./elementwise-derivative.ts";
import type { Graph, Tensor } from "./graph.ts";
import { argsOf, sameShape, shapeText, type Operation, type TensorNode } from "./node.ts";
import * as ops from "./ops.ts";

/**
 * Directional derivatives (forward mode): how `outputs` change when `inputs` move along `tangents`, as new nodes of the
 * same graph. One direction costs about what the outputs do, however many inputs there are.
 * @param tangents one for each input, of its shape
 * @returns one tensor for each output, of its shape
 */
export function jvp(outputs: readonly Tensor[], inputs: readonly Tensor[], tangents: readonly Tensor[]): Tensor[] {
  const graph = outputs[0]?.graph;
  if (graph === undefined) return [];
  inputs.forEach((x, i) => {
    const t = tangents[i];
    if (t === undefined || !sameShape(t.shape, x.shape))
      throw new Error(`jvp: a tangent of ${shapeText(x.shape)} is needed${t ? `, not ${shapeText(t.shape)}` : ""}.`);
  });
  const last = Math.max(...outputs.map((y) => y.id));
  const needed = dependents(graph, inputs, last);
  const found = new Map(inputs.map((x, i) => [x.id, tangents[i]!]));
  for (let id = 0; id <= last; id++) {
    const node = graph.nodes[id]!;
    if (!needed[id] || found.has(id)) continue;
    const moving = argsOf(node).map((arg) => found.get(arg) ?? null);
    const tangent = graph.labelled(node.label, () => tangentOf(graph, id, node, moving));
    if (tangent !== null) found.set(id, tangent);
  }
  return outputs.map((y) => found.get(y.id) ?? ops.broadcast(graph.constant(0), y.shape));
}

/** Tangent of a node from those of its arguments (`null`: zero). */
function tangentOf(graph: Graph, id: number, node: TensorNode, moving: readonly (Tensor | null)[]): Tensor | null {
  const arg = (i: number): Tensor => graph.tensor(argsOf(node)[i]!);
  const t = moving[0] ?? null;
  switch (node.op) {
    case "input":
    case "constant":
    case "top_k":
      return null;
    case "sum":
      return t === null ? null : ops.sum(t, node);
    case "reduce_max":
      return t === null ? null : ops.sum(ops.mul(t, shareOfMax(arg(0), graph.tensor(id), node.axes)), node);
    case "broadcast":
      return t === null ? null : ops.broadcast(t, node.shape);
    case "reshape":
      return t === null ? null : ops.reshape(t, node.shape);
    case "transpose":
      return t === null ? null : ops.transpose(t, node.order);
    case "slice":
      return t === null ? null : ops.slice(t, node.axis, node.start, node.end);
    case "pad":
      return t === null ? null : ops.pad(t, node.axis, node.before, node.after);
    case "cumsum":
      return t === null ? null : ops.cumsum(t, node.axis, node);
    case "concat":
      if (moving.every((part) => part === null)) return null;
      return ops.concat(
        moving.map((part, i) => part ?? ops.broadcast(graph.constant(0), arg(i).shape)),
        node.axis,
      );
    case "gather":
      return t === null ? null : ops.gather(t, arg(1), node.axis);
    case "scatter_add":
      return t === null ? null : ops.scatterAdd(t, arg(1), node.shape[0]!);
    case "gather_elements":
      return t === null ? null : ops.gatherElements(t, arg(1), node.axis);
    case "scatter_elements":
      return t === null ? null : ops.scatterElements(t, arg(1), node.axis, node.shape[node.axis]!);
    case "matmul":
    case "conv":
    case "conv_transpose":
      return total(moving.map((part, i) => (part === null ? null : bilinear(graph, node, i, part))));
    default: {
      const parts = moving.map((part, i) => (part === null ? null : timesDerivative(graph, id, node, i, part)));
      const sum = total(parts);
      return sum === null ? null : ops.broadcast(sum, node.shape);
    }
  }
}

/** The product with one factor replaced by its tangent. */
function bilinear(
  graph: Graph,
  node: TensorNode & { readonly op: "matmul" | "conv" | "conv_transpose" },
  position: number,
  tangent: Tensor,
): Tensor {
  const args: readonly [number, number] = position === 0 ? [tangent.id, node.args[1]] : [node.args[0], tangent.id];
  const { shape, dtype, label: _label, ...operation } = node;
  const replaced: Operation = { ...operation, args };
  return graph.add(replaced, shape, dtype);
}

function total(parts: readonly (Tensor | null)[]): Tensor | null {
  return parts.reduce((sum, part) => (sum === null ? part : part === null ? sum : ops.add(sum, part)), null);
}

/**
 * Divergence `Σ_i ∂f_i/∂s_i` of a field at each row, by one forward pass a component: what the likelihood of a flow
 * integrates.
 * @param field `[rows, d]`, each row a function of the same row of `state` alone
 * @param state `[rows, d]`
 * @returns `[rows, 1]`
 */
export function divergence(field: Tensor, state: Tensor): Tensor {
  const d = requireField(field, state);
  const { graph } = state;
  const terms = Array.from({ length: d }, (_, i) => {
    const direction = Array.from({ length: d }, (_, j) => (i === j ? 1 : 0));
    const along = ops.broadcast(graph.constant(direction, [1, d]), state.shape);
    return ops.slice(jvp([field], [state], [along])[0]!, 1, i, i + 1);
  });
  return terms.reduce((sum, term) => ops.add(sum, term));
}

/**
 * Unbiased estimate of the divergence from one forward pass, `εᵀ (∂f/∂s) ε` (Hutchinson 1990).
 * @param probe `[rows, d]` of independent elements with mean 0 and variance 1
 * @returns `[rows, 1]`
 */
export function divergenceEstimate(field: Tensor, state: Tensor, probe: Tensor): Tensor {
  requireField(field, state);
  const [moved] = jvp([field], [state], [probe]);
  return ops.sum(ops.mul(moved!, probe), { axes: [1], keep: true });
}

function requireField(field: Tensor, state: Tensor): number {
  const d = state.shape[1];
  if (state.shape.length !== 2 || d === undefined || d === 0 || !sameShape(field.shape, state.shape))
    throw new Error(`divergence: ${shapeText(field.shape)} is no field over rows ${shapeText(state.shape)}.`);
  return d;
}
