import { RuntimeError } from "../../errors/runtime-error.ts";
import { decideCatalogue } from "../catalogue.ts";
import { getHighs } from "../highs.ts";
import { assign } from "./assignment.ts";
import { dynamicKnapsack, knapsackProgram, suitsTable } from "./knapsack.ts";
import { fractionalKnapsack, topK } from "./select.ts";
import { createPathSearch, prepareGraph } from "./shortest-path.ts";
import { spanningTree } from "./spanning-tree.ts";
import { heldKarp, TABLE_NODES, tourProgram } from "./tour.ts";
import type { CombinatorialAnswer, CombinatorialSet } from "./types.ts";

/** A set prepared for many costs. */
export interface CombinatorialSolver {
  /** Components of a decision. */
  readonly size: number;
  /** @throws RuntimeError `problem-malformed`: a wrong number of costs, or one that is not a number */
  solve(costs: ArrayLike<number>): CombinatorialAnswer;
}

/**
 * `min costs · z` over a combinatorial set by its classical algorithm.
 *
 * @throws RuntimeError `problem-malformed`, `solver-failed`
 */
export async function solveCombinatorial(
  set: CombinatorialSet,
  costs: ArrayLike<number>,
): Promise<CombinatorialAnswer> {
  return (await createCombinatorialSolver(set)).solve(costs);
}

/**
 * @param timeLimit seconds that one solve by a mixed-integer program may take; the algorithms need none
 * @throws RuntimeError `problem-malformed`: sizes that disagree
 */
export async function createCombinatorialSolver(
  set: CombinatorialSet,
  { timeLimit = Infinity }: { readonly timeLimit?: number } = {},
): Promise<CombinatorialSolver> {
  const place = set.at === undefined ? {} : { place: set.at };
  const malformed = (what: string): RuntimeError =>
    new RuntimeError(decideCatalogue, "problem-malformed", { what }, place);
  check(set, malformed);
  const { size, solve } = await prepare(set, timeLimit);
  return {
    size,
    solve(costs) {
      if (costs.length !== size) throw malformed(`it has ${costs.length} costs for ${size} components`);
      for (let i = 0; i < size; i++) {
        const forbidden = set.kind === "assignment" && costs[i] === Infinity;
        if (!Number.isFinite(costs[i]) && !forbidden) throw malformed(`cost ${i} is ${costs[i]}`);
      }
      return solve(costs);
    },
  };
}

async function prepare(set: CombinatorialSet, seconds: number): Promise<CombinatorialSolver> {
  switch (set.kind) {
    case "path": {
      const graph = prepareGraph(set.nodes, set.arcs);
      return { size: set.arcs.length, solve: createPathSearch(graph, set.source, set.target) };
    }
    case "spanning-tree":
      return { size: set.arcs.length, solve: (costs) => spanningTree(set.nodes, set.arcs, costs) };
    case "assignment":
      return { size: set.rows * set.columns, solve: (costs) => assign(set.rows, set.columns, costs) };
    case "tour": {
      const { nodes } = set;
      const size = (nodes * (nodes - 1)) / 2;
      if (nodes <= TABLE_NODES) return { size, solve: (costs) => heldKarp(nodes, costs) };
      const highs = await getHighs();
      return { size, solve: (costs) => tourProgram(highs, nodes, costs, seconds) };
    }
    case "top-k":
      return { size: set.size, solve: (costs) => topK(set.size, set.k, set.exactly ?? true, costs) };
    case "knapsack": {
      const { weights, capacities, fractional = false } = set;
      const [row] = weights;
      const [capacity] = capacities;
      const size = row?.length ?? 0;
      if (row !== undefined && capacity !== undefined && capacities.length === 1) {
        if (fractional) return { size, solve: (costs) => fractionalKnapsack(row, capacity, costs) };
        if (suitsTable(row, capacity)) return { size, solve: (costs) => dynamicKnapsack(row, capacity, costs) };
      }
      const highs = await getHighs();
      return { size, solve: (costs) => knapsackProgram(highs, weights, capacities, fractional, costs, seconds) };
    }
  }
}

function check(set: CombinatorialSet, malformed: (what: string) => RuntimeError): void {
  const whole = (name: string, value: number, least: number): void => {
    if (!(Number.isInteger(value) && value >= least)) throw malformed(`${name} is ${value}`);
  };
  switch (set.kind) {
    case "path":
    case "spanning-tree": {
      whole("the number of nodes", set.nodes, 1);
      set.arcs.forEach(({ from, to }, a) => {
        for (const node of [from, to]) {
          if (!(Number.isInteger(node) && node >= 0 && node < set.nodes)) throw malformed(`arc ${a} has node ${node}`);
        }
      });
      if (set.kind === "spanning-tree") return;
      for (const node of [set.source, set.target]) {
        if (!(Number.isInteger(node) && node >= 0 && node < set.nodes))
          throw malformed(`the path ends at node ${node}`);
      }
      return;
    }
    case "assignment":
      whole("the number of rows", set.rows, 0);
      whole("the number of columns", set.columns, 0);
      if (set.rows > set.columns)
        throw malformed(`${set.rows} rows are to get columns of their own, of ${set.columns}`);
      return;
    case "tour":
      whole("the number of nodes", set.nodes, 3);
      return;
    case "top-k":
      whole("the number of items", set.size, 0);
      whole("k", set.k, 0);
      return;
    case "knapsack": {
      const { weights, capacities } = set;
      if (weights.length !== capacities.length || weights.length === 0) {
        throw malformed(`it has ${weights.length} rows of weights for ${capacities.length} capacities`);
      }
      weights.forEach((row, r) => {
        if (row.length !== weights[0]!.length) throw malformed(`row ${r} has ${row.length} weights`);
        if (!row.every((weight) => weight >= 0 && weight < Infinity)) throw malformed(`row ${r} has a negative weight`);
      });
      if (!capacities.every((capacity) => capacity >= 0)) throw malformed("a capacity is negative");
    }
  }
}
