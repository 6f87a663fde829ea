import type { Expr } from "../../grammar/ast.ts";
import { textAt } from "../source/source-text.ts";
import { numbered, sameAxes, showAxes, type Axis } from "./axes.ts";
import { shorten } from "./combine.ts";
import type { CheckedConstraint } from "./constraints.ts";
import { locate, type CheckContext, type Env } from "./context.ts";
import { graphNamed, type CheckedGraph } from "./graph.ts";
import type { CheckedSet } from "./sets.ts";
import type { Term, ValueType } from "./term.ts";
import { isPlain, plain } from "./unit.ts";

/** Nodes up to which the rows that forbid part tours are written out: 2^(n − 1) of them. */
const LARGEST_TOUR = 10;

/**
 * `tour(G)`: a round trip that visits each node once, over edges that may be taken in either direction. Two edges meet at
 * every node, and every part of three or more nodes has two edges to the rest, else it would be a tour of its own
 * (Dantzig, Fulkerson & Johnson 1954).
 *
 * @param whole whether the block is declared `int` or `bool`
 */
export function checkTour(ctx: CheckContext, domain: Expr, block: Term, whole: boolean, env: Env): CheckedSet | null {
  const at = locate(env, domain);
  const wrong = (reason: string): null => {
    ctx.reporter.report("tour-form", at, { reason });
    return null;
  };
  const [argument, ...others] = domain.kind === "call" ? domain.arguments : [];
  if (argument?.value.kind !== "name" || argument.name !== undefined || others.length > 0) {
    return wrong("its one argument is the graph");
  }
  const graph = graphNamed(ctx, argument.value, env);
  if (graph === null) return null;
  if (graph.nodes < 3) return wrong(`${graph.name} has ${graph.nodes} nodes, and a round trip needs three`);
  if (graph.nodes > LARGEST_TOUR) {
    return wrong(`${graph.name} has ${graph.nodes} nodes, and its rows are written out for ${LARGEST_TOUR} at most`);
  }
  const ends = new Set(graph.edges.map(([a, b]) => `${a} ${b}`));
  const twice = graph.edges.find(([a, b]) => ends.has(`${b} ${a}`));
  if (twice !== undefined) {
    const [a, b] = twice.map((node) => graph.nodesAxis.labels![node]!);
    return wrong(
      `${graph.name} has an edge from ${a} to ${b} and one back, and a tour takes an edge in either direction`,
    );
  }
  if (!sameAxes(block.type.axes, [graph.edgesAxis]) || !isPlain(block.type.unit)) {
    const expected = `a value without a unit over [${graph.name}.edges]`;
    ctx.reporter.report("shape-mismatch", at, { name: "tour", expected, found: showAxes(block.type.axes) });
    return null;
  }
  if (!whole) return wrong("an edge is taken or not, and a real number may stand between");
  const constraints = tourRows(ctx, block, graph, domain, env);
  return constraints === null ? null : { text: shorten(textAt(at), 200), at, constraints };
}

function real(axes: readonly Axis[]): ValueType {
  return { base: "real", axes, unit: plain, anyUnit: false };
}

function tourRows(
  ctx: CheckContext,
  block: Term,
  graph: CheckedGraph,
  domain: Expr,
  env: Env,
): readonly CheckedConstraint[] | null {
  const { build } = ctx;
  const at = locate(env, domain);
  const count = graph.edges.length;
  const zero = build.const([0], real([]), at);
  // An element that is always zero after the edges, for rows with fewer edges than others.
  const padded = zero === null ? null : build.concat([block, zero], real([numbered(count + 1)]), at);
  if (padded === null) return null;
  const sums = (lists: readonly (readonly number[])[], axis: Axis): Term | null => {
    const width = Math.max(1, ...lists.map((list) => list.length));
    const indices = lists.flatMap((list) => Array.from({ length: width }, (_, i) => list[i] ?? count));
    const gathered = build.gather(padded, indices, real([axis, numbered(width)]), at);
    return gathered === null ? null : build.reduce("sum", gathered, [1], real([axis]), at);
  };
  const twos = (axis: Axis): Term | null =>
    build.const(
      Array.from({ length: axis.size }, () => 2),
      real([axis]),
      at,
    );
  const less = (left: Term | null, right: Term | null, axes: readonly Axis[]): Term | null =>
    left === null || right === null ? null : build.binary("sub", left, right, real(axes), at);
  const atNode = Array.from({ length: graph.nodes }, (_, node) =>
    graph.edges.flatMap((edge, index) => (edge.includes(node) ? [index] : [])),
  );
  const degrees = less(sums(atNode, graph.nodesAxis), twos(graph.nodesAxis), [graph.nodesAxis]);
  const ones = build.const(
    Array.from({ length: count }, () => 1),
    real(block.type.axes),
    at,
  );
  const below = build.unary("neg", block, real(block.type.axes), at);
  const above = less(block, ones, block.type.axes);
  if (degrees === null || below === null || above === null) return null;
  const rows: CheckedConstraint[] = [
    { difference: degrees, relation: "==", label: `tour: two edges at each node of ${graph.name}`, at },
    { difference: below, relation: "<=", label: "tour: 0 <= edge", at },
    { difference: above, relation: "<=", label: "tour: edge <= 1", at },
  ];
  const cuts = cutsOf(graph);
  if (cuts.length === 0) return rows;
  const axis = numbered(cuts.length);
  const crossing = less(twos(axis), sums(cuts, axis), [axis]);
  if (crossing === null) return null;
  return [...rows, { difference: crossing, relation: "<=", label: "tour: two edges leave every part", at }];
}

/** The edges between each part of three or more nodes without node 0 and the three or more others. */
function cutsOf({ nodes, edges }: CheckedGraph): readonly (readonly number[])[] {
  const cuts: number[][] = [];
  for (let part = 0; part < 2 ** nodes; part += 2) {
    const inside = (node: number): boolean => (part >> node) % 2 === 1;
    const size = Array.from({ length: nodes }, (_, node) => node).filter(inside).length;
    if (size < 3 || nodes - size < 3) continue;
    cuts.push(edges.flatMap(([from, to], index) => (inside(from) === inside(to) ? [] : [index])));
  }
  return cuts;
}
