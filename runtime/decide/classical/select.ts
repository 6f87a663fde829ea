import type { CombinatorialAnswer } from "./types.ts";

/** The k cheapest of n items, or with `exactly` false those among them that cost less than nothing. */
export function topK(size: number, k: number, exactly: boolean, costs: ArrayLike<number>): CombinatorialAnswer {
  const z = new Float64Array(size);
  if (k > size && exactly) {
    const certificate = { kind: "cut", nodes: [...z.keys()] } as const;
    return { z: z.fill(NaN), objective: Infinity, status: "infeasible", certificate };
  }
  const order = Int32Array.from(z.keys()).sort((a, b) => costs[a]! - costs[b]! || a - b);
  let objective = 0;
  for (const i of order.subarray(0, k)) {
    if (!exactly && !(costs[i]! < 0)) break;
    z[i] = 1;
    objective += costs[i]!;
  }
  const edge = k === 0 ? -Infinity : costs[order[Math.min(k, size) - 1]!]!;
  return {
    z,
    objective,
    status: "optimal",
    certificate: { kind: "threshold", price: exactly ? edge : Math.min(edge, 0) },
  };
}

/**
 * Parts of items with one capacity: Dantzig's (1957) greedy order by cost a unit of weight. `price` ≤ 0 is the cost of a
 * unit of capacity: `objective = price·capacity + Σ min(0, cost_i − price·weight_i)`.
 */
export function fractionalKnapsack(
  weights: ArrayLike<number>,
  capacity: number,
  costs: ArrayLike<number>,
): CombinatorialAnswer {
  const z = new Float64Array(weights.length);
  let left = capacity;
  let objective = 0;
  let price = 0;
  const ratio = (i: number): number => (weights[i]! > 0 ? costs[i]! / weights[i]! : -Infinity);
  const order = Int32Array.from(z.keys())
    .filter((i) => costs[i]! < 0)
    .sort((a, b) => ratio(a) - ratio(b) || a - b);
  for (const i of order) {
    const part = weights[i]! > left ? left / weights[i]! : 1;
    z[i] = part;
    objective += part * costs[i]!;
    left -= part * weights[i]!;
    if (part < 1) {
      price = ratio(i);
      break;
    }
  }
  return { z, objective, status: "optimal", certificate: { kind: "threshold", price } };
}
