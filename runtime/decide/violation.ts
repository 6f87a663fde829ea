import type { FeasibleSet, LinearRow } from "../spec.ts";

/** Largest violation of a bound or row, relative to 1 + the size of the numbers that it compares. */
export function violation(set: FeasibleSet, z: Float64Array): number {
  let worst = 0;
  for (let i = 0; i < z.length; i++) {
    const below = set.lower[i]! - z[i]!;
    const above = z[i]! - set.upper[i]!;
    worst = Math.max(worst, Math.max(below, above) / (1 + Math.abs(z[i]!)));
  }
  const measure = (row: LinearRow, equality: boolean): void => {
    let activity = 0;
    let size = Math.abs(row.bound);
    for (let i = 0; i < z.length; i++) {
      activity += row.coefficients[i]! * z[i]!;
      size = Math.max(size, Math.abs(row.coefficients[i]! * z[i]!));
    }
    const over = activity - row.bound;
    worst = Math.max(worst, (equality ? Math.abs(over) : over) / (1 + size));
  };
  for (const row of set.inequalities) measure(row, false);
  for (const row of set.equalities) measure(row, true);
  return worst;
}
