import { evaluateNode, type Value } from "./kernels.ts";
import {
  argsOf,
  sameShape,
  sizeOf,
  type DType,
  type NodeLabel,
  type Operation,
  type Shape,
  type TensorNode,
} from "./node.ts";

/** A value under construction: an id in its graph, with its static shape. */
export interface Tensor {
  readonly graph: Graph;
  readonly id: number;
  readonly shape: Shape;
  readonly dtype: DType;
}

/**
 * Derivatives that someone worked out for a whole stretch of nodes, where following them one by one would compute more:
 * `gradients` goes from the outputs straight to the inputs. Derivatives along a direction (`jvp`) go by the nodes.
 */
export interface HandDerivative {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /**
   * @param adjoints of the outputs; `null` where nothing depends on one
   * @param needed which inputs' adjoints are asked for
   * @returns the inputs' adjoints, each of its input's shape; what is not asked for may be `null`
   */
  readonly adjoints: (adjoints: readonly (Tensor | null)[], needed: readonly boolean[]) => readonly (Tensor | null)[];
}

/** Constants larger than this are neither folded into new ones nor compared. */
const FOLD_LIMIT = 4096;

/**
 * Nodes of a program being built. Equal operations on equal arguments are one node (common subexpressions never arise)
 * and operations on small constants are computed at once.
 */
export class Graph {
  readonly nodes: TensorNode[] = [];
  readonly #byKey = new Map<string, number>();
  readonly #derivatives = new Map<number, HandDerivative>();
  #label: NodeLabel | undefined;

  /** Derivatives worked out by hand, by the last of the outputs that each is of. */
  get derivatives(): ReadonlyMap<number, HandDerivative> {
    return this.#derivatives;
  }

  /** Declares the derivatives of nodes that lie between `inputs` and `outputs`. */
  differentiateAs(derivative: HandDerivative): void {
    this.#derivatives.set(Math.max(...derivative.outputs.map(({ id }) => id)), derivative);
  }

  /**
   * What `build` returns, its new nodes named for messages. The innermost label of nested calls stands; a node that was
   * there before keeps its own.
   */
  labelled<T>(label: NodeLabel | undefined, build: () => T): T {
    const outer = this.#label;
    this.#label = label;
    try {
      return build();
    } finally {
      this.#label = outer;
    }
  }

  /** A named value that the caller provides. Names are unique within a graph. */
  input(name: string, shape: Shape, dtype: DType = "float"): Tensor {
    if (this.nodes.some((node) => node.op === "input" && node.name === name))
      throw new Error(`The program has two inputs named ${name}.`);
    return this.add({ op: "input", name }, shape, dtype);
  }

  /** A constant tensor; a number is a scalar. Values are row-major. */
  constant(value: number | ArrayLike<number>, shape: Shape = []): Tensor {
    const data = typeof value === "number" ? new Float64Array(sizeOf(shape)).fill(value) : Float64Array.from(value);
    if (data.length !== sizeOf(shape))
      throw new Error(`${data.length} values do not fill shape [${shape.join(", ")}].`);
    return this.add({ op: "constant", value: data }, shape, "float");
  }

  /** The node of an operation whose shape is already known to be right: an old one where there is an equal one. */
  add(operation: Operation, shape: Shape, dtype: DType): Tensor {
    const folded = this.#fold(operation, shape, dtype);
    const key = keyOf(folded, shape, dtype);
    const found = key === null ? undefined : this.#byKey.get(key);
    const label = this.#label === undefined ? {} : { label: this.#label };
    const id = found ?? this.nodes.push({ ...folded, shape, dtype, ...label }) - 1;
    if (key !== null && found === undefined) this.#byKey.set(key, id);
    return { graph: this, id, shape, dtype };
  }

  node(tensor: Tensor): TensorNode {
    return this.nodes[tensor.id]!;
  }

  tensor(id: number): Tensor {
    const { shape, dtype } = this.nodes[id]!;
    return { graph: this, id, shape, dtype };
  }

  /** The scalar that fills a constant of equal elements, or `null`. */
  uniformValue(tensor: Tensor): number | null {
    const node = this.node(tensor);
    if (node.op === "broadcast") return this.uniformValue(this.tensor(node.args[0]));
    if (node.op !== "constant" || node.value.length === 0) return null;
    const first = node.value[0]!;
    return node.value.every((v) => Object.is(v, first)) ? first : null;
  }

  #fold(operation: Operation, shape: Shape, dtype: DType): Operation {
    // Nothing is to be computed, and ONNX Runtime refuses some operations on nothing.
    if (dtype === "float" && sizeOf(shape) === 0 && operation.op !== "input")
      return { op: "constant", value: new Float64Array(0) };
    // A broadcast stays: the smaller constant is what the executor should hold.
    if (dtype !== "float" || operation.op === "broadcast" || sizeOf(shape) > FOLD_LIMIT) return operation;
    const args: Value[] = [];
    for (const id of argsOf(operation)) {
      const node = this.nodes[id]!;
      if (node.op !== "constant" || node.value.length > FOLD_LIMIT) return operation;
      args.push({ shape: node.shape, data: node.value });
    }
    if (args.length === 0) return operation;
    return { op: "constant", value: evaluateNode({ ...operation, shape, dtype }, args) };
  }
}

function keyOf(operation: Operation, shape: Shape, dtype: DType): string | null {
  if (operation.op !== "constant") return JSON.stringify([operation, shape, dtype]);
  if (operation.value.length > FOLD_LIMIT) return null;
  // Array.join keeps NaN and the infinities apart, which JSON does not; -0 is made visible.
  const values = Array.from(operation.value, (v) => (Object.is(v, -0) ? "-0" : String(v)));
  return `constant ${shape.join("x")} ${values.join()}`;
}

/** Whether a tensor is the constant `value` in every element. */
export function isConstant(tensor: Tensor, value: number): boolean {
  return tensor.graph.uniformValue(tensor) === value;
}

/** Whether both are values of one graph with one shape. */
export function sameKind(a: Tensor, b: Tensor): boolean {
  return a.graph === b.graph && a.dtype === b.dtype && sameShape(a.shape, b.shape);
}
