import { evaluateNode } from "./evaluate.ts";
import type { ExprGraph, ExprNode } from "./expr.ts";
import { argsOf } from "./scalar-ops.ts";
import { broadcastIndices, range, reduceIndices, sizeOf, type Shape } from "./shape.ts";

/** Coefficients by column; zeros may be absent. */
export type SparseVector = ReadonlyMap<number, number>;

/**
 * `offset + linear · x + Σ quadratic_ij x_i x_j` for each element of a value. Keys of `quadratic` are
 * `i · columns + j` with `i ≤ j`. `null` where every element has none.
 */
export interface Polynomials {
  readonly offset: Float64Array;
  readonly linear: readonly SparseVector[] | null;
  readonly quadratic: readonly SparseVector[] | null;
}

/** Where a graph's inputs come from: a variable's first column, or values. */
export type InputSource = { readonly column: number } | { readonly values: ArrayLike<number> };

/**
 * The exact coefficients of a graph that is a polynomial of degree two at most in some of its inputs, by arithmetic on
 * sparse polynomials over its nodes.
 *
 * @param columns how many columns the variables have together
 * @throws Error where an operation leaves the polynomials of degree two: the caller has proved that none does
 */
export function polynomialsOf(
  graph: ExprGraph,
  columns: number,
  sourceOf: (name: string, shape: Shape) => InputSource,
): Polynomials {
  const forms: Polynomials[] = [];
  for (const node of graph.nodes) forms.push(compute(node));
  return forms[graph.output]!;

  function compute(node: ExprNode): Polynomials {
    const size = sizeOf(node.shape);
    if (node.op === "input") {
      const source = sourceOf(node.name, node.shape);
      if ("values" in source) return { offset: Float64Array.from(source.values), linear: null, quadratic: null };
      const linear = range(size).map((i) => new Map([[source.column + i, 1]]));
      return { offset: new Float64Array(size), linear, quadratic: null };
    }
    const args = argsOf(node).map((id) => forms[id]!);
    const shapeOf = (i: number): Shape => graph.nodes[argsOf(node)[i]!]!.shape;
    if (args.every(isConstant)) {
      const values = args.map((arg, i) => ({ data: arg.offset, shape: shapeOf(i) }));
      return { offset: evaluateNode(node, values), linear: null, quadratic: null };
    }
    const [u, v] = args;
    const pick = (form: Polynomials, indices: ArrayLike<number>): Polynomials =>
      combine(
        size,
        range(size).map((to) => ({ to, form, from: indices[to]!, factor: 1 })),
      );
    const all = (form: Polynomials, factor: number): Term[] =>
      range(size).map((i) => ({ to: i, form, from: i, factor }));
    switch (node.op) {
      case "neg":
        return combine(size, all(u!, -1));
      case "add":
        return combine(size, [...all(u!, 1), ...all(v!, 1)]);
      case "sub":
        return combine(size, [...all(u!, 1), ...all(v!, -1)]);
      case "mul":
        return multiply(size, u!, v!, columns);
      case "square":
        return multiply(size, u!, u!, columns);
      case "div":
        if (!isConstant(v!)) throw new Error("division by a variable is no polynomial");
        return combine(
          size,
          range(size).map((i) => ({ to: i, form: u!, from: i, factor: 1 / v!.offset[i]! })),
        );
      case "sum": {
        const into = reduceIndices(shapeOf(0), node.axes);
        return combine(
          size,
          Array.from(into, (to, from) => ({ to, form: u!, from, factor: 1 })),
        );
      }
      case "broadcast":
        return pick(u!, broadcastIndices(shapeOf(0), node.shape, node.axes));
      case "gather":
        return pick(u!, node.indices);
      case "transpose": {
        const [rows, width] = [node.shape[0]!, node.shape[1]!];
        return pick(
          u!,
          range(size).map((i) => (i % width) * rows + Math.floor(i / width)),
        );
      }
      case "concat": {
        let to = 0;
        return combine(
          size,
          args.flatMap((form) => Array.from(form.offset, (_, from) => ({ to: to++, form, from, factor: 1 }))),
        );
      }
      case "where": {
        const [condition, yes, no] = args;
        if (!isConstant(condition!)) throw new Error("a condition on a variable is no polynomial");
        return combine(
          size,
          range(size).map((i) => ({ to: i, form: condition!.offset[i] !== 0 ? yes! : no!, from: i, factor: 1 })),
        );
      }
      case "matmul": {
        const [rows, width, shared] = [node.shape[0]!, node.shape[1]!, shapeOf(1)[0]!];
        const left = range(rows * width * shared).map((t) => Math.floor(t / (width * shared)) * shared + (t % shared));
        const right = range(rows * width * shared).map((t) => (t % shared) * width + (Math.floor(t / shared) % width));
        const products = multiply(left.length, at(u!, left), at(v!, right), columns);
        return combine(
          size,
          left.map((_, t) => ({ to: Math.floor(t / shared), form: products, from: t, factor: 1 })),
        );
      }
      default:
        throw new Error(`${node.op} of a variable is no polynomial of degree two`);
    }
  }
}

function isConstant(form: Polynomials): boolean {
  return form.linear === null && form.quadratic === null;
}

interface Term {
  readonly to: number;
  readonly form: Polynomials;
  readonly from: number;
  readonly factor: number;
}

/** `result[to] += factor · form[from]` */
function combine(size: number, terms: readonly Term[]): Polynomials {
  const offset = new Float64Array(size);
  const linear = range(size).map(() => new Map<number, number>());
  const quadratic = range(size).map(() => new Map<number, number>());
  for (const { to, form, from, factor } of terms) {
    offset[to] = offset[to]! + factor * form.offset[from]!;
    if (factor === 0) continue;
    accumulate(linear[to]!, form.linear?.[from], factor);
    accumulate(quadratic[to]!, form.quadratic?.[from], factor);
  }
  return { offset, linear: orNull(linear), quadratic: orNull(quadratic) };
}

/** Element by element, of degree two at most. */
function multiply(size: number, u: Polynomials, v: Polynomials, columns: number): Polynomials {
  const offset = new Float64Array(size);
  const linear = range(size).map(() => new Map<number, number>());
  const quadratic = range(size).map(() => new Map<number, number>());
  for (let i = 0; i < size; i++) {
    const [a, b] = [u.offset[i]!, v.offset[i]!];
    offset[i] = a * b;
    accumulate(linear[i]!, u.linear?.[i], b);
    accumulate(linear[i]!, v.linear?.[i], a);
    accumulate(quadratic[i]!, u.quadratic?.[i], b);
    accumulate(quadratic[i]!, v.quadratic?.[i], a);
    const [p, q] = [u.linear?.[i], v.linear?.[i]];
    const beyond =
      (hasAny(u.quadratic?.[i]) && (hasAny(q) || hasAny(v.quadratic?.[i]))) || (hasAny(v.quadratic?.[i]) && hasAny(p));
    if (beyond) throw new Error("a product of degree above two");
    for (const [m, x] of p ?? []) {
      for (const [n, y] of q ?? []) add(quadratic[i]!, Math.min(m, n) * columns + Math.max(m, n), x * y);
    }
  }
  return { offset, linear: orNull(linear), quadratic: orNull(quadratic) };
}

function at(form: Polynomials, indices: readonly number[]): Polynomials {
  return {
    offset: Float64Array.from(indices, (i) => form.offset[i]!),
    linear: form.linear === null ? null : indices.map((i) => form.linear![i]!),
    quadratic: form.quadratic === null ? null : indices.map((i) => form.quadratic![i]!),
  };
}

function accumulate(into: Map<number, number>, from: SparseVector | undefined, factor: number): void {
  if (factor === 0) return;
  for (const [key, value] of from ?? []) add(into, key, factor * value);
}

function add(into: Map<number, number>, key: number, value: number): void {
  const total = (into.get(key) ?? 0) + value;
  if (total === 0) into.delete(key);
  else into.set(key, total);
}

function hasAny(vector: SparseVector | undefined): boolean {
  return vector !== undefined && vector.size > 0;
}

function orNull(vectors: readonly SparseVector[]): readonly SparseVector[] | null {
  return vectors.some(hasAny) ? vectors : null;
}
