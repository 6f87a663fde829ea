import { drawRows } from "../empirical/index.ts";
import { columnScales, normalisedWeights, standardised } from "../mixture/standardise.ts";
import type { ConditionalSampler, TrainingSet } from "../sampler.ts";
import { fitRidge, predictRidge } from "./ridge.ts";

/** The frozen evaluator of real data. */
export interface ResidualBootstrap extends ConditionalSampler {
  /** Conditional means, rows × d. */
  mean(contexts: Float64Array, rows: number): Float64Array;
  /** Conditional standard deviations, rows × d. */
  scale(contexts: Float64Array, rows: number): Float64Array;
  /** Standardised residual vectors, n × d: mean 0 and mean square 1 in each component. */
  readonly residuals: Float64Array;
  /** Ridge strengths that cross-validation chose for each component's mean and log scale. */
  readonly strengths: { readonly mean: Float64Array; readonly scale: Float64Array };
}

/** An absolute residual counts as at least this share of the component's standard deviation before its log is taken. */
const LEAST_RESIDUAL = 1e-2;
/** The fitted scale stays within this factor of its typical value, wherever a context lies. */
const SCALE_BOUND = 8;

/**
 * A location–scale law `s = μ(x) + σ(x) ∘ e`: μ is a ridge regression on x, log σ one of the log absolute residuals
 * (its ridge, chosen by cross-validation as well, shrinks it to a constant where the data show no heteroscedasticity),
 * and e is a whole standardised residual vector drawn with replacement, so that the dependence between components and
 * the shape of the tails are those of the data. No random number enters the fit.
 * @param sizes p and d; p may be 0
 */
export function fitResidualBootstrap(
  data: TrainingSet,
  sizes: { readonly context: number; readonly outcome: number },
): ResidualBootstrap {
  const { context: p, outcome: d } = sizes;
  const n = data.rows;
  if (n < 2) throw new RangeError(`A residual bootstrap needs at least two rows, not ${n}.`);
  const weights = normalisedWeights(data.weights, n);
  const scales = columnScales(data.contexts, n, p, weights);
  const design = standardised(data.contexts, p, scales);
  const shape = { rows: n, context: p, outcome: d };

  const location = fitRidge(design, data.outcomes, weights, shape);
  const fitted = predictRidge(location, design, n);
  const residuals = data.outcomes.map((value, k) => value - fitted[k]!);
  const spread = rootMeanSquares(residuals, weights, n, d);
  const logs = residuals.map((value, k) => {
    const unit = spread[k % d]!;
    return unit > 0 ? Math.log(Math.max(Math.abs(value) / unit, LEAST_RESIDUAL)) : 0;
  });
  const dispersion = fitRidge(design, logs, weights, shape);

  /** exp of the fitted log residual relative to its mean: the shape of σ before its level is known. */
  const relativeScale = (centred: Float64Array, rows: number): Float64Array =>
    predictRidge(dispersion, centred, rows).map((value, k) =>
      Math.min(SCALE_BOUND, Math.max(1 / SCALE_BOUND, Math.exp(value - dispersion.intercepts[k % d]!))),
    );
  const relative = relativeScale(design, n);
  const standard = residuals.map((value, k) => value / relative[k]!);
  const centre = new Float64Array(d);
  for (const [k, value] of standard.entries()) centre[k % d]! += (weights[Math.floor(k / d)]! * value) / n;
  for (const k of standard.keys()) standard[k]! -= centre[k % d]!;
  const level = rootMeanSquares(standard, weights, n, d);
  for (const k of standard.keys()) standard[k] = level[k % d]! > 0 ? standard[k]! / level[k % d]! : 0;

  const meanAt = (contexts: Float64Array, rows: number): Float64Array =>
    predictRidge(location, standardised(contexts, p, scales), rows);
  const scaleAt = (contexts: Float64Array, rows: number): Float64Array =>
    relativeScale(standardised(contexts, p, scales), rows).map((value, k) => value * level[k % d]!);
  return {
    residuals: standard,
    strengths: { mean: location.strengths, scale: dispersion.strengths },
    mean: meanAt,
    scale: scaleAt,
    sample(contexts, rows, count, stream) {
      const mean = meanAt(contexts, rows);
      const scale = scaleAt(contexts, rows);
      const chosen = drawRows(weights, rows * count, stream, 0);
      const out = new Float64Array(rows * count * d);
      for (const [draw, row] of chosen.entries()) {
        const at = Math.floor(draw / count) * d;
        for (let j = 0; j < d; j++) out[draw * d + j] = mean[at + j]! + scale[at + j]! * standard[row * d + j]!;
      }
      return Promise.resolve(out);
    },
  };
}

/** Weighted root mean square of each column of rows × width. */
function rootMeanSquares(matrix: Float64Array, weights: Float64Array, rows: number, width: number): Float64Array {
  const out = new Float64Array(width);
  for (const [k, value] of matrix.entries()) out[k % width]! += (weights[Math.floor(k / width)]! * value ** 2) / rows;
  return out.map(Math.sqrt);
}
