import { dualOf, normOf, steepestDirection } from "../../decide/ambiguity/norms.ts";
import type { OutcomeNorm } from "../../spec.ts";
import { rowPoints } from "../row-points.ts";
import { combine, ConeBuilder } from "./cone-builder.ts";
import { checkGap, type RobustLinearModel } from "./fit-linear.ts";
import {
  boundMovedLoss,
  linearScore,
  movedLoss,
  scoresOf,
  worseSide,
  type LinearData,
  type LinearLoss,
  type LinearModel,
} from "./linear-loss.ts";
import { ascending } from "./types.ts";
import { createWorstLaw, type WorstLaw } from "./worst-law.ts";

/** What may have happened to the data: statistical error, corruption of some rows and noise on all. */
export interface HolisticBall {
  /** r > 0 of `KL(data ‖ law) ≤ r`: statistical error. */
  readonly radius: number;
  /** α in [0, 1): share of the rows that may be corrupted to anywhere in the support. */
  readonly corruption: number;
  /** ε: how far inputs of every row may be off, in the norm. */
  readonly noise: number;
  /** ε′ ≥ ε: the support is all points within this distance of a row, its target kept. */
  readonly support: number;
  readonly norm: OutcomeNorm;
}

const STEPS = 200;

/**
 * Holistic robust regression and classification (Bennouna & Van Parys 2022, theorem 7): with ℓ_i the loss of row i at the
 * worst input within ε and ℓ_∞ the worst in the support,
 * `min mean w + λ (r − 1) + β α + η` s.t. `w_i ≥ λ log(λ / (η − ℓ_i))`, `w_i ≥ λ log(λ / (η − ℓ_∞)) − β`, `η ≥ ℓ_∞`.
 */
export function fitHolisticLinear(ball: HolisticBall, loss: LinearLoss, data: LinearData): RobustLinearModel {
  if (!(ball.radius > 0)) throw new RangeError(`The radius must be above 0, not ${ball.radius}.`);
  if (!(ball.support >= ball.noise))
    throw new RangeError(`The support (${ball.support}) must reach as far as the noise (${ball.noise}).`);
  const { radius, corruption, noise, support, norm } = ball;
  const builder = new ConeBuilder();
  const weights = builder.variables(data.inputs.length / data.rows);
  const intercept = builder.variable();
  const length = builder.variable();
  builder.norm(dualOf(norm), length, weights);
  const [lambda, beta, eta, top] = [builder.variable(), builder.variable(), builder.variable(), builder.variable()];
  builder.nonnegative(lambda, beta, combine([1, eta], [-1, top]));
  const costs = builder.variables(data.rows);
  scoresOf(weights, intercept, data).forEach((score, i) => {
    const own = builder.variable();
    boundMovedLoss(builder, loss, own, score, data.targets[i]!, combine([noise, length]));
    boundMovedLoss(builder, loss, top, score, data.targets[i]!, combine([support, length]));
    builder.exponential(combine([-1, costs[i]!]), lambda, combine([1, eta], [-1, own]));
    builder.exponential(combine([-1, costs[i]!], [-1, beta]), lambda, combine([1, eta], [-1, top]));
  });
  const answer = builder.minimise(
    combine(...costs.map((cost) => [1 / data.rows, cost] as const), [radius - 1, lambda], [corruption, beta], [1, eta]),
  );
  const model = { weights: Float64Array.from(weights, (w) => answer.value(w)), intercept: answer.value(intercept) };
  const worst = worstHolistic(ball, loss, model, data);
  checkGap("a holistic ball", worst.value, answer);
  return { ...model, ...worst };
}

/**
 * The worst expectation at a model and the law that attains it: the rows moved by ε, and last the worst point of the
 * support. The corrupted mass is that of the smallest losses, all of it moved to the last point.
 */
export function worstHolistic(
  { radius, corruption, noise, support, norm }: HolisticBall,
  loss: LinearLoss,
  model: LinearModel,
  data: LinearData,
): { readonly value: number; readonly worst: WorstLaw } {
  const { rows, inputs, targets } = data;
  const p = model.weights.length;
  const length = normOf(dualOf(norm), model.weights);
  const direction = steepestDirection(norm, model.weights);
  const scores = Float64Array.from({ length: rows }, (_, i) => linearScore(model, inputs, i));
  const losses = new Float64Array(rows + 1);
  let target = 0;
  losses[rows] = -Infinity;
  for (let i = 0; i < rows; i++) {
    losses[i] = movedLoss(loss, scores[i]!, targets[i]!, noise * length);
    const far = movedLoss(loss, scores[i]!, targets[i]!, support * length);
    if (far > losses[rows]!) {
      losses[rows] = far;
      target = i;
    }
  }
  const nominal = new Float64Array(rows + 1).fill(1 / rows, 0, rows);
  for (const i of ascending(losses.subarray(0, rows))) {
    const part = Math.min(nominal[i]!, corruption - nominal[rows]!);
    nominal[i]! -= part;
    nominal[rows]! += part;
  }
  const weights = reverseDivergence(losses, nominal, radius);
  const table = rowPoints(data);
  const points = new Float64Array((rows + 1) * (p + 1));
  points.set(table);
  points.set(table.subarray(target * (p + 1), (target + 1) * (p + 1)), rows * (p + 1));
  for (let k = 0; k <= rows; k++) {
    const i = k === rows ? target : k;
    const by = worseSide(loss, scores[i]!, targets[i]!) * (k === rows ? support : noise);
    for (let j = 0; j < p; j++) points[k * (p + 1) + j]! += by * direction[j]!;
  }
  return { value: weights.reduce((sum, w, i) => sum + w * losses[i]!, 0), worst: createWorstLaw(points, weights) };
}

/**
 * The worst q with `KL(p ‖ q) ≤ radius`: `q = λ p / (η − f)`, its divergence falling in η, found by bisection; where even
 * η at the largest loss does not use the radius, what mass is left is there. The last loss is the largest.
 */
function reverseDivergence(losses: Float64Array, nominal: Float64Array, radius: number): Float64Array {
  const most = losses.at(-1)!;
  const spread = most - losses.reduce((a, b) => Math.min(a, b), Infinity);
  const weights = Float64Array.from(nominal);
  if (!(spread > 0)) return weights;
  /** Fills the raw weights p/(η − f) at η = most + gap; their sum and Σ p log(η − f). */
  const at = (gap: number): { readonly total: number; readonly logs: number } => {
    let [total, logs] = [0, 0];
    for (let i = 0; i < losses.length; i++) {
      const p = nominal[i]!;
      weights[i] = p === 0 ? 0 : p / (gap + most - losses[i]!);
      total += weights[i]!;
      if (p > 0) logs += p * Math.log(gap + most - losses[i]!);
    }
    return { total, logs };
  };
  // Mass on the largest loss makes the divergence unbounded as η falls to it.
  const bounded = losses.every((f, i) => nominal[i] === 0 || f < most);
  if (bounded) {
    const { total, logs } = at(0);
    if (logs + Math.log(total) <= radius) {
      const lambda = Math.exp(logs - radius);
      for (let i = 0; i < weights.length; i++) weights[i]! *= lambda;
      weights[weights.length - 1]! += 1 - lambda * total;
      return weights;
    }
  }
  let [low, high] = [-60, 40];
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    const { total, logs } = at(spread * Math.exp(middle));
    if (logs + Math.log(total) > radius) low = middle;
    else high = middle;
  }
  const { total } = at(spread * Math.exp(high));
  for (let i = 0; i < weights.length; i++) weights[i]! /= total;
  return weights;
}
