import type { SparseMatrix } from "../sparse/matrix.ts";

/**
 * One factor of K, over the next `size` rows of A and b (exponential cones have three):
 *
 * - `zero`: s = 0, equalities;
 * - `nonnegative`: s ≥ 0;
 * - `second-order`: s₀ ≥ ‖(s₁, …)‖₂;
 * - `rotated`: 2 s₀ s₁ ≥ ‖(s₂, …)‖₂², s₀, s₁ ≥ 0 (size ≥ 2);
 * - `exponential`: s₁ exp(s₀ / s₁) ≤ s₂, s₁ > 0, and its closure;
 * - `dual-exponential`: −s₀ exp(s₁ / s₀) ≤ e s₂, s₀ < 0, and its closure.
 */
export type Cone =
  | { readonly kind: "zero" | "nonnegative" | "second-order" | "rotated"; readonly size: number }
  | { readonly kind: "exponential" | "dual-exponential" };

/** `min ½xᵀPx + qᵀx  s.t.  Ax + s = b, s ∈ K`, K the product of `cones` in the order of the rows. */
export interface ConeProblem {
  /** n × n, positive semidefinite; only entries on and above the diagonal are read. `null`: no quadratic term. */
  readonly p: SparseMatrix | null;
  /** n values. */
  readonly q: Float64Array;
  /** m × n. */
  readonly a: SparseMatrix;
  /** m values. +Infinity in a nonnegative row means that the row is not there. */
  readonly b: Float64Array;
  readonly cones: readonly Cone[];
}

export interface ConeOptions {
  /** Relative residuals and gap of an `optimal` answer; 1e-8. See `termination.ts` for what they are relative to. */
  readonly tolerance?: number;
  /** 200 */
  readonly maxIterations?: number;
  /** Seconds after which a solve ends with the best point it has, `inaccurate`; none. Iterations are not cut short. */
  readonly timeLimit?: number;
}

export interface ConeAnswer {
  /**
   * - `optimal`: residuals and gap are within the tolerance, or within 1e-6 where rounding allows no more;
   * - `infeasible`: `certificate` is a z ∈ K* with Aᵀz = 0 and bᵀz = −1;
   * - `unbounded`: `certificate` is an x with Px = 0, −Ax ∈ K and qᵀx = −1, and there is a feasible point, or none could
   *   be ruled out;
   * - `inaccurate`: the best point found; the residuals and the gap say how far it is.
   */
  readonly status: "optimal" | "infeasible" | "unbounded" | "inaccurate";
  /** n values, NaN where there is no answer. */
  readonly x: Float64Array;
  /** m values in K. */
  readonly s: Float64Array;
  /** m multipliers y ∈ K*: Px + q + Aᵀy = 0 at the optimum. */
  readonly y: Float64Array;
  /** ½xᵀPx + qᵀx; −Infinity for unbounded, +Infinity for infeasible problems. */
  readonly objective: number;
  /** −½xᵀPx − bᵀy, a lower bound on the minimum up to the dual residual. */
  readonly dualObjective: number;
  /**
   * Largest |Ax + s − b| and |Px + Aᵀy + q|, each row relative to the numbers in it; with a certificate, its own largest
   * violation.
   */
  readonly primalResidual: number;
  readonly dualResidual: number;
  /** `objective − dualObjective`, in the unit of the objective. */
  readonly gap: number;
  /** m values (infeasible) or n values (unbounded); `null` otherwise. */
  readonly certificate: Float64Array | null;
  readonly iterations: number;
  readonly milliseconds: number;
}

/** New numbers for a prepared problem; the pattern of P and A must be the one that was prepared. */
export interface ConeData {
  /** In the order of `problem.p.values`. */
  readonly p?: Float64Array;
  readonly q?: Float64Array;
  /** In the order of `problem.a.values`. */
  readonly a?: Float64Array;
  readonly b?: Float64Array;
}

/** A problem whose KKT system is ordered and analysed. Not reentrant: it owns its working memory. */
export interface PreparedCone {
  /**
   * @param data what differs from the problem as prepared; what is left out is as it was prepared
   * @param timeLimit seconds for this solve, in place of the options'
   */
  solve(data?: ConeData, timeLimit?: number): ConeAnswer;
}
