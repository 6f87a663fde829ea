/**
 * The typed expression DAG shared by losses, constraints, features and tasks. Shapes are explicit and broadcasting is
 * a node of its own, so that every consumer (evaluation, derivatives, analyses, emission) is a plain walk over ids.
 */

/** A place in a source: index into `ModelIR.files` and half-open UTF-16 offsets. */
export interface Origin {
  readonly file: number;
  readonly start: number;
  readonly end: number;
}

/** Same-shape element by element. `lt … ne`, `and`, `or`, `not` yield 0 or 1. */
export type UnaryOp =
  | "neg"
  | "abs"
  | "exp"
  | "log"
  | "log1p"
  | "expm1"
  | "sqrt"
  | "square"
  | "pos"
  | "softplus"
  | "sigmoid"
  | "tanh"
  | "sin"
  | "cos"
  | "sign"
  | "not";
export type BinaryOp =
  "add" | "sub" | "mul" | "div" | "pow" | "max" | "min" | "lt" | "le" | "gt" | "ge" | "eq" | "ne" | "and" | "or";
/** Over `axes`, which disappear from the shape. */
export type ReduceOp = "sum" | "prod" | "reduce_max" | "reduce_min" | "log_sum_exp" | "norm1" | "norm2" | "norm_inf";

interface NodeBase {
  /** Row-major; `[]` is a scalar. */
  readonly shape: readonly number[];
  readonly at?: Origin;
}
export type ExprNode = NodeBase &
  /**
   * `param` is the declared parameter that this value is, so that emitted code can name it. A labelled constant is
   * not folded away by `GraphBuilder`; `foldParams` drops the labels.
   */
  (
    | { readonly op: "const"; readonly value: readonly number[]; readonly param?: string }
    | { readonly op: "input"; readonly name: string }
    | { readonly op: UnaryOp; readonly args: readonly [number] }
    | { readonly op: BinaryOp; readonly args: readonly [number, number] }
    | { readonly op: ReduceOp; readonly args: readonly [number]; readonly axes: readonly number[] }
    /** `args[0]`'s axis `i` becomes axis `axes[i]` of `shape`; the other axes repeat. */
    | { readonly op: "broadcast"; readonly args: readonly [number]; readonly axes: readonly number[] }
    /** `condition ≠ 0 ? a : b`, all of one shape. */
    | { readonly op: "where"; readonly args: readonly [number, number, number] }
    /** Elements of the flattened argument at `indices` (row-major, one per element of `shape`). */
    | { readonly op: "gather"; readonly args: readonly [number]; readonly indices: readonly number[] }
    /** Flattened arguments one after another. */
    | { readonly op: "concat"; readonly args: readonly number[] }
    /** Over the last axis; 1 for a scalar. */
    | { readonly op: "softmax"; readonly args: readonly [number] }
    /** `[m, k] × [k, n]`. */
    | { readonly op: "matmul"; readonly args: readonly [number, number] }
    | { readonly op: "transpose"; readonly args: readonly [number] }
  );

/** Nodes in topological order: every id in `args` is smaller than the node's own. */
export interface ExprGraph {
  readonly nodes: readonly ExprNode[];
  readonly output: number;
}
