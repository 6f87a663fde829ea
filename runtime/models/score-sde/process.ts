import type { ScoreSdeSpec } from "../../spec.ts";

/**
 * The forward diffusion `s_t = a(t) s_0 + σ(t) ε` for t from 0 (data) to 1 (noise) (Song et al. 2021, §3.4 and App. B):
 * variance preserving with β from 0.1 to 20, or exploding with σ from 0.01 to 20 standard deviations.
 */
export interface NoiseProcess {
  a(t: number): number;
  sigma(t: number): number;
  /** `f = d log a / dt`: the drift of the forward equation is f s. */
  drift(t: number): number;
  /** `g² = dσ²/dt − 2 f σ²`: its diffusion is g. */
  diffusion(t: number): number;
  /** The time at which `log(a/σ)` has that value. */
  timeOf(logRatio: number): number;
}

/** Time of the data: at 0 itself the score has no bound. */
export const FIRST_TIME = 1e-3;

const BETA = { from: 0.1, to: 20 };
const SIGMA = { from: 0.01, to: 20 };

export function noiseProcess(kind: ScoreSdeSpec["sde"]): NoiseProcess {
  return kind === "vp" ? PRESERVING : EXPLODING;
}

const PRESERVING: NoiseProcess = {
  a: (t) => Math.exp(logA(t)),
  sigma: (t) => Math.sqrt(-Math.expm1(2 * logA(t))),
  drift: (t) => -beta(t) / 2,
  diffusion: beta,
  timeOf(logRatio) {
    // a² = 1 / (1 + exp(−2 log(a/σ))), and log a is a quadratic in t.
    const wanted = -0.5 * Math.log1p(Math.exp(-2 * logRatio));
    const rise = BETA.to - BETA.from;
    return (-BETA.from / 2 + Math.sqrt(BETA.from ** 2 / 4 - rise * wanted)) / (rise / 2);
  },
};

function beta(t: number): number {
  return BETA.from + t * (BETA.to - BETA.from);
}

function logA(t: number): number {
  return -(t * t * (BETA.to - BETA.from)) / 4 - (t * BETA.from) / 2;
}

const GROWTH = Math.log(SIGMA.to / SIGMA.from);

const EXPLODING: NoiseProcess = {
  a: () => 1,
  sigma: (t) => SIGMA.from * Math.exp(GROWTH * t),
  drift: () => 0,
  diffusion: (t) => 2 * GROWTH * (SIGMA.from * Math.exp(GROWTH * t)) ** 2,
  timeOf: (logRatio) => (-logRatio - Math.log(SIGMA.from)) / GROWTH,
};

/** Times from 1 to `FIRST_TIME`, evenly spread in `log(a/σ)` (Lu et al. 2022, App. E). */
export function samplingTimes(process: NoiseProcess, steps: number): readonly number[] {
  const ratio = (t: number): number => Math.log(process.a(t) / process.sigma(t));
  const [first, last] = [ratio(1), ratio(FIRST_TIME)];
  return Array.from({ length: steps + 1 }, (_, k) =>
    k === 0 ? 1 : k === steps ? FIRST_TIME : process.timeOf(first + ((last - first) * k) / steps),
  );
}
