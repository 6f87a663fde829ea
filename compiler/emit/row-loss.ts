import type { ExprGraph, ExprNode } from "../../runtime/ir/expr.ts";
import { argsOf } from "../../runtime/ir/scalar-ops.ts";
import { sizeOf, type Shape } from "../../runtime/ir/shape.ts";
import type { Names } from "./names.ts";
import { numberLiteral } from "./text.ts";

/** An input of a row's loss: so many columns of one of the program's tensors. */
export interface RowInput {
  readonly name: string;
  readonly tensor: "predictions" | "targets" | "inputs";
  readonly from: number;
  readonly size: number;
  /** Columns of the whole tensor. */
  readonly width: number;
}

export interface RowLossText {
  /** Members of `PredictedRows` that the body reads. */
  readonly reads: readonly RowInput["tensor"][];
  readonly lines: readonly string[];
  /** Parameters that it reads by name. */
  readonly usedParams: ReadonlySet<string>;
}

const unaryNames: Readonly<Record<string, string>> = {
  neg: "neg",
  abs: "abs",
  exp: "exp",
  log: "log",
  sqrt: "sqrt",
  square: "square",
  pos: "relu",
  softplus: "softplus",
  sigmoid: "sigmoid",
  tanh: "tanh",
  sin: "sin",
  cos: "cos",
  sign: "sign",
};
const binaryNames: Readonly<Record<string, string>> = {
  add: "add",
  sub: "sub",
  mul: "mul",
  div: "div",
  pow: "pow",
  max: "max",
  min: "min",
  and: "mul",
  or: "max",
};
const comparisonNames: Readonly<Record<string, string>> = {
  lt: "less",
  le: "lessEqual",
  gt: "greater",
  ge: "greaterEqual",
  eq: "equal",
};

/** Most operations inside each other in one expression. */
const longest = 6;

interface Value {
  readonly text: string;
  /** A number of JavaScript, not a tensor. */
  readonly number: boolean;
  readonly depth: number;
}

/**
 * The loss of a row as statements that build a tensor program. A value of any shape is a tensor [rows, elements]: the last
 * axis is flat, and constants have one row.
 *
 * @param paramNames module identifiers of the parameters
 */
export function rowLossText(
  graph: ExprGraph,
  inputs: readonly RowInput[],
  names: Names,
  paramNames: ReadonlyMap<string, string>,
): RowLossText {
  const local = names.inner();
  const lines: string[] = [];
  const reads = new Set<RowInput["tensor"]>();
  const usedParams = new Set<string>();
  const uses = new Map<number, number>();
  for (const node of graph.nodes) for (const arg of argsOf(node)) uses.set(arg, (uses.get(arg) ?? 0) + 1);
  const values = new Map<number, Value>();
  /** Columns of a value: one where it is the same in all of its elements. */
  const widths = new Map<number, number>();

  const name = (word: string, text: string): string => {
    const taken = local.take(word);
    lines.push(`const ${taken} = ${text};`);
    return taken;
  };
  /** Any tensor that the body reads has the graph. */
  const graphText = (): string => {
    reads.add("predictions");
    return "predictions.graph";
  };
  const asTensor = (value: Value): string =>
    value.number ? `${graphText()}.constant(${value.text}, [1, 1])` : value.text;
  /** The value with all of its elements. */
  const full = (id: number): string => {
    const size = sizeOf(graph.nodes[id]!.shape);
    const text = asTensor(values.get(id)!);
    return widths.get(id) === size ? text : `ops.mul(${text}, ${graphText()}.constant(1, [1, ${size}]))`;
  };
  /** The value with its own axes after that of the rows. */
  const axes = (id: number, shape: Shape): string => {
    if (shape.length <= 1) return full(id);
    const source = name("value", full(id));
    return `ops.reshape(${source}, [${source}.shape[0]!, ${shape.join(", ")}])`;
  };
  const flat = (text: string, shape: Shape, rank: number): string => {
    if (rank === 1 && shape.length === 1) return text;
    const taken = name("value", text);
    return `ops.reshape(${taken}, [${taken}.shape[0]!, ${sizeOf(shape)}])`;
  };
  /** The condition of a node as a tensor of truth values. */
  const condition = (id: number): string => {
    const node = graph.nodes[id]!;
    const known = comparisonNames[node.op];
    if (known !== undefined && "args" in node && node.args.length === 2)
      return `ops.${known}(${comparands(node.args[0]!, node.args[1]!)})`;
    return `ops.greater(ops.abs(${asTensor(values.get(id)!)}), 0)`;
  };
  const comparands = (a: number, b: number): string => {
    const [left, right] = [values.get(a)!, values.get(b)!];
    return left.number && right.number ? `${asTensor(left)}, ${right.text}` : `${left.text}, ${right.text}`;
  };

  const input = (node: ExprNode & { readonly op: "input" }): Value => {
    const found = inputs.find((one) => one.name === node.name);
    if (found === undefined) throw new Error(`the loss of a row does not read ${node.name}`);
    const { tensor, from, size, width } = found;
    reads.add(tensor);
    const whole = from === 0 && size === width;
    const text = whole ? tensor : `ops.slice(${tensor}, 1, ${from}, ${from + size})`;
    return { text: node.name === tensor ? text : name(node.name, text), number: false, depth: 0 };
  };
  const constant = (node: ExprNode & { readonly op: "const" }): Value => {
    if (node.param !== undefined) {
      const identifier = paramNames.get(node.param);
      if (identifier === undefined) throw new Error(`no parameter ${node.param}`);
      usedParams.add(node.param);
      if (node.shape.length === 0) return { text: identifier, number: true, depth: 0 };
      return tensorValue(`${graphText()}.constant(${identifier}, [1, ${sizeOf(node.shape)}])`);
    }
    if (node.value.length === 1) return { text: numberLiteral(node.value[0]!), number: true, depth: 0 };
    const list = node.value.map(numberLiteral).join(", ");
    return tensorValue(`${graphText()}.constant([${list}], [1, ${node.value.length}])`);
  };
  const tensorValue = (text: string, ...args: readonly number[]): Value => ({
    text,
    number: false,
    depth: 1 + Math.max(0, ...args.map((arg) => values.get(arg)!.depth)),
  });

  const build = (node: ExprNode): Value => {
    if (node.op === "input") return input(node);
    if (node.op === "const") return constant(node);
    const known = unaryNames[node.op];
    const first = node.args[0]!;
    if (known !== undefined) return tensorValue(`ops.${known}(${asTensor(values.get(first)!)})`, first);
    const binary = binaryNames[node.op];
    if (binary !== undefined) return tensorValue(`ops.${binary}(${comparands(first, node.args[1]!)})`, ...node.args);
    const comparison = comparisonNames[node.op];
    if (comparison !== undefined)
      return tensorValue(`ops.toFloat(ops.${comparison}(${comparands(first, node.args[1]!)}))`, ...node.args);
    const from = graph.nodes[first]!.shape;
    switch (node.op) {
      case "ne":
        return tensorValue(`ops.sub(1, ops.toFloat(ops.equal(${comparands(first, node.args[1]!)})))`, ...node.args);
      case "not":
        return tensorValue(`ops.sub(1, ${asTensor(values.get(first)!)})`, first);
      case "log1p":
        return tensorValue(`ops.log(ops.add(${asTensor(values.get(first)!)}, 1))`, first);
      case "expm1":
        return tensorValue(`ops.sub(ops.exp(${asTensor(values.get(first)!)}), 1)`, first);
      case "where": {
        const chosen = node.args.slice(1).map((arg) => values.get(arg)!);
        return tensorValue(
          `ops.where(${condition(first)}, ${chosen.map(({ text }) => text).join(", ")})`,
          ...node.args,
        );
      }
      case "softmax": {
        const text = `ops.softmax(${axes(first, from)})`;
        return tensorValue(flat(text, [sizeOf(from)], Math.max(1, from.length)), first);
      }
      case "broadcast": {
        const value = values.get(first)!;
        if (value.number) return value;
        // Axis i of the argument becomes axis `axes[i]`; the others have one element until they repeat.
        const spread = node.shape.map((size, axis) => (node.axes.includes(axis) ? size : 1));
        if (sizeOf(spread) === sizeOf(node.shape)) return value;
        if (sizeOf(spread) === 1) return value;
        const source = name("value", asTensor(value));
        const rows = `${source}.shape[0]!`;
        const repeated = `ops.broadcast(ops.reshape(${source}, [${rows}, ${spread.join(", ")}]), [${rows}, ${node.shape.join(", ")}])`;
        return tensorValue(flat(repeated, [sizeOf(node.shape)], node.shape.length));
      }
      case "gather": {
        const indices = [...node.indices];
        const start = indices[0] ?? 0;
        const consecutive = indices.every((index, i) => index === start + i);
        const text = full(first);
        if (consecutive) return tensorValue(`ops.slice(${text}, 1, ${start}, ${start + indices.length})`, first);
        const list = `ops.toIndex(${graphText()}.constant([${indices.join(", ")}], [${indices.length}]))`;
        return tensorValue(`ops.gather(${text}, ${list}, 1)`, first);
      }
      case "concat": {
        const parts = node.args.map(full);
        // A constant part has one row: adding nothing of a row that is there repeats it.
        const rows = `ops.mul(ops.slice(predictions, 1, 0, 1), 0)`;
        reads.add("predictions");
        return tensorValue(
          `ops.concat([${parts.map((part) => `ops.add(${part}, ${rows})`).join(", ")}], 1)`,
          ...node.args,
        );
      }
      case "matmul":
        return tensorValue(
          flat(
            `ops.matmul(${axes(first, from)}, ${axes(node.args[1], graph.nodes[node.args[1]]!.shape)})`,
            [sizeOf(node.shape)],
            2,
          ),
        );
      case "transpose":
        return tensorValue(flat(`ops.transpose(${axes(first, from)}, [0, 2, 1])`, [sizeOf(node.shape)], 2));
      case "sum":
      case "prod":
      case "reduce_max":
      case "reduce_min":
      case "log_sum_exp":
      case "norm1":
      case "norm2":
      case "norm_inf":
        return reduce(node, first, from);
      default:
        throw new Error(`${node.op} has no form in a tensor program`);
    }
  };
  const reduce = (node: Extract<ExprNode, { readonly axes: readonly number[] }>, first: number, from: Shape): Value => {
    const over = `{ axes: [${(from.length === 0 ? [1] : node.axes.map((axis) => axis + 1)).join(", ")}]${node.shape.length <= 1 && from.length <= 1 ? ", keep: true" : ""} }`;
    const text = axes(first, from);
    const whole = (): string => {
      switch (node.op) {
        case "prod":
          return `ops.prod(${text}, ${over})`;
        case "reduce_max":
          return `ops.reduceMax(${text}, ${over})`;
        case "reduce_min":
          return `ops.reduceMin(${text}, ${over})`;
        case "log_sum_exp":
          return `ops.logSumExp(${text}, ${over})`;
        case "norm1":
          return `ops.sum(ops.abs(${text}), ${over})`;
        case "norm2":
          return `ops.sqrt(ops.sum(ops.square(${text}), ${over}))`;
        case "norm_inf":
          return `ops.reduceMax(ops.abs(${text}), ${over})`;
        default:
          return `ops.sum(${text}, ${over})`;
      }
    };
    const reduced = whole();
    return tensorValue(from.length <= 1 ? reduced : flat(reduced, [sizeOf(node.shape)], -1), first);
  };

  const widthOf = (node: ExprNode, value: Value): number => {
    if (value.number) return 1;
    if (node.op === "broadcast" && value === values.get(node.args[0])) return widths.get(node.args[0])!;
    const elementwise =
      [unaryNames, binaryNames, comparisonNames].some((known) => Object.hasOwn(known, node.op)) ||
      ["where", "ne", "not", "log1p", "expm1"].includes(node.op);
    return elementwise ? Math.max(...argsOf(node).map((arg) => widths.get(arg)!)) : sizeOf(node.shape);
  };
  const needed = new Set<number>();
  const pending = [graph.output];
  while (pending.length > 0) {
    const id = pending.pop()!;
    if (needed.has(id)) continue;
    needed.add(id);
    pending.push(...argsOf(graph.nodes[id]!));
  }
  for (const [id, node] of graph.nodes.entries()) {
    if (!needed.has(id)) continue;
    const value = build(node);
    widths.set(id, widthOf(node, value));
    const shared = !value.number && value.depth > 0 && ((uses.get(id) ?? 0) > 1 || value.depth >= longest);
    values.set(id, shared ? { text: name("value", value.text), number: false, depth: 0 } : value);
  }
  const result = values.get(graph.output)!;
  // A loss that reads no row is the same for all of them.
  const everyRow = result.number || graph.nodes.every((node) => node.op !== "input");
  if (everyRow) reads.add("predictions");
  const text = everyRow ? `ops.add(ops.mul(ops.slice(predictions, 1, 0, 1), 0), ${result.text})` : result.text;
  return { reads: [...reads], lines: [...lines, `return ${text};`], usedParams };
}
