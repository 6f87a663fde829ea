import type { ActiveSet } from "./active-set.ts";
import type { ScenarioRows } from "./complement.ts";
import type { ScenarioProgram } from "../scenario-program.ts";

/**
 * The scenario part of the interior-point method. Every term of the objective is a sum
 * `Σ_k mass_k max_i (g_ki·y + h_ki)` over the core variables `y = (z, t_1 … t_m)`: the mean's pieces are those of the
 * loss, a CVaR term's are those of the loss less t, and zero. In epigraph form it is `Σ mass_k u_k` with slacks
 * `s_ki = u_k − g_ki·y − h_ki ≥ 0` and multipliers `λ_ki ≥ 0`, `Σ_i λ_ki = mass_k`.
 *
 * Each u_k meets only its own scenario, so it leaves the Newton system in closed form (the arrow structure). With
 * `d = λ/s`, `D = Σ_i d_i` and the correction κ (0 in the affine step),
 *
 *     Δu = (Σ_i d_i g_i·Δy + Σ_i κ_i − mass) / D,  Δs_i = Δu − g_i·Δy,  Δλ_i = κ_i − λ_i − d_i Δs_i
 *
 * and the core's matrix receives `Σ_i d_i (g_i − ḡ)(g_i − ḡ)ᵀ`, `ḡ = Σ_i d_i g_i / D`.
 *
 * Slacks and `Σλ = mass` hold from the start and every step keeps them. The arrays grow with K and are reused; no
 * method but `load` and `multipliers` allocates.
 */
export interface EpigraphBlocks {
  /** Number of complementarity pairs. */
  pairs(): number;
  /**
   * Takes a program's scenarios, or those that `chosen` lists. `t` receives the values at risk at z. Returns
   * `Σ mass·(largest − least piece)`, the size of what the terms can change by.
   */
  load(program: ScenarioProgram, z: Float64Array, t: Float64Array, chosen: Int32Array | null): number;
  /** Every block onto its central path at the loaded z and t: `λ_i s_i = mu`. */
  centre(t: Float64Array, mu: number): void;
  /** `Σ mass·|u|`, the size of the terms now. */
  size(): number;
  complementarity(): number;
  /**
   * Adds to the Newton matrix (lower triangle), the gradient and the right side of the affine step, all of n + m. With
   * `null` the matrix is left to `rows`.
   */
  accumulate(h: Float64Array | null, gradient: Float64Array, right: Float64Array): void;
  /** Makes the next direction the affine one, which aims at `λ_i s_i = 0`. */
  clearCorrection(): void;
  /** Aims at `λ_i s_i = target` with the last direction's second-order term, and adds that to the right side. */
  correct(target: number, right: Float64Array): void;
  /** Directions of slacks and multipliers for a step of the core variables. */
  direct(step: Float64Array): void;
  /** Largest step up to `limit` that keeps every slack (multiplier) at least 0. */
  longestSlackStep(limit: number): number;
  longestLambdaStep(limit: number): number;
  complementarityAfter(slackStep: number, lambdaStep: number): number;
  move(slackStep: number, lambdaStep: number): void;
  /** Multipliers of the loss's pieces in the whole program, K × J for each block; 0 for scenarios not chosen. */
  multipliers(): readonly Float64Array[];
  /** The rows and weights that the Newton matrix is made of; `null` where blocks have more than one piece. */
  readonly rows: (() => ScenarioRows) | null;
  /** Guesses where each scenario lies at the optimum; `null` where blocks have more than one piece. */
  readonly guessActive: ((active: ActiveSet) => void) | null;
}

/** Largest step up to `limit` that keeps `value + step·direction ≥ 0` in the first `count` entries. */
export function longestStep(value: Float64Array, direction: Float64Array, count: number, limit: number): number {
  let step = limit;
  for (let at = 0; at < count; at++) {
    if (value[at]! + step * direction[at]! < 0) step = -value[at]! / direction[at]!;
  }
  return step;
}
