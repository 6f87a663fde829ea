/** Dense kernels over preallocated row-major arrays. Nothing here allocates after creation. */

/** A pivot smaller than this, relative to the diagonal it came from, carries no information. */
const SINGULAR = 1e-14;

/**
 * Lower Cholesky factor of the leading `size` × `size` block of a symmetric matrix with row stride `stride`, in place;
 * only the lower triangle is read. A pivot lost to rounding becomes infinite, so that its direction stays put.
 */
export function factorize(a: Float64Array, size: number, stride: number): void {
  for (let i = 0; i < size; i++) {
    const row = i * stride;
    for (let j = 0; j <= i; j++) {
      const other = j * stride;
      const original = a[row + j]!;
      const value = original - dot(a, row, a, other, j);
      if (i === j) a[row + i] = value > SINGULAR * original && value > 0 ? Math.sqrt(value) : Infinity;
      else a[row + j] = value / a[other + j]!;
    }
  }
}

/** Overwrites `x` with the solution of `L Lᵀ x = x`. */
export function solveFactored(l: Float64Array, size: number, stride: number, x: Float64Array): void {
  for (let i = 0; i < size; i++) {
    x[i] = (x[i]! - dot(l, i * stride, x, 0, i)) / l[i * stride + i]!;
  }
  // Along rows again, so that memory is read in order: each solved value leaves those before it.
  for (let i = size - 1; i >= 0; i--) {
    const value = x[i]! / l[i * stride + i]!;
    x[i] = value;
    for (let k = 0; k < i; k++) x[k]! -= value * l[i * stride + k]!;
  }
}

/** `Σ_r a[aStart + r]·b[bStart + r]`, four sums at a time so that no addition waits for the one before. */
export function dot(a: Float64Array, aStart: number, b: Float64Array, bStart: number, count: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let r = 0;
  for (; r + 3 < count; r += 4) {
    s0 += a[aStart + r]! * b[bStart + r]!;
    s1 += a[aStart + r + 1]! * b[bStart + r + 1]!;
    s2 += a[aStart + r + 2]! * b[bStart + r + 2]!;
    s3 += a[aStart + r + 3]! * b[bStart + r + 3]!;
  }
  for (; r < count; r++) s0 += a[aStart + r]! * b[bStart + r]!;
  return s0 + s1 + (s2 + s3);
}

/** `out += factor·v` over the `count` values of v from `start` on. */
export function addScaled(out: Float64Array, factor: number, v: Float64Array, start: number, count: number): void {
  for (let i = 0; i < count; i++) out[i]! += factor * v[start + i]!;
}

/** Rows taken at a time, so that their part of every column stays in the cache. */
const STRIP = 128;

/**
 * Adds `Vᵀ diag(weights) V` to the lower triangle of the leading block of `h`: V has `columns` columns of `count`
 * values, stored one after another. Two columns meet four others at a time, so that a value read serves several sums.
 */
export function addWeightedGram(
  h: Float64Array,
  stride: number,
  v: Float64Array,
  columns: number,
  count: number,
  weights: Float64Array,
): void {
  for (let from = 0; from < count; from += STRIP) {
    const to = Math.min(count, from + STRIP);
    let i = 0;
    for (; i + 1 < columns; i += 2) {
      const row = i * stride;
      let j = 0;
      for (; j + 3 < i; j += 4) addTwoByFour(h, row, stride, v, i, j, count, weights, from, to);
      for (; j <= i; j += 2) addTwoByTwo(h, row, stride, v, i, j, count, weights, from, to);
    }
    if (i === columns) continue;
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let r = from; r < to; r++) sum += weights[r]! * v[i * count + r]! * v[j * count + r]!;
      h[i * stride + j]! += sum;
    }
  }
}

/** Columns i and i + 1 with j … j + 3, all below i. */
function addTwoByFour(
  h: Float64Array,
  row: number,
  stride: number,
  v: Float64Array,
  i: number,
  j: number,
  count: number,
  weights: Float64Array,
  from: number,
  to: number,
): void {
  const a = i * count;
  const next = a + count;
  const b0 = j * count;
  const b1 = b0 + count;
  const b2 = b1 + count;
  const b3 = b2 + count;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let u0 = 0;
  let u1 = 0;
  let u2 = 0;
  let u3 = 0;
  for (let r = from; r < to; r++) {
    const weight = weights[r]!;
    const x = weight * v[a + r]!;
    const y = weight * v[next + r]!;
    const v0 = v[b0 + r]!;
    const v1 = v[b1 + r]!;
    const v2 = v[b2 + r]!;
    const v3 = v[b3 + r]!;
    s0 += x * v0;
    s1 += x * v1;
    s2 += x * v2;
    s3 += x * v3;
    u0 += y * v0;
    u1 += y * v1;
    u2 += y * v2;
    u3 += y * v3;
  }
  const at = row + j;
  h[at]! += s0;
  h[at + 1]! += s1;
  h[at + 2]! += s2;
  h[at + 3]! += s3;
  h[at + stride]! += u0;
  h[at + stride + 1]! += u1;
  h[at + stride + 2]! += u2;
  h[at + stride + 3]! += u3;
}

/** Columns i and i + 1 with j and j + 1, both even; on the diagonal the entry above it is left alone. */
function addTwoByTwo(
  h: Float64Array,
  row: number,
  stride: number,
  v: Float64Array,
  i: number,
  j: number,
  count: number,
  weights: Float64Array,
  from: number,
  to: number,
): void {
  const a = i * count;
  const next = a + count;
  const b = j * count;
  const after = b + count;
  let s0 = 0;
  let s1 = 0;
  let u0 = 0;
  let u1 = 0;
  for (let r = from; r < to; r++) {
    const weight = weights[r]!;
    const x = weight * v[a + r]!;
    const y = weight * v[next + r]!;
    const v0 = v[b + r]!;
    const v1 = v[after + r]!;
    s0 += x * v0;
    s1 += x * v1;
    u0 += y * v0;
    u1 += y * v1;
  }
  const at = row + j;
  h[at]! += s0;
  if (j < i) h[at + 1]! += s1;
  h[at + stride]! += u0;
  h[at + stride + 1]! += u1;
}

/** `out = V x`: the combination of `columns` columns of `count` values. */
export function combineColumns(
  v: Float64Array,
  columns: number,
  count: number,
  x: Float64Array,
  out: Float64Array,
): void {
  out.fill(0, 0, count);
  let i = 0;
  for (; i + 1 < columns; i += 2) {
    const first = x[i]!;
    const second = x[i + 1]!;
    const start = i * count;
    const next = start + count;
    for (let r = 0; r < count; r++) out[r]! += first * v[start + r]! + second * v[next + r]!;
  }
  if (i < columns) {
    const factor = x[i]!;
    const start = i * count;
    for (let r = 0; r < count; r++) out[r]! += factor * v[start + r]!;
  }
}

/** Some entries of a vector, in whole groups of four: what is left over has index 0 and value 0. */
export interface Entries {
  readonly indices: Int32Array;
  readonly values: Float64Array;
  count: number;
}

/** Room for the entries of a vector of `size`. */
export function createEntries(size: number): Entries {
  return { indices: new Int32Array(size + 3), values: new Float64Array(size + 3), count: 0 };
}

/** Takes the entries of x that are not 0. */
export function takeNonzero(x: Float64Array, entries: Entries): void {
  const { indices, values } = entries;
  let count = 0;
  for (let i = 0; i < x.length; i++) {
    if (x[i] === 0) continue;
    indices[count] = i;
    values[count++] = x[i]!;
  }
  padEntries(entries, count);
}

/** Takes `x_i` of the first `count` indices i of a list. */
export function takeEntries(x: Float64Array, list: Int32Array, count: number, entries: Entries): void {
  const { indices, values } = entries;
  for (let at = 0; at < count; at++) {
    indices[at] = list[at]!;
    values[at] = x[list[at]!]!;
  }
  padEntries(entries, count);
}

function padEntries(entries: Entries, count: number): void {
  entries.count = count;
  while (entries.count % 4 !== 0) {
    entries.indices[entries.count] = 0;
    entries.values[entries.count++] = 0;
  }
}

/**
 * `out_k += v_k · x` for `count` rows of `size` finite values and the entries of x: the rows of `v` in order, or those
 * that `rows` lists. Four entries at a time stay in registers; each sum is added up in the order of the entries.
 */
export function addProducts(
  v: Float64Array,
  size: number,
  rows: Int32Array | null,
  count: number,
  { indices, values, count: used }: Entries,
  out: Float64Array,
): void {
  for (let f = 0; f < used; f += 4) {
    const i0 = indices[f]!;
    const i1 = indices[f + 1]!;
    const i2 = indices[f + 2]!;
    const i3 = indices[f + 3]!;
    const x0 = values[f]!;
    const x1 = values[f + 1]!;
    const x2 = values[f + 2]!;
    const x3 = values[f + 3]!;
    for (let k = 0; k < count; k++) {
      const row = (rows === null ? k : rows[k]!) * size;
      out[k] = out[k]! + v[row + i0]! * x0 + v[row + i1]! * x1 + v[row + i2]! * x2 + v[row + i3]! * x3;
    }
  }
}

/** `out_k = offsets_k + v_k · x` for `count` rows of the size of x; entries of x that are 0 add nothing. */
export function affineValues(
  v: Float64Array,
  offsets: Float64Array,
  count: number,
  x: Float64Array,
  entries: Entries,
  out: Float64Array,
): void {
  for (let k = 0; k < count; k++) out[k] = offsets[k]!;
  takeNonzero(x, entries);
  addProducts(v, x.length, null, count, entries, out);
}
