import { evaluateNode } from "./evaluate.ts";
import type { BinaryOp, ExprGraph, ExprNode, Origin, ReduceOp, UnaryOp } from "./expr.ts";
import { argsOf, isBinary, isReduce, isUnary } from "./scalar-ops.ts";
import { keptAxes, range, reducedShape, sameShape, showShape, sizeOf, type Shape } from "./shape.ts";
import { simplifyBinary, simplifyUnary } from "./simplify.ts";

/** `ExprNode` before it has a place in a graph. */
type Draft = ExprNode;

/**
 * Builds an `ExprGraph`: infers and asserts shapes, shares equal nodes, folds constants and applies the identities of
 * `simplify.ts`. A method returns the id of the node that holds the value, valid in this builder alone.
 *
 * Canonical forms: a constant whose elements are all equal is a scalar constant broadcast; `max(u, 0)` is `pos(u)`;
 * element-by-element operations move inside broadcasts; a reshape is a `gather` of all elements in order.
 * Constants labelled with a parameter stand as written: they are neither folded nor simplified away.
 *
 * @throws Error on shapes that do not fit: the caller has checked the user's shapes, so this is a broken invariant.
 */
export class GraphBuilder {
  readonly #nodes: ExprNode[] = [];
  readonly #known = new Map<string, number>();

  node(id: number): ExprNode {
    const node = this.#nodes[id];
    if (node === undefined) throw new Error(`no node ${id}`);
    return node;
  }

  shape(id: number): Shape {
    return this.node(id).shape;
  }

  /** One number, repeated over `shape`, or all elements row-major. `param`: the parameter whose value this is. */
  const(value: number | readonly number[], shape: Shape = [], at?: Origin, param?: string): number {
    const n = sizeOf(shape);
    const values = typeof value === "number" ? Array.from({ length: n }, () => value) : value;
    if (values.length !== n) throw new Error(`${showShape(shape)} needs ${n} values, has ${values.length}`);
    if (param !== undefined) return this.#add({ op: "const", shape, value: [...values], param, ...where(at) });
    const first = values[0];
    if (shape.length > 0 && first !== undefined && values.every((v) => Object.is(v, first))) {
      return this.broadcast(this.const(first, [], at), shape, [], at);
    }
    return this.#add({ op: "const", shape, value: [...values], ...where(at) });
  }

  input(name: string, shape: Shape, at?: Origin): number {
    return this.#add({ op: "input", shape, name, ...where(at) });
  }

  unary(op: UnaryOp, a: number, at?: Origin): number {
    const node = this.node(a);
    if (node.op === "broadcast") return this.broadcast(this.unary(op, node.args[0], at), node.shape, node.axes, at);
    return simplifyUnary(this, op, a, at) ?? this.#fold({ op, shape: node.shape, args: [a], ...where(at) });
  }

  /** Shapes are equal, or one argument is a scalar, which is broadcast. */
  binary(op: BinaryOp, a: number, b: number, at?: Origin): number {
    const [left, right] = this.#match(a, b, op);
    const [x, y] = [this.node(left), this.node(right)];
    if (x.op === "broadcast" && y.op === "broadcast" && sameShape(x.axes, y.axes)) {
      return this.broadcast(this.binary(op, x.args[0], y.args[0], at), x.shape, x.axes, at);
    }
    return (
      simplifyBinary(this, op, left, right, at) ?? this.#fold({ op, shape: x.shape, args: [left, right], ...where(at) })
    );
  }

  /** Over `axes` (all when absent), which disappear. */
  reduce(op: ReduceOp, a: number, axes: readonly number[] = range(this.shape(a).length), at?: Origin): number {
    const shape = this.shape(a);
    const sorted = [...new Set(axes)].sort((p, q) => p - q);
    if (sorted.some((axis) => axis < 0 || axis >= shape.length)) {
      throw new Error(`${op} over axes ${axes.join(", ")} of ${showShape(shape)}`);
    }
    const over = sorted.reduce((product, axis) => product * shape[axis]!, 1);
    const result = reducedShape(shape, sorted);
    if (over === 1) {
      const magnitude = op === "norm1" || op === "norm2" || op === "norm_inf";
      return this.reshape(magnitude ? this.unary("abs", a, at) : a, result, at);
    }
    const node = this.node(a);
    if (node.op === "broadcast" && op !== "prod" && node.axes.every((axis) => !sorted.includes(axis))) {
      return this.#reduceRepeated(op, node.args[0], over, result, node.axes, keptAxes(shape, sorted), at);
    }
    return this.#fold({ op, shape: result, args: [a], axes: sorted, ...where(at) });
  }

  sum(a: number, axes?: readonly number[], at?: Origin): number {
    return this.reduce("sum", a, axes, at);
  }

  /** `args[0]`'s axis `i` becomes axis `axes[i]` of `shape`. */
  broadcast(a: number, shape: Shape, axes: readonly number[], at?: Origin): number {
    const node = this.node(a);
    const from = node.shape;
    const increasing = axes.every((axis, i) => i === 0 || axis > axes[i - 1]!);
    if (axes.length !== from.length || !increasing || !from.every((n, i) => shape[axes[i]!] === n)) {
      throw new Error(`cannot broadcast ${showShape(from)} to ${showShape(shape)} along axes ${axes.join(", ")}`);
    }
    if (shape.length === from.length) return a;
    if (node.op === "broadcast") {
      const inner = node.axes.map((axis) => axes[axis]!);
      return this.broadcast(node.args[0], shape, inner, at);
    }
    return this.#add({ op: "broadcast", shape, args: [a], axes: [...axes], ...where(at) });
  }

  /** `condition ≠ 0 ? a : b`; scalars are broadcast. */
  where(condition: number, a: number, b: number, at?: Origin): number {
    const shape = [condition, a, b].map((id) => this.shape(id)).find((s) => s.length > 0) ?? [];
    const [c, yes, no] = [condition, a, b].map((id) => this.#stretch(id, shape, "where")) as [number, number, number];
    if (yes === no) return yes;
    const known = this.uniform(c);
    if (known !== null) return known !== 0 ? yes : no;
    return this.#fold({ op: "where", shape, args: [c, yes, no], ...where(at) });
  }

  /** Elements of the flattened `a` at `indices`, row-major in `shape`. */
  gather(a: number, indices: readonly number[], shape: Shape = [indices.length], at?: Origin): number {
    const node = this.node(a);
    const n = sizeOf(node.shape);
    if (indices.length !== sizeOf(shape) || indices.some((i) => !Number.isInteger(i) || i < 0 || i >= n)) {
      throw new Error(`gather of ${indices.length} elements of ${showShape(node.shape)} as ${showShape(shape)}`);
    }
    if (sameShape(shape, node.shape) && indices.every((index, i) => index === i)) return a;
    if (node.shape.length === 0) return this.broadcast(a, shape, [], at);
    if (node.op === "gather") {
      return this.gather(
        node.args[0],
        indices.map((i) => node.indices[i]!),
        shape,
        at,
      );
    }
    if (node.op === "broadcast" && node.axes.length === 0) return this.broadcast(node.args[0], shape, [], at);
    if (node.op === "concat" && indices.length > 0) {
      let start = 0;
      for (const part of node.args) {
        const end = start + sizeOf(this.shape(part));
        if (indices.every((i) => i >= start && i < end)) {
          const from = start;
          return this.gather(
            part,
            indices.map((i) => i - from),
            shape,
            at,
          );
        }
        start = end;
      }
    }
    return this.#fold({ op: "gather", shape, args: [a], indices: [...indices], ...where(at) });
  }

  /** The same elements in order with another shape. */
  reshape(a: number, shape: Shape, at?: Origin): number {
    return sameShape(this.shape(a), shape) ? a : this.gather(a, range(sizeOf(this.shape(a))), shape, at);
  }

  /** Flattened arguments one after another; `shape` is their total length when absent. */
  concat(args: readonly number[], shape?: Shape, at?: Origin): number {
    const total = args.reduce((n, id) => n + sizeOf(this.shape(id)), 0);
    const result = shape ?? [total];
    if (sizeOf(result) !== total) throw new Error(`concat of ${total} elements as ${showShape(result)}`);
    if (args.length === 1) return this.reshape(args[0]!, result, at);
    return this.#fold({ op: "concat", shape: result, args: [...args], ...where(at) });
  }

  /** Over the last axis. */
  softmax(a: number, at?: Origin): number {
    if ((this.shape(a).at(-1) ?? 1) === 1) return this.const(1, this.shape(a), at);
    return this.#fold({ op: "softmax", shape: this.shape(a), args: [a], ...where(at) });
  }

  /** `[m, k] × [k, n]`. */
  matmul(a: number, b: number, at?: Origin): number {
    const [x, y] = [this.shape(a), this.shape(b)];
    if (x.length !== 2 || y.length !== 2 || x[1] !== y[0]) throw new Error(`matmul ${showShape(x)} × ${showShape(y)}`);
    return this.#fold({ op: "matmul", shape: [x[0]!, y[1]!], args: [a, b], ...where(at) });
  }

  transpose(a: number, at?: Origin): number {
    const node = this.node(a);
    if (node.shape.length !== 2) throw new Error(`transpose of ${showShape(node.shape)}`);
    if (node.op === "transpose") return node.args[0];
    return this.#fold({ op: "transpose", shape: [node.shape[1]!, node.shape[0]!], args: [a], ...where(at) });
  }

  /** `Σ a_i b_i` over all elements. */
  dot(a: number, b: number, at?: Origin): number {
    return this.sum(this.binary("mul", a, b, at), undefined, at);
  }

  /**
   * Rebuilds all nodes of `graph` here and returns their ids by old id. `replace` may give an input's value (an id of
   * this builder); `keepParams: false` drops the labels, so that parameters fold.
   */
  graft(
    graph: ExprGraph,
    options: { replace?: (name: string, shape: Shape) => number | undefined; keepParams?: boolean } = {},
  ): readonly number[] {
    const ids: number[] = [];
    for (const node of graph.nodes) ids.push(this.#rebuild(node, ids, options));
    return ids;
  }

  /** The value that every element has, where it is an unlabelled constant. */
  uniform(id: number): number | null {
    const node = this.node(id);
    if (node.op === "broadcast") return this.uniform(node.args[0]);
    if (node.op !== "const" || node.param !== undefined || node.value.length === 0) return null;
    return node.value.every((v) => v === node.value[0]) ? node.value[0]! : null;
  }

  /** The graph of one value: what it does not need is dropped, ids follow its depth-first evaluation order. */
  finish(output: number): ExprGraph {
    const nodes: ExprNode[] = [];
    const renamed = new Map<number, number>();
    const pending = [output];
    while (pending.length > 0) {
      const id = pending.at(-1)!;
      const node = this.node(id);
      const missing = argsOf(node).filter((arg) => !renamed.has(arg));
      if (missing.length > 0) {
        pending.push(...missing.reverse());
        continue;
      }
      pending.pop();
      if (renamed.has(id)) continue;
      renamed.set(id, nodes.length);
      nodes.push(withArgs(node, (arg) => renamed.get(arg)!));
    }
    return { nodes, output: nodes.length - 1 };
  }

  #rebuild(
    node: ExprNode,
    ids: readonly number[],
    options: { replace?: (name: string, shape: Shape) => number | undefined; keepParams?: boolean },
  ): number {
    const { at } = node;
    if (isUnary(node)) return this.unary(node.op, ids[node.args[0]]!, at);
    if (isBinary(node)) return this.binary(node.op, ids[node.args[0]]!, ids[node.args[1]]!, at);
    if (isReduce(node)) return this.reduce(node.op, ids[node.args[0]]!, node.axes, at);
    switch (node.op) {
      case "const":
        return this.const(node.value, node.shape, at, options.keepParams === false ? undefined : node.param);
      case "input": {
        const value = options.replace?.(node.name, node.shape) ?? this.input(node.name, node.shape, at);
        if (!sameShape(this.shape(value), node.shape)) throw new Error(`replacement of ${node.name} has another shape`);
        return value;
      }
      case "broadcast":
        return this.broadcast(ids[node.args[0]]!, node.shape, node.axes, at);
      case "where":
        return this.where(ids[node.args[0]]!, ids[node.args[1]]!, ids[node.args[2]]!, at);
      case "gather":
        return this.gather(ids[node.args[0]]!, node.indices, node.shape, at);
      case "concat":
        return this.concat(
          node.args.map((arg) => ids[arg]!),
          node.shape,
          at,
        );
      case "softmax":
        return this.softmax(ids[node.args[0]]!, at);
      case "matmul":
        return this.matmul(ids[node.args[0]]!, ids[node.args[1]]!, at);
      case "transpose":
        return this.transpose(ids[node.args[0]]!, at);
    }
  }

  /** Reduction over axes along which the value only repeats, `over` times. */
  #reduceRepeated(
    op: Exclude<ReduceOp, "prod">,
    inner: number,
    over: number,
    shape: Shape,
    axes: readonly number[],
    kept: readonly number[],
    at?: Origin,
  ): number {
    const back = (value: number): number =>
      this.broadcast(
        value,
        shape,
        axes.map((axis) => kept.indexOf(axis)),
        at,
      );
    switch (op) {
      case "sum":
        return back(this.binary("mul", this.const(over, [], at), inner, at));
      case "reduce_max":
      case "reduce_min":
        return back(inner);
      case "log_sum_exp":
        return back(this.binary("add", inner, this.const(Math.log(over), [], at), at));
      case "norm1":
        return back(this.binary("mul", this.const(over, [], at), this.unary("abs", inner, at), at));
      case "norm2":
        return back(this.binary("mul", this.const(Math.sqrt(over), [], at), this.unary("abs", inner, at), at));
      case "norm_inf":
        return back(this.unary("abs", inner, at));
    }
  }

  #match(a: number, b: number, op: string): [number, number] {
    const [x, y] = [this.shape(a), this.shape(b)];
    if (sameShape(x, y)) return [a, b];
    if (x.length === 0) return [this.#stretch(a, y, op), b];
    if (y.length > 0) throw new Error(`${op} of ${showShape(x)} and ${showShape(y)}`);
    return [a, this.#stretch(b, x, op)];
  }

  #stretch(id: number, shape: Shape, op: string): number {
    if (sameShape(this.shape(id), shape)) return id;
    if (this.shape(id).length === 0) return this.broadcast(id, shape, []);
    throw new Error(`${op} of ${showShape(this.shape(id))} and ${showShape(shape)}`);
  }

  /** Evaluates a node whose arguments are all unlabelled constants. */
  #fold(draft: Draft): number {
    const values = argsOf(draft).map((id) => this.#constant(id));
    if (values.length === 0 || values.some((v) => v === null)) return this.#add(draft);
    const args = values.map((data, i) => ({ data: data!, shape: this.shape(argsOf(draft)[i]!) }));
    return this.const([...evaluateNode(draft, args)], draft.shape, draft.at);
  }

  #constant(id: number): ArrayLike<number> | null {
    const node = this.node(id);
    if (node.op === "const") return node.param === undefined ? node.value : null;
    const value = this.uniform(id);
    return value === null ? null : new Float64Array(sizeOf(node.shape)).fill(value);
  }

  #add(draft: Draft): number {
    const key = keyOf(draft);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const id = this.#nodes.push(draft) - 1;
    this.#known.set(key, id);
    return id;
  }
}

/** The graph with its parameters' labels dropped and everything folded that then can be. */
export function foldParams(graph: ExprGraph): ExprGraph {
  const builder = new GraphBuilder();
  return builder.finish(builder.graft(graph, { keepParams: false })[graph.output]!);
}

/** The graph rebuilt by `GraphBuilder`: simplified, shared, dead nodes dropped. */
export function normalizeGraph(graph: ExprGraph): ExprGraph {
  const builder = new GraphBuilder();
  return builder.finish(builder.graft(graph)[graph.output]!);
}

function withArgs(node: ExprNode, rename: (id: number) => number): ExprNode {
  if (isUnary(node) || isReduce(node)) return { ...node, args: [rename(node.args[0])] };
  if (isBinary(node)) return { ...node, args: [rename(node.args[0]), rename(node.args[1])] };
  switch (node.op) {
    case "const":
    case "input":
      return node;
    case "broadcast":
      return { ...node, args: [rename(node.args[0])] };
    case "gather":
      return { ...node, args: [rename(node.args[0])] };
    case "softmax":
    case "transpose":
      return { ...node, args: [rename(node.args[0])] };
    case "matmul":
      return { ...node, args: [rename(node.args[0]), rename(node.args[1])] };
    case "where":
      return { ...node, args: [rename(node.args[0]), rename(node.args[1]), rename(node.args[2])] };
    case "concat":
      return { ...node, args: node.args.map(rename) };
  }
}

function where(at: Origin | undefined): { readonly at?: Origin } {
  return at === undefined ? {} : { at };
}

/** Equal keys, equal values: the origin is left out, and `a + b` is `b + a`. */
function keyOf(node: ExprNode): string {
  const { at: _, ...rest } = node;
  if (node.op === "const") {
    // JSON has no -0, NaN or infinities.
    return `const ${JSON.stringify(node.param ?? null)} ${node.shape.join()} ${node.value.map((v) => (Object.is(v, -0) ? "-0" : String(v))).join()}`;
  }
  if (node.op === "add" || node.op === "mul") {
    return JSON.stringify({ ...rest, args: [...node.args].sort((p, q) => p - q) });
  }
  return JSON.stringify(rest, Object.keys(rest).sort());
}
