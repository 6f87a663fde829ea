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
 * Factorises by Cholesky: `H_FF = L Lᵀ`, and `T Tᵀ` of `T = R_F L⁻ᵀ`. One solve is then O((|F| + |R|)²).
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
  const lower = new Float64Array(order * order);
  for (let a = 0; a < order; a++) {
    const from = free[a]! * n;
    for (let b = 0; b <= a; b++) lower[a * order + b] = hessian[from + free[b]!]!;
  }
  factorize(lower, order, order);
  const half = new Float64Array(m * order);
  for (let r = 0; r < m; r++) {
    const row = rows[r]!;
    const at = r * order;
    for (let a = 0; a < order; a++) {
      half[at + a] = (row[free[a]!]! - dot(lower, a * order, half, at, a)) / lower[a * order + a]!;
    }
  }
  const complement = new Float64Array(m * m);
  for (let r = 0; r < m; r++) {
    for (let q = 0; q <= r; q++) complement[r * m + q] = dot(half, r * order, half, q * order, order);
  }
  factorize(complement, m, m);

  function solve(a: Float64Array, b: Float64Array): void {
    forward(lower, order, a);
    for (let r = 0; r < m; r++) b[r] = dot(half, r * order, a, 0, order) - b[r]!;
    forward(complement, m, b);
    backward(complement, m, b);
    for (let r = 0; r < m; r++) {
      const push = b[r]!;
      if (push === 0) continue;
      for (let i = 0; i < order; i++) a[i]! -= push * half[r * order + i]!;
    }
    backward(lower, order, a);
  }

  return { free, rows, solve };
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
