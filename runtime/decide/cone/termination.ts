import { dot } from "../dot.ts";
import { addProduct, addSymmetricProduct, addTransposedProduct } from "../sparse/matrix.ts";
import type { SparseMatrix } from "../sparse/matrix.ts";
import type { Numbers } from "./equilibrate.ts";

/** Least size, in units of the scaled problem, that a row's residual is compared with. */
const ROW_UNIT = 1e-2;
/** Share of its terms below which an objective is not resolved. */
const OBJECTIVE_SHARE = 1e-3;

/**
 * How far a point is from optimal. Each row's residual is divided by the largest of the numbers in it:
 * `|Ax + s − b|ᵢ / max(0.01, |bᵢ|, |sᵢ|, (|A||x|)ᵢ)`, and so for `Px + Aᵀz + q`; the gap by the larger objective, or by
 * `0.001 · max(1, ½xᵀPx, |q|ᵀ|x|, |b|ᵀ|z|)` where those terms cancel. The 1 is a unit of the scaled problem (`Scaling`).
 */
export interface Accuracy {
  readonly primal: number;
  readonly dual: number;
  /** Relative, with what removing the residuals would change: `|Δ| + |zᵀ(Ax + s − b)| + |xᵀ(Px + Aᵀz + q)|`. */
  readonly gap: number;
  readonly objective: number;
  readonly dualObjective: number;
}

export interface Judge {
  /** Of the point `(x, s, z) / τ`. */
  accuracyOf(x: Float64Array, s: Float64Array, z: Float64Array, tau: number): Accuracy;
  /**
   * How far z is from proving infeasibility, `‖Aᵀz‖∞ / −bᵀz · max(|b|ᵀ|z| / ‖z‖₁, least)`. At ε it proves that no feasible
   * point has ‖x‖₁ below 1/ε times that maximum: the mean of |b| weighted by |z|, which is next to nothing where z weighs
   * rows of b = 0 in the main, and `least`. Infinite where `bᵀz ≥ 0`.
   *
   * @param least in units of the scaled problem
   */
  infeasibilityOf(z: Float64Array, least: number): number;
  /**
   * How far x is from being a direction of endless descent: `max(‖Px‖∞, ‖Ax + s‖∞) / −qᵀx · max(|q|ᵀ|x| / ‖x‖₁, least)`.
   */
  unboundednessOf(x: Float64Array, s: Float64Array, least: number): number;
}

/** Judges points of a (scaled) problem. */
export function createJudge({ p, q, a, b }: Numbers): Judge {
  const n = q.length;
  const m = b.length;
  const column = new Float64Array(n);
  const columnSize = new Float64Array(n);
  const row = new Float64Array(m);
  const rowSize = new Float64Array(m);

  function accuracyOf(x: Float64Array, s: Float64Array, z: Float64Array, tau: number): Accuracy {
    column.fill(0);
    if (p !== null) addSymmetricProduct(p, x, 1, column);
    const quadratic = dot(column, x) / (tau * tau);
    columnSize.fill(0);
    if (p !== null) addAbsolute(p, x, columnSize, "symmetric");
    addTransposedProduct(a, z, 1, column);
    addAbsolute(a, z, columnSize, "transposed");
    let dual = 0;
    let dualShift = 0;
    for (let j = 0; j < n; j++) {
      const size = Math.max(ROW_UNIT, Math.abs(q[j]!), columnSize[j]! / tau);
      const residual = column[j]! / tau + q[j]!;
      dual = Math.max(dual, Math.abs(residual) / size);
      dualShift += (residual * x[j]!) / tau;
    }
    row.set(s);
    addProduct(a, x, 1, row);
    rowSize.fill(0);
    addAbsolute(a, x, rowSize, "plain");
    let primal = 0;
    let primalShift = 0;
    for (let i = 0; i < m; i++) {
      const size = Math.max(ROW_UNIT, Math.abs(b[i]!), rowSize[i]! / tau, Math.abs(s[i]!) / tau);
      const residual = row[i]! / tau - b[i]!;
      primal = Math.max(primal, Math.abs(residual) / size);
      primalShift += (residual * z[i]!) / tau;
    }
    const linear = dot(q, x) / tau;
    const bounds = dot(b, z) / tau;
    const objective = quadratic / 2 + linear;
    const dualObjective = -quadratic / 2 - bounds;
    const terms = Math.max(1, quadratic / 2, dotAbsolute(q, x) / tau, dotAbsolute(b, z) / tau);
    const scale = Math.max(Math.abs(objective), Math.abs(dualObjective), OBJECTIVE_SHARE * terms);
    const gap = (Math.abs(objective - dualObjective) + Math.abs(primalShift) + Math.abs(dualShift)) / scale;
    return { primal, dual, gap, objective, dualObjective };
  }

  function infeasibilityOf(z: Float64Array, least: number): number {
    const descent = -dot(b, z);
    if (!(descent > 0)) return Infinity;
    column.fill(0);
    addTransposedProduct(a, z, 1, column);
    return (largest(column) / descent) * Math.max(dotAbsolute(b, z) / sum(z), least);
  }

  function unboundednessOf(x: Float64Array, s: Float64Array, least: number): number {
    const descent = -dot(q, x);
    if (!(descent > 0)) return Infinity;
    column.fill(0);
    if (p !== null) addSymmetricProduct(p, x, 1, column);
    row.set(s);
    addProduct(a, x, 1, row);
    return (Math.max(largest(column), largest(row)) / descent) * Math.max(dotAbsolute(q, x) / sum(x), least);
  }

  return { accuracyOf, infeasibilityOf, unboundednessOf };
}

/** `y += |A| |x|`, `|Aᵀ| |x|`, or `|P| |x|` for an upper triangle. */
function addAbsolute(
  a: SparseMatrix,
  x: Float64Array,
  y: Float64Array,
  kind: "plain" | "transposed" | "symmetric",
): void {
  for (let j = 0; j < a.columns; j++) {
    for (let k = a.starts[j]!; k < a.starts[j + 1]!; k++) {
      const i = a.indices[k]!;
      const size = Math.abs(a.values[k]!);
      if (kind !== "transposed") y[i]! += size * Math.abs(x[j]!);
      if (kind === "transposed" || (kind === "symmetric" && i !== j)) y[j]! += size * Math.abs(x[i]!);
    }
  }
}

function dotAbsolute(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += Math.abs(a[i]! * b[i]!);
  return total;
}

function largest(v: Float64Array): number {
  let size = 0;
  for (const value of v) size = Math.max(size, Math.abs(value));
  return size;
}

function sum(v: Float64Array): number {
  let total = 0;
  for (const value of v) total += Math.abs(value);
  return total;
}
