import type { ContextTransport } from "../types.ts";

/** The least transport that gives the neighbourhood its probability. */
export interface LeastTransport {
  /** ρ_min: mean squared distance over all rows. */
  readonly budget: number;
  /** What it would cost to bring every row that is inside out, a mean over all rows. */
  readonly inside: number;
  /** The conditional law that it leaves: one weight a row, summing to 1. */
  readonly weights: Float64Array;
}

/**
 * Rows inside the neighbourhood stay; where they are fewer than `probability · N`, the nearest others are brought in, the
 * last one in part (a fractional knapsack).
 */
export function leastTransport({ costs, probability }: ContextTransport): LeastTransport {
  const rows = costs.length;
  const weights = new Float64Array(rows);
  const wanted = probability * rows;
  let taken = 0;
  let inside = 0;
  for (const [i, cost] of costs.entries()) {
    if (cost > 0) continue;
    weights[i] = 1;
    taken++;
    inside -= cost / rows;
  }
  let budget = 0;
  for (const i of [...costs.keys()].sort((a, b) => costs[a]! - costs[b]! || a - b)) {
    if (taken >= wanted) break;
    if (weights[i] !== 0) continue;
    const part = Math.min(1, wanted - taken);
    weights[i] = part;
    taken += part;
    budget += (part * costs[i]!) / rows;
  }
  return { budget, inside, weights: weights.map((weight) => weight / taken) };
}
