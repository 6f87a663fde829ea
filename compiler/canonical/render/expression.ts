import type { ExprGraph, ExprNode } from "../../../runtime/ir/expr.ts";
import { isBinary, isReduce, isUnary } from "../../../runtime/ir/scalar-ops.ts";
import { sizeOf, type Shape } from "../../../runtime/ir/shape.ts";
import type { Notation } from "./notation.ts";

/** Text with how strongly it holds together: a sum 1, a product 2, anything that needs no brackets 3. */
interface Written {
  readonly text: string;
  readonly level: 1 | 2 | 3;
}

/** Vectors of more constants than this are named by their length. */
const SHOWN = 4;

/**
 * Writes a graph as mathematics: `−sᵀz`, `‖(a, λ − u)‖₂`, `z_3`.
 *
 * @param indexOf the scenario index of an input, or nothing where it stands once
 */
export function renderExpression(
  graph: ExprGraph,
  notation: Notation,
  indexOf: (name: string) => string | null,
): string {
  const known = new Map<number, Written>();
  return write(graph.output).text;

  function write(id: number): Written {
    const found = known.get(id) ?? compute(graph.nodes[id]!);
    known.set(id, found);
    return found;
  }

  function node(id: number): ExprNode {
    return graph.nodes[id]!;
  }

  function text(id: number): string {
    return write(id).text;
  }

  /** In brackets where it holds together less than `level`. */
  function held(id: number, level: 2 | 3): string {
    const written = write(id);
    return written.level >= level ? written.text : notation.group(written.text);
  }

  function symbol(id: number, elements: readonly string[]): string | null {
    const input = node(id);
    if (input.op === "const" && input.param !== undefined) return notation.symbol(input.param, elements);
    if (input.op !== "input") return null;
    const index = indexOf(input.name);
    return notation.symbol(input.name, [...(index === null ? [] : [index]), ...elements]);
  }

  function compute(n: ExprNode): Written {
    if (isUnary(n)) return unary(n.op, n.args[0]);
    if (isBinary(n)) return binary(n);
    if (isReduce(n)) return reduce(n);
    switch (n.op) {
      case "input":
        return {
          text: notation.symbol(
            n.name,
            [indexOf(n.name)].filter((i) => i !== null),
          ),
          level: 3,
        };
      case "const":
        return constant(n);
      case "broadcast":
        return write(n.args[0]);
      case "where":
        return { text: notation.cases(text(n.args[1]), text(n.args[0]), text(n.args[2])), level: 3 };
      case "gather":
        return gather(n.args[0], n.indices, n.shape);
      case "concat":
        return { text: notation.vector(n.args.map(text)), level: 3 };
      case "softmax":
        return { text: notation.call("softmax", [text(n.args[0])]), level: 3 };
      case "matmul":
        return { text: `${held(n.args[0], 3)} ${held(n.args[1], 3)}`, level: 2 };
      case "transpose":
        return { text: `${held(n.args[0], 3)}${notation.transpose}`.trimEnd(), level: 3 };
    }
  }

  function constant(n: Extract<ExprNode, { readonly op: "const" }>): Written {
    if (n.param !== undefined) return { text: notation.symbol(n.param, []), level: 3 };
    const [first] = n.value;
    if (first !== undefined && n.value.every((v) => v === first)) {
      return { text: notation.number(first).replace("-", "−"), level: first < 0 ? 1 : 3 };
    }
    if (n.value.length > SHOWN) return { text: `[${n.value.length}]`, level: 3 };
    return { text: notation.vector(n.value.map((v) => notation.number(v).replace("-", "−"))), level: 3 };
  }

  function unary(op: string, a: number): Written {
    switch (op) {
      case "neg":
        return { text: `−${held(a, 2)}`, level: 1 };
      case "square":
        return { text: notation.power(held(a, 3), "2"), level: 3 };
      case "abs":
        return { text: notation.abs(text(a)), level: 3 };
      case "pos":
        return { text: notation.positive(text(a)), level: 3 };
      default:
        return { text: notation.call(op, [text(a)]), level: 3 };
    }
  }

  function binary(n: Extract<ExprNode, { readonly args: readonly [number, number] }>): Written {
    const [a, b] = n.args;
    switch (n.op) {
      case "add": {
        // A sum that starts with what is subtracted reads better the other way round.
        const [first, second] = write(a).text.startsWith("−") ? [b, a] : [a, b];
        const right = text(second);
        return right.startsWith("−")
          ? { text: `${text(first)} − ${right.slice(1)}`, level: 1 }
          : { text: `${text(first)} + ${right}`, level: 1 };
      }
      case "sub":
        return { text: `${text(a)} − ${held(b, 2)}`, level: 1 };
      case "mul": {
        const left = isNumber(a) ? text(a) : held(a, 2);
        return { text: `${left}${notation.times}${held(b, 2)}`, level: left.startsWith("−") ? 1 : 2 };
      }
      case "div":
        return { text: notation.fraction(held(a, 2), held(b, 3)), level: 2 };
      case "pow":
        return { text: notation.power(held(a, 3), text(b)), level: 3 };
      case "max":
      case "min":
        return { text: notation.call(n.op, [text(a), text(b)]), level: 3 };
      default: {
        const signs: Readonly<Record<string, string>> = {
          lt: "<",
          le: notation.le,
          gt: ">",
          ge: "≥",
          eq: "=",
          ne: "≠",
          and: "∧",
          or: "∨",
        };
        return { text: `${held(a, 2)} ${signs[n.op] ?? n.op} ${held(b, 2)}`, level: 1 };
      }
    }
  }

  function isNumber(id: number): boolean {
    const n = node(id);
    return n.op === "broadcast" ? isNumber(n.args[0]) : n.op === "const";
  }

  function reduce(
    n: Extract<ExprNode, { readonly axes: readonly number[]; readonly args: readonly [number] }>,
  ): Written {
    const [a] = n.args;
    const inner = node(a);
    const all = n.shape.length === 0;
    const whole = (name: string): string => (all ? name : notation.over(name, n.op === "broadcast" ? [] : n.axes));
    switch (n.op) {
      case "sum":
        return all ? sum(a, inner) : { text: notation.call(whole("sum"), [text(a)]), level: 3 };
      case "norm1":
        return { text: notation.norm(text(a), "1"), level: 3 };
      case "norm2":
        return { text: notation.norm(text(a), "2"), level: 3 };
      case "norm_inf":
        return { text: notation.norm(text(a), "∞"), level: 3 };
      case "reduce_max":
        return { text: notation.call(whole("max"), [text(a)]), level: 3 };
      case "reduce_min":
        return { text: notation.call(whole("min"), [text(a)]), level: 3 };
      default:
        return { text: notation.call(whole(n.op), [text(a)]), level: 3 };
    }
  }

  /** A sum of all elements: `aᵀb`, `‖a‖₂²`, `1ᵀa`. */
  function sum(a: number, inner: ExprNode): Written {
    if (inner.op === "square") return { text: notation.power(notation.norm(text(inner.args[0]), "2"), "2"), level: 3 };
    if (inner.op === "neg") {
      const { text: body, level } = sum(inner.args[0], node(inner.args[0]));
      return { text: `−${level >= 2 ? body : notation.group(body)}`, level: 1 };
    }
    if (inner.op === "mul") {
      const [u, v] = inner.args;
      if (isNumber(u) && isRepeated(u)) return scaled(text(u), sum(v, node(v)));
      const left = node(u);
      if (left.op === "mul" && isNumber(left.args[0]) && isRepeated(left.args[0])) {
        return scaled(text(left.args[0]), product(left.args[1], v));
      }
      return product(u, v);
    }
    return { text: `${notation.ones}${notation.transpose}${held(a, 3)}`, level: 2 };
  }

  function product(u: number, v: number): Written {
    return { text: `${held(u, 3)}${notation.transpose}${held(v, 3)}`, level: 2 };
  }

  function scaled(factor: string, { text: body, level }: Written): Written {
    const right = level >= 2 ? body : notation.group(body);
    return { text: `${factor}${notation.times}${right}`, level: factor.startsWith("−") ? 1 : 2 };
  }

  /** Whether all elements are one number. */
  function isRepeated(id: number): boolean {
    const n = node(id);
    return n.shape.length === 0 || n.op === "broadcast";
  }

  function gather(a: number, indices: readonly number[], shape: Shape): Written {
    const from = node(a).shape;
    // The same elements in order with another shape.
    if (indices.length === sizeOf(from) && indices.every((index, i) => index === i)) return write(a);
    const place = (flat: number): string => {
      const parts: number[] = [];
      for (let axis = from.length - 1, rest = flat; axis >= 0; axis--) {
        parts.unshift((rest % from[axis]!) + 1);
        rest = Math.floor(rest / from[axis]!);
      }
      return parts.join(",");
    };
    const one = (flat: number): string => symbol(a, [place(flat)]) ?? `${notation.group(text(a))}_{${place(flat)}}`;
    if (shape.length === 0) return { text: one(indices[0]!), level: 3 };
    if (indices.length <= SHOWN) return { text: notation.vector(indices.map(one)), level: 3 };
    return { text: `${notation.vector([one(indices[0]!), "…", one(indices.at(-1)!)])}`, level: 3 };
  }
}
