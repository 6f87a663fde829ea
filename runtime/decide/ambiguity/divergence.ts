/** The worst law within a Kullback–Leibler divergence of a weighted sample. */
export interface WorstDivergence {
  /** `sup { E_Q[u] : KL(Q ‖ P) ≤ radius }` */
  readonly value: number;
  /** The multiplier λ; 0 where the worst law has its mass on the largest values alone. */
  readonly multiplier: number;
  /** The probabilities of the worst law. */
  readonly weights: Float64Array;
}

const STEPS = 200;

/**
 * `min_{λ ≥ 0} λ·radius + λ log Σ p_k exp(u_k / λ)` (Hu and Hong 2013; 001 §5), in shifted exponents that cannot
 * overflow. The worst law is `q_k ∝ p_k exp(u_k / λ)`; its divergence falls in λ, so λ is found by bisection of
 * `KL(Q_λ ‖ P) = radius`. Where even the mass on the largest values alone is within the radius, it is the answer.
 *
 * @param probabilities positive, summing to 1
 */
export function worstDivergence(values: Float64Array, probabilities: Float64Array, radius: number): WorstDivergence {
  const count = values.length;
  const weights = Float64Array.from(probabilities);
  let largest = -Infinity;
  let least = Infinity;
  for (const value of values) {
    largest = Math.max(largest, value);
    least = Math.min(least, value);
  }
  let mass = 0;
  let mean = 0;
  for (let k = 0; k < count; k++) {
    if (values[k] === largest) mass += probabilities[k]!;
    mean += probabilities[k]! * values[k]!;
  }
  const spread = largest - least;
  if (radius === 0 || spread === 0) return { value: mean, multiplier: Infinity, weights };
  if (-Math.log(mass) <= radius) {
    for (let k = 0; k < count; k++) weights[k] = values[k] === largest ? probabilities[k]! / mass : 0;
    return { value: largest, multiplier: 0, weights };
  }
  /** Fills the weights at λ; returns their divergence and the dual's value. */
  const at = (lambda: number): { readonly divergence: number; readonly dual: number } => {
    let total = 0;
    for (let k = 0; k < count; k++) {
      weights[k] = probabilities[k]! * Math.exp((values[k]! - largest) / lambda);
      total += weights[k]!;
    }
    let gain = 0;
    for (let k = 0; k < count; k++) {
      weights[k]! /= total;
      gain += weights[k]! * (values[k]! - largest);
    }
    const logTotal = Math.log(total);
    return { divergence: gain / lambda - logTotal, dual: largest + lambda * (radius + logTotal) };
  };
  let low = Math.log(spread) - 40;
  let high = Math.log(spread) + 40;
  for (let step = 0; step < STEPS && high - low > 1e-15 * Math.abs(high); step++) {
    const middle = (low + high) / 2;
    if (at(Math.exp(middle)).divergence > radius) low = middle;
    else high = middle;
  }
  const multiplier = Math.exp(high);
  // Every λ gives an upper bound; this one is attained.
  return { value: at(multiplier).dual, multiplier, weights };
}
