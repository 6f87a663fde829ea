import { RuntimeError } from "../errors/runtime-error.ts";
import { riskCatalogue } from "./catalogue.ts";

/** Cumulative weights that differ from the level by less than this, relative to the total, count as reaching it. */
const LEVEL_TOLERANCE = 1e-12;

/** Values and weights that `selectQuantile` may reorder. Atoms of weight zero are left out. */
export interface WeightedSample {
  readonly values: Float64Array;
  readonly weights: Float64Array;
  count: number;
  total: number;
}

/** Room for `capacity` atoms; one sample serves any number of calls. */
export function createSample(capacity: number): WeightedSample {
  return { values: new Float64Array(capacity), weights: new Float64Array(capacity), count: 0, total: 0 };
}

/**
 * Copies the atoms of positive weight; without weights every atom weighs 1.
 *
 * @throws RuntimeError `risk-not-finite`, `risk-no-losses`
 */
export function fillSample(sample: WeightedSample, values: Float64Array, weights: Float64Array | undefined): void {
  let count = 0;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const weight = weights === undefined ? 1 : weights[i]!;
    if (!(weight >= 0 && weight < Infinity)) {
      throw new RuntimeError(riskCatalogue, "risk-not-finite", { what: "weight", index: i, value: weight });
    }
    if (weight === 0) continue;
    if (!Number.isFinite(value))
      throw new RuntimeError(riskCatalogue, "risk-not-finite", { what: "loss", index: i, value });
    sample.values[count] = value;
    sample.weights[count] = weight;
    count++;
    total += weight;
  }
  if (count === 0) throw new RuntimeError(riskCatalogue, "risk-no-losses", {});
  sample.count = count;
  sample.total = total;
}

/**
 * Lower quantile `inf { v : P(X ≤ v) ≥ level }` by weighted quickselect, in expected time linear in the count and
 * without allocation. Reorders the sample.
 */
export function selectQuantile(sample: WeightedSample, level: number): number {
  return selectMass(sample, massAt(level, sample.total));
}

/** Weight that the atoms at and below the lower `level` quantile hold, but for rounding. */
export function massAt(level: number, total: number): number {
  return Math.max(level - LEVEL_TOLERANCE, 0) * total;
}

/** The same as `selectQuantile` for a weight: the least value that atoms of this weight are at or below. */
export function selectMass(sample: WeightedSample, target: number): number {
  const { values, weights } = sample;
  let low = 0;
  let high = sample.count - 1;
  let below = 0; // weight of atoms known to lie under the part [low, high] that still holds the quantile
  while (low < high) {
    const pivot = medianOfThree(values[low]!, values[(low + high) >> 1]!, values[high]!);
    // Three-way partition, so that runs of equal values cost one pass: [low, less) < pivot, [less, i) = pivot.
    let less = low;
    let greater = high;
    let lessWeight = 0;
    let equalWeight = 0;
    for (let i = low; i <= greater;) {
      const value = values[i]!;
      const weight = weights[i]!;
      if (value < pivot) {
        lessWeight += weight;
        swap(values, weights, i++, less++);
      } else if (value > pivot) {
        swap(values, weights, i, greater--);
      } else {
        equalWeight += weight;
        i++;
      }
    }
    if (lessWeight > 0 && below + lessWeight >= target) high = less - 1;
    else if (below + lessWeight + equalWeight >= target || greater === high) return pivot;
    else {
      below += lessWeight + equalWeight;
      low = greater + 1;
    }
  }
  return values[low]!;
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

function swap(values: Float64Array, weights: Float64Array, i: number, j: number): void {
  const value = values[i]!;
  values[i] = values[j]!;
  values[j] = value;
  const weight = weights[i]!;
  weights[i] = weights[j]!;
  weights[j] = weight;
}
