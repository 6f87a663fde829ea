import { convolveKernel, convolveTransposedKernel } from "./kernels-conv.ts";
import { cumulate, gatherAlong, gatherElementsAlong, scatterElementsAlong, topKAlong } from "./kernels-axis.ts";
import {
  sizeOf,
  stridesOf,
  type BinaryOp,
  type CompareOp,
  type Op,
  type Shape,
  type TensorNode,
  type UnaryOp,
} from "./node.ts";
import type { Value } from "./value.ts";

export type { Value };

/**
 * What one operation means, in plain float64: the oracle of the executors' tests and the folder of constants. Written to
 * be obviously right, not fast.
 */
export function evaluateNode(node: TensorNode, args: readonly Value[]): Float64Array {
  const out = new Float64Array(sizeOf(node.shape));
  switch (node.op) {
    case "input":
      throw new Error(`Input ${node.name} has no value of its own.`);
    case "constant":
      return node.value;
    case "reshape":
      out.set(args[0]!.data);
      return out;
    case "to_float":
      out.set(args[0]!.data);
      return out;
    case "to_index":
      return args[0]!.data.map(Math.trunc);
    case "broadcast": {
      const read = broadcastReader(args[0]!, node.shape);
      return out.map((_, i) => read(i));
    }
    case "where": {
      const condition = broadcastReader(args[0]!, node.shape);
      const a = broadcastReader(args[1]!, node.shape);
      const b = broadcastReader(args[2]!, node.shape);
      return out.map((_, i) => (condition(i) === 0 ? b(i) : a(i)));
    }
    case "sum":
    case "reduce_max": {
      const x = args[0]!;
      const index = axisIndexer(
        x.shape,
        (axes) => axes.map((v, axis) => (node.axes.includes(axis) ? 0 : v)),
        (axis) => (node.axes.includes(axis) ? 1 : x.shape[axis]!),
      );
      if (node.op === "reduce_max") out.fill(-Infinity);
      x.data.forEach((v, i) => {
        const o = index(i);
        out[o] = node.op === "sum" ? out[o]! + v : Math.max(out[o]!, v);
      });
      return out;
    }
    case "transpose": {
      const strides = stridesOf(args[0]!.shape);
      forEachIndex(node.shape, (axes, i) => {
        out[i] = args[0]!.data[axes.reduce((sum, v, axis) => sum + v * strides[node.order[axis]!]!, 0)]!;
      });
      return out;
    }
    case "concat": {
      let start = 0;
      for (const part of args) {
        placeAlongAxis(part, out, node.shape, node.axis, start);
        start += part.shape[node.axis]!;
      }
      return out;
    }
    case "pad":
      placeAlongAxis(args[0]!, out, node.shape, node.axis, node.before);
      return out;
    case "slice": {
      const strides = stridesOf(args[0]!.shape);
      forEachIndex(node.shape, (axes, i) => {
        const at = axes.reduce((sum, v, axis) => sum + (v + (axis === node.axis ? node.start : 0)) * strides[axis]!, 0);
        out[i] = args[0]!.data[at]!;
      });
      return out;
    }
    case "matmul":
      return multiply(node, args[0]!, args[1]!, out);
    case "conv":
      return convolveKernel(node, node.shape, args[0]!, args[1]!);
    case "conv_transpose":
      return convolveTransposedKernel(node, node.shape, args[0]!, args[1]!);
    case "cumsum":
      return cumulate(args[0]!, node.axis, node.exclusive, node.reverse);
    case "top_k":
      return topKAlong(args[0]!, node.axis, node.k, node.largest);
    case "gather":
      return gatherAlong(args[0]!, args[1]!, node.axis);
    case "gather_elements":
      return gatherElementsAlong(args[0]!, args[1]!, node.axis);
    case "scatter_elements":
      return scatterElementsAlong(args[0]!, args[1]!, node.axis, node.shape);
    case "scatter_add": {
      const width = sizeOf(node.shape.slice(1));
      args[1]!.data.forEach((row, i) => {
        for (let j = 0; j < width; j++) out[row * width + j] = out[row * width + j]! + args[0]!.data[i * width + j]!;
      });
      return out;
    }
    default: {
      const { op } = node;
      if (isUnary(op)) return args[0]!.data.map(unary[op]);
      const a = broadcastReader(args[0]!, node.shape);
      const b = broadcastReader(args[1]!, node.shape);
      return out.map((_, i) => binary[op](a(i), b(i)));
    }
  }
}

/** Matrix by matrix over the leading axes, which broadcast. */
function multiply(node: TensorNode & { readonly op: "matmul" }, a: Value, b: Value, out: Float64Array): Float64Array {
  const batch = node.shape.slice(0, -2);
  const m = node.shape.at(-2)!;
  const n = node.shape.at(-1)!;
  const inner = a.shape.at(node.transposeA ? -2 : -1)!;
  const matrixOf = (value: Value): ((position: number) => number) => {
    const shape = value.shape.slice(0, -2);
    const read = broadcastReader({ shape, data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => i) }, batch);
    return (position) => read(position) * sizeOf(value.shape.slice(-2));
  };
  const ofA = matrixOf(a);
  const ofB = matrixOf(b);
  for (let p = 0; p < sizeOf(batch); p++) {
    const startA = ofA(p);
    const startB = ofB(p);
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let k = 0; k < inner; k++)
          sum +=
            a.data[startA + (node.transposeA ? k * m + i : i * inner + k)]! *
            b.data[startB + (node.transposeB ? j * inner + k : k * n + j)]!;
        out[(p * m + i) * n + j] = sum;
      }
  }
  return out;
}

function isUnary(op: Op): op is UnaryOp {
  return op in unary;
}

const unary: Record<UnaryOp, (x: number) => number> = {
  neg: (x) => -x,
  abs: Math.abs,
  sign: Math.sign,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  square: (x) => x * x,
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  relu: (x) => Math.max(x, 0),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  erf,
  sin: Math.sin,
  cos: Math.cos,
  floor: Math.floor,
  stop_gradient: (x) => x,
};

const binary: Record<BinaryOp | CompareOp, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: power,
  max: Math.max,
  min: Math.min,
  less: (a, b) => (a < b ? 1 : 0),
  less_equal: (a, b) => (a <= b ? 1 : 0),
  greater: (a, b) => (a > b ? 1 : 0),
  greater_equal: (a, b) => (a >= b ? 1 : 0),
  equal: (a, b) => (a === b ? 1 : 0),
};

/** As IEEE 754 has it: 1 to any power, and −1 to an infinite one, is 1; for JavaScript these are NaN. */
function power(a: number, b: number): number {
  return a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b;
}

/**
 * The error function to float64 precision: its Taylor series near zero, else one minus the continued fraction of the
 * complementary function (Abramowitz & Stegun 7.1.5 and 7.1.14).
 */
export function erf(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  const magnitude = Math.abs(x);
  if (magnitude > 6) return Math.sign(x);
  if (magnitude < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 60; n >= 1; n--) fraction = n / 2 / (magnitude + fraction);
  return Math.sign(x) * (1 - Math.exp(-x * x) / Math.sqrt(Math.PI) / (magnitude + fraction));
}

/** Calls `visit` with the index along each axis and the row-major position of every element. */
function forEachIndex(shape: Shape, visit: (axes: readonly number[], position: number) => void): void {
  const axes = Array.from({ length: shape.length }, () => 0);
  const size = sizeOf(shape);
  for (let position = 0; position < size; position++) {
    visit(axes, position);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      axes[axis] = axes[axis]! + 1;
      if (axes[axis]! < shape[axis]!) break;
      axes[axis] = 0;
    }
  }
}

/** Reads `value` at a position of the larger shape that it is broadcast to. */
function broadcastReader(value: Value, shape: Shape): (position: number) => number {
  if (value.data.length === 1) return () => value.data[0]!;
  const offset = shape.length - value.shape.length;
  const index = axisIndexer(
    shape,
    (axes) => axes.slice(offset).map((v, axis) => (value.shape[axis] === 1 ? 0 : v)),
    (axis) => value.shape[axis]!,
    value.shape.length,
  );
  return (position) => value.data[index(position)]!;
}

/** Position in a tensor of `rank` axes sized by `sizeOfAxis`, from a position in `shape`, by mapping its axis indices. */
function axisIndexer(
  shape: Shape,
  mapAxes: (axes: readonly number[]) => readonly number[],
  sizeOfAxis: (axis: number) => number,
  rank = shape.length,
): (position: number) => number {
  const strides = stridesOf(shape);
  const targetStrides = stridesOf(Array.from({ length: rank }, (_, axis) => sizeOfAxis(axis)));
  return (position) => {
    const axes = strides.map((stride, axis) => Math.floor(position / stride) % shape[axis]!);
    return mapAxes(axes).reduce((sum, v, axis) => sum + v * targetStrides[axis]!, 0);
  };
}

function placeAlongAxis(part: Value, out: Float64Array, shape: Shape, axis: number, start: number): void {
  const strides = stridesOf(shape);
  forEachIndex(part.shape, (axes, i) => {
    out[axes.reduce((sum, v, k) => sum + (v + (k === axis ? start : 0)) * strides[k]!, 0)] = part.data[i]!;
  });
}
