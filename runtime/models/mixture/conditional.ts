import type { ConditionalSampler } from "../sampler.ts";
import { logNormal, softmaxInPlace } from "./em.ts";
import type { Mixture } from "./em.ts";
import { marginalMixture, type MarginalMixture } from "./marginal.ts";
import type { ColumnScales } from "./standardise.ts";

/** The law of s at one x, in the units of the data (002 §2). */
export interface ConditionalMixture {
  /** π_k(x) */
  readonly weights: Float64Array;
  /** K vectors of d. */
  readonly means: readonly Float64Array[];
  /** K covariances d × d, the same at every x. */
  readonly covariances: readonly Float64Array[];
}

/** A mixture of the joint law of (x, s), conditioned on x in closed form. */
export interface MixtureSampler extends ConditionalSampler {
  readonly components: number;
  condition(context: Float64Array): ConditionalMixture;
  /** `log q(s | x)` of each of `rows` pairs. */
  logDensity(contexts: Float64Array, outcomes: Float64Array, rows: number): Float64Array;
  /** `log q(s)` of each of `rows` outcomes, whatever the context. */
  outcomeLogDensity(outcomes: Float64Array, rows: number): Float64Array;
  /** The law of some columns of the joint (x, s). */
  marginal(columns: readonly number[]): MarginalMixture;
}

/**
 * Conditions a mixture of standardised (x, s) on x. With the joint factor in blocks `L = [Lxx 0; Lsx Lss]`:
 * `π_k(x) ∝ π_k N(x; μx, Lxx Lxxᵀ)`, mean `μs + Lsx Lxx⁻¹ (x − μx)` and covariance `Lss Lssᵀ`, which are the formulas of
 * 002 §2 without an inverse. Everything in log space.
 */
export function conditionMixture(
  mixture: Mixture,
  scales: ColumnScales,
  sizes: { readonly context: number; readonly outcome: number },
): MixtureSampler {
  const { context: p, outcome: d } = sizes;
  const { width, means, factors, logWeights } = mixture;
  const count = means.length;

  /** Fills log π_k + log N(x) and the conditional means (standardised), K × d. */
  const prepare = (contexts: Float64Array, from: number, terms: Float64Array, centres: Float64Array): void => {
    const x = new Float64Array(p);
    for (let j = 0; j < p; j++) x[j] = (contexts[from + j]! - scales.mean[j]!) / scales.spread[j]!;
    const u = new Float64Array(p);
    for (let k = 0; k < count; k++) {
      const factor = factors[k]!;
      terms[k] = logWeights[k]! + logNormal(means[k]!, factor, width, p, x, 0, u);
      for (let i = 0; i < d; i++) {
        let centre = means[k]![p + i]!;
        for (let j = 0; j < p; j++) centre += factor[(p + i) * width + j]! * u[j]!;
        centres[k * d + i] = centre;
      }
    }
  };

  return {
    components: count,
    condition(context) {
      const weights = new Float64Array(count);
      const centres = new Float64Array(count * d);
      prepare(context, 0, weights, centres);
      softmaxInPlace(weights);
      return {
        weights,
        means: means.map((_, k) =>
          Float64Array.from({ length: d }, (_, i) => centres[k * d + i]! * scales.spread[p + i]! + scales.mean[p + i]!),
        ),
        covariances: factors.map((factor) => conditionalCovariance(factor, width, p, d, scales)),
      };
    },
    logDensity(contexts, outcomes, rows) {
      const marginal = new Float64Array(count);
      const joint = new Float64Array(count);
      const row = new Float64Array(width);
      const scratch = new Float64Array(width);
      let jacobian = 0;
      for (let i = 0; i < d; i++) jacobian += Math.log(scales.spread[p + i]!);
      return Float64Array.from({ length: rows }, (_, at) => {
        for (let j = 0; j < width; j++) {
          const value = j < p ? contexts[at * p + j]! : outcomes[at * d + j - p]!;
          row[j] = (value - scales.mean[j]!) / scales.spread[j]!;
        }
        for (let k = 0; k < count; k++) {
          marginal[k] = logWeights[k]! + logNormal(means[k]!, factors[k]!, width, p, row, 0, scratch);
          joint[k] = logWeights[k]! + logNormal(means[k]!, factors[k]!, width, width, row, 0, scratch);
        }
        return softmaxInPlace(joint) - softmaxInPlace(marginal) - jacobian;
      });
    },
    outcomeLogDensity: (outcomes, rows) =>
      marginalMixture(
        mixture,
        scales,
        Array.from({ length: d }, (_, j) => p + j),
      ).logDensity(outcomes, rows),
    marginal: (columns) => marginalMixture(mixture, scales, columns),
    sample(contexts, rows, draws, stream) {
      const out = new Float64Array(rows * draws * d);
      const weights = new Float64Array(count);
      const centres = new Float64Array(count * d);
      const uniforms = new Float64Array(draws);
      const normals = new Float64Array(draws * d);
      const components = stream.child("component");
      const noise = stream.child("noise");
      for (let row = 0; row < rows; row++) {
        prepare(contexts, row * p, weights, centres);
        softmaxInPlace(weights);
        components.uniform(uniforms, row * draws);
        noise.normal(normals, row * draws * d);
        for (let draw = 0; draw < draws; draw++) {
          const k = pick(weights, uniforms[draw]!);
          const factor = factors[k]!;
          const to = (row * draws + draw) * d;
          for (let i = 0; i < d; i++) {
            let value = centres[k * d + i]!;
            for (let j = 0; j <= i; j++) value += factor[(p + i) * width + p + j]! * normals[draw * d + j]!;
            out[to + i] = value * scales.spread[p + i]! + scales.mean[p + i]!;
          }
        }
      }
      return Promise.resolve(out);
    },
  };
}

/** Index whose cumulated weight first exceeds `u`. */
function pick(weights: Float64Array, u: number): number {
  let sum = 0;
  let last = 0;
  for (const [k, weight] of weights.entries()) {
    if (weight === 0) continue;
    sum += weight;
    last = k;
    if (u < sum) return k;
  }
  return last;
}

function conditionalCovariance(
  factor: Float64Array,
  width: number,
  p: number,
  d: number,
  scales: ColumnScales,
): Float64Array {
  const covariance = new Float64Array(d * d);
  for (let a = 0; a < d; a++)
    for (let b = 0; b < d; b++) {
      let sum = 0;
      for (let j = 0; j <= Math.min(a, b); j++)
        sum += factor[(p + a) * width + p + j]! * factor[(p + b) * width + p + j]!;
      covariance[a * d + b] = sum * scales.spread[p + a]! * scales.spread[p + b]!;
    }
  return covariance;
}
