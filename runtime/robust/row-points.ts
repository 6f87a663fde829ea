import type { PredictorData } from "../predict/types.ts";

/** Rows as points of a law: inputs, then targets; row-major. */
export function rowPoints({ rows, inputs, targets }: Pick<PredictorData, "rows" | "inputs" | "targets">): Float64Array {
  const p = inputs.length / rows;
  const d = targets.length / rows;
  const points = new Float64Array(rows * (p + d));
  for (let i = 0; i < rows; i++) {
    points.set(inputs.subarray(i * p, (i + 1) * p), i * (p + d));
    points.set(targets.subarray(i * d, (i + 1) * d), i * (p + d) + p);
  }
  return points;
}
