/** A pivot smaller than this has lost its sign to rounding; it is replaced by one of size `REPLACEMENT`. */
const SMALLEST_PIVOT = 1e-13;
const REPLACEMENT = 2e-7;

/** A symmetric matrix by its upper triangle in columns: every diagonal place is stored, last in its column. */
export interface SymmetricPattern {
  readonly size: number;
  readonly starts: Int32Array;
  readonly indices: Int32Array;
}

export interface LdlFactor {
  /** Entries below the diagonal of L. */
  readonly fill: number;
  /**
   * `K = L D Lᵀ`. A pivot whose sign is not the expected one is replaced (dynamic regularisation).
   *
   * @param values of the pattern's entries
   * @returns how many pivots were replaced
   */
  factor(values: Float64Array): number;
  /** Overwrites x with `K⁻¹ x`. */
  solve(x: Float64Array): void;
}

/**
 * LDLᵀ without pivoting, for quasi-definite matrices, which have one for every ordering (Vanderbei 1995). The elimination
 * tree and the columns' lengths are found once; each numeric factorisation is up-looking, a sparse triangular solve a
 * row (Davis 2006, §4.8).
 *
 * @param signs expected sign of each pivot
 */
export function createLdl(pattern: SymmetricPattern, signs: Int8Array): LdlFactor {
  const { size: n, starts, indices } = pattern;
  const parent = new Int32Array(n).fill(-1);
  const lengths = new Int32Array(n);
  const seen = new Int32Array(n).fill(-1);
  for (let k = 0; k < n; k++) {
    seen[k] = k;
    for (let p = starts[k]!; p < starts[k + 1]!; p++) {
      for (let i = indices[p]!; seen[i] !== k; i = parent[i]!) {
        if (parent[i] === -1) parent[i] = k;
        lengths[i]!++;
        seen[i] = k;
      }
    }
  }
  const lStarts = new Int32Array(n + 1);
  for (let i = 0; i < n; i++) lStarts[i + 1] = lStarts[i]! + lengths[i]!;
  const fill = lStarts[n]!;
  const lIndices = new Int32Array(fill);
  const lValues = new Float64Array(fill);
  const inverse = new Float64Array(n);
  const row = new Float64Array(n);
  const filled = new Int32Array(n);
  const path = new Int32Array(n);
  const reach = new Int32Array(n);

  /** The columns of L with an entry in row k, in an order in which each comes before its ancestors. */
  function reachOf(k: number): number {
    let top = n;
    seen[k] = k;
    for (let p = starts[k]!; p < starts[k + 1]!; p++) {
      let length = 0;
      for (let i = indices[p]!; seen[i] !== k; i = parent[i]!) {
        path[length++] = i;
        seen[i] = k;
      }
      while (length > 0) reach[--top] = path[--length]!;
    }
    return top;
  }

  function factor(values: Float64Array): number {
    let replaced = 0;
    seen.fill(-1);
    for (let i = 0; i < n; i++) filled[i] = lStarts[i]!;
    for (let k = 0; k < n; k++) {
      const top = reachOf(k);
      const last = starts[k + 1]! - 1;
      for (let p = starts[k]!; p < last; p++) row[indices[p]!] = values[p]!;
      let pivot = values[last]!;
      for (let t = top; t < n; t++) {
        const i = reach[t]!;
        const y = row[i]!;
        row[i] = 0;
        const end = filled[i]!;
        for (let p = lStarts[i]!; p < end; p++) row[lIndices[p]!]! -= lValues[p]! * y;
        const entry = y * inverse[i]!;
        pivot -= entry * y;
        lIndices[end] = k;
        lValues[end] = entry;
        filled[i] = end + 1;
      }
      const sign = signs[k]!;
      if (!(pivot * sign > SMALLEST_PIVOT)) {
        pivot = sign * REPLACEMENT;
        replaced++;
      }
      inverse[k] = 1 / pivot;
    }
    return replaced;
  }

  function solve(x: Float64Array): void {
    for (let i = 0; i < n; i++) {
      const xi = x[i]!;
      if (xi === 0) continue;
      for (let p = lStarts[i]!; p < lStarts[i + 1]!; p++) x[lIndices[p]!]! -= lValues[p]! * xi;
    }
    for (let i = n - 1; i >= 0; i--) {
      let xi = x[i]! * inverse[i]!;
      for (let p = lStarts[i]!; p < lStarts[i + 1]!; p++) xi -= lValues[p]! * x[lIndices[p]!]!;
      x[i] = xi;
    }
  }

  return { fill, factor, solve };
}
