import type { Graph, HandDerivative, Tensor } from "./graph.ts";
import { argsOf, sameShape, sizeOf, type NodeLabel, type Shape, type TensorNode } from "./node.ts";
import { imageGradient, kernelGradient, windowOf } from "./conv-derivative.ts";
import { timesDerivative } from "./elementwise-derivative.ts";
import * as ops from "./ops.ts";

/**
 * Derivatives of a scalar in `wrt`, by reverse accumulation, as new nodes of the same graph: done once, when the program
 * is built. A tensor that `loss` does not depend on gets zeros.
 * @returns one tensor per element of `wrt`, of its shape
 * @throws Error where `loss` is no scalar, or reads part of a slice of `wrt`
 */
export function gradients(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  // A reshape of a reshape reads its source, so that the derivative in a tensor that is one is what its source gets.
  const sources = wrt.map(unshaped);
  requireWhole(loss, sources);
  return derivatives(loss, sources).map((derivative, i) => ops.reshape(derivative, wrt[i]!.shape));
}

/**
 * A slice of a slice reads its source too, so that nothing would flow back to the slice between.
 * @throws Error where `loss` reads part of an asked slice in that way
 */
function requireWhole(loss: Tensor, wrt: readonly Tensor[]): void {
  const { graph } = loss;
  const asked = wrt.flatMap((x) => {
    const node = graph.node(x);
    return node.op === "slice" ? [{ id: x.id, ...node }] : [];
  });
  if (asked.length === 0) return;
  for (const id of dependencies(graph, loss.id)) {
    const part = graph.nodes[id]!;
    if (part.op !== "slice") continue;
    const isPart = (whole: (typeof asked)[number]): boolean =>
      id !== whole.id &&
      part.args[0] === whole.args[0] &&
      part.axis === whole.axis &&
      part.start >= whole.start &&
      part.end <= whole.end;
    if (asked.some(isPart))
      throw new Error("A derivative in a slice is asked for of which a part is read: ask for one in its source.");
  }
}

function unshaped(x: Tensor): Tensor {
  const node = x.graph.node(x);
  return node.op === "reshape" ? unshaped(x.graph.tensor(node.args[0])) : x;
}

function derivatives(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  const { graph } = loss;
  if (sizeOf(loss.shape) !== 1) throw new Error("Only a scalar is differentiated.");
  const needed = dependents(graph, wrt, loss.id);
  const adjoints = new Map<number, Tensor>([[loss.id, graph.constant(1, loss.shape)]]);
  const slices = new Map<number, SliceAdjoint[]>();
  const add = (id: number, part: Tensor): void => {
    const old = adjoints.get(id);
    adjoints.set(id, old === undefined ? part : ops.add(old, part));
  };
  const asked = new Set(wrt.map(({ id }) => id));
  /** The adjoint of a node all of whose readers have been seen, so that its slices are all known; `null` for zero. */
  const take = (id: number, label: NodeLabel | undefined): Tensor | null => {
    const { shape } = graph.nodes[id]!;
    for (const part of graph.labelled(label, () => joinSlices(slices.get(id) ?? [], shape))) add(id, part);
    const adjoint = adjoints.get(id) ?? null;
    slices.delete(id);
    adjoints.delete(id);
    return adjoint;
  };
  for (let id = loss.id; id >= 0; id--) {
    if (!needed[id]) continue;
    const node = graph.nodes[id]!;
    const label = derivativeLabel(node.label);
    const byHand = graph.derivatives.get(id);
    if (byHand !== undefined && !isAskedWithin(graph, byHand, asked)) {
      const own = byHand.outputs.map((output) => take(output.id, label));
      if (own.some((part) => part !== null)) {
        const wanted = byHand.inputs.map((input) => needed[input.id]!);
        const parts = graph.labelled(label, () => byHand.adjoints(own, wanted));
        byHand.inputs.forEach((input, i) => {
          const part = parts[i] ?? null;
          if (wanted[i] === true && part !== null) add(input.id, part);
        });
      }
    }
    const adjoint = take(id, label);
    if (adjoint === null) continue;
    if (asked.has(id)) adjoints.set(id, adjoint);
    if (node.op === "slice") {
      const [arg] = node.args;
      if (needed[arg]) slices.set(arg, [...(slices.get(arg) ?? []), { ...node, adjoint }]);
      continue;
    }
    for (const [position, arg] of argsOf(node).entries()) {
      if (!needed[arg]) continue;
      const part = graph.labelled(label, () => partial(graph, id, node, position, adjoint));
      if (part !== null) add(arg, part);
    }
  }
  return wrt.map((x) => adjoints.get(x.id) ?? ops.broadcast(graph.constant(0), x.shape));
}

/** Whether a derivative in a node between the inputs and the outputs is asked for, which only the nodes can tell. */
function isAskedWithin(graph: Graph, { inputs, outputs }: HandDerivative, asked: ReadonlySet<number>): boolean {
  const seen = new Set(inputs.map(({ id }) => id));
  const rest = outputs.map(({ id }) => id);
  for (let id = rest.pop(); id !== undefined; id = rest.pop()) {
    if (seen.has(id)) continue;
    if (asked.has(id)) return true;
    seen.add(id);
    rest.push(...argsOf(graph.nodes[id]!));
  }
  return false;
}

/** The adjoint of elements `start … end − 1` along an axis. */
interface SliceAdjoint {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly adjoint: Tensor;
}

/**
 * Adjoints of a tensor of `shape` from those of its slices. Slices side by side are joined, which reads each element
 * once; the sum of what each slice gives would read all elements for each of them.
 */
function joinSlices(slices: readonly SliceAdjoint[], shape: Shape): Tensor[] {
  const runs: SliceAdjoint[][] = [];
  for (const slice of slices.toSorted((a, b) => a.axis - b.axis || a.start - b.start)) {
    const run = runs.find((others) => others[0]!.axis === slice.axis && others.at(-1)!.end <= slice.start);
    if (run === undefined) runs.push([slice]);
    else run.push(slice);
  }
  return runs.map((run) => {
    const { axis, start } = run[0]!;
    const parts = run.map((slice, i) => {
      const next = run[i + 1]?.start ?? shape[axis]!;
      return ops.pad(slice.adjoint, axis, i === 0 ? start : 0, next - slice.end);
    });
    return ops.concat(parts, axis);
  });
}

/** Names what a derivative is of. */
function derivativeLabel(label: NodeLabel | undefined): NodeLabel | undefined {
  if (label === undefined || label.text.startsWith(DERIVATIVE)) return label;
  return { ...label, text: `${DERIVATIVE}${label.text}` };
}

const DERIVATIVE = "the derivative of ";

/** The nodes that `id` is computed from. */
function dependencies(graph: Graph, id: number): ReadonlySet<number> {
  const seen = new Set([id]);
  for (const node of seen) for (const arg of argsOf(graph.nodes[node]!)) seen.add(arg);
  return seen;
}

/** Which nodes up to `last` depend on an element of `wrt`. */
export function dependents(graph: Graph, wrt: readonly Tensor[], last: number): boolean[] {
  const sources = new Set(wrt.map((x) => x.id));
  const depends: boolean[] = [];
  for (let id = 0; id <= last; id++)
    depends.push(sources.has(id) || argsOf(graph.nodes[id]!).some((arg) => depends[arg]!));
  return depends;
}

/** Contribution of node `id` to the adjoint of its argument at `position`; `null` where it is zero everywhere. */
function partial(graph: Graph, id: number, node: TensorNode, position: number, dy: Tensor): Tensor | null {
  const y = graph.tensor(id);
  const arg = (i: number): Tensor => graph.tensor(argsOf(node)[i]!);
  const x = arg(position);
  switch (node.op) {
    case "input":
    case "constant":
    case "top_k":
      return null;
    case "sum":
      return ops.broadcast(ops.reshape(dy, keptShape(x.shape, node.axes)), x.shape);
    case "reduce_max":
      return ops.mul(shareOfMax(x, y, node.axes), ops.reshape(dy, keptShape(x.shape, node.axes)));
    case "broadcast":
      return unbroadcast(dy, x.shape);
    case "reshape":
      return ops.reshape(dy, x.shape);
    case "transpose": {
      const inverse = node.order.map((_, axis) => node.order.indexOf(axis));
      return ops.transpose(dy, inverse);
    }
    case "concat": {
      const start = node.args.slice(0, position).reduce((total, i) => total + graph.nodes[i]!.shape[node.axis]!, 0);
      return ops.slice(dy, node.axis, start, start + x.shape[node.axis]!);
    }
    case "slice":
      throw new Error("The derivatives of slices are joined.");
    case "pad":
      return ops.slice(dy, node.axis, node.before, node.before + x.shape[node.axis]!);
    case "cumsum":
      return ops.cumsum(dy, node.axis, { exclusive: node.exclusive, reverse: !node.reverse });
    case "matmul": {
      const a = node.transposeA ? flip(arg(0)) : arg(0);
      const b = node.transposeB ? flip(arg(1)) : arg(1);
      if (position === 0)
        return unbroadcast(node.transposeA ? ops.matmul(b, flip(dy)) : ops.matmul(dy, flip(b)), x.shape);
      return unbroadcast(node.transposeB ? ops.matmul(flip(dy), a) : ops.matmul(flip(a), dy), x.shape);
    }
    case "conv":
      return position === 0
        ? imageGradient(dy, arg(1), windowOf(node), x.shape)
        : kernelGradient(arg(0), dy, windowOf(node), x.shape);
    case "conv_transpose":
      return position === 0
        ? ops.convolve(dy, arg(1), windowOf(node))
        : kernelGradient(dy, arg(0), windowOf(node), x.shape);
    case "gather":
      return position === 1 ? null : ops.scatterAdd(dy, arg(1), x.shape[node.axis]!, node.axis);
    case "scatter_add":
      return position === 1 ? null : ops.gather(dy, arg(1));
    case "gather_elements":
      return position === 1 ? null : ops.scatterElements(dy, arg(1), node.axis, x.shape[node.axis]!);
    case "scatter_elements":
      return position === 1 ? null : ops.gatherElements(dy, arg(1), node.axis);
    default: {
      const part = timesDerivative(graph, id, node, position, dy);
      return part === null ? null : unbroadcast(part, x.shape);
    }
  }
}

/** Derivative of a maximum in each element: equal shares among those that attain it. */
export function shareOfMax(x: Tensor, y: Tensor, axes: readonly number[]): Tensor {
  const attains = ops.toFloat(ops.equal(x, ops.reshape(y, keptShape(x.shape, axes))));
  return ops.div(attains, ops.sum(attains, { axes, keep: true }));
}

function flip(x: Tensor): Tensor {
  return ops.swapAxes(x, -1, -2);
}

/** Sums over the axes that a value of `shape` was repeated along. */
function unbroadcast(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const extra = x.shape.length - shape.length;
  const axes = x.shape.map((_, i) => i).filter((i) => i < extra || (shape[i - extra] === 1 && x.shape[i] !== 1));
  return ops.reshape(ops.sum(x, { axes }), shape);
}

function keptShape(shape: Shape, axes: readonly number[]): Shape {
  return shape.map((n, i) => (axes.includes(i) ? 1 : n));
}
