/**
 * Risk of a sample of losses: larger is worse. Level β is the mass below the tail, so `CVaR_β` is the mean of the worst
 * `1 − β`. Every function takes unnormalised weights, one a loss; without them each loss weighs the same.
 */
import { RuntimeError } from "../errors/runtime-error.ts";
import type { RiskSpec } from "../spec.ts";
import { riskCatalogue } from "./catalogue.ts";
import { createSample, fillSample, selectQuantile } from "./weighted-sample.ts";
import type { WeightedSample } from "./weighted-sample.ts";

export { riskCatalogue } from "./catalogue.ts";

/** Kept between calls, since risk is measured for thousands of decisions with one number of scenarios. */
let scratch: WeightedSample = createSample(1024);

function sampleOf(losses: Float64Array, weights: Float64Array | undefined): WeightedSample {
  if (scratch.values.length < losses.length) scratch = createSample(losses.length);
  fillSample(scratch, losses, weights);
  return scratch;
}

function checkLevel(level: number): void {
  if (!(level >= 0 && level <= 1)) throw new RuntimeError(riskCatalogue, "risk-level", { level });
}

/**
 * Lower quantile `inf { v : P(X ≤ v) ≥ level }`; level 0 gives the smallest value of positive weight.
 *
 * @throws RuntimeError `risk-level`, `risk-not-finite`, `risk-no-losses`
 */
export function quantile(values: Float64Array, level: number, weights?: Float64Array): number {
  checkLevel(level);
  return selectQuantile(sampleOf(values, weights), level);
}

/**
 * Conditional value at risk of a weighted sample, exact at the atom that straddles the level
 * (Rockafellar–Uryasev 2002): `value = min_t t + E[(L − t)+] / (1 − level)`, `var` the smallest minimiser, which is the
 * lower `level` quantile. Level 0 gives the mean, level 1 the largest loss. In the unit of the losses.
 *
 * @throws RuntimeError `risk-level`, `risk-not-finite`, `risk-no-losses`
 */
export function cvar(
  losses: Float64Array,
  level: number,
  weights?: Float64Array,
): { readonly value: number; readonly var: number } {
  checkLevel(level);
  const sample = sampleOf(losses, weights);
  const threshold = selectQuantile(sample, level);
  if (level === 1) return { value: threshold, var: threshold };
  let excess = 0;
  for (let i = 0; i < sample.count; i++) {
    const over = sample.values[i]! - threshold;
    if (over > 0) excess += sample.weights[i]! * over;
  }
  return { value: threshold + excess / ((1 - level) * sample.total), var: threshold };
}

/** Weighted mean. Errors as for `cvar`. */
export function mean(losses: Float64Array, weights?: Float64Array): number {
  const sample = sampleOf(losses, weights);
  let sum = 0;
  for (let i = 0; i < sample.count; i++) sum += sample.weights[i]! * sample.values[i]!;
  return sum / sample.total;
}

/**
 * `mean·E[L] + Σ_k weight_k·CVaR_{level_k}[L] + linear·z + zᵀQz + constant + curved(z)` for losses already evaluated at z.
 * Errors as for `cvar`.
 */
export function riskOf(risk: RiskSpec, z: ArrayLike<number>, losses: Float64Array, weights?: Float64Array): number {
  let value = deterministicRisk(risk, z);
  if (risk.mean !== 0) value += risk.mean * mean(losses, weights);
  for (const term of risk.cvar) {
    if (term.weight !== 0) value += term.weight * cvar(losses, term.level, weights).value;
  }
  return value;
}

/** `linear·z + zᵀQz + constant + curved(z)`, the part of the risk that no scenario enters. */
export function deterministicRisk(risk: RiskSpec, z: ArrayLike<number>): number {
  const n = risk.linear.length;
  let value = risk.constant + (risk.curved?.(z) ?? 0);
  for (let i = 0; i < n; i++) {
    value += risk.linear[i]! * z[i]!;
    if (risk.quadratic === null) continue;
    let row = 0;
    for (let j = 0; j < n; j++) row += risk.quadratic[i * n + j]! * z[j]!;
    value += z[i]! * row;
  }
  return value;
}
