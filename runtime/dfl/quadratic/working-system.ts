import { dot, factorize } from "../../decide/structured/dense.ts";

/** `[H_FF R_Fᵀ; R_F 0]` of a working set, factorised. */
export interface WorkingSystem {
  /** Indices of the free components. */
  readonly free: Int32Array;
  readonly rows: readonly Float64Array[];
  /**
   * Solves `H_FF x + R_Fᵀ ν = a`, `R_F x = b`.
   *
   * @param a over the free components; becomes x
   * @param b over the rows; becomes ν
   */
  solve(a: Float64Array, b: Float64Array): void;
}

/**
 * Factorises by Cholesky: `H_FF = L Lᵀ`, and `T Tᵀ` of `T = R_F L⁻ᵀ`. One solve is then O((|F| + |R|)²), and with a
 * diagonal H O(|F| |R| + |R|²).
 *
 * @param hessian n × n row-major, positive definite on F
 * @param rows independent over the free components, n values each
 */
export function factorWorkingSystem(
  hessian: Float64Array,
  n: number,
  free: Int32Array,
  rows: readonly Float64Array[],
): WorkingSystem {
  const order = free.length;
  const m = rows.length;
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, hessian[i * (n + 1)]!);
  const { down, up, stiffness } =
    diagonalFactor(hessian, n, free, largest) ?? denseFactor(hessian, n, free, rows, largest);
  const half = new Float64Array(m * order);
  for (let r = 0; r < m; r++) {
    const own = half.subarray(r * order, (r + 1) * order);
    for (let a = 0; a < order; a++) own[a] = rows[r]![free[a]!]!;
    down(own);
  }
  const complement = new Float64Array(m * m);
  for (let r = 0; r < m; r++) {
    for (let q = 0; q <= r; q++) complement[r * m + q] = dot(half, r * order, half, q * order, order);
  }
  factorize(complement, m, m);

  function solve(a: Float64Array, b: Float64Array): void {
    for (let r = 0; r < stiffness.length; r++) {
      const push = stiffness[r]! * b[r]!;
      if (push === 0) continue;
      for (let i = 0; i < order; i++) a[i]! += push * rows[r]![free[i]!]!;
    }
    down(a);
    for (let r = 0; r < m; r++) b[r] = dot(half, r * order, a, 0, order) - b[r]!;
    forward(complement, m, b);
    backward(complement, m, b);
    for (let r = 0; r < m; r++) {
      const push = b[r]!;
      if (push === 0) continue;
      for (let i = 0; i < order; i++) a[i]! -= push * half[r * order + i]!;
    }
    up(a);
  }

  return { free, rows, solve };
}

/** `H_FF = L Lᵀ`: `down` divides by L, `up` by Lᵀ. */
interface Factor {
  down(x: Float64Array): void;
  up(x: Float64Array): void;
  /** Weights σ of the rows that were added to H; none where it is well enough conditioned. */
  readonly stiffness: Float64Array;
}

/** A ridge, the usual curvature, needs no factorisation; `null` for other curvatures and where it is nearly flat. */
function diagonalFactor(hessian: Float64Array, n: number, free: Int32Array, largest: number): Factor | null {
  const order = free.length;
  const root = new Float64Array(order);
  for (let a = 0; a < order; a++) {
    const from = free[a]! * n;
    for (let b = 0; b < a; b++) if (hessian[from + free[b]!] !== 0) return null;
    const curvature = hessian[from + free[a]!]!;
    if (!(curvature > FLAT * largest)) return null;
    root[a] = Math.sqrt(curvature);
  }
  const divide = (x: Float64Array): void => {
    for (let a = 0; a < order; a++) x[a]! /= root[a]!;
  };
  return { down: divide, up: divide, stiffness: new Float64Array(0) };
}

function denseFactor(
  hessian: Float64Array,
  n: number,
  free: Int32Array,
  rows: readonly Float64Array[],
  largest: number,
): Factor {
  const order = free.length;
  const lower = new Float64Array(order * order);
  for (let a = 0; a < order; a++) {
    const from = free[a]! * n;
    for (let b = 0; b <= a; b++) lower[a * order + b] = hessian[from + free[b]!]!;
  }
  const stiffness = factorStiff(lower, largest, free, rows);
  return { down: (x) => forward(lower, order, x), up: (x) => backward(lower, order, x), stiffness };
}

/** With pivots that differ by more than this, eigenvalues may differ by far more, and rows lose the digits they hold with. */
const FLAT = 1e-2;

/**
 * Factorises H in place; where it is nearly flat in some direction, `H + Σ_r σ_r R_r R_rᵀ` in its stead, which has the same
 * solution on the rows.
 *
 * @param largest of H's diagonal, over all components
 * @returns the σ; none where H is well enough conditioned
 */
function factorStiff(h: Float64Array, largest: number, free: Int32Array, rows: readonly Float64Array[]): Float64Array {
  const order = free.length;
  const original = rows.length === 0 ? null : h.slice();
  factorize(h, order, order);
  let least = Infinity;
  for (let i = 0; i < order; i++) least = Math.min(least, h[i * (order + 1)]! ** 2);
  if (original === null || least > FLAT * largest) return new Float64Array(0);
  h.set(original);
  const stiffness = Float64Array.from(rows, (row) => {
    let square = 0;
    for (let i = 0; i < order; i++) square += row[free[i]!]! ** 2;
    return square > 0 ? largest / square : 0;
  });
  rows.forEach((row, r) => {
    for (let i = 0; i < order; i++) {
      const along = stiffness[r]! * row[free[i]!]!;
      if (along !== 0) for (let j = 0; j <= i; j++) h[i * order + j]! += along * row[free[j]!]!;
    }
  });
  factorize(h, order, order);
  return stiffness;
}

function forward(l: Float64Array, size: number, x: Float64Array): void {
  for (let i = 0; i < size; i++) x[i] = (x[i]! - dot(l, i * size, x, 0, i)) / l[i * size + i]!;
}

function backward(l: Float64Array, size: number, x: Float64Array): void {
  for (let i = size - 1; i >= 0; i--) {
    const value = x[i]! / l[i * size + i]!;
    x[i] = value;
    for (let k = 0; k < i; k++) x[k]! -= value * l[i * size + k]!;
  }
}
