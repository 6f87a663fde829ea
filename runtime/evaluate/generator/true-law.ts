import { fairCrps } from "./crps.ts";
import { meanDistance, spread } from "./energy-score.ts";
import { medianDistance } from "./mmd.ts";
import { meanOf, UNDEFINED, type Estimate, type GeneratorSample } from "./sample.ts";
import { randomDirections, slicedWasserstein } from "./sliced-wasserstein.ts";
import type { RandomStream } from "../../tensor/random.ts";

/** Distances of the generator's conditional laws from the true ones, averaged over contexts. */
export interface TrueLawDistances {
  /** How much the energy score exceeds that of the true law: half the energy distance. */
  readonly energy: Estimate;
  /** How much the CRPS exceeds that of the true law, averaged over components. */
  readonly crps: Estimate;
  /** Squared maximum mean discrepancy. */
  readonly mmd: Estimate;
  /** Sliced Wasserstein distance of order 1 between as many scenarios of either law. */
  readonly slicedWasserstein: Estimate;
  /** The same between two halves of the true law's scenarios and as many: what chance makes of it. */
  readonly slicedReference: number | null;
}

/** Directions a context: every context has its own, so that few are enough. */
const DIRECTIONS_EACH = 8;

/**
 * Distances between scenarios and as many draws of the true law at each context. All but the sliced Wasserstein distance
 * are unbiased U-statistics: 0 in the mean for a right generator, at any number of draws. The kernel is Gaussian with the
 * median distance of the first context's draws. O(n·K²·d).
 *
 * @param sample observations are draws of the true law
 */
export function trueLawDistances(sample: GeneratorSample, stream: RandomStream): TrueLawDistances {
  const { contexts: n, components: d, observations: m, observed, draws, drawn } = sample;
  if (n === 0 || m < 4 || draws < 4) {
    const none = UNDEFINED;
    return { energy: none, crps: none, mmd: none, slicedWasserstein: none, slicedReference: null };
  }
  const truthAt = (i: number): Float64Array => observed.subarray(i * m * d, (i + 1) * m * d);
  const cloudAt = (i: number): Float64Array => drawn.subarray(i * draws * d, (i + 1) * draws * d);
  const columns = ["energy", "crps", "mmd", "sliced", "chance"] as const;
  const at = Object.fromEntries(columns.map((name) => [name, new Float64Array(n)]));
  const bandwidth = medianDistance(observed.subarray(0, m * d), d) || 1;
  const paired = Math.floor(Math.min(m, draws) / 2);
  for (let i = 0; i < n; i++) {
    const [truth, cloud] = [truthAt(i), cloudAt(i)];
    at["energy"]![i] = meanDistance(truth, cloud, d) - spread(truth, d) / 2 - spread(cloud, d) / 2;
    at["crps"]![i] = crpsExcess(truth, cloud, d);
    at["mmd"]![i] = conditionalMmd(truth, cloud, d, bandwidth);
    const directions = randomDirections(DIRECTIONS_EACH, d, stream.child(String(i)));
    const first = truth.subarray(0, paired * d);
    at["sliced"]![i] = slicedWasserstein(first, cloud.subarray(0, paired * d), d, directions);
    at["chance"]![i] = slicedWasserstein(first, truth.subarray(paired * d, 2 * paired * d), d, directions);
  }
  return {
    energy: meanOf(at["energy"]!),
    crps: meanOf(at["crps"]!),
    mmd: meanOf(at["mmd"]!),
    slicedWasserstein: meanOf(at["sliced"]!),
    slicedReference: meanOf(at["chance"]!).value,
  };
}

/** Mean over components of the CRPS of the cloud at the truth less that of the truth itself. */
function crpsExcess(truth: Float64Array, cloud: Float64Array, d: number): number {
  const pick = (points: Float64Array, j: number): Float64Array =>
    Float64Array.from({ length: points.length / d }, (_, k) => points[k * d + j]!).sort();
  let sum = 0;
  for (let j = 0; j < d; j++) {
    const [x, y] = [pick(truth, j), pick(cloud, j)];
    for (const value of x) sum += fairCrps(y, value) / x.length;
    // E|T − T′| / 2, the true law's own score.
    sum -= spread(x, 1) / 2;
  }
  return sum / d;
}

function conditionalMmd(a: Float64Array, b: Float64Array, d: number, bandwidth: number): number {
  const scale = -1 / (2 * bandwidth * bandwidth);
  const kernel = (x: Float64Array, i: number, y: Float64Array, j: number): number => {
    let square = 0;
    for (let k = 0; k < d; k++) square += (x[i + k]! - y[j + k]!) ** 2;
    return Math.exp(scale * square);
  };
  const within = (x: Float64Array): number => {
    const count = x.length / d;
    let sum = 0;
    for (let i = 0; i < x.length; i += d) for (let j = 0; j < i; j += d) sum += kernel(x, i, x, j);
    return (2 * sum) / (count * (count - 1));
  };
  let between = 0;
  for (let i = 0; i < a.length; i += d) for (let j = 0; j < b.length; j += d) between += kernel(a, i, b, j);
  return within(a) + within(b) - (2 * between) / ((a.length / d) * (b.length / d));
}
