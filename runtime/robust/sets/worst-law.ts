import type { RandomStream } from "../../tensor/random.ts";

/** The worst law of an ambiguity set, or one near it: weighted points. */
export interface WorstLaw {
  readonly count: number;
  readonly columns: number;
  /** count × columns, row-major: inputs, then the target. */
  readonly points: Float64Array;
  /** Non-negative, summing to 1. */
  readonly weights: Float64Array;
  /** `rows` points drawn with replacement, row-major; a function of the stream's seed and name. */
  sample(rows: number, stream: RandomStream): Float64Array;
  /** E[f] under the law. */
  evaluate(f: (point: Float64Array) => number): number;
}

export function createWorstLaw(points: Float64Array, weights: Float64Array): WorstLaw {
  const count = weights.length;
  const columns = points.length / count;
  const at = (i: number): Float64Array => points.subarray(i * columns, (i + 1) * columns);
  return {
    count,
    columns,
    points,
    weights,
    sample(rows, stream) {
      const cumulative = new Float64Array(count);
      weights.reduce((sum, w, i) => (cumulative[i] = sum + w), 0);
      const u = new Float64Array(rows);
      stream.uniform(u);
      const out = new Float64Array(rows * columns);
      for (let r = 0; r < rows; r++) out.set(at(firstAbove(cumulative, u[r]! * cumulative[count - 1]!)), r * columns);
      return out;
    },
    evaluate: (f) => weights.reduce((sum, w, i) => (w === 0 ? sum : sum + w * f(at(i))), 0),
  };
}

/** First index whose value is above `x` in an ascending array; the last one where none is. */
function firstAbove(ascending: Float64Array, x: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! > x) high = middle;
    else low = middle + 1;
  }
  return low;
}
