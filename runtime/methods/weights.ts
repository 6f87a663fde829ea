import type { DecisionProblem, DwFmSpec } from "../spec.ts";

/** Decision in the extended space of Rockafellar and Uryasev: z with the value at risk of each CVaR term. */
export interface ReferenceDecision {
  readonly z: Float64Array;
  readonly t: Float64Array;
}

/**
 * `‖∇ₛ ℓ_ext(ẑ, t̂, s)‖²` of one outcome, the decision sensitivity that 003 §4.2 weights with.
 * @param gradient scratch of d values, overwritten
 */
export function sensitivity(
  problem: DecisionProblem,
  reference: ReferenceDecision,
  outcome: Float64Array,
  context: Float64Array,
  gradient: Float64Array,
): number {
  problem.extendedGradientS(reference.z, reference.t, outcome, context, gradient);
  let square = 0;
  for (let j = 0; j < gradient.length; j++) square += gradient[j]! * gradient[j]!;
  return square;
}

/**
 * The sensitivities of many outcomes at one context.
 * @param outcomes count × d, row-major
 */
export function sensitivities(
  problem: DecisionProblem,
  reference: ReferenceDecision,
  outcomes: Float64Array,
  count: number,
  context: Float64Array,
): Float64Array {
  const d = problem.sizes.outcome;
  const outcome = new Float64Array(d);
  const gradient = new Float64Array(d);
  const squares = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < d; j++) outcome[j] = outcomes[i * d + j]!;
    squares[i] = sensitivity(problem, reference, outcome, context, gradient);
  }
  return squares;
}

/** Endpoint weights `ŵ = 1 + λ‖∇ₛℓ‖²` (003 §4.2). */
export function endpointWeights(squares: Float64Array, lambda: number): Float64Array {
  return squares.map((square) => 1 + lambda * square);
}

/**
 * λ in units of 1/gradient². A relative strength λ̃ is divided by the mean squared gradient over the training rows;
 * where that is 0 the weights are 1 whatever λ is, and 0 is returned.
 */
export function lambdaOf(scale: DwFmSpec["strength"]["scale"], strength: number, meanSquare: number): number {
  if (scale === "absolute") return strength;
  return meanSquare > 0 ? strength / meanSquare : 0;
}

export interface WeightDistribution {
  readonly min: number;
  readonly median: number;
  readonly max: number;
  /** `(Σw)² / (n Σw²)`: the share of the rows that equal weights of the same precision would need. */
  readonly effectiveShare: number;
}

/** @throws RangeError for no weights */
export function describeWeights(weights: Float64Array): WeightDistribution {
  const n = weights.length;
  if (n === 0) throw new RangeError("No weights to describe.");
  const sorted = weights.slice().sort();
  let sum = 0;
  let squares = 0;
  for (const weight of weights) {
    sum += weight;
    squares += weight * weight;
  }
  const middle = n >> 1;
  return {
    min: sorted[0]!,
    median: n % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2,
    max: sorted[n - 1]!,
    effectiveShare: (sum * sum) / (n * squares),
  };
}
