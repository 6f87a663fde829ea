import type { RandomStream } from "../../tensor/random.ts";
import type { GeneratorSample } from "./sample.ts";

/** Bins of the histogram of PIT values. */
export const PIT_BINS = 10;

/** Probability integral transforms of a sample. */
export interface PitValues {
  /** n × m × d, each in (0, 1): where an outcome stands among the scenarios of its context. */
  readonly observed: Float64Array;
  /** n × K × d: where each scenario stands among the others. */
  readonly drawn: Float64Array;
}

/**
 * Randomised PIT values: an outcome with `r` of K scenarios below it and `e` equal to it has `(r + V(e + 1)) / (K + 1)`,
 * V ~ U(0, 1). Were outcome and scenarios of one law, continuous or not, that is uniform exactly, for any K (Czado,
 * Gneiting and Held 2009; Hamill 2001). A scenario is ranked among the K − 1 others alike, so that its values are those
 * of a generator that is right. O(n·d·(K + m) log K).
 *
 * @param stream V of outcomes and, in a child, of scenarios
 */
export function pitValues(sample: GeneratorSample, stream: RandomStream): PitValues {
  const { contexts, components: d, observations: m, draws } = sample;
  const observed = new Float64Array(contexts * m * d);
  const drawn = new Float64Array(contexts * draws * d);
  stream.child("outcomes").uniform(observed);
  stream.child("scenarios").uniform(drawn);
  const sorted = new Float64Array(draws);
  for (let i = 0; i < contexts; i++) {
    for (let j = 0; j < d; j++) {
      for (let k = 0; k < draws; k++) sorted[k] = sample.drawn[(i * draws + k) * d + j]!;
      sorted.sort();
      const place = (at: number, value: number, into: Float64Array, others: number, own: number): void => {
        const below = countBelow(sorted, value, false);
        const equal = countBelow(sorted, value, true) - below - own;
        // A word is a multiple of 2⁻³²: half of one more keeps the value inside (0, 1).
        into[at] = (below + (into[at]! + 2 ** -33) * (equal + 1)) / (others + 1);
      };
      for (let o = 0; o < m; o++) {
        const at = (i * m + o) * d + j;
        place(at, sample.observed[at]!, observed, draws, 0);
      }
      for (let k = 0; k < draws; k++) {
        const at = (i * draws + k) * d + j;
        place(at, sample.drawn[at]!, drawn, draws - 1, 1);
      }
    }
  }
  return { observed, drawn };
}

/** How many sorted values are less than (or, with `equal`, at most) a value. */
function countBelow(sorted: Float64Array, value: number, equal: boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const inside = equal ? sorted[middle]! <= value : sorted[middle]! < value;
    if (inside) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Share of values in each of `bins` equal parts of (0, 1). */
export function histogram(values: ArrayLike<number>, bins: number = PIT_BINS): number[] {
  const counts = Array.from({ length: bins }, () => 0);
  for (let i = 0; i < values.length; i++) counts[Math.min(bins - 1, Math.floor(values[i]! * bins))]! += 1;
  return counts.map((count) => (values.length === 0 ? 0 : count / values.length));
}

export interface UniformityTest {
  /** Largest distance between the values' distribution function and the uniform one. */
  readonly statistic: number;
  readonly p: number;
}

/** Fewest values that uniformity is tested on. */
export const KS_LEAST = 5;

/**
 * Kolmogorov–Smirnov test of uniformity on (0, 1) for independent values, p by the limit law at
 * `(√n + 0.12 + 0.11/√n) D` (Stephens 1970). A difference between components of one context is not independent of the
 * others: test one component at a time.
 *
 * @returns `null` for fewer than `KS_LEAST` values
 */
export function uniformity(values: Float64Array): UniformityTest | null {
  const n = values.length;
  if (n < KS_LEAST) return null;
  const sorted = values.slice().sort();
  let statistic = 0;
  for (let i = 0; i < n; i++) statistic = Math.max(statistic, (i + 1) / n - sorted[i]!, sorted[i]! - i / n);
  const root = Math.sqrt(n);
  return { statistic, p: kolmogorovTail((root + 0.12 + 0.11 / root) * statistic) };
}

/** `P(K > x) = 2 Σ_{k≥1} (−1)^{k−1} e^{−2k²x²}`; below 0.3 it is 1 to nine digits, and the sum converges slowly. */
export function kolmogorovTail(x: number): number {
  if (x < 0.3) return 1;
  let sum = 0;
  for (let k = 1; k <= 20; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * x * x);
  return Math.min(1, Math.max(0, sum));
}

/** One component of row-major values. */
export function column(values: Float64Array, d: number, j: number): Float64Array {
  return Float64Array.from({ length: values.length / d }, (_, i) => values[i * d + j]!);
}
