import type { PredictorData } from "../predict/types.ts";

/** The rows of `first` and then `count` rows of `second`, again from its start where it has fewer; all in one group. */
export function concatRows(first: PredictorData, second: PredictorData, count: number): PredictorData {
  const rows = first.rows + count;
  const join = (a: Float64Array, b: Float64Array): Float64Array => {
    const columns = a.length / first.rows;
    const out = new Float64Array(rows * columns);
    out.set(a);
    for (let i = 0; i < count; i++) {
      const row = i % second.rows;
      out.set(b.subarray(row * columns, (row + 1) * columns), (first.rows + i) * columns);
    }
    return out;
  };
  return {
    rows,
    inputs: join(first.inputs, second.inputs),
    targets: join(first.targets, second.targets),
    groups: new Int32Array(rows),
    groupNames: ["rows"],
  };
}

/** Generated rows and as many data rows as make the share `mix` (below 1) of all, the data taken in turn. */
export function mixedRows(generated: PredictorData, data: PredictorData, mix: number): PredictorData {
  const count = Math.round((generated.rows * mix) / (1 - mix));
  return count === 0 ? generated : concatRows(generated, data, count);
}
