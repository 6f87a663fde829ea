import { argsOf, type Shape, type TensorNode, type Window } from "./node.ts";
import type { Port, Program } from "./program.ts";

/**
 * The axis of each node along which the rows of data lie, for a program some of whose inputs have them as their first axis;
 * nothing for a node that is the same for every row. Rows may change their place on the way: an LSTM has them in columns.
 * @throws Error where rows are mixed, or an output does not have them first
 */
export function rowAxesOf(program: Program, inputs: readonly Port[]): ReadonlyMap<number, number> {
  const axes = new Map(inputs.map(({ node }) => [node, 0]));
  // A constant that is repeated for every row is known for one by what it is joined with, further on.
  let known = -1;
  while (known !== axes.size) {
    known = axes.size;
    for (const id of program.order) {
      const axis = axisOf(program, id, axes);
      if (axis !== null) axes.set(id, axis);
    }
  }
  for (const { name, node } of program.outputs)
    if (axes.get(node) !== 0) throw new Error(`The output ${name} does not have the rows as its first axis.`);
  return axes;
}

function axisOf(program: Program, id: number, axes: Map<number, number>): number | null {
  const node = program.nodes[id]!;
  const known = axes.get(id);
  if (known !== undefined) return known;
  const args = argsOf(node);
  const found = args.map((arg) => axes.get(arg));
  if (found.every((axis) => axis === undefined)) return null;
  const shapeOf = (arg: number): Shape => program.nodes[arg]!.shape;
  const [first] = found;
  const kept = (along: number): number => {
    if (first === along) throw mixing(node);
    return first!;
  };
  switch (node.op) {
    case "reshape":
      return reshaped(node, shapeOf(args[0]!), first!);
    case "transpose":
      return node.order.indexOf(first!);
    case "sum":
    case "reduce_max": {
      if (node.axes.includes(first!)) throw mixing(node);
      return node.keep ? first! : first! - node.axes.filter((axis) => axis < first!).length;
    }
    case "slice":
    case "pad":
    case "cumsum":
    case "top_k":
      return kept(node.axis);
    case "matmul":
      return ofProduct(node, found, shapeOf);
    case "conv":
    case "conv_transpose": {
      // Along an axis on which the kernel has one tap rows stand side by side, each for itself.
      const apart = first! >= 2 && shapeOf(args[1]!)[first!] === 1 && isUnmoved(node, first! - 2);
      if (found[1] !== undefined || (first !== 0 && !apart)) throw mixing(node);
      return first!;
    }
    case "gather":
    case "gather_elements":
    case "scatter_add":
    case "scatter_elements":
      return first ?? 0;
    case "concat": {
      const axis = found.find((one) => one !== undefined)!;
      if (axis === node.axis) throw mixing(node);
      for (const arg of args) repeated(program, arg, axis, axes);
      return axis;
    }
    default: {
      // Shapes are aligned at their last axes.
      const rank = node.shape.length;
      const places = args.map((arg, i) => {
        const own = found[i];
        return own === undefined ? undefined : own + rank - shapeOf(arg).length;
      });
      const axis = places.find((place) => place !== undefined)!;
      if (places.some((place) => place !== undefined && place !== axis)) throw mixing(node);
      for (const arg of args) repeated(program, arg, axis - rank + shapeOf(arg).length, axes);
      return axis;
    }
  }
}

/** Whether a window of one tap reads every element of a spatial axis once, where it stands. */
function isUnmoved({ stride, before, after }: Window, axis: number): boolean {
  return stride[axis] === 1 && before[axis] === 0 && after[axis] === 0;
}

/** Says of a value without rows that stands beside some that it is repeated for each, where it has that many. */
function repeated(program: Program, id: number, axis: number, axes: Map<number, number>): void {
  const node = program.nodes[id]!;
  if (axes.has(id) || axis < 0 || node.shape[axis] === 1) return;
  if (node.op !== "broadcast") throw mixing(node);
  axes.set(id, axis);
}

/** The axis that has as many elements before it, and as many as there are rows. */
function reshaped(node: TensorNode, from: Shape, axis: number): number {
  const rows = from[axis]!;
  const before = product(from.slice(0, axis));
  const found = node.shape.findIndex((n, k) => n === rows && product(node.shape.slice(0, k)) === before);
  if (found < 0) throw mixing(node);
  return found;
}

function ofProduct(
  node: TensorNode & { readonly op: "matmul" },
  [first, second]: readonly (number | undefined)[],
  shapeOf: (id: number) => Shape,
): number {
  const rank = node.shape.length;
  /** From the last axis: 0 of the columns, 1 of the rows of a matrix, further on of several. */
  const side = (axis: number | undefined, position: 0 | 1, turned: boolean): number | null => {
    if (axis === undefined) return null;
    const back = shapeOf(node.args[position]).length - 1 - axis;
    return back > 1 || !turned ? back : 1 - back;
  };
  const [a, b] = [side(first, 0, node.transposeA), side(second, 1, node.transposeB)];
  if (a === 0 || b === 1 || (a !== null && b !== null && a !== b)) throw mixing(node);
  return rank - 1 - (a ?? b!);
}

function product(shape: Shape): number {
  return shape.reduce((total, n) => total * n, 1);
}

function mixing({ op }: TensorNode): Error {
  return new Error(`A ${op} along the rows cannot be written for a variable number of rows.`);
}
