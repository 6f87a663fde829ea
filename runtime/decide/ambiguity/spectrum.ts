import type { TailTerm } from "../scenario-program.ts";

/** A constant stretch of a spectrum: density `value` on levels of total mass `mass`. */
export interface SpectrumStep {
  readonly mass: number;
  readonly value: number;
}

/**
 * The spectrum of `mean·E[L] + Σ weight_c·CVaR_c[L] = ∫ φ(u) F⁻¹(u) du`: `φ(u) = mean + Σ_{c: u > β_c} weight_c / (1 − β_c)`,
 * as steps from u = 0 to 1 (Acerbi 2002).
 */
export function spectrumOf(mean: number, tails: readonly TailTerm[]): readonly SpectrumStep[] {
  const levels = [...new Set([0, ...tails.map((tail) => tail.level)])].sort((a, b) => a - b);
  return levels.map((from, k) => ({
    mass: (levels[k + 1] ?? 1) - from,
    value: tails.reduce((sum, { level, weight }) => (level <= from ? sum + weight / (1 - level) : sum), mean),
  }));
}

/**
 * `‖φ‖_q`, q dual to the order p: what the risk of a law can change by for each unit of p-Wasserstein distance of the
 * losses. The bound `ρ(L') − ρ(L) ≤ ‖φ‖_q ‖L' − L‖_p` (Hölder) is attained by `L' = L + r φ(U)^{q−1} / ‖φ‖_q^{q−1}`
 * (Pflug, Pichler and Wozabal 2012, Proposition 1).
 */
export function spectrumNorm(order: 1 | 2 | "infinity", steps: readonly SpectrumStep[]): number {
  if (order === 1) return steps.at(-1)!.value;
  if (order === 2) return Math.sqrt(steps.reduce((sum, { mass, value }) => sum + mass * value * value, 0));
  return steps.reduce((sum, { mass, value }) => sum + mass * value, 0);
}
