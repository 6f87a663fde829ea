import type { OuterLoss } from "../loss-spec.ts";
import { extend, solveExtended } from "./extended.ts";
import { outerLoss } from "./outer.ts";
import { rowLoss, type DflLoss } from "./row.ts";
import { combine } from "./vectors.ts";

/**
 * Differentiable black box (Vlastelica et al. 2020, alg. 1): the loss of the decision `z(ŝ)`; gradient
 * `(φ(z(ŝ + λ v)) − φ(z(ŝ))) / λ`, v the outer loss's derivative in φ. v is the row's own, so that λ does not depend on
 * the batch: a mean over B rows taken first, as PyTorch's users do, is λ / B here.
 */
export function blackBox(lambda: number, outer: OuterLoss, homogeneous: boolean): DflLoss {
  return rowLoss((row) => {
    const { predicted, gradient } = row;
    const now = extend(row.solve(predicted), predicted);
    const { value, slopeBar, offsetBar } = outerLoss(outer, row, now);
    const moved = solveExtended(row, combine(predicted, slopeBar, lambda), 1 + lambda * offsetBar, homogeneous);
    for (let i = 0; i < gradient.length; i++) gradient[i] = (moved.slope[i]! - now.slope[i]!) / lambda;
    return value;
  });
}

/** Negative identity (Sahoo et al. 2023): the loss of `z(ŝ)`; the decision's derivative in ŝ is taken to be −1. */
export function negativeIdentity(outer: OuterLoss): DflLoss {
  return rowLoss((row) => {
    const { predicted, gradient } = row;
    const { value, slopeBar } = outerLoss(outer, row, extend(row.solve(predicted), predicted));
    for (let i = 0; i < gradient.length; i++) gradient[i] = -slopeBar[i]!;
    return value;
  });
}
