import type { AdamSpec } from "../spec.ts";
import type { Tensor } from "./graph.ts";
import * as ops from "./ops.ts";

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

export interface AdamState {
  readonly parameters: Tensor;
  readonly momentum: Tensor;
  readonly variance: Tensor;
}

/** Scalars of one step, filled by the host in float64 since they depend on the step alone. */
export const STEP_SCALARS = 3;

/**
 * Fills the scalars of steps `first …` (from 0) and the average's share. The moments are kept without their factors
 * 1 − β, which spares two kernels a step: with m = (1 − β₁) M and v = (1 − β₂) V, Adam's move
 * `rate · m̂ / (√v̂ + ε)` is `a M / (√V + b)`; the scalars are a and b, and how far the weights' average moves. The
 * average's decay rises to `ema` as (1 + t)/(10 + t), so that a short training is not averaged with its start.
 */
export function fillStepScalars(
  out: Float32Array | Float64Array,
  first: number,
  optimizer: AdamSpec,
  ema: number,
): void {
  for (let i = 0; i < out.length / STEP_SCALARS; i++) {
    const t = first + i + 1;
    const spread = Math.sqrt((1 - BETA_2 ** t) / (1 - BETA_2));
    out[STEP_SCALARS * i] = (optimizer.rate * (1 - BETA_1) * spread) / (1 - BETA_1 ** t);
    out[STEP_SCALARS * i + 1] = EPSILON * spread;
    out[STEP_SCALARS * i + 2] = 1 - Math.min(ema, (1 + t) / (10 + t));
  }
}

/**
 * One step of Adam (Kingma & Ba 2015) with decoupled weight decay (Loshchilov & Hutter 2019):
 * `θ ← θ (1 − rate · decay) − rate · m̂ / (√v̂ + ε)`.
 * @param scalars `[STEP_SCALARS]` of this step
 */
export function adamStep(state: AdamState, gradient: Tensor, scalars: Tensor, optimizer: AdamSpec): AdamState {
  const momentum = ops.add(ops.mul(state.momentum, BETA_1), gradient);
  const variance = ops.add(ops.mul(state.variance, BETA_2), ops.square(gradient));
  const denominator = ops.add(ops.sqrt(variance), ops.slice(scalars, 0, 1, 2));
  const move = ops.mul(ops.div(momentum, denominator), ops.slice(scalars, 0, 0, 1));
  const decayed = ops.mul(state.parameters, 1 - optimizer.rate * optimizer.weightDecay);
  return { parameters: ops.sub(decayed, move), momentum, variance };
}

/** Exponential moving average of the weights: `a + (1 − decay)(θ − a)`. */
export function averageStep(average: Tensor, parameters: Tensor, scalars: Tensor): Tensor {
  return ops.add(average, ops.mul(ops.sub(parameters, average), ops.slice(scalars, 0, 2, 3)));
}
