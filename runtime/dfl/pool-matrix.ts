/** Rows of numbers that grow, kept together so that products with all of them read memory in order. */
export interface PoolMatrix {
  readonly count: number;
  push(row: ArrayLike<number>): void;
  row(index: number): Float64Array;
  /**
   * `out_r[j] = row_j · vectors_r` for `from ≤ j < count`.
   *
   * @param out one a vector, at least `count` values each
   */
  multiply(vectors: readonly Float64Array[], from: number, out: readonly Float64Array[]): void;
  /** `out_r += Σ_j weights_r[j] row_j`, over as many rows as there are weights. */
  addCombinations(weights: readonly Float64Array[], out: readonly Float64Array[]): void;
}

/** Vectors that one pass serves: a number of the matrix that is read takes part in as many sums. */
const TILE = 4;
/** Rows at a time that stay in the nearest cache. */
const STRIP = 64;

/** @param width numbers a row */
export function createPoolMatrix(width: number): PoolMatrix {
  let values = new Float64Array(64 * width);
  let count = 0;

  function multiplyOne(vector: Float64Array, from: number, out: Float64Array): void {
    for (let j = from; j < count; j++) {
      const at = j * width;
      let sum = 0;
      for (let i = 0; i < width; i++) sum += values[at + i]! * vector[i]!;
      out[j] = sum;
    }
  }

  function multiplyFour(
    [p0, p1, p2, p3]: readonly Float64Array[],
    from: number,
    [o0, o1, o2, o3]: readonly Float64Array[],
  ): void {
    for (let j = from; j < count; j++) {
      const at = j * width;
      let [s0, s1, s2, s3] = [0, 0, 0, 0];
      for (let i = 0; i < width; i++) {
        const value = values[at + i]!;
        s0 += value * p0![i]!;
        s1 += value * p1![i]!;
        s2 += value * p2![i]!;
        s3 += value * p3![i]!;
      }
      o0![j] = s0;
      o1![j] = s1;
      o2![j] = s2;
      o3![j] = s3;
    }
  }

  function combineOne(weights: Float64Array, out: Float64Array): void {
    for (let j = 0; j < weights.length; j++) {
      const weight = weights[j]!;
      if (weight === 0) continue;
      const at = j * width;
      for (let i = 0; i < width; i++) out[i]! += weight * values[at + i]!;
    }
  }

  function combineFour(
    [w0, w1, w2, w3]: readonly Float64Array[],
    [o0, o1, o2, o3]: readonly Float64Array[],
    from: number,
    to: number,
  ): void {
    for (let i = 0; i < width; i++) {
      let [s0, s1, s2, s3] = [0, 0, 0, 0];
      for (let j = from; j < to; j++) {
        const value = values[j * width + i]!;
        s0 += value * w0![j]!;
        s1 += value * w1![j]!;
        s2 += value * w2![j]!;
        s3 += value * w3![j]!;
      }
      o0![i]! += s0;
      o1![i]! += s1;
      o2![i]! += s2;
      o3![i]! += s3;
    }
  }

  return {
    get count() {
      return count;
    },
    push(row) {
      if ((count + 1) * width > values.length) {
        const grown = new Float64Array(2 * values.length);
        grown.set(values);
        values = grown;
      }
      values.set(row, count * width);
      count++;
    },
    row: (index) => values.subarray(index * width, (index + 1) * width),
    multiply(vectors, from, out) {
      let r = 0;
      for (; r + TILE <= vectors.length; r += TILE) {
        multiplyFour(vectors.slice(r, r + TILE), from, out.slice(r, r + TILE));
      }
      for (; r < vectors.length; r++) multiplyOne(vectors[r]!, from, out[r]!);
    },
    addCombinations(weights, out) {
      let r = 0;
      for (; r + TILE <= weights.length; r += TILE) {
        const four = weights.slice(r, r + TILE);
        const targets = out.slice(r, r + TILE);
        const shared = Math.min(...four.map(({ length }) => length));
        for (let from = 0; from < shared; from += STRIP) {
          combineFour(four, targets, from, Math.min(shared, from + STRIP));
        }
        four.forEach((own, k) => {
          for (let j = shared; j < own.length; j++) {
            const row = values.subarray(j * width, (j + 1) * width);
            for (let i = 0; i < width; i++) targets[k]![i]! += own[j]! * row[i]!;
          }
        });
      }
      for (; r < weights.length; r++) combineOne(weights[r]!, out[r]!);
    },
  };
}
