import { assignment } from "../models/flow-matching/assignment.ts";
import type { PredictorData } from "./types.ts";

/** Rows of each side: the exact distance between so many evenly spaced rows is what is reported. */
export const DISTANCE_ROWS = 256;

/**
 * Wasserstein-1 distance, with the Euclidean norm on inputs and targets side by side, between evenly spaced rows of two
 * data sets: an optimal assignment. Between samples it is above 0 also where the laws are the same.
 */
export function wassersteinDistance(a: PredictorData, b: PredictorData): number {
  const n = Math.min(DISTANCE_ROWS, a.rows, b.rows);
  if (n === 0) return Number.NaN;
  const cost = new Float64Array(n * n);
  const p = a.inputs.length / a.rows;
  const d = a.targets.length / a.rows;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const r = Math.floor((i * a.rows) / n);
      const s = Math.floor((j * b.rows) / n);
      let squares = 0;
      for (let k = 0; k < p; k++) squares += (a.inputs[r * p + k]! - b.inputs[s * p + k]!) ** 2;
      for (let k = 0; k < d; k++) squares += (a.targets[r * d + k]! - b.targets[s * d + k]!) ** 2;
      cost[i * n + j] = Math.sqrt(squares);
    }
  const columns = assignment(cost, n);
  let total = 0;
  for (let i = 0; i < n; i++) total += cost[i * n + columns[i]!]!;
  return total / n;
}

/** The distance between the even and the odd rows of a data set: what sampling alone makes of no distance. */
export function ownDistance(data: PredictorData, take: (rows: readonly number[]) => PredictorData): number {
  const rows = Array.from({ length: data.rows }, (_, i) => i);
  return wassersteinDistance(take(rows.filter((row) => row % 2 === 0)), take(rows.filter((row) => row % 2 === 1)));
}
