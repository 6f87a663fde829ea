import type { RandomStream } from "../../tensor/random.ts";

/** Reassignments that the p-value rests on. */
export const PERMUTATIONS = 199;

/** Points that the median distance is taken over, at most. */
const MEDIAN_POINTS = 256;

export interface Mmd {
  /** Unbiased estimate of MMD²; it may be negative. */
  readonly value: number;
  readonly standardError: number;
  /** Probability, were the laws equal, of a value at least as large. */
  readonly p: number;
  /** The median distance. */
  readonly bandwidth: number;
}

/**
 * Squared maximum mean discrepancy between outcomes and one scenario at each of the same n contexts, both with their
 * context: Gaussian kernels `exp(−‖·‖²/(2h²))` of outcome and of context are multiplied, h being the median distance of
 * each. The estimate is the U-statistic over pairs of contexts (Gretton et al. 2012, lemma 6),
 *
 *   MMD² = mean_{i≠j} k_x(x_i, x_j) [k(s_i, s_j) + k(ŝ_i, ŝ_j) − k(s_i, ŝ_j) − k(ŝ_i, s_j)],
 *
 * its standard error `2 sd_i(h_i)/√n` with h_i the mean over j. Were the conditional laws equal, outcome and scenario of a
 * context could change places, which changes the sign of its row and column: the p-value counts how often random signs
 * give as much (a permutation test within contexts, exact for independent outcomes). O(n²·(d + p + permutations)).
 *
 * @param outcomes n × d
 * @param scenarios n × d
 * @param contexts n × p, standardised; empty compares the outcomes alone
 * @returns `null` for fewer than three contexts, or where all outcomes and scenarios are one point
 */
export function mmd(
  outcomes: Float64Array,
  scenarios: Float64Array,
  contexts: Float64Array,
  n: number,
  stream: RandomStream,
  permutations: number = PERMUTATIONS,
): Mmd | null {
  if (n < 3) return null;
  const d = outcomes.length / n;
  const p = contexts.length / n;
  const both = new Float64Array(2 * n * d);
  both.set(outcomes);
  both.set(scenarios, n * d);
  const bandwidth = medianDistance(both, d);
  if (bandwidth === 0) return null;
  const far = p === 0 ? 0 : medianDistance(contexts, p);
  const h = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const near = far === 0 ? 1 : Math.exp(-squared(contexts, i, contexts, j, p) / (2 * far * far));
      const k = (a: Float64Array, b: Float64Array): number =>
        Math.exp(-squared(a, i, b, j, d) / (2 * bandwidth * bandwidth));
      const value =
        near * (k(outcomes, outcomes) + k(scenarios, scenarios) - k(outcomes, scenarios) - k(scenarios, outcomes));
      h[i * n + j] = value;
      h[j * n + i] = value;
    }
  }
  const rows = Float64Array.from({ length: n }, (_, i) => sumOf(h, i * n, (i + 1) * n) / (n - 1));
  const value = sumOf(rows, 0, n) / n;
  let squares = 0;
  for (const row of rows) squares += (row - value) ** 2;
  const standardError = 2 * Math.sqrt(squares / (n - 1) / n);
  return { value, standardError, p: signTest(h, n, value, stream, permutations), bandwidth };
}

/** Share of random signs whose `mean σ_i σ_j h_ij` is at least the value. */
function signTest(h: Float64Array, n: number, value: number, stream: RandomStream, permutations: number): number {
  const signs = new Float64Array(n);
  let atLeast = 0;
  for (let r = 0; r < permutations; r++) {
    stream.uniform(signs, r * n);
    for (let i = 0; i < n; i++) signs[i] = signs[i]! < 0.5 ? -1 : 1;
    let total = 0;
    for (let i = 1; i < n; i++) {
      let row = 0;
      for (let j = 0, at = i * n; j < i; j++, at++) row += signs[j]! * h[at]!;
      total += signs[i]! * row;
    }
    // Equal but for rounding counts as equal: the signs that are all alike give the value itself.
    if ((2 * total) / (n * (n - 1)) >= value - 1e-12 * Math.abs(value)) atLeast++;
  }
  return (1 + atLeast) / (1 + permutations);
}

/** Median of the distances between different points, over evenly spaced points of a larger set. */
export function medianDistance(points: Float64Array, d: number): number {
  const rows = points.length / d;
  const kept = Math.min(rows, MEDIAN_POINTS);
  const at = Array.from({ length: kept }, (_, k) => Math.floor((k * rows) / kept));
  const distances = new Float64Array((kept * (kept - 1)) / 2);
  let count = 0;
  for (let i = 0; i < kept; i++)
    for (let j = 0; j < i; j++) distances[count++] = squared(points, at[i]!, points, at[j]!, d);
  distances.sort();
  const median = Math.sqrt(distances[count >> 1] ?? 0);
  // More than half of the points are one point: the mean distance still sees the others.
  return median > 0 || count === 0 ? median : Math.sqrt(sumOf(distances, 0, count) / count);
}

function squared(a: Float64Array, i: number, b: Float64Array, j: number, d: number): number {
  let sum = 0;
  for (let k = 0, at = i * d, to = j * d; k < d; k++, at++, to++) sum += (a[at]! - b[to]!) ** 2;
  return sum;
}

function sumOf(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let k = from; k < to; k++) sum += values[k]!;
  return sum;
}
