import type { DdpmSpec } from "../../spec.ts";

/** Noise levels t = 1 … T of a discrete diffusion; index t − 1. */
export interface NoiseSchedule {
  /** Variance that step t adds. */
  readonly beta: Float64Array;
  /** Share ᾱ_t = Π_{k ≤ t} (1 − β_k) of the data's variance that is left at t. */
  readonly alphaBar: Float64Array;
}

/** No step adds more variance than this (Nichol & Dhariwal 2021, §3.2). */
const MOST = 0.999;

/**
 * `linear`: β from 10⁻⁴ to 0.02 over 1000 levels (Ho et al. 2020, §4), scaled by 1000 / T so that as much noise is
 * added in T of them. `cosine`: ᾱ_t = cos²(π/2 · (t/T + 0.008)/1.008), relative to its value at 0 (Nichol & Dhariwal
 * 2021, eq. 17).
 */
export function noiseSchedule(kind: DdpmSpec["schedule"], levels: number): NoiseSchedule {
  const beta = new Float64Array(levels);
  const alphaBar = new Float64Array(levels);
  const scale = 1000 / levels;
  let left = 1;
  for (let t = 1; t <= levels; t++) {
    const linear = levels === 1 ? 0.02 : 1e-4 + ((0.02 - 1e-4) * (t - 1)) / (levels - 1);
    const raw = kind === "linear" ? scale * linear : 1 - cosine(t / levels) / cosine((t - 1) / levels);
    beta[t - 1] = Math.min(MOST, raw);
    left *= 1 - beta[t - 1]!;
    alphaBar[t - 1] = left;
  }
  return { beta, alphaBar };
}

function cosine(share: number): number {
  return Math.cos(((share + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
}

/**
 * Levels that sampling passes, from T down to 1: `count` of them, evenly spread.
 */
export function sampledLevels(levels: number, count: number): readonly number[] {
  const n = Math.min(levels, count);
  if (n === 1) return [levels];
  return Array.from({ length: n }, (_, k) => Math.round(1 + ((levels - 1) * (n - 1 - k)) / (n - 1)));
}

/**
 * One reverse step from ᾱ to ᾱ′ ≥ ᾱ as a combination of the predicted data x̂₀, the state and fresh noise:
 * `next = data · x̂₀ + state · x_t + noise · z`. With η = 1 on neighbouring levels it is the ancestral step of DDPM with
 * the posterior's variance (Ho et al. 2020, eq. 7), with η = 0 that of DDIM (Song et al. 2021, eq. 12 and 16).
 */
export function reverseStep(
  alphaBar: number,
  next: number,
  eta: number,
): { readonly data: number; readonly state: number; readonly noise: number } {
  const left = 1 - alphaBar;
  const noise = next >= 1 ? 0 : eta * Math.sqrt(((1 - next) / left) * (1 - alphaBar / next));
  const state = Math.sqrt(Math.max(0, 1 - next - noise ** 2) / left);
  return { data: Math.sqrt(next) - state * Math.sqrt(alphaBar), state, noise };
}
