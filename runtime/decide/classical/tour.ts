import type { Highs } from "highs";
import { RuntimeError } from "../../errors/runtime-error.ts";
import { decideCatalogue } from "../catalogue.ts";
import { dot } from "../dot.ts";
import { solveWithHighs } from "../highs.ts";
import { createModelWriter } from "../linear-model.ts";
import type { CombinatorialAnswer } from "./types.ts";

/** Nodes up to which `heldKarp` is sooner done than a mixed-integer program: its table has nodes · 2^nodes cells. */
export const TABLE_NODES = 12;

/** Index of the edge between two nodes among the pairs 0-1, 0-2, …, 1-2, …. */
export function pairIndex(nodes: number, a: number, b: number): number {
  const [low, high] = a < b ? [a, b] : [b, a];
  return low * nodes - (low * (low + 1)) / 2 + high - low - 1;
}

/**
 * The shortest tour of a complete graph by dynamic programming over the sets of nodes visited: O(n² 2ⁿ) (Held & Karp
 * 1962). Costs may be negative.
 */
export function heldKarp(nodes: number, costs: ArrayLike<number>): CombinatorialAnswer {
  const last = nodes - 1;
  const sets = 2 ** last;
  const length = new Float64Array(nodes * nodes);
  for (let i = 0; i < nodes; i++) {
    for (let j = 0; j < nodes; j++) if (i !== j) length[i * nodes + j] = costs[pairIndex(nodes, i, j)]!;
  }
  // Ways from the last node through a set of the others that end at one of them.
  const best = new Float64Array(sets * last).fill(Infinity);
  const from = new Int8Array(sets * last).fill(-1);
  for (let end = 0; end < last; end++) best[2 ** end * last + end] = length[last * nodes + end]!;
  for (let set = 1; set < sets; set++) {
    for (let end = 0; end < last; end++) {
      const way = best[set * last + end]!;
      if (way === Infinity) continue;
      for (let next = 0; next < last; next++) {
        if ((set >> next) % 2 === 1) continue;
        const cell = (set | (1 << next)) * last + next;
        const longer = way + length[end * nodes + next]!;
        if (longer < best[cell]!) {
          best[cell] = longer;
          from[cell] = end;
        }
      }
    }
  }
  let set = sets - 1;
  let end = 0;
  const closed = (node: number): number => best[set * last + node]! + length[node * nodes + last]!;
  for (let node = 1; node < last; node++) if (closed(node) < closed(end)) end = node;
  const bound = closed(end);
  const z = new Float64Array((nodes * last) / 2);
  z[pairIndex(nodes, last, end)] = 1;
  while (end >= 0) {
    const before = from[set * last + end]!;
    z[pairIndex(nodes, end, before < 0 ? last : before)] = 1;
    set &= ~(1 << end);
    end = before;
  }
  return { z, objective: dot(costs, z), status: "optimal", certificate: { kind: "bound", value: bound } };
}

/**
 * The shortest tour by HiGHS: two edges at each node, and a row for every part tour that an answer holds, until one holds
 * none (Dantzig, Fulkerson & Johnson 1954). At the time limit the nearest neighbours' tour answers with the bound found.
 *
 * @throws RuntimeError `solver-failed`
 */
export function tourProgram(
  highs: Highs,
  nodes: number,
  costs: ArrayLike<number>,
  seconds = Infinity,
): CombinatorialAnswer {
  const until = performance.now() + 1000 * seconds;
  const count = (nodes * (nodes - 1)) / 2;
  const integer = Array.from({ length: count }, (_, i) => i);
  const cuts: (readonly number[])[] = [];
  let bound = twoNearest(nodes, costs);
  for (;;) {
    const writer = createModelWriter();
    for (let i = 0; i < count; i++) writer.addColumn(costs[i]!, 0, 1);
    for (let node = 0; node < nodes; node++) {
      writer.addRow(2, 2);
      for (let other = 0; other < nodes; other++) if (other !== node) writer.addEntry(pairIndex(nodes, node, other), 1);
    }
    for (const part of cuts) {
      writer.addRow(2, Infinity);
      for (const inside of part) {
        for (let other = 0; other < nodes; other++)
          if (!part.includes(other)) writer.addEntry(pairIndex(nodes, inside, other), 1);
      }
    }
    const left = Math.max(0, (until - performance.now()) / 1000);
    const solution = solveWithHighs(highs, writer.finish({ integer }), left);
    const { status } = solution;
    if (status !== "optimal" && performance.now() >= until) return stopped(nodes, costs, bound);
    if (status !== "optimal" && status !== "stopped") {
      throw new RuntimeError(decideCatalogue, "solver-failed", { solver: "highs", status: solution.detail });
    }
    bound = Math.max(bound, solution.bound);
    if (status === "stopped") return stopped(nodes, costs, bound);
    const z = Float64Array.from({ length: count }, (_, i) => Math.round(solution.x[i]!));
    const parts = partTours(nodes, z);
    if (parts.length === 1) {
      return { z, objective: dot(costs, z), status: "optimal", certificate: { kind: "bound", value: bound } };
    }
    cuts.push(...parts);
  }
}

/** Nodes of each cycle of edges that meet in twos. */
export function partTours(nodes: number, z: ArrayLike<number>): readonly (readonly number[])[] {
  const parts: number[][] = [];
  const seen = new Uint8Array(nodes);
  for (let start = 0; start < nodes; start++) {
    if (seen[start] === 1) continue;
    const part: number[] = [];
    const open = [start];
    seen[start] = 1;
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      part.push(node);
      for (let other = 0; other < nodes; other++) {
        if (other === node || seen[other] === 1 || z[pairIndex(nodes, node, other)]! < 0.5) continue;
        seen[other] = 1;
        open.push(other);
      }
    }
    parts.push(part);
  }
  return parts;
}

/** Half the two shortest edges of every node: no tour is shorter. */
function twoNearest(nodes: number, costs: ArrayLike<number>): number {
  let sum = 0;
  for (let node = 0; node < nodes; node++) {
    let [first, second] = [Infinity, Infinity];
    for (let other = 0; other < nodes; other++) {
      if (other === node) continue;
      const cost = costs[pairIndex(nodes, node, other)]!;
      if (cost < first) [first, second] = [cost, first];
      else if (cost < second) second = cost;
    }
    sum += first + second;
  }
  return sum / 2;
}

/** From node 0 always to the nearest node left. */
function stopped(nodes: number, costs: ArrayLike<number>, bound: number): CombinatorialAnswer {
  const z = new Float64Array((nodes * (nodes - 1)) / 2);
  const left = new Set(Array.from({ length: nodes - 1 }, (_, k) => k + 1));
  let node = 0;
  while (left.size > 0) {
    let next = -1;
    for (const other of left)
      if (next < 0 || costs[pairIndex(nodes, node, other)]! < costs[pairIndex(nodes, node, next)]!) next = other;
    z[pairIndex(nodes, node, next)] = 1;
    left.delete(next);
    node = next;
  }
  z[pairIndex(nodes, node, 0)] = 1;
  return { z, objective: dot(costs, z), status: "stopped", certificate: { kind: "bound", value: bound } };
}
