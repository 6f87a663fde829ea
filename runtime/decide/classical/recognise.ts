import type { FeasibleSet, LinearRow } from "../../spec.ts";
import { TABLE_NODES } from "./tour.ts";
import type { Arc, CombinatorialSet } from "./types.ts";

/**
 * The combinatorial set that a feasible set of linear rows is, where a classical algorithm minimises a linear cost over
 * it at a vertex:
 *
 * - `path`: 0 ≤ z ≤ 1 (or 0/1), rows `out − in = supply` of a directed graph with one unit from a node to another; one
 *   redundant row may be missing. Only on graphs without cycles, where the flows of least cost are paths.
 * - `assignment`: 0 ≤ z ≤ 1, each row of a square sums to one and each column too, in row-major order.
 * - `tour`: 0/1 pairs of nodes, two at each node, and two out of each part of three or more nodes that leaves three.
 * - `top-k`: 0 ≤ z ≤ 1 and one row `Σ z = k`, or `Σ z ≤ k`, k whole.
 * - `knapsack`: 0 ≤ z ≤ 1 and rows `Σ a_i z_i ≤ b` with `a ≥ 0`, `b ≥ 0`; fractional unless every component is whole.
 *
 * @returns `null` for any other set
 */
export function recogniseCombinatorial(set: FeasibleSet): CombinatorialSet | null {
  const { size, lower, upper, integer } = set;
  if (size === 0 || !lower.every((value) => value === 0) || !upper.every((value) => value === 1)) return null;
  const whole = integer.length === size;
  if (!whole && integer.length > 0) return null;
  if (set.inequalities.length === 0)
    return topK(set, "equalities") ?? path(set) ?? assignment(set) ?? (whole ? tour(set) : null);
  if (set.equalities.length > 0) return whole ? tour(set) : null;
  return topK(set, "inequalities") ?? knapsack(set, whole);
}

const place = (rows: readonly LinearRow[]): { readonly at?: string } => {
  const [first] = rows;
  return first === undefined ? {} : { at: first.at };
};

function topK(set: FeasibleSet, kind: "equalities" | "inequalities"): CombinatorialSet | null {
  const rows = set[kind];
  const [row] = rows;
  if (row === undefined || rows.length !== 1) return null;
  const scale = row.coefficients[0]!;
  if (scale === 0 || !row.coefficients.every((value) => value === scale)) return null;
  // −Σ z ≤ −k asks for at least k: no set of the algorithm.
  if (kind === "inequalities" && scale < 0) return null;
  const k = row.bound / scale;
  if (!Number.isInteger(k) || k < 0) return null;
  return { kind: "top-k", size: set.size, k, exactly: kind === "equalities", ...place(rows) };
}

function fits({ coefficients, bound }: LinearRow): boolean {
  return bound >= 0 && coefficients.every((value) => value >= 0);
}

function knapsack(set: FeasibleSet, whole: boolean): CombinatorialSet | null {
  if (set.inequalities.length === 0 || !set.inequalities.every(fits)) return null;
  return {
    kind: "knapsack",
    weights: set.inequalities.map(({ coefficients }) => coefficients),
    capacities: set.inequalities.map(({ bound }) => bound),
    fractional: !whole,
    ...place(set.inequalities),
  };
}

/** Rows are nodes: a column has 1 where its arc leaves and −1 where it enters. */
function path(set: FeasibleSet): CombinatorialSet | null {
  const { size, equalities } = set;
  let rows = equalities;
  if (rows.length < 2) return null;
  const ends = (): { from: number[]; to: number[] } | null => {
    const from = Array.from({ length: size }, () => -1);
    const to = Array.from({ length: size }, () => -1);
    for (const [node, { coefficients }] of rows.entries()) {
      for (let arc = 0; arc < size; arc++) {
        const value = coefficients[arc]!;
        if (value === 0) continue;
        const end = value === 1 ? from : value === -1 ? to : null;
        if (end === null || end[arc] !== -1) return null;
        end[arc] = node;
      }
    }
    return { from, to };
  };
  let found = ends();
  if (found === null) return null;
  if (found.from.includes(-1) || found.to.includes(-1)) {
    // The rows of all nodes add up to zero: the one that is missing follows from the others.
    const coefficients = Array.from({ length: size }, (_, arc) =>
      rows.reduce((sum, row) => sum - row.coefficients[arc]!, 0),
    );
    const bound = rows.reduce((sum, row) => sum - row.bound, 0);
    rows = [...rows, { coefficients, bound, at: rows[0]!.at }];
    found = ends();
    if (found === null || found.from.includes(-1) || found.to.includes(-1)) return null;
  }
  const sources = rows.flatMap(({ bound }, node) => (bound === 1 ? [node] : []));
  const targets = rows.flatMap(({ bound }, node) => (bound === -1 ? [node] : []));
  const others = rows.filter(({ bound }) => bound !== 0).length;
  const [source] = sources;
  const [target] = targets;
  if (source === undefined || target === undefined || others !== 2) return null;
  const arcs: Arc[] = found.from.map((from, arc) => ({ from, to: found.to[arc]! }));
  // With cycles of negative cost a flow of least cost holds them besides its path.
  if (!isAcyclic(rows.length, arcs)) return null;
  return { kind: "path", nodes: rows.length, arcs, source, target, ...place(equalities) };
}

function isAcyclic(nodes: number, arcs: readonly Arc[]): boolean {
  const entering = new Int32Array(nodes);
  const leaving: number[][] = Array.from({ length: nodes }, () => []);
  for (const { from, to } of arcs) {
    entering[to]!++;
    leaving[from]!.push(to);
  }
  const open = [...entering.keys()].filter((node) => entering[node] === 0);
  let taken = 0;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    taken++;
    for (const to of leaving[node]!) if (--entering[to]! === 0) open.push(to);
  }
  return taken === nodes;
}

function assignment(set: FeasibleSet): CombinatorialSet | null {
  const side = Math.round(Math.sqrt(set.size));
  if (side * side !== set.size || set.equalities.length !== 2 * side) return null;
  const wanted = new Set<string>();
  for (let k = 0; k < side; k++) {
    wanted.add(Array.from({ length: side }, (_, j) => k * side + j).join());
    wanted.add(Array.from({ length: side }, (_, i) => i * side + k).join());
  }
  for (const { coefficients, bound } of set.equalities) {
    const used = coefficients.flatMap((value, i) => (value === 0 ? [] : [i]));
    if (bound !== 1 || !used.every((i) => coefficients[i] === 1) || !wanted.delete(used.join())) return null;
  }
  return { kind: "assignment", rows: side, columns: side, ...place(set.equalities) };
}

function tour(set: FeasibleSet): CombinatorialSet | null {
  const nodes = (1 + Math.sqrt(1 + 8 * set.size)) / 2;
  if (!Number.isInteger(nodes) || nodes < 3 || nodes > TABLE_NODES || set.equalities.length !== nodes) return null;
  const pairs = Array.from({ length: nodes }, (_, a) =>
    Array.from({ length: nodes - a - 1 }, (__, k) => [a, a + k + 1] as const),
  ).flat();
  const leaving = (part: number): string =>
    pairs.map(([a, b]) => (((part >> a) % 2 === 1) !== ((part >> b) % 2 === 1) ? 1 : 0)).join();
  const wanted = new Set(Array.from({ length: nodes }, (_, node) => leaving(2 ** node)));
  for (const { coefficients, bound } of set.equalities) {
    if (bound !== 2 || !wanted.delete(coefficients.join())) return null;
  }
  // A part and its complement are left by the same pairs: parts without node 0 are enough.
  const cuts = new Set<string>();
  for (let part = 0; part < 2 ** nodes; part += 2) {
    const count = Array.from({ length: nodes }, (_, node) => (part >> node) % 2).reduce((sum, one) => sum + one, 0);
    if (count >= 3 && nodes - count >= 3) cuts.add(leaving(part));
  }
  for (const { coefficients, bound } of set.inequalities) {
    if (bound !== -2 || !cuts.delete(coefficients.map((value) => (value === 0 ? 0 : -value)).join())) return null;
  }
  return cuts.size === 0 ? { kind: "tour", nodes, ...place(set.equalities) } : null;
}
