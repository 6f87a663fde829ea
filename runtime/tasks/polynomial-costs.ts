import type { RandomStream } from "../tensor/random.ts";
import type { NoiseMap } from "./true-law.ts";

/**
 * Outcomes that are a polynomial of the context: `u = B x / √p` with `B_ij ~ Bernoulli(½)`, then `cost_i = shape(u_i)`,
 * times noise uniform in `1 ± noise` for each value (Elmachtoub & Grigas 2022; 004 B.3).
 */
export interface PolynomialCosts {
  /** p */
  readonly features: number;
  /** d */
  readonly outcomes: number;
  /** d × p of 0 and 1, or of any numbers. */
  readonly mixing: ArrayLike<number>;
  /** The cost without noise of value `i`. */
  readonly shape: (u: number, i: number) => number;
  /** Half width of the factor. */
  readonly noise: number;
  /** What is done to a cost after its noise. */
  readonly finish?: (cost: number, i: number) => number;
}

/** d × p of 0 and 1, each with probability ½. */
export function coins(count: number, stream: RandomStream): Float64Array {
  const values = new Float64Array(count);
  stream.uniform(values);
  return values.map((value) => (value < 0.5 ? 0 : 1));
}

export function polynomialCosts(spec: PolynomialCosts): NoiseMap {
  const { features: p, outcomes: d, noise, shape, finish } = spec;
  return {
    context: p,
    outcome: d,
    uniforms: d,
    normals: 0,
    at(contexts, from) {
      const base = mixed(spec.mixing, d, p, contexts, from).map(shape);
      return (uniforms, _normals, draw, out, to) => {
        for (let i = 0; i < d; i++) {
          const cost = base[i]! * (1 - noise + 2 * noise * uniforms[draw * d + i]!);
          out[to + i] = finish === undefined ? cost : finish(cost, i);
        }
      };
    },
  };
}

/** `B x / √p` */
export function mixed(
  mixing: ArrayLike<number>,
  d: number,
  p: number,
  contexts: Float64Array,
  from: number,
): Float64Array {
  const u = new Float64Array(d);
  for (let i = 0; i < d; i++) {
    let sum = 0;
    for (let j = 0; j < p; j++) sum += mixing[i * p + j]! * contexts[from + j]!;
    u[i] = sum / Math.sqrt(p);
  }
  return u;
}

/** Outcomes with a factor structure: `mean(u_i) + Σ_k L_ik f_k + residual · e_i`, `f` and `e` standard normal. */
export interface FactorReturns {
  readonly features: number;
  readonly outcomes: number;
  readonly factors: number;
  readonly mixing: ArrayLike<number>;
  /** d × factors. */
  readonly loadings: ArrayLike<number>;
  readonly shape: (u: number) => number;
  readonly residual: number;
}

export function factorReturns(spec: FactorReturns): NoiseMap {
  const { features: p, outcomes: d, factors, loadings, residual } = spec;
  const width = factors + d;
  return {
    context: p,
    outcome: d,
    uniforms: 0,
    normals: width,
    at(contexts, from) {
      const base = mixed(spec.mixing, d, p, contexts, from).map(spec.shape);
      return (_uniforms, normals, draw, out, to) => {
        const first = draw * width;
        for (let i = 0; i < d; i++) {
          let value = base[i]! + residual * normals[first + factors + i]!;
          for (let k = 0; k < factors; k++) value += loadings[i * factors + k]! * normals[first + k]!;
          out[to + i] = value;
        }
      };
    },
  };
}

/** `L Lᵀ + residual² I`, d × d row-major: the conditional covariance of `factorReturns`. */
export function factorCovariance(
  loadings: ArrayLike<number>,
  outcomes: number,
  factors: number,
  residual: number,
): Float64Array {
  const out = new Float64Array(outcomes * outcomes);
  for (let i = 0; i < outcomes; i++) {
    for (let j = 0; j < outcomes; j++) {
      let sum = i === j ? residual ** 2 : 0;
      for (let k = 0; k < factors; k++) sum += loadings[i * factors + k]! * loadings[j * factors + k]!;
      out[i * outcomes + j] = sum;
    }
  }
  return out;
}
