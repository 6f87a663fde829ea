/** Rows of numbers that grow, kept together so that products with all of them read memory in order. */
export interface PoolMatrix {
  push(row: ArrayLike<number>): void;
  row(index: number): Float64Array;
  /** `out_r[j] = row_j · vectors_r` for `from ≤ j < count`. */
  multiply(vectors: readonly Float64Array[], from: number, out: readonly Float64Array[]): void;
  /** `out_r += Σ_j weights_r[j] row_j` */
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
  /** Four vectors one after another, or four weights of each row of a strip. */
  const near = new Float64Array(TILE * Math.max(width, STRIP));
  const sums = new Float64Array(TILE * width);

  function multiplyOne(vector: Float64Array, from: number, out: Float64Array): void {
    for (let j = from; j < count; j++) {
      const at = j * width;
      let sum = 0;
      for (let i = 0; i < width; i++) sum += values[at + i]! * vector[i]!;
      out[j] = sum;
    }
  }

  /** Products with the four vectors in `near`, two rows at a time. */
  function multiplyFour(from: number, o0: Float64Array, o1: Float64Array, o2: Float64Array, o3: Float64Array): void {
    const [second, third, fourth] = [width, 2 * width, 3 * width];
    for (let j = from; j < count; j += 2) {
      const at = j * width;
      // An odd last row is its own neighbour.
      const next = j + 1 < count ? at + width : at;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let t0 = 0;
      let t1 = 0;
      let t2 = 0;
      let t3 = 0;
      for (let i = 0; i < width; i++) {
        const value = values[at + i]!;
        const other = values[next + i]!;
        const p0 = near[i]!;
        const p1 = near[second + i]!;
        const p2 = near[third + i]!;
        const p3 = near[fourth + i]!;
        s0 += value * p0;
        s1 += value * p1;
        s2 += value * p2;
        s3 += value * p3;
        t0 += other * p0;
        t1 += other * p1;
        t2 += other * p2;
        t3 += other * p3;
      }
      o0[j] = s0;
      o1[j] = s1;
      o2[j] = s2;
      o3[j] = s3;
      if (next === at) break;
      o0[j + 1] = t0;
      o1[j + 1] = t1;
      o2[j + 1] = t2;
      o3[j + 1] = t3;
    }
  }

  /** Adds the rows `from ≤ j < to` with the weights in `near`, four a row, to `sums`: two components at a time. */
  function combineFour(from: number, to: number): void {
    const [second, third, fourth] = [width, 2 * width, 3 * width];
    for (let i = 0; i < width; i += 2) {
      const next = i + 1 < width ? 1 : 0;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let t0 = 0;
      let t1 = 0;
      let t2 = 0;
      let t3 = 0;
      for (let j = from, k = 0; j < to; j++, k += TILE) {
        const value = values[j * width + i]!;
        const other = values[j * width + i + next]!;
        const w0 = near[k]!;
        const w1 = near[k + 1]!;
        const w2 = near[k + 2]!;
        const w3 = near[k + 3]!;
        s0 += value * w0;
        s1 += value * w1;
        s2 += value * w2;
        s3 += value * w3;
        t0 += other * w0;
        t1 += other * w1;
        t2 += other * w2;
        t3 += other * w3;
      }
      sums[i]! += s0;
      sums[second + i]! += s1;
      sums[third + i]! += s2;
      sums[fourth + i]! += s3;
      if (next === 0) break;
      sums[i + 1]! += t0;
      sums[second + i + 1]! += t1;
      sums[third + i + 1]! += t2;
      sums[fourth + i + 1]! += t3;
    }
  }

  function addOne(weights: Float64Array, from: number, out: Float64Array): void {
    for (let j = from; j < weights.length; j++) {
      const weight = weights[j]!;
      if (weight === 0) continue;
      const at = j * width;
      for (let i = 0; i < width; i++) out[i]! += weight * values[at + i]!;
    }
  }

  function addFour(four: readonly Float64Array[], out: readonly Float64Array[]): void {
    const shared = Math.min(...four.map(({ length }) => length));
    sums.fill(0);
    for (let from = 0; from < shared; from += STRIP) {
      const to = Math.min(shared, from + STRIP);
      let any = false;
      for (let r = 0; r < TILE; r++) {
        const weights = four[r]!;
        for (let j = from; j < to; j++) {
          const weight = weights[j]!;
          near[TILE * (j - from) + r] = weight;
          any ||= weight !== 0;
        }
      }
      if (any) combineFour(from, to);
    }
    for (let r = 0; r < TILE; r++) {
      const own = out[r]!;
      for (let i = 0; i < width; i++) own[i]! += sums[r * width + i]!;
      addOne(four[r]!, shared, own);
    }
  }

  return {
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
        for (let k = 0; k < TILE; k++) near.set(vectors[r + k]!, k * width);
        multiplyFour(from, out[r]!, out[r + 1]!, out[r + 2]!, out[r + 3]!);
      }
      for (; r < vectors.length; r++) multiplyOne(vectors[r]!, from, out[r]!);
    },
    addCombinations(weights, out) {
      let r = 0;
      for (; r + TILE <= weights.length; r += TILE) addFour(weights.slice(r, r + TILE), out.slice(r, r + TILE));
      for (; r < weights.length; r++) addOne(weights[r]!, 0, out[r]!);
    },
  };
}
