/** A pivot smaller than this, in a matrix whose rows have a largest entry of 1, means a singular one. */
const SINGULAR = 1e-13;

/** LU factorisation with partial pivoting of a dense matrix with scaled rows; the arrays are reused. */
export interface DenseLu {
  /** Room for `order` rows; row-major, `order` values a row. Written by the caller before `factor`. */
  matrix(order: number): Float64Array;
  /** False where the matrix is singular to rounding. */
  factor(): boolean;
  /** Overwrites the first values of `b` with the solution. */
  solve(b: Float64Array): void;
}

export function createDenseLu(): DenseLu {
  let order = 0;
  let a = new Float64Array(0);
  let scale = new Float64Array(0);
  let swaps = new Int32Array(0);

  function matrix(rows: number): Float64Array {
    order = rows;
    if (a.length < rows * rows) a = new Float64Array(rows * rows);
    if (scale.length < rows) {
      scale = new Float64Array(rows);
      swaps = new Int32Array(rows);
    }
    return a;
  }

  function scaleRows(): boolean {
    for (let i = 0; i < order; i++) {
      let largest = 0;
      for (let j = 0; j < order; j++) largest = Math.max(largest, Math.abs(a[i * order + j]!));
      if (!(largest > 0 && largest < Infinity)) return false;
      scale[i] = 1 / largest;
      for (let j = 0; j < order; j++) a[i * order + j]! *= scale[i]!;
    }
    return true;
  }

  function factor(): boolean {
    if (!scaleRows()) return false;
    for (let k = 0; k < order; k++) {
      let pivot = k;
      for (let i = k + 1; i < order; i++) {
        if (Math.abs(a[i * order + k]!) > Math.abs(a[pivot * order + k]!)) pivot = i;
      }
      if (!(Math.abs(a[pivot * order + k]!) > SINGULAR)) return false;
      swaps[k] = pivot;
      if (pivot !== k) {
        for (let j = 0; j < order; j++) {
          const value = a[k * order + j]!;
          a[k * order + j] = a[pivot * order + j]!;
          a[pivot * order + j] = value;
        }
      }
      const inverse = 1 / a[k * order + k]!;
      for (let i = k + 1; i < order; i++) {
        const part = a[i * order + k]! * inverse;
        a[i * order + k] = part;
        if (part === 0) continue;
        for (let j = k + 1; j < order; j++) a[i * order + j]! -= part * a[k * order + j]!;
      }
    }
    return true;
  }

  function solve(b: Float64Array): void {
    for (let i = 0; i < order; i++) b[i]! *= scale[i]!;
    for (let k = 0; k < order; k++) {
      const value = b[swaps[k]!]!;
      b[swaps[k]!] = b[k]!;
      b[k] = value;
    }
    for (let i = 0; i < order; i++) {
      let value = b[i]!;
      for (let j = 0; j < i; j++) value -= a[i * order + j]! * b[j]!;
      b[i] = value;
    }
    for (let i = order - 1; i >= 0; i--) {
      let value = b[i]!;
      for (let j = i + 1; j < order; j++) value -= a[i * order + j]! * b[j]!;
      b[i] = value / a[i * order + i]!;
    }
  }

  return { matrix, factor, solve };
}
