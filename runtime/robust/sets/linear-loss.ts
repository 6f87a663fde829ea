import { affine, combine, type Affine, type ConeBuilder } from "./cone-builder.ts";

/** Loss of a linear predictor's score against a target; of `hinge` and `logistic` the target is −1 or 1. */
export type LinearLoss = "square" | "absolute" | "hinge" | "logistic";

/** Rows of a linear predictor. */
export interface LinearData {
  readonly rows: number;
  /** rows × p */
  readonly inputs: Float64Array;
  /** rows */
  readonly targets: Float64Array;
}

/** `w·x + b` */
export interface LinearModel {
  readonly weights: Float64Array;
  readonly intercept: number;
}

export function linearLoss(loss: LinearLoss, score: number, target: number): number {
  switch (loss) {
    case "square":
      return (score - target) ** 2;
    case "absolute":
      return Math.abs(score - target);
    case "hinge":
      return Math.max(0, 1 - target * score);
    case "logistic": {
      const margin = target * score;
      return Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin)));
    }
  }
}

export function linearScore({ weights, intercept }: LinearModel, inputs: ArrayLike<number>, row = 0): number {
  return weights.reduce((sum, w, j) => sum + w * inputs[row * weights.length + j]!, intercept);
}

/** The loss of each row. */
export function linearLosses(
  loss: LinearLoss,
  model: LinearModel,
  { rows, inputs, targets }: LinearData,
): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) => linearLoss(loss, linearScore(model, inputs, i), targets[i]!));
}

/** `bound ≥ loss(score, target)`, as rows of a cone program. */
export function boundLoss(builder: ConeBuilder, loss: LinearLoss, bound: Affine, score: Affine, target: number): void {
  switch (loss) {
    case "square":
      return builder.square(bound, combine([1, score], [-1, affine(target)]));
    case "absolute": {
      const residual = combine([1, score], [-1, affine(target)]);
      return builder.nonnegative(combine([1, bound], [-1, residual]), combine([1, bound], [1, residual]));
    }
    case "hinge":
      return builder.nonnegative(bound, combine([1, bound], [target, score], [1, affine(-1)]));
    case "logistic": {
      // exp(−bound) + exp(−y score − bound) ≤ 1
      const [a, b] = [builder.variable(), builder.variable()];
      builder.exponential(combine([-1, bound]), affine(1), a);
      builder.exponential(combine([-1, bound], [-target, score]), affine(1), b);
      return builder.nonnegative(combine([1, affine(1)], [-1, a], [-1, b]));
    }
  }
}

/** The loss of a score that may move by `shift` ≥ 0 either way, whichever is worse. */
export function movedLoss(loss: LinearLoss, score: number, target: number, shift: number): number {
  return linearLoss(loss, score + worseSide(loss, score, target) * shift, target);
}

/** −1 or 1: where a loss grows from a score. */
export function worseSide(loss: LinearLoss, score: number, target: number): number {
  return loss === "hinge" || loss === "logistic" ? -target : score < target ? -1 : 1;
}

/** `bound ≥ movedLoss(…)`, as rows of a cone program. */
export function boundMovedLoss(
  builder: ConeBuilder,
  loss: LinearLoss,
  bound: Affine,
  score: Affine,
  target: number,
  shift: Affine,
): void {
  // The margin that is left: y s − shift.
  if (loss === "hinge" || loss === "logistic")
    return boundLoss(builder, loss, bound, combine([target, score], [-1, shift]), 1);
  const size = builder.variable();
  boundLoss(builder, "absolute", size, score, target);
  const worst = combine([1, size], [1, shift]);
  return loss === "square" ? builder.square(bound, worst) : builder.nonnegative(combine([1, bound], [-1, worst]));
}

/** The scores of all rows as expressions in the weights and the intercept. */
export function scoresOf(weights: readonly Affine[], intercept: Affine, { rows, inputs }: LinearData): Affine[] {
  const p = weights.length;
  return Array.from({ length: rows }, (_, i) =>
    combine([1, intercept], ...weights.map((w, j) => [inputs[i * p + j]!, w] as const)),
  );
}
