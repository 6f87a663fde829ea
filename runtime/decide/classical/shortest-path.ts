import { createHeap } from "./heap.ts";
import type { Arc, CombinatorialAnswer } from "./types.ts";

/** A graph prepared for many costs: arcs by tail, and an order of its nodes where it has no cycle. */
export interface PreparedGraph {
  readonly nodes: number;
  readonly arcs: readonly Arc[];
  /** Tail and head of each arc. */
  readonly tails: Int32Array;
  readonly heads: Int32Array;
  /** Arcs that leave node i: `leaving[starts[i]] … leaving[starts[i + 1] − 1]`. */
  readonly starts: Int32Array;
  readonly leaving: Int32Array;
  /** Topological order, or `null` where there is a cycle. */
  readonly order: Int32Array | null;
}

export function prepareGraph(nodes: number, arcs: readonly Arc[]): PreparedGraph {
  const starts = new Int32Array(nodes + 1);
  for (const { from } of arcs) starts[from + 1]!++;
  for (let i = 0; i < nodes; i++) starts[i + 1]! += starts[i]!;
  const next = starts.slice();
  const leaving = new Int32Array(arcs.length);
  arcs.forEach(({ from }, a) => {
    leaving[next[from]!++] = a;
  });
  const tails = Int32Array.from(arcs, ({ from }) => from);
  const heads = Int32Array.from(arcs, ({ to }) => to);
  const graph = { nodes, arcs, tails, heads, starts, leaving };
  return { ...graph, order: topologicalOrder(graph) };
}

/** Kahn (1962). */
function topologicalOrder({ nodes, arcs, starts, leaving }: Omit<PreparedGraph, "order">): Int32Array | null {
  const entering = new Int32Array(nodes);
  for (const { to } of arcs) entering[to]!++;
  const order = new Int32Array(nodes);
  let count = 0;
  for (let i = 0; i < nodes; i++) if (entering[i] === 0) order[count++] = i;
  for (let at = 0; at < count; at++) {
    const node = order[at]!;
    for (let k = starts[node]!; k < starts[node + 1]!; k++) {
      const { to } = arcs[leaving[k]!]!;
      if (--entering[to]! === 0) order[count++] = to;
    }
  }
  return count === nodes ? order : null;
}

/**
 * Finds a path of least cost: in topological order where the graph has no cycle (O(arcs), any costs), by Dijkstra (1959)
 * where no cost is negative, by Bellman (1958) and Ford otherwise. Only nodes that some path passes count, so that a
 * negative cycle elsewhere does no harm. One that a path can enter makes the answer `unbounded`: as a walk it has no
 * least cost, and the shortest simple path is NP-hard.
 */
export function createPathSearch(
  graph: PreparedGraph,
  source: number,
  target: number,
): (costs: ArrayLike<number>) => CombinatorialAnswer {
  const { nodes, tails } = graph;
  const reached = reach(graph, source, "forward");
  const leading = reach(graph, target, "backward");
  const passed = reached.map((value, i) => value & leading[i]!);
  const distance = new Float64Array(nodes);
  const by = new Int32Array(nodes);
  return (costs) => {
    const z = new Float64Array(tails.length);
    if (reached[target] === 0) {
      const cut = Array.from({ length: nodes }, (_, i) => i).filter((i) => reached[i] === 1);
      return { z: z.fill(NaN), objective: Infinity, status: "infeasible", certificate: { kind: "cut", nodes: cut } };
    }
    const cycle = search(graph, source, costs, passed, { distance, by });
    if (cycle !== null) {
      const certificate = { kind: "negative-cycle", arcs: cycle } as const;
      return { z: z.fill(NaN), objective: -Infinity, status: "unbounded", certificate };
    }
    let objective = 0;
    for (let node = target; node !== source; node = tails[by[node]!]!) {
      z[by[node]!] = 1;
      objective += costs[by[node]!]!;
    }
    const potentials = distance.slice();
    for (let i = 0; i < nodes; i++) if (passed[i] === 0) potentials[i] = NaN;
    return { z, objective, status: "optimal", certificate: { kind: "potentials", nodes: potentials } };
  };
}

/** 1 for nodes that can be reached from a node, or from which it can be. */
function reach({ nodes, arcs }: PreparedGraph, start: number, direction: "forward" | "backward"): Uint8Array {
  const neighbours: number[][] = Array.from({ length: nodes }, () => []);
  for (const { from, to } of arcs) {
    if (direction === "forward") neighbours[from]!.push(to);
    else neighbours[to]!.push(from);
  }
  const found = new Uint8Array(nodes);
  found[start] = 1;
  const open = [start];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const next of neighbours[node]!) {
      if (found[next] === 1) continue;
      found[next] = 1;
      open.push(next);
    }
  }
  return found;
}

interface Distances {
  readonly distance: Float64Array;
  /** Arc that each node was reached by; −1 at the source. */
  readonly by: Int32Array;
}

/** Fills the distances from the source; returns the arcs of a negative cycle in order, where there is one. */
function search(
  graph: PreparedGraph,
  source: number,
  costs: ArrayLike<number>,
  passed: Uint8Array,
  { distance, by }: Distances,
): readonly number[] | null {
  const { nodes, arcs, heads, starts, leaving, order } = graph;
  distance.fill(Infinity);
  by.fill(-1);
  distance[source] = 0;
  /** Shortens ways over a node's arcs. */
  const relax = (node: number, shortened: ((to: number) => void) | null): void => {
    if (passed[node] === 0) return;
    const here = distance[node]!;
    for (let k = starts[node]!; k < starts[node + 1]!; k++) {
      const a = leaving[k]!;
      const to = heads[a]!;
      const way = here + costs[a]!;
      if (passed[to] === 0 || !(way < distance[to]!)) continue;
      distance[to] = way;
      by[to] = a;
      shortened?.(to);
    }
  };
  if (order !== null) {
    for (let i = 0; i < nodes; i++) relax(order[i]!, null);
    return null;
  }
  let negative = false;
  for (let a = 0; a < heads.length; a++) negative ||= costs[a]! < 0;
  if (!negative) {
    const heap = createHeap(nodes);
    heap.put(source, 0);
    for (let node = heap.take(); node >= 0; node = heap.take()) relax(node, (to) => heap.put(to, distance[to]!));
    return null;
  }
  for (let round = 0; round < nodes; round++) {
    let changed = -1;
    for (let node = 0; node < nodes; node++) {
      if (distance[node]! < Infinity) relax(node, (to) => (changed = to));
    }
    if (changed < 0) return null;
    const cycle = cycleBehind(changed, arcs, by, nodes, costs);
    if (cycle !== null) return cycle;
  }
  return null;
}

/** The cycle that the arcs by which nodes were reached run into, where they run into one. */
function cycleBehind(
  start: number,
  arcs: readonly Arc[],
  by: Int32Array,
  nodes: number,
  costs: ArrayLike<number>,
): readonly number[] | null {
  let node = start;
  for (let step = 0; step <= nodes; step++) {
    if (by[node]! < 0) return null;
    node = arcs[by[node]!]!.from;
  }
  const cycle: number[] = [];
  let total = 0;
  const first = node;
  do {
    const a = by[node]!;
    cycle.push(a);
    total += costs[a]!;
    node = arcs[a]!.from;
  } while (node !== first);
  return total < 0 ? cycle.toReversed() : null;
}
