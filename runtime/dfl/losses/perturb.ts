import type { OracleAnswer } from "../types.ts";
import type { LossRow } from "./row.ts";

/** Normal noise around a prediction, and the decisions under it. */
export interface Perturbed {
  /** samples × d */
  readonly noise: Float64Array;
  /** `∂s_k/∂ŝ`, samples × d: all 1 for additive noise. */
  readonly factors: Float64Array;
  readonly points: readonly Float64Array[];
  readonly answers: readonly OracleAnswer[];
}

/**
 * `s_k = ŝ + σ ε_k`, or `ŝ ⊙ exp(σ ε_k − σ²/2)`, which keeps signs (Dalle et al. 2022), with ε standard normal.
 *
 * @throws SolveFailure
 */
export function perturb(row: LossRow, samples: number, sigma: number, kind: "additive" | "multiplicative"): Perturbed {
  const { predicted } = row;
  const d = predicted.length;
  const noise = row.normal(samples * d);
  const factors =
    kind === "additive"
      ? new Float64Array(samples * d).fill(1)
      : noise.map((value) => Math.exp(sigma * value - sigma ** 2 / 2));
  const points = Array.from({ length: samples }, (_, k) =>
    predicted.map((value, i) =>
      kind === "additive" ? value + sigma * noise[k * d + i]! : value * factors[k * d + i]!,
    ),
  );
  return { noise, factors, points, answers: points.map((s) => row.solve(s)) };
}

/** `(r_k − mean r) · K/(K − 1)`: each reward less the mean of the others, which leaves expectations as they are. */
export function leaveOneOut(rewards: readonly number[]): number[] {
  const count = rewards.length;
  if (count < 2) return [...rewards];
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / count;
  return rewards.map((reward) => ((reward - mean) * count) / (count - 1));
}
