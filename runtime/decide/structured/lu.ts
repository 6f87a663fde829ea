/** A pivot smaller than this, relative to the largest number of its column at the start, means a singular matrix. */
const SINGULAR = 1e-13;

/**
 * Solves `A x = b` for a dense row-major matrix of `size` rows with row stride `stride` by LU factorisation with partial
 * pivoting. A is overwritten and b becomes x. Returns false, with both spoilt, where A is singular to rounding.
 */
export function solveDense(a: Float64Array, size: number, stride: number, b: Float64Array): boolean {
  for (let k = 0; k < size; k++) {
    let pivot = k;
    let largest = Math.abs(a[k * stride + k]!);
    for (let i = k + 1; i < size; i++) {
      const value = Math.abs(a[i * stride + k]!);
      if (value > largest) {
        largest = value;
        pivot = i;
      }
    }
    // Rows are scaled to a largest entry near 1 by the caller, so an absolute threshold is a relative one.
    if (!(largest > SINGULAR)) return false;
    if (pivot !== k) {
      for (let j = k; j < size; j++) {
        const value = a[k * stride + j]!;
        a[k * stride + j] = a[pivot * stride + j]!;
        a[pivot * stride + j] = value;
      }
      const value = b[k]!;
      b[k] = b[pivot]!;
      b[pivot] = value;
    }
    const inverse = 1 / a[k * stride + k]!;
    for (let i = k + 1; i < size; i++) {
      const factor = a[i * stride + k]! * inverse;
      if (factor === 0) continue;
      for (let j = k + 1; j < size; j++) a[i * stride + j]! -= factor * a[k * stride + j]!;
      b[i]! -= factor * b[k]!;
    }
  }
  for (let i = size - 1; i >= 0; i--) {
    let value = b[i]!;
    for (let j = i + 1; j < size; j++) value -= a[i * stride + j]! * b[j]!;
    b[i] = value / a[i * stride + i]!;
  }
  return true;
}
