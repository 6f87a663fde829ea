import type { Expr } from "../../grammar/ast.ts";
import { didYouMean, listNames } from "../diagnostics/index.ts";
import { textAt, type Location } from "../source/source-text.ts";
import { numbered, sameAxes, showAxes, type Axis } from "./axes.ts";
import { shorten } from "./combine.ts";
import { constantNumber } from "./constants.ts";
import type { CheckedConstraint } from "./constraints.ts";
import { locate, type CheckContext, type Env } from "./context.ts";
import { graphNamed, type CheckedGraph } from "./graph.ts";
import type { CheckedSet } from "./sets.ts";
import type { Term, ValueType } from "./term.ts";
import { isPlain, plain } from "./unit.ts";

/**
 * `path(G, from = first, to = last)` as flow conservation: what leaves a node less what enters it is 1 at the start,
 * −1 at the end and 0 elsewhere, and each edge carries between 0 and 1. The rows are totally unimodular, so the best
 * vertex is a path without any integer variable.
 */
export function checkPath(ctx: CheckContext, domain: Expr, block: Term, env: Env): CheckedSet | null {
  const at = locate(env, domain);
  const wrong = (where: Location, reason: string): null => {
    ctx.reporter.report("path-form", where, { reason });
    return null;
  };
  if (domain.kind !== "call") return wrong(at, "the graph and the two nodes must be said");
  const [graphArgument, ...ends] = domain.arguments;
  if (graphArgument === undefined || graphArgument.name !== undefined || graphArgument.value.kind !== "name") {
    return wrong(at, "the graph must be named first");
  }
  const graph = graphNamed(ctx, graphArgument.value, env);
  const nodes = new Map<string, number>();
  for (const { name, value, span } of ends) {
    const known = name?.name === "from" || name?.name === "to";
    if (!known || nodes.has(name.name)) {
      return wrong(locate(env, { span }), "its other arguments are `from` and `to`, each once");
    }
    if (graph === null) continue;
    const node = nodeOf(ctx, value, graph, env);
    if (node === null) return null;
    nodes.set(name.name, node);
  }
  if (graph === null) return null;
  const [from, to] = [nodes.get("from"), nodes.get("to")];
  if (from === undefined || to === undefined) return wrong(at, "where it starts and where it ends must be said");
  if (from === to) return wrong(at, "it starts and ends at the same node");
  const reached = reachedFrom(graph, from);
  if (!reached.has(to)) {
    const names = graph.nodesAxis.labels!;
    const others = [...reached].filter((node) => node !== from).map((node) => names[node]!);
    const args = { from: names[from]!, to: names[to]!, graph: graph.name, reached: listNames(others) };
    ctx.reporter.report("path-disconnected", at, args);
    return null;
  }
  if (!sameAxes(block.type.axes, [graph.edgesAxis]) || !isPlain(block.type.unit)) {
    const expected = `a value without a unit over [${graph.name}.edges]`;
    const found = showAxes(block.type.axes);
    ctx.reporter.report("shape-mismatch", at, { name: "path", expected, found });
    return null;
  }
  const constraints = flowRows(ctx, block, graph, from, to, at);
  return constraints === null ? null : { text: shorten(textAt(at), 200), at, constraints };
}

/** The name of a node in quotes, or its number; `first` and `last` where nodes are numbered. */
function nodeOf(ctx: CheckContext, expr: Expr, graph: CheckedGraph, env: Env): number | null {
  const names = graph.nodesAxis.labels!;
  const wrong = (reason: string): null => {
    ctx.reporter.report("path-form", locate(env, expr), { reason });
    return null;
  };
  if (expr.kind === "name" && env.scope.lookup(expr.name) === null) {
    if (expr.name === "first" && !graph.named) return 0;
    if (expr.name === "last" && !graph.named) return graph.nodes - 1;
    if (graph.named) return wrong(`the nodes of ${graph.name} have names: write the one that is meant in quotes`);
  }
  if (expr.kind === "string") {
    const node = names.indexOf(expr.value);
    if (node >= 0) return node;
    return wrong(`${didYouMean(expr.value, names)}the nodes of ${graph.name} are: ${listNames(names)}`);
  }
  const number = constantNumber(ctx, expr, env, "a node");
  if (number === null) return null;
  const node = names.indexOf(String(number));
  if (node >= 0) return node;
  if (graph.named) return wrong(`the nodes of ${graph.name} are: ${listNames(names)}`);
  return wrong(
    `the nodes of ${graph.name} are numbered from 0 to ${graph.nodes - 1}; \`first\` and \`last\` name these two`,
  );
}

/** Nodes to which edges lead from `start`, itself among them. */
function reachedFrom({ nodes, edges }: CheckedGraph, start: number): ReadonlySet<number> {
  const next: number[][] = Array.from({ length: nodes }, () => []);
  for (const [from, to] of edges) next[from]!.push(to);
  const reached = new Set([start]);
  // A set yields what is added while it is walked.
  for (const node of reached) for (const to of next[node]!) reached.add(to);
  return reached;
}

function real(axes: readonly Axis[]): ValueType {
  return { base: "real", axes, unit: plain, anyUnit: false };
}

function flowRows(
  ctx: CheckContext,
  block: Term,
  graph: CheckedGraph,
  from: number,
  to: number,
  at: Location,
): readonly CheckedConstraint[] | null {
  const { build } = ctx;
  const count = graph.edges.length;
  const zero = build.const([0], real([]), at);
  // An element that is always zero after the edges, for nodes with fewer edges than others.
  const padded = zero === null ? null : build.concat([block, zero], real([numbered(count + 1)]), at);
  if (padded === null) return null;
  const flow = (end: 0 | 1): Term | null => {
    const lists: number[][] = Array.from({ length: graph.nodes }, () => []);
    graph.edges.forEach((edge, index) => lists[edge[end]]!.push(index));
    const width = Math.max(...lists.map((list) => list.length));
    const indices = lists.flatMap((list) => Array.from({ length: width }, (_, i) => list[i] ?? count));
    const gathered = build.gather(padded, indices, real([graph.nodesAxis, numbered(width)]), at);
    return gathered === null ? null : build.reduce("sum", gathered, [1], real([graph.nodesAxis]), at);
  };
  const leaving = flow(0);
  const entering = flow(1);
  const supply = Array.from({ length: graph.nodes }, (_, node) => (node === from ? 1 : node === to ? -1 : 0));
  const needed = build.const(supply, real([graph.nodesAxis]), at);
  if (leaving === null || entering === null || needed === null) return null;
  const net = build.binary("sub", leaving, entering, real([graph.nodesAxis]), at);
  const balance = net === null ? null : build.binary("sub", net, needed, real([graph.nodesAxis]), at);
  const ones = build.const(
    Array.from({ length: count }, () => 1),
    real(block.type.axes),
    at,
  );
  const below = build.unary("neg", block, block.type, at);
  const above = ones === null ? null : build.binary("sub", block, ones, block.type, at);
  if (balance === null || below === null || above === null) return null;
  const flowLabel = `path: out - in == supply at each node of ${graph.name}`;
  return [
    { difference: balance, relation: "==", label: flowLabel, at },
    { difference: below, relation: "<=", label: "path: 0 <= flow", at },
    { difference: above, relation: "<=", label: "path: flow <= 1", at },
  ];
}
