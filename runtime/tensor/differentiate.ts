import type { Graph, HandDerivative, Tensor } from "./graph.ts";
import { argsOf, sameShape, sizeOf, type NodeLabel, type Shape, type TensorNode, type Window } from "./node.ts";
import { timesDerivative } from "./elementwise-derivative.ts";
import * as ops from "./ops.ts";

/**
 * Derivatives of a scalar in `wrt`, by reverse accumulation, as new nodes of the same graph: done once, when the program
 * is built. A tensor that `loss` does not depend on gets zeros.
 * @returns one tensor per element of `wrt`, of its shape
 * @throws Error where `loss` is no scalar
 */
export function gradients(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
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
        ? ops.convolveTransposed(dy, arg(1), windowOf(node), x.shape)
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

function windowOf({ stride, dilation, before, after, groups }: Window): Window {
  return { stride, dilation, before, after, groups };
}

/**
 * Derivative in the kernel of a correlation from `large` [n, c, …] to `small` [n, o, …]: itself a correlation, of the
 * images' channels over their rows, in which stride and dilation change places.
 */
function kernelGradient(large: Tensor, small: Tensor, window: Window, shape: Shape): Tensor {
  const { groups } = window;
  const [n = 0, c = 0, ...spatial] = large.shape;
  if (groups === 1 && spatial.length === 1 && window.stride[0] === 1 && c >= MANY_CHANNELS)
    return kernelGradientOfTaps(large, small, window, shape);
  // [n, g · k, …] → [k, g · n, …]
  const parts = ops.reshape(large, [n, groups, c / groups, ...spatial]);
  const order = [2, 1, 0, ...spatial.map((_, i) => i + 3)];
  const channels = ops.reshape(ops.transpose(parts, order), [c / groups, groups * n, ...spatial]);
  const turned = { ...window, stride: window.dilation, dilation: window.stride };
  let gradient = ops.convolve(channels, ops.swapAxes(small, 0, 1), turned);
  // What a stride left over at the end gives taps that the kernel does not have.
  shape.forEach((size, axis) => {
    if (axis >= 2) gradient = ops.slice(gradient, axis, 0, size);
  });
  return ops.swapAxes(gradient, 0, 1);
}

/**
 * Channels from which on the kernel's derivative along one axis is one product: as a correlation it would be one with as
 * many columns as the kernel has taps, too few for ONNX Runtime (three times the time, with 16 channels to 32).
 */
const MANY_CHANNELS = 4;

/** The same along one axis with a stride of 1: one product of `small` with the images that each tap reads. */
function kernelGradientOfTaps(large: Tensor, small: Tensor, { before, after, dilation }: Window, shape: Shape): Tensor {
  const [o = 0, c = 0, taps = 0] = shape;
  const [n = 0, , length = 0] = small.shape;
  const images = ops.pad(ops.swapAxes(large, 0, 1), 2, before[0]!, after[0]!);
  const read = Array.from({ length: taps }, (_, k) => {
    const start = k * dilation[0]!;
    return ops.reshape(ops.slice(images, 2, start, start + length), [c, n * length]);
  });
  const product = ops.matmul(ops.reshape(ops.swapAxes(small, 0, 1), [o, n * length]), flip(ops.concat(read, 0)));
  return ops.swapAxes(ops.reshape(product, [o, taps, c]), 1, 2);
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
