import type { RandomStream } from "../../tensor/random.ts";
import { pseudoObservation, referTo, UNDEFINED_REFERRED, type GeneratorSample, type Referred } from "./sample.ts";

/** Directions that the outcomes are projected on. */
export const DIRECTIONS = 64;

/**
 * Sliced Wasserstein distance of order 1 between two clouds of as many points: the mean over random directions of the
 * W1 distance between the projections, which is the mean distance between their order statistics (Bonneel et al. 2015).
 * In one dimension it is W1 itself. O(directions · n (d + log n)).
 *
 * @param a n × d
 * @param b n × d
 * @param directions unit vectors, L × d
 */
export function slicedWasserstein(a: Float64Array, b: Float64Array, d: number, directions: Float64Array): number {
  const n = a.length / d;
  const count = directions.length / d;
  const projected = (points: Float64Array, direction: number): Float64Array => {
    const out = new Float64Array(n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < d; j++) out[i]! += points[i * d + j]! * directions[direction * d + j]!;
    return out.sort();
  };
  let total = 0;
  for (let l = 0; l < count; l++) {
    const [x, y] = [projected(a, l), projected(b, l)];
    for (let i = 0; i < n; i++) total += Math.abs(x[i]! - y[i]!);
  }
  return total / (n * count);
}

/** `count` directions drawn uniformly from the sphere; the one direction there is for d = 1. */
export function randomDirections(count: number, d: number, stream: RandomStream): Float64Array {
  if (d === 1) return Float64Array.of(1);
  const out = new Float64Array(count * d);
  stream.normal(out);
  for (let l = 0; l < count; l++) {
    const direction = out.subarray(l * d, (l + 1) * d);
    const norm = Math.hypot(...direction);
    for (let j = 0; j < d; j++) direction[j]! /= norm;
  }
  return out;
}

/**
 * Sliced Wasserstein distance between the outcomes and one scenario a context, beside what two scenarios a context are
 * apart: at n points two samples of one law are not at distance 0.
 *
 * @param trials how many scenarios stand for outcomes in turn
 */
export function slicedDistance(sample: GeneratorSample, stream: RandomStream, trials: number): Referred {
  const { components: d, draws, observed, observations, contexts } = sample;
  if (draws < 2 || contexts < 2 || observations !== 1) return UNDEFINED_REFERRED;
  const directions = randomDirections(DIRECTIONS, d, stream);
  const scenarios = pseudoObservation(sample, 0);
  const value = slicedWasserstein(observed, scenarios, d, directions);
  const apart = Array.from({ length: Math.min(trials, draws - 1) }, (_, k) =>
    slicedWasserstein(pseudoObservation(sample, k + 1), scenarios, d, directions),
  );
  return referTo(value, apart);
}
