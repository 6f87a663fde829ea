/** What a linear, quadratic or mixed-integer solver found. */
export interface LinearSolution {
  /** `stopped`: a feasible point without a proof of optimality. */
  readonly status: "optimal" | "stopped" | "infeasible" | "unbounded" | "infeasible-or-unbounded" | "failed";
  /** The solver's own word for the status. */
  readonly detail: string;
  /** Empty unless optimal or stopped. */
  readonly x: Float64Array;
  /** Multipliers of the rows, positive where a lower bound holds; `null` for mixed-integer models. */
  readonly duals: Float64Array | null;
  readonly objective: number;
  /** Proven lower bound on the minimum of a mixed-integer model, in the model's unit; −Infinity where there is none. */
  readonly bound: number;
}
