import type { Highs } from "highs";
import { RuntimeError } from "../../errors/runtime-error.ts";
import { decideCatalogue } from "../catalogue.ts";
import { solveWithHighs } from "../highs.ts";
import { createModelWriter } from "../linear-model.ts";
import type { CombinatorialAnswer } from "./types.ts";

/** Dynamic programming is used up to this many cells (items × capacity). */
const CELLS = 4_000_000;

/** Whether the exact table of `dynamicKnapsack` is small enough. */
export function suitsTable(weights: readonly number[], capacity: number): boolean {
  return (
    Number.isInteger(capacity) &&
    weights.every((weight) => Number.isInteger(weight)) &&
    weights.length * (capacity + 1) <= CELLS
  );
}

/** 0/1 items with whole weights and one capacity, exactly, by dynamic programming: O(items · capacity) (Bellman 1957). */
export function dynamicKnapsack(
  weights: readonly number[],
  capacity: number,
  costs: ArrayLike<number>,
): CombinatorialAnswer {
  const n = weights.length;
  const width = capacity + 1;
  const best = new Float64Array(width);
  const taken = new Uint8Array(n * width);
  for (let i = 0; i < n; i++) {
    const weight = weights[i]!;
    if (!(costs[i]! < 0)) continue;
    for (let room = capacity; room >= weight; room--) {
      const value = best[room - weight]! + costs[i]!;
      if (value < best[room]!) {
        best[room] = value;
        taken[i * width + room] = 1;
      }
    }
  }
  const z = new Float64Array(n);
  let objective = 0;
  for (let i = n - 1, room = capacity; i >= 0; i--) {
    if (taken[i * width + room] === 0) continue;
    z[i] = 1;
    objective += costs[i]!;
    room -= weights[i]!;
  }
  return { z, objective, status: "optimal", certificate: { kind: "bound", value: best[capacity]! } };
}

/**
 * Several capacities, or weights that are not whole: HiGHS's branch and bound, or its simplex method where parts of items
 * may be taken.
 *
 * @throws RuntimeError `solver-failed`
 */
export function knapsackProgram(
  highs: Highs,
  weights: readonly (readonly number[])[],
  capacities: readonly number[],
  fractional: boolean,
  costs: ArrayLike<number>,
  seconds = Infinity,
): CombinatorialAnswer {
  const n = costs.length;
  const writer = createModelWriter();
  for (let i = 0; i < n; i++) writer.addColumn(costs[i]!, 0, 1);
  capacities.forEach((capacity, r) => {
    writer.addRow(-Infinity, capacity);
    for (let i = 0; i < n; i++) if (weights[r]![i] !== 0) writer.addEntry(i, weights[r]![i]!);
  });
  const integer = fractional ? [] : Array.from({ length: n }, (_, i) => i);
  const solution = solveWithHighs(highs, writer.finish({ integer }), seconds);
  const { status } = solution;
  if (status !== "optimal" && status !== "stopped") {
    throw new RuntimeError(decideCatalogue, "solver-failed", { solver: "highs", status: solution.detail });
  }
  const z = Float64Array.from({ length: n }, (_, i) =>
    fractional ? Math.min(1, Math.max(0, solution.x[i]!)) : Math.round(solution.x[i]!),
  );
  let objective = 0;
  for (let i = 0; i < n; i++) objective += z[i]! * costs[i]!;
  const value = fractional ? solution.objective : solution.bound;
  return { z, objective, status, certificate: { kind: "bound", value } };
}
