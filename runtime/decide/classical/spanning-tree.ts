import type { Arc, CombinatorialAnswer } from "./types.ts";

/** A tree of least cost on all nodes: Kruskal (1956) with union by size. O(edges log edges). */
export function spanningTree(nodes: number, edges: readonly Arc[], costs: ArrayLike<number>): CombinatorialAnswer {
  const root = Int32Array.from({ length: nodes }, (_, i) => i);
  const size = new Int32Array(nodes).fill(1);
  const find = (start: number): number => {
    let node = start;
    while (root[node] !== node) {
      root[node] = root[root[node]!]!;
      node = root[node]!;
    }
    return node;
  };
  const z = new Float64Array(edges.length);
  let objective = 0;
  let joined = 1;
  const order = Int32Array.from(edges.keys()).sort((a, b) => costs[a]! - costs[b]! || a - b);
  for (const e of order) {
    let a = find(edges[e]!.from);
    let b = find(edges[e]!.to);
    if (a === b) continue;
    if (size[a]! < size[b]!) [a, b] = [b, a];
    root[b] = a;
    size[a]! += size[b]!;
    z[e] = 1;
    objective += costs[e]!;
    joined++;
  }
  if (joined === nodes) return { z, objective, status: "optimal", certificate: { kind: "exchange" } };
  const part = Array.from({ length: nodes }, (_, i) => i).filter((i) => find(i) === find(0));
  return { z: z.fill(NaN), objective: Infinity, status: "infeasible", certificate: { kind: "cut", nodes: part } };
}
