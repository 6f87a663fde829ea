import type { OuterLoss } from "../loss-spec.ts";
import { extend, solveExtended, type Extended } from "./extended.ts";
import { meanOf, outerLoss, type OuterValue } from "./outer.ts";
import { eachRow, rowLoss, type DflLoss, type LossRow } from "./row.ts";
import { addScaled, combine } from "./vectors.ts";

export interface ImplicitOptions {
  readonly samples: number;
  readonly sigma: number;
  /** κ of the sum-of-gamma noise: that many components of a decision are about to be chosen. */
  readonly kappa: number;
  readonly sides: "one" | "two";
  readonly outer: OuterLoss;
}

/** The decisions at the perturbed predictions, and the loss of their mean. */
interface Smoothed {
  readonly points: readonly Float64Array[];
  readonly answers: readonly Extended[];
  readonly outer: OuterValue;
}

function smooth(row: LossRow, { samples, sigma, kappa, outer }: ImplicitOptions): Smoothed {
  const { predicted } = row;
  const d = predicted.length;
  const noise = row.sumOfGamma(samples * d, kappa);
  const points = Array.from({ length: samples }, (_, k) =>
    combine(predicted, noise.subarray(k * d, (k + 1) * d), sigma),
  );
  const answers = points.map((s) => extend(row.solve(s), s));
  return { points, answers, outer: outerLoss(outer, row, meanOf(answers)) };
}

/** `mean_k φ(z(s_k + λ v)) − φ(z(s_k)) / λ` into the gradient, or the difference of both sides by `2λ`. */
function differ(row: LossRow, smoothed: Smoothed, lambda: number, sides: "one" | "two", homogeneous: boolean): void {
  const { points, answers, outer } = smoothed;
  const { gradient } = row;
  const moved = (s: Float64Array, step: number): Float64Array =>
    solveExtended(row, combine(s, outer.slopeBar, step), 1 + step * outer.offsetBar, homogeneous).slope;
  const factor = 1 / (points.length * lambda * (sides === "two" ? 2 : 1));
  points.forEach((s, k) => {
    addScaled(gradient, moved(s, lambda), factor);
    addScaled(gradient, sides === "two" ? moved(s, -lambda) : answers[k]!.slope, -factor);
  });
}

/**
 * I-MLE (Niepert et al. 2021): perturb-and-MAP with sum-of-gamma noise, the same for both ends of a difference along the
 * outer loss's derivative. The noise is added to costs, as PyEPO does; the paper adds it to the scores that are
 * maximised, which are costs' negatives. As for `blackBox` the step λ is of the row's own derivative.
 */
export function implicitMle(lambda: number, options: ImplicitOptions, homogeneous: boolean): DflLoss {
  return rowLoss((row) => {
    const smoothed = smooth(row, options);
    differ(row, smoothed, lambda, options.sides, homogeneous);
    return smoothed.outer.value;
  });
}

/** Step of α, and its share in the moving average of how many gradients are not 0 (Minervini et al. 2023, alg. 1). */
const STEP = 1e-3;
const SHARE = 0.1;
const NOT_ZERO = 1e-8;

/**
 * AI-MLE (Minervini et al. 2023): I-MLE with the step `λ = α ‖ŝ‖ / ‖v‖` over the batch, α raised while fewer than all
 * components of the gradients move and lowered once all do.
 */
export function adaptiveImplicitMle(options: ImplicitOptions, homogeneous: boolean): DflLoss {
  /** α, and the moving average of the share of components that move. */
  const state = Float64Array.of(1, 1);
  return {
    state,
    evaluate(rows) {
      const smoothed = new Map<LossRow, Smoothed>();
      let predictions = 0;
      let directions = 0;
      eachRow(rows, (row) => {
        const at = smooth(row, options);
        smoothed.set(row, at);
        row.loss = at.outer.value;
        for (const value of row.predicted) predictions += value ** 2;
        for (const value of at.outer.slopeBar) directions += value ** 2;
      });
      const lambda = directions > 0 ? state[0]! * Math.sqrt(predictions / directions) : 0;
      let moving = 0;
      let components = 0;
      eachRow(rows, (row) => {
        components += row.gradient.length;
        if (lambda > 0) differ(row, smoothed.get(row)!, lambda, options.sides, homogeneous);
        // What counts is the gradient of the batch's mean.
        for (const value of row.gradient) if (Math.abs(value) > NOT_ZERO * rows.length) moving++;
      });
      if (components === 0) return;
      state[1] = (1 - SHARE) * state[1]! + SHARE * (moving / components);
      state[0] = state[1] < 1 ? state[0]! + STEP : Math.max(0, state[0]! - STEP);
    },
  };
}
