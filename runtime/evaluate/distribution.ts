/**
 * A finite loss distribution and the distances between two of them that 003 Table 2 reports. Levels count from the
 * good end: the loss at level 0.9 is exceeded with probability 0.1.
 */
export interface LossDistribution {
  /** Ascending. */
  readonly losses: Float64Array;
  /** Cumulative probability up to and including each loss; the last is 1. */
  readonly cumulative: Float64Array;
}

/**
 * Sorts losses with their weights.
 * @param weights non-negative, any scale; equal where left out
 */
export function lossDistribution(losses: Float64Array, weights?: Float64Array): LossDistribution {
  const n = losses.length;
  const cumulative = new Float64Array(n);
  if (weights === undefined) {
    for (let i = 0; i < n; i++) cumulative[i] = (i + 1) / n;
    return { losses: losses.slice().sort(), cumulative };
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => losses[a]! - losses[b]! || a - b);
  const sorted = new Float64Array(n);
  let total = 0;
  for (let i = 0; i < n; i++) {
    sorted[i] = losses[order[i]!]!;
    total += weights[order[i]!]!;
    cumulative[i] = total;
  }
  for (let i = 0; i < n; i++) cumulative[i]! /= total;
  cumulative[n - 1] = 1;
  return { losses: sorted, cumulative };
}

/** Smallest loss whose cumulative probability reaches the level. */
export function quantileOf(distribution: LossDistribution, level: number): number {
  return distribution.losses[firstReaching(distribution.cumulative, level)]!;
}

/** Mean of the worst `1 − level` of the distribution; an atom at the edge counts with the part that is inside. */
export function tailMean(distribution: LossDistribution, level: number): number {
  const { losses, cumulative } = distribution;
  let sum = 0;
  let from = level;
  for (let i = firstReaching(cumulative, level); i < losses.length; i++) {
    sum += losses[i]! * Math.max(0, cumulative[i]! - from);
    from = Math.max(from, cumulative[i]!);
  }
  return sum / (1 - level);
}

/**
 * W1 distance between the worst `share` of two distributions, each taken as a law of its own:
 * `(1/share) ∫_{1−share}^{1} |F⁻¹(u) − G⁻¹(u)| du`.
 */
export function tailWasserstein(a: LossDistribution, b: LossDistribution, share: number): number {
  let u = 1 - share;
  let i = firstReaching(a.cumulative, u);
  let j = firstReaching(b.cumulative, u);
  let sum = 0;
  while (i < a.losses.length && j < b.losses.length) {
    const next = Math.min(a.cumulative[i]!, b.cumulative[j]!);
    if (next > u) {
      sum += Math.abs(a.losses[i]! - b.losses[j]!) * (next - u);
      u = next;
    }
    // Both may end at the same level.
    const advanceA = a.cumulative[i]! <= next;
    const advanceB = b.cumulative[j]! <= next;
    if (advanceA) i++;
    if (advanceB) j++;
  }
  return sum / share;
}

/** A level reached to within rounding counts as reached: 0.9 of 10 equal atoms is the ninth. */
function firstReaching(cumulative: Float64Array, level: number): number {
  const target = level - 1e-12;
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle]! >= target) high = middle;
    else low = middle + 1;
  }
  return low;
}
