import { dualOf, normOf, steepestDirection } from "../../decide/ambiguity/norms.ts";
import type { OutcomeNorm } from "../../spec.ts";
import { rowPoints } from "../row-points.ts";
import { affine, combine, ConeBuilder, type Affine } from "./cone-builder.ts";
import { checkGap, type RobustLinearModel } from "./fit-linear.ts";
import {
  boundLoss,
  boundMovedLoss,
  linearLoss,
  linearLosses,
  linearScore,
  scoresOf,
  worseSide,
  type LinearData,
  type LinearLoss,
  type LinearModel,
} from "./linear-loss.ts";
import { exactLosses } from "./spec.ts";
import { createWorstLaw, type WorstLaw } from "./worst-law.ts";

/** A ball around the data: laws that some transport of mean cost (or of largest cost) within the radius reaches. */
export interface WassersteinBall {
  readonly order: 1 | 2 | "infinity";
  /** Of how far inputs move. */
  readonly norm: OutcomeNorm;
  readonly radius: number;
  /**
   * Cost κ of turning a label over (`hinge` and `logistic`, order 1); Infinity where labels stay.
   * Regression moves inputs alone.
   */
  readonly labelCost: number;
}

/**
 * `min_{w, b} sup { E_Q[loss] : W(Q, data) ≤ radius }`, exactly, as a regularised problem: with `r = radius · ‖w‖_*`
 * - order 1 or 2, absolute: `E|y − s| + r`; order 2, square: `(√E(y − s)² + r)²` (Blanchet, Kang & Murthy 2019);
 * - order 1, hinge or logistic: `min_{λ ≥ ‖w‖_*} λ radius + E max(ℓ(y s), ℓ(−y s) − λ κ)` (Shafieezadeh-Abadeh et al. 2015);
 * - order ∞: each row moved by the radius on its own, `E ℓ` at the residual or margin that is worse by r.
 *
 * @throws RangeError for a loss that has no such form under that order (a square loss under order 1 is infinite)
 */
export function fitWassersteinLinear(ball: WassersteinBall, loss: LinearLoss, data: LinearData): RobustLinearModel {
  if (!exactLosses("wasserstein", ball.order).includes(loss))
    throw new RangeError(`A ${loss} loss has no exact form under a Wasserstein ball of order ${ball.order}.`);
  const p = data.inputs.length / data.rows;
  const builder = new ConeBuilder();
  const weights = builder.variables(p);
  const intercept = builder.variable();
  const length = builder.variable();
  builder.norm(dualOf(ball.norm), length, weights);
  const scores = scoresOf(weights, intercept, data);
  const objective =
    ball.order === "infinity" ? eachMoved : ball.order === 2 && loss === "square" ? rootMean : lipschitz;
  const answer = builder.minimise(objective(builder, ball, loss, data, scores, length));
  const model = { weights: Float64Array.from(weights, (w) => answer.value(w)), intercept: answer.value(intercept) };
  const transported = worstTransport(ball, loss, model, data);
  const bound = answer.dualObjective;
  checkGap("a Wasserstein ball", transported.value, answer, objective === rootMean ? bound * Math.abs(bound) : bound);
  return { ...model, ...transported };
}

type Objective = (
  builder: ConeBuilder,
  ball: WassersteinBall,
  loss: LinearLoss,
  data: LinearData,
  scores: readonly Affine[],
  length: Affine,
) => Affine;

const mean = (values: readonly Affine[]): Affine => combine(...values.map((v) => [1 / values.length, v] as const));

const lipschitz: Objective = (builder, { radius, labelCost }, loss, { rows, targets }, scores, length) => {
  const bounds = builder.variables(rows);
  scores.forEach((score, i) => {
    boundLoss(builder, loss, bounds[i]!, score, targets[i]!);
    if (loss === "absolute" || labelCost === Infinity) return;
    const flipped = builder.variable();
    boundLoss(builder, loss, flipped, score, -targets[i]!);
    builder.nonnegative(combine([1, bounds[i]!], [-1, flipped], [labelCost, length]));
  });
  return combine([1, mean(bounds)], [radius, length]);
};

/** The root of the worst case, which has the same minimiser. */
const rootMean: Objective = (builder, { radius }, _loss, { rows, targets }, scores, length) => {
  const root = builder.variable();
  const residuals = scores.map((score, i) =>
    combine([1 / Math.sqrt(rows), score], [-1 / Math.sqrt(rows), affine(targets[i]!)]),
  );
  builder.norm2(root, residuals);
  return combine([1, root], [radius, length]);
};

const eachMoved: Objective = (builder, { radius }, loss, { rows, targets }, scores, length) => {
  const bounds = builder.variables(rows);
  scores.forEach((score, i) =>
    boundMovedLoss(builder, loss, bounds[i]!, score, targets[i]!, combine([radius, length])),
  );
  return mean(bounds);
};

/** The worst expectation at a model, and a law that attains it (nearly, for a logistic loss under order 1). */
export function worstTransport(
  ball: WassersteinBall,
  loss: LinearLoss,
  model: LinearModel,
  data: LinearData,
): { readonly value: number; readonly worst: WorstLaw } {
  const { order, norm, radius } = ball;
  const { rows, targets, inputs } = data;
  const length = normOf(dualOf(norm), model.weights);
  if (order === 1 && loss !== "absolute") return worstWithLabels(ball, loss, model, data, length);
  const residuals = Float64Array.from({ length: rows }, (_, i) => linearScore(model, inputs, i) - targets[i]!);
  const root = Math.sqrt(residuals.reduce((sum, r) => sum + r * r, 0) / rows);
  const direction = steepestDirection(norm, model.weights);
  const points = rowPoints(data);
  const p = direction.length;
  for (let i = 0; i < rows; i++) {
    const sign = worseSide(loss, linearScore(model, inputs, i), targets[i]!);
    const share = order === 2 && loss === "square" && root > 0 ? Math.abs(residuals[i]!) / root : 1;
    for (let j = 0; j < p; j++) points[i * (p + 1) + j]! += sign * share * radius * direction[j]!;
  }
  const law = createWorstLaw(points, new Float64Array(rows).fill(1 / rows));
  const value =
    order === 2 && loss === "square"
      ? (root + radius * length) ** 2
      : law.evaluate((point) => linearLoss(loss, linearScore(model, point), point[p]!));
  return { value, worst: law };
}

/**
 * Order 1 with labels: the budget turns over the labels that gain most for their cost κ as long as they gain more than
 * inputs do (‖w‖_* a unit), a fractional knapsack; what is left moves the row of largest loss.
 */
function worstWithLabels(
  { norm, radius, labelCost }: WassersteinBall,
  loss: LinearLoss,
  model: LinearModel,
  data: LinearData,
  length: number,
): { readonly value: number; readonly worst: WorstLaw } {
  const { rows, targets, inputs } = data;
  const nominal = linearLosses(loss, model, data);
  const gains = Float64Array.from(
    { length: rows },
    (_, i) => linearLoss(loss, linearScore(model, inputs, i), -targets[i]!) - nominal[i]!,
  );
  const order = Array.from({ length: rows }, (_, i) => i).sort((a, b) => gains[b]! - gains[a]!);
  const flipped = new Float64Array(rows);
  let left = radius;
  if (Number.isFinite(labelCost))
    for (const i of order) {
      if (left <= 0 || gains[i]! <= labelCost * length) break;
      flipped[i] = Math.min(1 / rows, left / labelCost);
      left -= flipped[i]! * labelCost;
    }
  const value =
    nominal.reduce((sum, f) => sum + f / rows, 0) +
    gains.reduce((sum, gain, i) => sum + flipped[i]! * gain, 0) +
    left * length;
  return { value, worst: flippedLaw(norm, data, flipped, left, nominal, model) };
}

function flippedLaw(
  norm: OutcomeNorm,
  data: LinearData,
  flipped: Float64Array,
  left: number,
  nominal: Float64Array,
  model: LinearModel,
): WorstLaw {
  const { rows, targets } = data;
  const p = model.weights.length;
  const original = rowPoints(data);
  const points = original.slice();
  const weights = Float64Array.from(flipped, (mass) => 1 / rows - mass);
  // Of the rows that keep their label, the one of largest loss carries what is left.
  const kept = weights.map((w, i) => (w > 0 ? nominal[i]! : -Infinity));
  const carrier = kept.indexOf(kept.reduce((a, b) => Math.max(a, b), -Infinity));
  if (left > 0 && carrier >= 0) {
    const direction = steepestDirection(norm, model.weights);
    const by = (-targets[carrier]! * left) / weights[carrier]!;
    for (let j = 0; j < p; j++) points[carrier * (p + 1) + j]! += by * direction[j]!;
  }
  const turned = Array.from(flipped.keys()).filter((i) => flipped[i]! > 0);
  const extra = new Float64Array(turned.length * (p + 1));
  turned.forEach((row, k) => {
    extra.set(original.subarray(row * (p + 1), (row + 1) * (p + 1)), k * (p + 1));
    extra[k * (p + 1) + p]! *= -1;
  });
  return createWorstLaw(
    Float64Array.from([...points, ...extra]),
    Float64Array.from([...weights, ...turned.map((row) => flipped[row]!)]),
  );
}
