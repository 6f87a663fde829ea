import type { AnyModelIR, GraphIR } from "../../../runtime/ir/model.ts";
import { change, type Change, type ChangeDraft } from "./change.ts";

/** Edges that are listed before they are counted. */
const LISTED = 3;

/** A graph of a model, with its edges by the names of their nodes. */
interface NamedGraph {
  readonly graph: GraphIR;
  readonly nodes: readonly string[];
  readonly edges: readonly string[];
  /** Whether its nodes are numbered, and no file names them. */
  readonly numbered: boolean;
}

/** The graphs over whose edges and nodes vectors of the model stand. */
export function diffGraphs(a: AnyModelIR, b: AnyModelIR): readonly Change[] {
  return changedGraphs(a, b).flatMap(({ name, before, after }) => {
    if (before !== undefined && after !== undefined) return diffGraph(before, after);
    const at = [before?.graph.at, after?.graph.at] as const;
    const shown = { before: sizes(before), after: sizes(after) };
    return [change({ what: `graph ${name}`, ...shown, verdict: "INCOMPARABLE", at })];
  });
}

/** Whether a dim is the nodes or edges of a graph that both models have, whose changes are told with the graph. */
export function isOfGraph(dim: string, a: AnyModelIR, b: AnyModelIR): boolean {
  return [a, b].every((ir) => ir.graphs?.some(({ name }) => dim === `${name}.nodes` || dim === `${name}.edges`));
}

/** Notes at each change that reads the same on both sides which edges of a graph it comes from. */
export function withGraphs(changes: readonly Change[], a: AnyModelIR, b: AnyModelIR): readonly Change[] {
  const through = changedGraphs(a, b).flatMap(({ name, before, after }) =>
    before === undefined || after === undefined ? [] : edgesText(name, before, after),
  );
  if (through.length === 0) return changes;
  return changes.map((one) =>
    one.before === one.after && one.verdict !== "NO CHANGE OF MEANING"
      ? { ...one, through: [...one.through, ...through] }
      : one,
  );
}

interface GraphPair {
  readonly name: string;
  readonly before: NamedGraph | undefined;
  readonly after: NamedGraph | undefined;
}

function changedGraphs(a: AnyModelIR, b: AnyModelIR): readonly GraphPair[] {
  const names = [...new Set([...(a.graphs ?? []), ...(b.graphs ?? [])].map((graph) => graph.name))];
  return names
    .map((name) => ({ name, before: namedGraph(a, name), after: namedGraph(b, name) }))
    .filter(({ before, after }) => key(before) !== key(after));
}

function key(one: NamedGraph | undefined): string {
  return one === undefined ? "" : JSON.stringify([one.graph.edges, one.nodes]);
}

function namedGraph({ graphs, dims }: AnyModelIR, name: string): NamedGraph | undefined {
  const graph = graphs?.find((one) => one.name === name);
  if (graph === undefined) return undefined;
  const numbers = Array.from({ length: graph.nodes }, (_, node) => String(node));
  const nodes = dims.find((dim) => dim.name === `${name}.nodes`)?.labels ?? numbers;
  const edges = graph.edges.map(([from, to]) => `${nodes[from]}-${nodes[to]}`);
  return { graph, nodes, edges, numbered: nodes.join() === numbers.join() };
}

function diffGraph(x: NamedGraph, y: NamedGraph): readonly Change[] {
  const { name } = y.graph;
  const base = { verdict: "INCOMPARABLE", at: [x.graph.at, y.graph.at] } satisfies Partial<ChangeDraft>;
  if (JSON.stringify(x.graph.edges) === JSON.stringify(y.graph.edges) && x.graph.nodes === y.graph.nodes) {
    const renamed = { before: listed(missing(x.nodes, y.nodes)), after: listed(missing(y.nodes, x.nodes)) };
    const because = "its nodes carry other names";
    return [change({ ...base, what: `graph ${name}: nodes`, ...renamed, verdict: "EVALUATION ONLY", because })];
  }
  const sized = sizes(x) !== sizes(y);
  const counted = change({ ...base, what: `graph ${name}`, before: sizes(x), after: sizes(y) });
  // Numbered nodes are others in a graph of another size.
  if (sized && (x.numbered || y.numbered)) return [counted];
  const [gone, added] = [missing(x.edges, y.edges), missing(y.edges, x.edges)];
  if (gone.length > 0 || added.length > 0) {
    const edges = { ...base, what: `graph ${name}: edges`, before: listed(gone), after: listed(added) };
    return [...(sized ? [counted] : []), change(edges)];
  }
  const part = x.edges.join() === y.edges.join() ? "nodes" : "edges";
  const first = x[part].findIndex((one, k) => one !== y[part][k]);
  const because = `the same ${part} in another order, in which vectors over ${name}.${part} stand`;
  const [before, after] = [x, y].map((one) => `${one[part][first]} in place ${first}`);
  return [change({ ...base, what: `graph ${name}: ${part}`, before: before!, after: after!, because })];
}

/** `G.edges − mill-quay, + mill-bridge`; none where edges neither came nor went. */
function edgesText(name: string, x: NamedGraph, y: NamedGraph): readonly string[] {
  const [gone, added] = [listed(missing(x.edges, y.edges)), listed(missing(y.edges, x.edges))];
  const parts = [...(gone === null ? [] : [`− ${gone}`]), ...(added === null ? [] : [`+ ${added}`])];
  return parts.length === 0 ? [] : [`${name}.edges ${parts.join(", ")}`];
}

function missing(from: readonly string[], other: readonly string[]): readonly string[] {
  const known = new Set(other);
  return from.filter((one) => !known.has(one));
}

/** The first few, then how many more; `null` of none. */
function listed(texts: readonly string[]): string | null {
  if (texts.length === 0) return null;
  const more = texts.length > LISTED ? ` and ${texts.length - LISTED} more` : "";
  return `${texts.slice(0, LISTED).join(", ")}${more}`;
}

const sizes = (one: NamedGraph | undefined): string | null =>
  one === undefined ? null : `${one.graph.nodes} nodes, ${one.graph.edges.length} edges`;
