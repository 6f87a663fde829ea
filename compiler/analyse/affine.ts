import { evaluateNode } from "../../runtime/ir/evaluate.ts";
import type { ExprGraph, ExprNode } from "../../runtime/ir/expr.ts";
import { argsOf } from "../../runtime/ir/scalar-ops.ts";
import { broadcastIndices, range, reduceIndices, sizeOf } from "../../runtime/ir/shape.ts";
import type { Layout } from "./layout.ts";
import { FormFailure } from "./problem.ts";

/** `offset + coefficients · z` for each element; `coefficients` is elements × n row-major, `null` where all are 0. */
export interface AffineForm {
  readonly offset: Float64Array;
  readonly coefficients: Float64Array | null;
}

/**
 * The exact coefficients of a graph that is affine in the decision vector, by affine arithmetic over its nodes.
 *
 * @param graph inputs are blocks of `decision` alone; parameters folded
 * @throws FormFailure with the node that is not affine
 */
export function affineForm(graph: ExprGraph, decision: Layout): AffineForm {
  const n = decision.size;
  const forms: AffineForm[] = [];
  for (const node of graph.nodes) forms.push(compute(node));
  return forms[graph.output]!;

  function compute(node: ExprNode): AffineForm {
    const args = argsOf(node).map((id) => forms[id]!);
    if (node.op === "input") return block(node);
    if (args.every((arg) => arg.coefficients === null)) {
      const values = args.map((arg, i) => ({ data: arg.offset, shape: graph.nodes[argsOf(node)[i]!]!.shape }));
      return { offset: evaluateNode(node, values), coefficients: null };
    }
    const size = sizeOf(node.shape);
    const shapeOf = (i: number): readonly number[] => graph.nodes[argsOf(node)[i]!]!.shape;
    const [u, v] = args;
    switch (node.op) {
      case "neg":
        return combine(size, [{ form: u!, factor: -1 }]);
      case "add":
        return combine(size, [
          { form: u!, factor: 1 },
          { form: v!, factor: 1 },
        ]);
      case "sub":
        return combine(size, [
          { form: u!, factor: 1 },
          { form: v!, factor: -1 },
        ]);
      case "mul":
        if (u!.coefficients !== null && v!.coefficients !== null) throw new FormFailure("product", node);
        return u!.coefficients === null
          ? each(v!, (value, i) => value * u!.offset[i]!)
          : each(u!, (value, i) => value * v!.offset[i]!);
      case "div":
        if (v!.coefficients !== null) throw new FormFailure("divisor", node);
        return each(u!, (value, i) => value / v!.offset[i]!);
      case "sum": {
        const into = reduceIndices(shapeOf(0), node.axes);
        return add(
          size,
          Array.from(into, (to, from) => ({ to, form: u!, from, factor: 1 })),
        );
      }
      case "broadcast":
        return pick(size, u!, broadcastIndices(shapeOf(0), node.shape, node.axes));
      case "gather":
        return pick(size, u!, node.indices);
      case "transpose": {
        const [rows, columns] = [node.shape[0]!, node.shape[1]!];
        return pick(
          size,
          u!,
          range(size).map((i) => (i % columns) * rows + Math.floor(i / columns)),
        );
      }
      case "concat": {
        let to = 0;
        return add(
          size,
          args.flatMap((form) => Array.from(form.offset, (_, from) => ({ to: to++, form, from, factor: 1 }))),
        );
      }
      case "where": {
        const [condition, yes, no] = args;
        if (condition!.coefficients !== null) throw new FormFailure("condition", node);
        return add(
          size,
          range(size).map((i) => ({ to: i, form: condition!.offset[i] !== 0 ? yes! : no!, from: i, factor: 1 })),
        );
      }
      case "matmul": {
        if (u!.coefficients !== null && v!.coefficients !== null) throw new FormFailure("product", node);
        const [rows, columns, shared] = [node.shape[0]!, node.shape[1]!, shapeOf(1)[0]!];
        const terms: Term[] = [];
        for (let i = 0; i < rows; i++)
          for (let j = 0; j < columns; j++)
            for (let k = 0; k < shared; k++) {
              const [left, right] = [i * shared + k, k * columns + j];
              terms.push(
                u!.coefficients === null
                  ? { to: i * columns + j, form: v!, from: right, factor: u!.offset[left]! }
                  : { to: i * columns + j, form: u!, from: left, factor: v!.offset[right]! },
              );
            }
        return add(size, terms);
      }
      default:
        throw new FormFailure("nonlinear", node);
    }
  }

  interface Term {
    readonly to: number;
    readonly form: AffineForm;
    readonly from: number;
    readonly factor: number;
  }

  function block(node: Extract<ExprNode, { readonly op: "input" }>): AffineForm {
    const part = decision.parts.find((p) => p.name === node.name);
    if (part === undefined) throw new FormFailure("data", node);
    const coefficients = new Float64Array(part.size * n);
    for (let i = 0; i < part.size; i++) coefficients[i * n + part.offset + i] = 1;
    return { offset: new Float64Array(part.size), coefficients };
  }

  /** `result[to] += factor · form[from]` */
  function add(size: number, terms: readonly Term[]): AffineForm {
    const offset = new Float64Array(size);
    const coefficients = new Float64Array(size * n);
    for (const { to, form, from, factor } of terms) {
      offset[to] = offset[to]! + factor * form.offset[from]!;
      if (form.coefficients === null || factor === 0) continue;
      for (let j = 0; j < n; j++) {
        coefficients[to * n + j] = coefficients[to * n + j]! + factor * form.coefficients[from * n + j]!;
      }
    }
    return { offset, coefficients: coefficients.some((c) => c !== 0) ? coefficients : null };
  }

  function combine(size: number, parts: readonly { form: AffineForm; factor: number }[]): AffineForm {
    return add(
      size,
      parts.flatMap(({ form, factor }) => range(size).map((i) => ({ to: i, form, from: i, factor }))),
    );
  }

  function pick(size: number, form: AffineForm, indices: ArrayLike<number>): AffineForm {
    return add(
      size,
      range(size).map((i) => ({ to: i, form, from: indices[i]!, factor: 1 })),
    );
  }

  /** A linear map of each element. */
  function each(form: AffineForm, map: (value: number, element: number) => number): AffineForm {
    return {
      offset: form.offset.map(map),
      coefficients: form.coefficients?.map((c, k) => (c === 0 ? 0 : map(c, Math.floor(k / n)))) ?? null,
    };
  }
}
