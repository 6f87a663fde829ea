import { meanOf, UNDEFINED, type Estimate, type GeneratorSample } from "./sample.ts";

/**
 * Energy score `E‖S − s‖ − ½ E‖S − S′‖` of the scenarios S at the outcomes s (Gneiting and Raftery 2007, eq. 22), in its
 * fair form: pairs of different scenarios only, so that its mean does not depend on their number (Ferro 2014). It is
 * least, in expectation, for the true law. O(n·K²·d).
 *
 * @returns mean over contexts; `null` for fewer than two scenarios
 */
export function energyScore(sample: GeneratorSample): Estimate {
  return sample.draws < 2 ? UNDEFINED : meanOf(energyScores(sample));
}

/** The score at each context, averaged over its outcomes. */
export function energyScores(sample: GeneratorSample): Float64Array {
  const { contexts, components: d, observations: m, observed, draws, drawn } = sample;
  return Float64Array.from({ length: contexts }, (_, i) => {
    const cloud = drawn.subarray(i * draws * d, (i + 1) * draws * d);
    const outcomes = observed.subarray(i * m * d, (i + 1) * m * d);
    return meanDistance(outcomes, cloud, d) - spread(cloud, d) / 2;
  });
}

/** Mean distance between the points of two clouds. */
export function meanDistance(a: Float64Array, b: Float64Array, d: number): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += d) for (let k = 0; k < b.length; k += d) sum += distance(a, i, b, k, d);
  return sum / ((a.length / d) * (b.length / d));
}

/** Mean distance between different points of a cloud. */
export function spread(a: Float64Array, d: number): number {
  const count = a.length / d;
  let sum = 0;
  for (let i = 0; i < a.length; i += d) for (let k = 0; k < i; k += d) sum += distance(a, i, a, k, d);
  return (2 * sum) / (count * (count - 1));
}

function distance(a: Float64Array, i: number, b: Float64Array, k: number, d: number): number {
  let square = 0;
  for (let j = 0; j < d; j++) square += (a[i + j]! - b[k + j]!) ** 2;
  return Math.sqrt(square);
}
