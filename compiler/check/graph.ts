import type { CallExpr, MemberExpr, NameExpr } from "../../grammar/ast.ts";
import { didYouMean } from "../diagnostics/index.ts";
import type { EntityOf } from "../resolve/entity.ts";
import { limits } from "../source/limits.ts";
import type { Axis } from "./axes.ts";
import { constantNumber } from "./constants.ts";
import { envOf, isSuspect, locate, type CheckContext, type Env } from "./context.ts";
import { reportWrongKind } from "./declared.ts";
import { edgesOfFile } from "./graph-file.ts";

/** A directed graph with its edges in order; `nodesAxis` and `edgesAxis` are the dims `G.nodes` and `G.edges`. */
export interface CheckedGraph {
  readonly name: string;
  readonly nodes: number;
  /** Whether a file names the nodes; else they are numbered from 0. */
  readonly named: boolean;
  readonly edges: readonly (readonly [from: number, to: number])[];
  readonly nodesAxis: Axis;
  readonly edgesAxis: Axis;
}

/** The meaning of `graph G = …`; `null` after reporting. */
export function graphOf(ctx: CheckContext, entity: EntityOf<"graph">): CheckedGraph | null {
  const known = ctx.graphs.get(entity);
  if (known !== undefined) return known;
  // While it is evaluated, a graph that is defined by itself has no meaning.
  ctx.graphs.set(entity, null);
  const graph = evaluateGraph(ctx, entity);
  ctx.graphs.set(entity, graph);
  return graph;
}

const makers = ["grid", "complete", "csv"] as const;

function evaluateGraph(ctx: CheckContext, entity: EntityOf<"graph">): CheckedGraph | null {
  const { value } = entity.decl;
  const env = envOf(entity.at.source, entity.scope);
  if (value.kind === "error") return null;
  if (value.kind === "call" && value.callee.name === "complete") return completeGraph(ctx, entity.name, value, env);
  if (value.kind === "call" && value.callee.name === "csv") {
    const list = edgesOfFile(ctx, entity.name, value, env);
    return list === null ? null : graphWith(entity.name, list.nodes.length, list.edges, list.nodes);
  }
  if (value.kind !== "call" || value.callee.name !== "grid") {
    const name = value.kind === "call" ? value.callee.name : "";
    ctx.reporter.report("graph-form", locate(env, value), { name: entity.name, suggestion: didYouMean(name, makers) });
    return null;
  }
  const sizes = gridSizes(ctx, entity.name, value, env);
  if (sizes === null) return null;
  const [rows, columns] = sizes;
  const count = rows * (columns - 1) + columns * (rows - 1);
  if (rows * columns > limits.graphNodes) {
    const args = { name: entity.name, elements: rows * columns, limit: limits.graphNodes };
    ctx.reporter.report("shape-too-large", locate(env, value), args);
    return null;
  }
  if (count === 0) {
    ctx.reporter.report("graph-size", locate(env, value), { name: entity.name, size: "1 by 1" });
    return null;
  }
  return graphWith(entity.name, rows * columns, gridEdges(rows, columns));
}

/** `complete(8)`: an edge between any two nodes, in the order 0-1, 0-2, …, 1-2, …. */
function completeGraph(ctx: CheckContext, name: string, call: CallExpr, env: Env): CheckedGraph | null {
  const sizes = sizeArguments(ctx, name, call, env);
  if (sizes === null) return null;
  const [nodes] = sizes;
  if (nodes === undefined || sizes.length !== 1) {
    const args = { name: "complete", expected: "1 argument", found: sizes.length, signature: "complete(8)" };
    ctx.reporter.report("argument-count", locate(env, call), args);
    return null;
  }
  if (nodes < 2) {
    ctx.reporter.report("graph-size", locate(env, call), { name, size: nodes });
    return null;
  }
  const count = (nodes * (nodes - 1)) / 2;
  if (count > limits.graphNodes) {
    ctx.reporter.report("shape-too-large", locate(env, call), { name, elements: count, limit: limits.graphNodes });
    return null;
  }
  const edges = Array.from({ length: nodes }, (_, from) =>
    Array.from({ length: nodes - from - 1 }, (__, k) => [from, from + k + 1] as const),
  );
  return graphWith(name, nodes, edges.flat());
}

/** @param names of the nodes, where a file gives them */
function graphWith(name: string, nodes: number, edges: CheckedGraph["edges"], names?: readonly string[]): CheckedGraph {
  const axis = (part: string, labels: readonly string[]): Axis => ({
    dim: `${name}.${part}`,
    size: labels.length,
    labels,
    loose: false,
  });
  const labels = names ?? Array.from({ length: nodes }, (_, node) => String(node));
  return {
    name,
    nodes,
    named: names !== undefined,
    edges,
    nodesAxis: axis("nodes", labels),
    edgesAxis: axis(
      "edges",
      edges.map(([from, to]) => `${labels[from]!}-${labels[to]!}`),
    ),
  };
}

function gridSizes(
  ctx: CheckContext,
  name: string,
  call: CallExpr,
  env: Env,
): readonly [rows: number, columns: number] | null {
  const values = sizeArguments(ctx, name, call, env);
  if (values === null) return null;
  const [rows, columns] = values;
  if (rows !== undefined && columns !== undefined && values.length === 2) return [rows, columns];
  const args = { name: "grid", expected: "2 arguments", found: values.length, signature: "grid(5, 5)" };
  ctx.reporter.report("argument-count", locate(env, call), args);
  return null;
}

/** Whole numbers of at least 1; `null` after reporting. */
function sizeArguments(ctx: CheckContext, name: string, call: CallExpr, env: Env): readonly number[] | null {
  const values: number[] = [];
  for (const argument of call.arguments) {
    const value = constantNumber(ctx, argument.value, env, `graph ${name}`);
    if (value === null) return null;
    if (!Number.isInteger(value) || value < 1) {
      ctx.reporter.report("graph-size", locate(env, argument.value), { name, size: value });
      return null;
    }
    values.push(value);
  }
  return values;
}

/** Edges to the right and down, row by row, as in the shortest-path task of 004 §5. */
function gridEdges(rows: number, columns: number): readonly (readonly [number, number])[] {
  const edges: (readonly [number, number])[] = [];
  for (let row = 0; row < rows; row++) {
    const node = (column: number): number => row * columns + column;
    for (let column = 0; column + 1 < columns; column++) edges.push([node(column), node(column + 1)]);
    if (row + 1 === rows) continue;
    for (let column = 0; column < columns; column++) edges.push([node(column), node(column) + columns]);
  }
  return edges;
}

/** The dim `G.edges` or `G.nodes`; `null` after reporting. */
export function graphAxis(ctx: CheckContext, expr: MemberExpr, env: Env): Axis | null {
  const { object, member } = expr;
  if (object.kind !== "name") {
    if (object.kind !== "error")
      ctx.reporter.report("graph-part", locate(env, expr), { part: member.name, suggestion: "" });
    return null;
  }
  const graph = graphNamed(ctx, object, env);
  if (graph === null) return null;
  if (member.name === "edges") return graph.edgesAxis;
  if (member.name === "nodes") return graph.nodesAxis;
  const suggestion = didYouMean(member.name, ["edges", "nodes"]);
  if (!isSuspect(ctx, member.name))
    ctx.reporter.report("graph-part", locate(env, member), { part: member.name, suggestion });
  return null;
}

/** The graph of that name; `null` after reporting. */
export function graphNamed(ctx: CheckContext, expr: NameExpr, env: Env): CheckedGraph | null {
  const entity = env.scope.lookup(expr.name);
  if (entity?.kind === "graph") return ctx.meaning.graph(entity);
  if (entity?.kind === "poison" || isSuspect(ctx, expr.name)) return null;
  if (entity !== null) {
    reportWrongKind(ctx, entity, locate(env, expr), "graph");
    return null;
  }
  const graphs = env.scope.names().filter((name) => env.scope.lookup(name)?.kind === "graph");
  const suggestion = `${didYouMean(expr.name, graphs)}declare it with \`graph ${expr.name} = grid(5, 5)\``;
  ctx.reporter.report("unknown-name", locate(env, expr), { name: expr.name, suggestion });
  return null;
}
