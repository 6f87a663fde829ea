/**
 * What a derivative is worth where it was taken:
 *
 * - `exact`: the active set is strictly complementary and determines the decision, so the decision is differentiable;
 * - `zero almost everywhere`: the decision is a vertex of the feasible set that no scenario helps to fix, so small
 *   changes of scenarios and costs do not move it;
 * - `chosen`: the decision has a kink here. Constraints with a vanishing multiplier are taken as inactive, dependent ones
 *   share their part, and directions that the objective does not curve stay put.
 */
export type Differentiability = "exact" | "zero almost everywhere" | "chosen";

/** `∂L/∂·` of a scenario program's numbers, from `∂L/∂z*`. */
export interface ProgramGradient {
  /** K × J × n */
  readonly slopes: Float64Array;
  /** K × J */
  readonly offsets: Float64Array;
  /** K; the probabilities as free numbers, not held to sum to 1. */
  readonly probabilities: Float64Array;
  /** n */
  readonly linear: Float64Array;
  /** n × n, symmetric: `dL = Σ_ij quadratic_ij dQ_ij`. `null` where there is no quadratic term. */
  readonly quadratic: Float64Array | null;
  /** Weights of the mean (of a loss with one piece its part of the linear term) and of each CVaR term of the program. */
  readonly meanWeight: number;
  readonly tailWeights: Float64Array;
  /** n; 0 where the bound is not active. A component whose bounds coincide has its derivative in `lower`. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** One a row of the set. */
  readonly inequalityBounds: Float64Array;
  readonly equalityBounds: Float64Array;
  /** Rows × n, of the rows' coefficients. */
  readonly inequalityRows: Float64Array;
  readonly equalityRows: Float64Array;
}

/** The optimality conditions at one decision, factorised for any number of pulls. */
export interface DecisionSensitivity {
  readonly differentiability: Differentiability;
  /** Equations of the active set: kinks, rows that hold with equality. */
  readonly equations: number;
  /** @param zBar `∂L/∂z*`, n values */
  pull(zBar: Float64Array): ProgramGradient;
}
