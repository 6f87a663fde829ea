import type { CanonicalForm, CanonicalRow } from "../ir/canonical.ts";
import type { ExprGraph, ExprNode } from "../ir/expr.ts";
import { sizeOf } from "../ir/shape.ts";

/** Classes whose objective is affine in the variables, so that only rows tie variables together. */
const AFFINE_OBJECTIVE: readonly CanonicalForm["class"][] = ["LP", "SOCP", "EXP", "smooth"];

/**
 * Whether the form falls apart into problems of one component of the decision each: no row, and no chain of rows over
 * epigraph variables, holds two components. Said of the graphs, so that it is true of every context and scenario;
 * `false` also where the graphs do not show it.
 *
 * @param decision names of the decision's blocks among the form's variables
 */
export function isSeparable(form: CanonicalForm, decision: readonly string[]): boolean {
  if (!AFFINE_OBJECTIVE.includes(form.class)) return false;
  const starts = new Map<string, number>();
  const parent: number[] = [];
  const components: number[] = [];
  for (const { name, shape } of form.variables) {
    starts.set(name, parent.length);
    for (let i = sizeOf(shape); i > 0; i--) {
      if (decision.includes(name)) components.push(parent.length);
      parent.push(parent.length);
    }
  }
  const rootOf = (element: number): number => {
    let root = element;
    while (parent[root] !== root) root = parent[root] = parent[parent[root]!]!;
    return root;
  };
  for (const row of form.rows) {
    for (const [first, ...others] of tiedBy(row, starts)) {
      for (const other of others) parent[rootOf(other)] = rootOf(first!);
    }
  }
  return new Set(components.map(rootOf)).size === components.length;
}

/** Variables that each element of a row holds. */
function tiedBy(row: CanonicalRow, starts: ReadonlyMap<string, number>): readonly (readonly number[])[] {
  const graphs = graphsOf(row).map((graph) => elementVariables(graph, starts));
  const [first] = graphs;
  // A part with an axis more than its bound: the whole group counts as one row.
  if (graphs.some((elements) => elements.length !== first!.length)) return [[...new Set(graphs.flat(2))]];
  return first!.map((_, i) => [...new Set(graphs.flatMap((elements) => elements[i]!))]);
}

function graphsOf(row: CanonicalRow): readonly ExprGraph[] {
  switch (row.kind) {
    case "linear":
      return [row.left, row.right];
    case "soc":
      return [...row.parts, row.bound];
    case "exp":
      return [row.exponent, row.scale, row.bound];
    case "smooth":
      return [row.graph];
  }
}

/** The variables that each element of a graph's output reads, by their places in the form. */
function elementVariables(
  { nodes, output }: ExprGraph,
  starts: ReadonlyMap<string, number>,
): readonly (readonly number[])[] {
  const known: (readonly (readonly number[])[])[] = [];
  for (const node of nodes) known.push(nodeVariables(node, known, starts));
  return known[output]!;
}

function nodeVariables(
  node: ExprNode,
  known: readonly (readonly (readonly number[])[])[],
  starts: ReadonlyMap<string, number>,
): readonly (readonly number[])[] {
  const size = sizeOf(node.shape);
  const each = (element: (i: number) => readonly number[]): readonly (readonly number[])[] =>
    Array.from({ length: size }, (_, i) => element(i));
  if (node.op === "const") return each(() => []);
  if (node.op === "input") {
    const start = starts.get(node.name);
    return each((i) => (start === undefined ? [] : [start + i]));
  }
  const args = node.args.map((id) => known[id]!);
  if (node.op === "gather") return each((i) => args[0]![node.indices[i]!]!);
  if (node.op === "concat") return args.flat();
  const moves = ["broadcast", "transpose", "matmul", "softmax"].includes(node.op) || "axes" in node;
  const repeats = node.op === "broadcast" && node.axes.every((axis, i) => i === 0 || axis > node.axes[i - 1]!);
  if (!moves || (repeats && args[0]!.length === size)) return each((i) => [...new Set(args.flatMap((arg) => arg[i]!))]);
  const all = [...new Set(args.flat(2))];
  return each(() => all);
}
