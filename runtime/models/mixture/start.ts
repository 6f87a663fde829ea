import type { RandomStream } from "../../tensor/random.ts";
import { oneComponent } from "./em.ts";
import type { CovarianceRule, JointRows, Mixture } from "./em.ts";

/** Rounds of Lloyd's iteration after the seeding. */
const ROUNDS = 5;

/**
 * A first mixture: k-means++ seeding (Arthur and Vassilvitskii 2007) and a few rounds of k-means; every component starts
 * with the pooled covariance within clusters, which is well conditioned where a small cluster's own is not.
 */
export function startMixture(data: JointRows, components: number, rule: CovarianceRule, stream: RandomStream): Mixture {
  const { rows, width, values } = data;
  let centres = seedCentres(data, components, stream);
  const labels = new Int32Array(rows);
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < rows; i++) labels[i] = nearest(centres, values, i * width);
    centres = moveCentres(data, labels, centres);
  }
  const masses = new Float64Array(components);
  // Rows minus their own centre form one cluster: its covariance is the pooled one.
  const residuals = new Float64Array(rows * width);
  for (let i = 0; i < rows; i++) {
    const label = nearest(centres, values, i * width);
    masses[label]! += data.weights[i]!;
    for (let j = 0; j < width; j++) residuals[i * width + j] = values[i * width + j]! - centres[label]![j]!;
  }
  const pooled = oneComponent({ ...data, values: residuals }, rule);
  // An empty cluster (fewer distinct rows than components) keeps a share that EM can take away.
  const total = masses.reduce((sum, mass) => sum + Math.max(mass, 1), 0);
  return {
    width,
    logWeights: masses.map((mass) => Math.log(Math.max(mass, 1) / total)),
    means: centres,
    factors: centres.map(() => pooled.factors[0]!),
    masses,
  };
}

function seedCentres(data: JointRows, components: number, stream: RandomStream): Float64Array[] {
  const { rows, width, values, weights } = data;
  const draws = new Float64Array(components);
  stream.uniform(draws);
  const distances = new Float64Array(rows).fill(1);
  const centres: Float64Array[] = [];
  for (let k = 0; k < components; k++) {
    let total = 0;
    for (let i = 0; i < rows; i++) total += weights[i]! * distances[i]!;
    // Where every row is a centre already, the total is 0 and the first row is taken again.
    const chosen = rowAt(weights, distances, draws[k]! * total);
    const centre = values.slice(chosen * width, (chosen + 1) * width);
    centres.push(centre);
    for (let i = 0; i < rows; i++) {
      const distance = squaredDistance(centre, values, i * width);
      distances[i] = k === 0 ? distance : Math.min(distances[i]!, distance);
    }
  }
  return centres;
}

/** The row at which the cumulated weight times distance first exceeds `mass`. */
function rowAt(weights: Float64Array, distances: Float64Array, mass: number): number {
  let chosen = 0;
  let left = mass;
  for (const [i, distance] of distances.entries()) {
    const part = weights[i]! * distance;
    if (part === 0) continue;
    chosen = i;
    left -= part;
    if (left < 0) break;
  }
  return chosen;
}

function moveCentres(data: JointRows, labels: Int32Array, centres: readonly Float64Array[]): Float64Array[] {
  const { rows, width, values, weights } = data;
  const sums = centres.map(() => new Float64Array(width));
  const masses = new Float64Array(centres.length);
  for (let i = 0; i < rows; i++) {
    const label = labels[i]!;
    masses[label]! += weights[i]!;
    for (let j = 0; j < width; j++) sums[label]![j]! += weights[i]! * values[i * width + j]!;
  }
  return sums.map((sum, k) => (masses[k]! > 0 ? sum.map((value) => value / masses[k]!) : centres[k]!));
}

function nearest(centres: readonly Float64Array[], values: Float64Array, at: number): number {
  let best = 0;
  let least = Infinity;
  for (const [k, centre] of centres.entries()) {
    const distance = squaredDistance(centre, values, at);
    if (distance < least) {
      least = distance;
      best = k;
    }
  }
  return best;
}

function squaredDistance(centre: Float64Array, values: Float64Array, at: number): number {
  let sum = 0;
  for (let j = 0; j < centre.length; j++) sum += (values[at + j]! - centre[j]!) ** 2;
  return sum;
}
