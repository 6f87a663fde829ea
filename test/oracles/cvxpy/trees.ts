import { GraphBuilder } from "../../../runtime/ir/builder.ts";
import type { ExprGraph } from "../../../runtime/ir/expr.ts";
import { binaryFunctions, reduceFunctions, unaryFunctions } from "../../../runtime/ir/scalar-ops.ts";

/** An expression over atoms that droc and CVXPY share; leaves are `["var", name]`, `["const", c]`, `["vector", values]`. */
export type Tree = readonly [string, ...(Tree | string | number | readonly number[])[]];

/** Variables of the trees: `x`, `y` ≥ 0, `f` ≤ 0 of three elements, scalars `a` and `p` ≥ 0. */
export const variables: readonly string[] = ["x", "y", "f", "a", "p"];
export const ranges = new Map([
  ["y", { lower: 0, upper: Infinity }],
  ["f", { lower: -Infinity, upper: 0 }],
  ["p", { lower: 0, upper: Infinity }],
]);

const elementwise = ["neg", "abs", "pos", "exp", "log", "log1p", "sqrt", "square", "square", "softplus"] as const;
const joining = ["add", "add", "sub", "max", "min"] as const;
const reducing = ["sum", "sum", "reduce_max", "reduce_min", "log_sum_exp", "norm1", "norm2", "norm_inf"] as const;
const exponents = [3, 4, 1.5, 0.5, 0.25, -1, -0.5] as const;

/** A random tree of at most `depth` operations inside each other, a vector or a scalar. */
export function randomTree(random: () => number, depth: number, vector: boolean): Tree {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const inner = (): Tree => randomTree(random, depth - 1, vector);
  if (depth === 0) {
    const kind = random();
    if (kind < 0.75) return ["var", pick(vector ? ["x", "y", "f"] : ["a", "p"])];
    const value = (): number => pick([1, 2, 0.5, -1, 3]);
    return vector && kind < 0.85 ? ["vector", [value(), value(), value()]] : constant(value(), vector);
  }
  const kind = random();
  if (!vector && kind < 0.3) return [pick(reducing), randomTree(random, depth - 1, true)];
  if (!vector && kind < 0.35) {
    return ["quad_over_lin", randomTree(random, depth - 1, true), nonNegative(random, inner(), false)];
  }
  if (kind < 0.62) return [pick(elementwise), inner()];
  if (kind < 0.84) return [pick(joining), inner(), inner()];
  if (kind < 0.9) return ["mul", constant(pick([2, 0.5, -1.5]), vector), inner()];
  if (kind < 0.93) return ["mul", inner(), inner()];
  if (kind < 0.97) {
    const exponent = pick(exponents);
    const everywhere = exponent === 3 || exponent === -1;
    return ["pow", everywhere ? nonNegative(random, inner(), vector) : inner(), exponent];
  }
  return kind < 0.985 ? ["reciprocal", nonNegative(random, inner(), vector)] : ["x_log_x", inner()];
}

/** CVXPY's reciprocals and odd powers are those on positive numbers alone: there both mean the same function. */
function nonNegative(random: () => number, tree: Tree, vector: boolean): Tree {
  const kind = random();
  if (kind < 0.2) return ["var", vector ? "y" : "p"];
  if (kind < 0.4) return ["add", constant(1, vector), ["pos", tree]];
  if (kind < 0.6) return ["exp", tree];
  return [kind < 0.8 ? "abs" : "sqrt", tree];
}

function constant(value: number, vector: boolean): Tree {
  return vector ? ["vector", [value, value, value]] : ["const", value];
}

/** The same expression as a graph of droc. */
export function graphOf(tree: Tree): ExprGraph {
  const b = new GraphBuilder();
  return b.finish(build(tree));

  function build([op, ...args]: Tree): number {
    const [first] = args;
    if (op === "var" && typeof first === "string") return b.input(first, "xyf".includes(first) ? [3] : []);
    if (op === "const" && typeof first === "number") return b.const(first);
    if (op === "vector" && isNumbers(first)) return b.const(first, [3]);
    const parts = args.flatMap((arg) => (isTree(arg) ? [build(arg)] : []));
    const [u, v] = parts as [number, number];
    if (op === "pow") return b.binary("pow", u, b.const(Number(args[1])));
    if (op === "reciprocal") return b.binary("div", b.const(1), u);
    if (op === "quad_over_lin") return b.binary("div", b.sum(b.unary("square", u)), v);
    if (op === "x_log_x") return b.binary("mul", u, b.unary("log", u));
    if (isKey(unaryFunctions, op)) return b.unary(op, u);
    if (isKey(binaryFunctions, op)) return b.binary(op, u, v);
    if (isKey(reduceFunctions, op)) return b.reduce(op, u);
    throw new Error(`no operation ${op}`);
  }
}

function isKey<K extends string>(table: Readonly<Record<K, unknown>>, key: string): key is K {
  return Object.hasOwn(table, key);
}

function isNumbers(value: Tree[number] | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every((v) => typeof v === "number");
}

function isTree(value: Tree[number]): value is Tree {
  return Array.isArray(value) && typeof value[0] === "string";
}

/** `max(exp(x), y)`: for people. */
export function showTree([op, ...args]: Tree): string {
  if (op === "var" || op === "const") return String(args[0]);
  if (op === "vector") return `[${String(args[0])}]`;
  return `${op}(${args.map((arg) => (isTree(arg) ? showTree(arg) : String(arg))).join(", ")})`;
}
