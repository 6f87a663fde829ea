import type { RiskSpec } from "../spec.ts";

/** The part of a risk that reads a sample: `mean·E + Σ_k weight_k CVaR_{level_k}`. */
export type SampleRisk = Pick<RiskSpec, "mean" | "cvar">;

/** `CVaR` of tail mass α, 1 for the mean, in place of a problem's own risk (004 eq. 4 has α as a tail). */
export function tailRisk(tail: number): SampleRisk {
  return tail >= 1 ? { mean: 1, cvar: [] } : { mean: 0, cvar: [{ weight: 1, level: 1 - tail }] };
}

/** Whether a risk is a multiple of the mean. */
export function isMean(risk: SampleRisk): boolean {
  return risk.cvar.every(({ weight, level }) => weight === 0 || level === 0);
}

/**
 * The risk of equally weighted values and its gradient in them: for CVaR the mean of the worst 1 − β of the mass, the
 * value at its edge with the part of its mass that is inside.
 * @param pull receives `∂ρ/∂values`
 */
export function sampleRisk(risk: SampleRisk, values: Float64Array, pull: Float64Array): number {
  const count = values.length;
  const mass = 1 / count;
  let total = 0;
  for (let k = 0; k < count; k++) total += risk.mean * mass * values[k]!;
  pull.fill(risk.mean * mass);
  const used = risk.cvar.filter(({ weight }) => weight !== 0);
  if (used.length === 0) return total;
  const worst = Int32Array.from(values.keys()).sort((a, b) => values[b]! - values[a]! || a - b);
  for (const { weight, level } of used) {
    let left = 1 - level;
    const scale = weight / left;
    for (const k of worst) {
      const part = Math.min(left, mass);
      left -= part;
      total += scale * part * values[k]!;
      pull[k]! += scale * part;
      if (left <= 1e-15) break;
    }
  }
  return total;
}
