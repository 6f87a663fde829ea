import type { Tensor } from "./graph.ts";
import * as ops from "./ops.ts";
import { rateShare, type Schedule } from "./schedules.ts";

interface Common {
  readonly rate: number;
  readonly weightDecay?: number;
  /**
   * `decoupled`: weights shrink by rate · decay a step (AdamW; Loshchilov & Hutter 2019). `coupled`: decay · θ is part
   * of the gradient. Adam is decoupled unless told otherwise, the others are coupled.
   */
  readonly decay?: "decoupled" | "coupled";
  /** Longest gradient: one longer, over all parameters, is shortened to it. */
  readonly clip?: number;
  readonly schedule?: Schedule;
}

export type OptimizerSpec =
  | (Common & { readonly kind: "sgd" })
  | (Common & { readonly kind: "momentum"; readonly momentum: number; readonly nesterov?: boolean })
  | (Common & { readonly kind: "adam"; readonly beta1?: number; readonly beta2?: number; readonly epsilon?: number });

/** Vectors that an optimiser keeps from step to step, beside the parameters. */
export function optimizerSlots(optimizer: OptimizerSpec): readonly string[] {
  switch (optimizer.kind) {
    case "sgd":
      return [];
    case "momentum":
      return ["momentum"];
    case "adam":
      return ["momentum", "variance"];
  }
}

function adamConstants(optimizer: OptimizerSpec & { readonly kind: "adam" }): {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
} {
  return { beta1: optimizer.beta1 ?? 0.9, beta2: optimizer.beta2 ?? 0.999, epsilon: optimizer.epsilon ?? 1e-8 };
}

function isDecoupled(optimizer: OptimizerSpec): boolean {
  return (optimizer.decay ?? (optimizer.kind === "adam" ? "decoupled" : "coupled")) === "decoupled";
}

/** Scalars of one step, filled by the host in float64 since they depend on the step alone. */
export const STEP_SCALARS = 4;

/**
 * Fills the scalars of steps `first …` (from 0): the length of the move, Adam's ε, the average's share, and the factor
 * of decoupled decay. Adam's moments are kept without their factors 1 − β, which spares two kernels a step: with
 * m = (1 − β₁) M and v = (1 − β₂) V its move `rate · m̂ / (√v̂ + ε)` is `a M / (√V + b)`; the first scalars are a and b.
 * The average's decay rises to `ema` as (1 + t)/(10 + t), so that a short training is not averaged with its start.
 * @param steps of the whole training, which a falling schedule ends with
 */
export function fillStepScalars(
  out: Float32Array | Float64Array,
  first: number,
  optimizer: OptimizerSpec,
  ema: number,
  steps = Infinity,
): void {
  for (let i = 0; i < out.length / STEP_SCALARS; i++) {
    const t = first + i + 1;
    const rate = optimizer.rate * rateShare(optimizer.schedule, first + i, steps);
    let [length, epsilon] = [rate, 0];
    if (optimizer.kind === "adam") {
      const constants = adamConstants(optimizer);
      const spread = Math.sqrt((1 - constants.beta2 ** t) / (1 - constants.beta2));
      length = (rate * (1 - constants.beta1) * spread) / (1 - constants.beta1 ** t);
      epsilon = constants.epsilon * spread;
    }
    out[STEP_SCALARS * i] = length;
    out[STEP_SCALARS * i + 1] = epsilon;
    out[STEP_SCALARS * i + 2] = 1 - Math.min(ema, (1 + t) / (10 + t));
    out[STEP_SCALARS * i + 3] = 1 - rate * (optimizer.weightDecay ?? 0);
  }
}

export interface OptimizerState {
  readonly parameters: Tensor;
  /** In the order of `optimizerSlots`. */
  readonly slots: readonly Tensor[];
}

/**
 * One step: `θ ← θ − rate · g` (sgd), heavy-ball momentum `v ← μ v + g, θ ← θ − rate · v` or Nesterov's `g + μ v` for
 * `v`, or Adam (Kingma & Ba 2015), `θ ← θ − rate · m̂ / (√v̂ + ε)`.
 * @param scalars `[STEP_SCALARS]` of this step
 */
export function optimizerStep(
  state: OptimizerState,
  gradient: Tensor,
  scalars: Tensor,
  optimizer: OptimizerSpec,
): OptimizerState {
  const { weightDecay = 0, clip } = optimizer;
  const decoupled = isDecoupled(optimizer);
  const scalar = (i: number): Tensor => ops.slice(scalars, 0, i, i + 1);
  let g = clip === undefined ? gradient : clipByGlobalNorm(gradient, clip);
  if (!decoupled && weightDecay !== 0) g = ops.add(g, ops.mul(state.parameters, weightDecay));
  const { direction, slots } = directionOf(state.slots, g, scalar(1), optimizer);
  // A factor that no schedule changes is a constant of the program.
  const factor = optimizer.schedule === undefined ? 1 - optimizer.rate * weightDecay : scalar(3);
  const kept = decoupled && weightDecay !== 0 ? ops.mul(state.parameters, factor) : state.parameters;
  return { parameters: ops.sub(kept, ops.mul(direction, scalar(0))), slots };
}

function directionOf(
  slots: readonly Tensor[],
  g: Tensor,
  epsilon: Tensor,
  optimizer: OptimizerSpec,
): { readonly direction: Tensor; readonly slots: readonly Tensor[] } {
  switch (optimizer.kind) {
    case "sgd":
      return { direction: g, slots: [] };
    case "momentum": {
      const v = ops.add(ops.mul(slots[0]!, optimizer.momentum), g);
      return { direction: optimizer.nesterov === true ? ops.add(ops.mul(v, optimizer.momentum), g) : v, slots: [v] };
    }
    case "adam": {
      const { beta1, beta2 } = adamConstants(optimizer);
      const momentum = ops.add(ops.mul(slots[0]!, beta1), g);
      const variance = ops.add(ops.mul(slots[1]!, beta2), ops.square(g));
      return { direction: ops.div(momentum, ops.add(ops.sqrt(variance), epsilon)), slots: [momentum, variance] };
    }
  }
}

/** The gradient, shortened to `longest` where its Euclidean norm over all elements is greater (Pascanu et al. 2013). */
export function clipByGlobalNorm(gradient: Tensor, longest: number): Tensor {
  const norm = ops.sqrt(ops.sum(ops.square(gradient)));
  return ops.mul(gradient, ops.min(ops.div(longest, norm), 1));
}

/** Exponential moving average of the weights: `a + (1 − decay)(θ − a)`. */
export function averageStep(average: Tensor, parameters: Tensor, scalars: Tensor): Tensor {
  return ops.add(average, ops.mul(ops.sub(parameters, average), ops.slice(scalars, 0, 2, 3)));
}
