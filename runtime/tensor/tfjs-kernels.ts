import {
  sameShape,
  sizeOf,
  stridesOf,
  type BinaryOp,
  type CompareOp,
  type Op,
  type Shape,
  type TensorNode,
  type UnaryOp,
} from "./node.ts";
import type { TensorFlow, TfjsTensor } from "./tfjs-backend.ts";
import { convKernel, convTransposeKernel } from "./tfjs-conv.ts";

/** Computes a node from the values of its arguments; the result is a tensor of its own. */
export type TfjsKernel = (args: readonly TfjsTensor[]) => TfjsTensor;
type Unary = (x: TfjsTensor) => TfjsTensor;
type Binary = (a: TfjsTensor, b: TfjsTensor) => TfjsTensor;

/** One node in the operations of TensorFlow.js, for arguments of the given shapes. */
export function tfjsKernel(tf: TensorFlow, node: TensorNode, shapes: readonly Shape[]): TfjsKernel {
  const withoutElements = emptyKernel(tf, node, shapes);
  if (withoutElements !== null) return withoutElements;
  const { op } = node;
  if (isUnary(op)) {
    const apply = unaryOf(tf, op);
    return ([x]) => apply(x!);
  }
  if (isBinary(op)) {
    const apply = binaryOf(tf, op);
    return ([a, b]) => apply(a!, b!);
  }
  const compute = structuredKernel(tf, node, shapes);
  return (args) => tf.tidy(() => compute(args));
}

/** Where an argument or the result has no elements, which kernels differ about: what is left to compute. */
function emptyKernel(tf: TensorFlow, node: TensorNode, shapes: readonly Shape[]): TfjsKernel | null {
  const shape = [...node.shape];
  const dtype = node.dtype === "index" ? "int32" : node.dtype === "bool" ? "bool" : "float32";
  if (sizeOf(shape) === 0) return () => tf.tensor([], shape, dtype);
  if (!shapes.some((s) => sizeOf(s) === 0)) return null;
  if (node.op === "concat") {
    const filled = shapes.flatMap((s, i) => (sizeOf(s) === 0 ? [] : [i]));
    const compute = structuredKernel(
      tf,
      node,
      filled.map((i) => shapes[i]!),
    );
    return (args) => tf.tidy(() => compute(filled.map((i) => args[i]!)));
  }
  const data = new Float32Array(sizeOf(shape)).fill(node.op === "reduce_max" ? -Infinity : 0);
  return () => tf.tensor(data, shape);
}

function structuredKernel(tf: TensorFlow, node: TensorNode, shapes: readonly Shape[]): TfjsKernel {
  const shape = [...node.shape];
  const first: Shape = shapes[0] ?? [];
  switch (node.op) {
    case "where":
      return ([condition, a, b]) => tf.where(tf.broadcastTo(condition!, shape), a!, b!);
    case "to_float":
      return ([x]) => tf.cast(x!, "float32");
    case "to_index":
      return ([x]) => tf.cast(x!, "int32");
    case "sum":
      return ([x]) => tf.sum(x!, [...node.axes], node.keep);
    case "reduce_max":
      return ([x]) => tf.max(x!, [...node.axes], node.keep);
    case "broadcast":
      return ([x]) => tf.broadcastTo(x!, shape);
    case "reshape":
      return ([x]) => tf.reshape(x!, shape);
    case "transpose":
      return ([x]) => tf.transpose(x!, [...node.order]);
    case "matmul":
      return matmulKernel(tf, node, shapes);
    case "conv":
      return convKernel(tf, node, shapes, shape);
    case "conv_transpose":
      return convTransposeKernel(tf, node, shapes, shape);
    case "concat":
      return (args) => {
        const parts = args.map((x, i) => tf.reshape(x, around(shapes[i]!, node.axis)));
        return tf.reshape(tf.concat(parts, 1), shape);
      };
    case "slice": {
      const [outer, , inner] = around(first, node.axis);
      const size = [outer, node.end - node.start, inner];
      return ([x]) => tf.reshape(tf.slice(tf.reshape(x!, around(first, node.axis)), [0, node.start, 0], size), shape);
    }
    case "pad": {
      const amounts: [number, number][] = [
        [0, 0],
        [node.before, node.after],
        [0, 0],
      ];
      return ([x]) => tf.reshape(tf.pad(tf.reshape(x!, around(first, node.axis)), amounts), shape);
    }
    case "cumsum":
      return ([x]) => {
        const lines = tf.reshape(x!, around(first, node.axis));
        return tf.reshape(tf.cumsum(lines, 1, node.exclusive, node.reverse), shape);
      };
    case "top_k":
      return ([x]) => {
        const lines = tf.transpose(tf.reshape(x!, around(first, node.axis)), [0, 2, 1]);
        const { indices } = tf.topk(node.largest ? lines : tf.neg(lines), node.k, true);
        return tf.reshape(tf.transpose(indices, [0, 2, 1]), shape);
      };
    case "gather":
      return ([x, indices]) => tf.reshape(tf.gather(tf.reshape(x!, around(first, node.axis)), indices!, 1), shape);
    case "scatter_add": {
      const width = sizeOf(shape.slice(1));
      return ([x, indices]) => {
        const rows = tf.reshape(x!, [shapes[1]![0]!, width]);
        return tf.reshape(tf.scatterND(tf.reshape(indices!, [-1, 1]), rows, [shape[0]!, width]), shape);
      };
    }
    case "gather_elements": {
      const address = flatAddress(tf, shapes[1]!, first, node.axis);
      return ([x, indices]) => tf.reshape(tf.gather(tf.reshape(x!, [-1]), address(indices!)), shape);
    }
    case "scatter_elements": {
      const address = flatAddress(tf, shapes[1]!, shape, node.axis);
      return ([x, indices]) => {
        const at = tf.reshape(address(indices!), [-1, 1]);
        return tf.reshape(tf.scatterND(at, tf.reshape(x!, [-1]), [sizeOf(shape)]), shape);
      };
    }
    default:
      throw new Error(`${node.op} is not an operation.`);
  }
}

/** TensorFlow.js' WASM kernel mixes up batches that are repeated along some axes only: these are repeated first. */
function matmulKernel(
  tf: TensorFlow,
  node: TensorNode & { readonly op: "matmul" },
  shapes: readonly Shape[],
): TfjsKernel {
  const batch = node.shape.slice(0, -2);
  const repeated = (x: TfjsTensor, shape: Shape): TfjsTensor =>
    sizeOf(shape.slice(0, -2)) === 1 || sameShape(shape.slice(0, -2), batch)
      ? x
      : tf.broadcastTo(x, [...batch, ...shape.slice(-2)]);
  return ([a, b]) => tf.matMul(repeated(a!, shapes[0]!), repeated(b!, shapes[1]!), node.transposeA, node.transposeB);
}

/** A shape as three axes: all before `axis`, itself, all after. Kernels take any number of axes only so. */
function around(shape: Shape, axis: number): [number, number, number] {
  return [sizeOf(shape.slice(0, axis)), shape[axis]!, sizeOf(shape.slice(axis + 1))];
}

/** Turns indices along an axis into positions in the flattened tensor of shape `addressed`. */
function flatAddress(tf: TensorFlow, indices: Shape, addressed: Shape, axis: number): Unary {
  const step = stridesOf(addressed)[axis]!;
  const [outer, count, inner] = around(indices, axis);
  const start = new Int32Array(outer * count * inner);
  for (let o = 0, at = 0; o < outer; o++)
    for (let i = 0; i < count; i++) for (let k = 0; k < inner; k++, at++) start[at] = o * addressed[axis]! * inner + k;
  return (x) => tf.add(tf.mul(tf.reshape(x, [-1]), tf.scalar(step, "int32")), tf.tensor1d(start, "int32"));
}

/** `plain`, with NaN where `nan` says so: TensorFlow.js' kernels of signs and extremes pass over it. */
function keepNaN(tf: TensorFlow, plain: TfjsTensor, nan: TfjsTensor): TfjsTensor {
  return tf.where(nan, tf.fill(plain.shape, Number.NaN), plain);
}

function isUnary(op: Op): op is UnaryOp {
  return op in UNARY;
}
function isBinary(op: Op): op is BinaryOp | CompareOp {
  return op in BINARY;
}

function unaryOf(tf: TensorFlow, op: UnaryOp): Unary {
  const apply: Unary = tf[UNARY[op]];
  return op === "sign" ? (x) => tf.tidy(() => keepNaN(tf, apply(x), tf.isNaN(x))) : apply;
}

function binaryOf(tf: TensorFlow, op: BinaryOp | CompareOp): Binary {
  const apply: Binary = tf[BINARY[op]];
  if (op !== "max" && op !== "min") return apply;
  return (a, b) => tf.tidy(() => keepNaN(tf, apply(a, b), tf.logicalOr(tf.isNaN(a), tf.isNaN(b))));
}

const UNARY = {
  neg: "neg",
  abs: "abs",
  sign: "sign",
  exp: "exp",
  log: "log",
  sqrt: "sqrt",
  square: "square",
  tanh: "tanh",
  sigmoid: "sigmoid",
  relu: "relu",
  softplus: "softplus",
  erf: "erf",
  sin: "sin",
  cos: "cos",
  floor: "floor",
  stop_gradient: "clone",
} as const satisfies Record<UnaryOp, string>;

const BINARY = {
  add: "add",
  sub: "sub",
  mul: "mul",
  div: "div",
  pow: "pow",
  max: "maximum",
  min: "minimum",
  less: "less",
  less_equal: "lessEqual",
  greater: "greater",
  greater_equal: "greaterEqual",
  equal: "equal",
} as const satisfies Record<BinaryOp | CompareOp, string>;
