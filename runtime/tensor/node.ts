/**
 * The closed set of primitive operations of a tensor program. Everything else (softmax, GELU, an MLP, Adam) is built
 * of them, so an executor that runs these runs every program.
 */

import type { Shape } from "../ir/shape.ts";
import type { Construct, Place } from "../spec.ts";

export { sameShape, sizeOf, stridesOf, type Shape } from "../ir/shape.ts";

/** `float`: the executor's real number. `index`: integers addressing rows. `bool`: what a comparison yields. */
export type DType = "float" | "index" | "bool";

export type UnaryOp =
  | "neg"
  | "abs"
  | "sign"
  | "exp"
  | "log"
  | "sqrt"
  | "square"
  | "tanh"
  | "sigmoid"
  | "relu"
  | "softplus"
  | "erf"
  | "sin"
  | "cos"
  | "floor"
  /** The identity, with no derivative. */
  | "stop_gradient";
/** Shapes broadcast against each other from the last axis, as in NumPy. */
export type BinaryOp = "add" | "sub" | "mul" | "div" | "pow" | "max" | "min";
export type CompareOp = "less" | "less_equal" | "greater" | "greater_equal" | "equal";
export type ReduceOp = "sum" | "reduce_max";

export type Operation =
  /** Filled by the caller before a call, or kept between calls where the program declares it a state. */
  | { readonly op: "input"; readonly name: string }
  | { readonly op: "constant"; readonly value: Float64Array }
  | { readonly op: UnaryOp; readonly args: readonly [number] }
  | { readonly op: BinaryOp | CompareOp; readonly args: readonly [number, number] }
  /** `condition ? a : b`, broadcasting. */
  | { readonly op: "where"; readonly args: readonly [number, number, number] }
  /** bool → 0 or 1 */
  | { readonly op: "to_float"; readonly args: readonly [number] }
  | {
      readonly op: ReduceOp;
      readonly args: readonly [number];
      readonly axes: readonly number[];
      readonly keep: boolean;
    }
  /** Repeats along new leading axes and axes of size one. */
  | { readonly op: "broadcast"; readonly args: readonly [number] }
  | { readonly op: "reshape"; readonly args: readonly [number] }
  /** Output axis i is input axis `order[i]`. */
  | { readonly op: "transpose"; readonly args: readonly [number]; readonly order: readonly number[] }
  | { readonly op: "concat"; readonly args: readonly number[]; readonly axis: number }
  /** Elements `start … end − 1` of one axis. */
  | {
      readonly op: "slice";
      readonly args: readonly [number];
      readonly axis: number;
      readonly start: number;
      readonly end: number;
    }
  /** Zeros before and after along one axis: the adjoint of `slice`. */
  | {
      readonly op: "pad";
      readonly args: readonly [number];
      readonly axis: number;
      readonly before: number;
      readonly after: number;
    }
  /** Sums of the elements up to each one along an axis, that one left out where `exclusive`; from the end if `reverse`. */
  | {
      readonly op: "cumsum";
      readonly args: readonly [number];
      readonly axis: number;
      readonly exclusive: boolean;
      readonly reverse: boolean;
    }
  /**
   * `[…, m, k] × […, k, n]` after transposing the last two axes of an argument where its flag says so; the leading axes
   * broadcast against each other.
   */
  | {
      readonly op: "matmul";
      readonly args: readonly [number, number];
      readonly transposeA: boolean;
      readonly transposeB: boolean;
    }
  /** Correlation of `[n, c, …]` with the kernel `[o, c / groups, …]`: `[n, o, …]`. */
  | ({ readonly op: "conv"; readonly args: readonly [number, number] } & Window)
  /** The adjoint of `conv` in its first argument: `[n, o, …]` and the kernel `[o, c / groups, …]` to the node's shape. */
  | ({ readonly op: "conv_transpose"; readonly args: readonly [number, number] } & Window)
  /** Entries of `args[0]` along `axis` at the indices `args[1]`, a vector. */
  | { readonly op: "gather"; readonly args: readonly [number, number]; readonly axis: number }
  /** Zeros of the node's shape with the rows of `args[0]` added at the indices `args[1]`: the adjoint of `gather`. */
  | { readonly op: "scatter_add"; readonly args: readonly [number, number] }
  /** `out[…, i, …] = args[0][…, args[1][…, i, …], …]` along `axis`. */
  | { readonly op: "gather_elements"; readonly args: readonly [number, number]; readonly axis: number }
  /** Zeros of the node's shape with the elements of `args[0]` added at `args[1]`: the adjoint of `gather_elements`. */
  | { readonly op: "scatter_elements"; readonly args: readonly [number, number]; readonly axis: number }
  /** Indices of the `k` largest (or smallest) elements along `axis`, in order; of equals the first comes first. */
  | {
      readonly op: "top_k";
      readonly args: readonly [number];
      readonly axis: number;
      readonly k: number;
      readonly largest: boolean;
    }
  /** float → index, by cutting off what follows the point. */
  | { readonly op: "to_index"; readonly args: readonly [number] };

/** How a kernel moves over its input, one number per spatial axis. */
export interface Window {
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  /** Zeros before and after. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Parts that the channels are split into, each with kernels of its own. */
  readonly groups: number;
}

export type Op = Operation["op"];

/** What a node is for, in the words of whoever wrote the program, for messages. */
export interface NodeLabel {
  readonly text: string;
  /** Where the `.dro` asks for it. */
  readonly place?: Place;
  /** The declaration that asks for it, where its place is not known here. */
  readonly about?: Construct;
}

/** One value of a program. Ids in `args` are smaller than the node's own. */
export type TensorNode = Operation & { readonly shape: Shape; readonly dtype: DType; readonly label?: NodeLabel };

/** Ids that a node reads. */
export function argsOf(node: Operation): readonly number[] {
  return "args" in node ? node.args : [];
}

/** `[3, 1]`, for messages. */
export function shapeText(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** Shape of two operands broadcast against each other, or `null` where they do not fit. */
export function broadcastShape(a: Shape, b: Shape): Shape | null {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let i = 0; i < rank; i++) {
    const m = a[a.length - rank + i] ?? 1;
    const n = b[b.length - rank + i] ?? 1;
    if (m !== n && m !== 1 && n !== 1) return null;
    shape.push(m === 1 ? n : m);
  }
  return shape;
}
