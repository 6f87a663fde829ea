import type { ScenarioProgram } from "./scenario-program.ts";

/**
 * Multipliers of the epigraph rows, K × J for each block: the mean's first (where `meanWeight > 0`), then one block per
 * CVaR term. They need only be near optimal; `dualBound` makes them feasible.
 */
export interface Multipliers {
  readonly blocks: readonly Float64Array[];
  /** `Eᵀν + Aᵀλ`, λ ≥ 0: the pull of the set's rows at the optimum, n values. */
  readonly rowForce: Float64Array;
  /** `Σ λ_r (b_r − a_r·z) + ν·(f − Ez)`, what the rows' slack at z costs the bound. */
  readonly rowSlack: number;
}

export interface DualBound {
  /** At most the minimum, where `charged` is rigorous: every component has a finite reach or needed none. */
  readonly value: number;
  /** Largest component of the gradient that no bound or row balances, relative to the gradient's largest part there. */
  readonly residual: number;
}

/** How far outside its present value a component without any implied bound is assumed to stay, relative to 1 + |z|. */
const LOCAL_RADIUS = 1e3;
/** A larger share of the gradient that nothing balances is no rounding: the minimum may lie anywhere in its direction. */
const ROUNDED_FORCE = 1e-6;

/**
 * A lower bound on the minimum by Lagrangian duality, from any multipliers:
 *
 * 1. Each block is scaled so that it is exactly feasible in the dual: its multipliers are ≥ 0 and sum to the scenario's
 *    mass (mean), or are at most `weight·p_k/(1 − level)` a scenario and sum to `weight` (CVaR). Then
 *    `Σ λ_kj (a_kj·z + b_kj)` is at most the term for every z, with every t and u gone.
 * 2. `zᵀQz` is replaced by its tangent at ẑ plus `Σ κ_i (z_i − ẑ_i)²`, which is below it.
 * 3. What is left is separable in z. Its slope g at ẑ, plus `rowForce`, is minimised with the κ term over the box that
 *    the bounds (and the rows, by propagation) imply; the rows' slack at ẑ is subtracted.
 *
 * Where a component has neither an implied bound on the side that its slope points to nor curvature, no finite bound
 * exists for inexact multipliers; where they are inexact by rounding alone, the component is then assumed to stay within
 * `LOCAL_RADIUS·(1 + |ẑ|)` of ẑ, which keeps the bound valid near the answer and is exact at exact multipliers. Where they
 * are further off, the bound is −∞ (or what the curvature leaves).
 */
export function dualBound(
  program: ScenarioProgram,
  z: Float64Array,
  multipliers: Multipliers,
  reach: { readonly lower: Float64Array; readonly upper: Float64Array },
): DualBound {
  const { size: n, quadratic, linear, tails } = program;
  const slope = new Float64Array(n);
  const largest = new Float64Array(n);
  let value = program.constant;
  for (let i = 0; i < n; i++) {
    let curvature = 0;
    if (quadratic !== null) for (let j = 0; j < n; j++) curvature += quadratic[i * n + j]! * z[j]!;
    value += (linear[i]! + curvature) * z[i]!;
    slope[i] = linear[i]! + 2 * curvature;
    largest[i] = Math.max(Math.abs(linear[i]!), 2 * Math.abs(curvature));
  }
  let block = 0;
  if (program.meanWeight > 0) {
    const masses = massesOf(program, program.meanWeight);
    value += addBlock(program, z, repairMean(multipliers.blocks[block++]!, masses, program.pieces), slope, largest);
  }
  for (const tail of tails) {
    const density = tail.weight / (1 - tail.level);
    const given = multipliers.blocks[block++]!;
    const repaired =
      program.pieces === 1
        ? repairSingle(program, given, density, tail.weight)
        : repairTail(given, massesOf(program, density), tail.weight, program.pieces);
    value += addBlock(program, z, repaired, slope, largest);
  }
  let residual = 0;
  for (let i = 0; i < n; i++) {
    const force = slope[i]! + multipliers.rowForce[i]!;
    if (force === 0) continue;
    const end = force > 0 ? reach.lower[i]! : reach.upper[i]!;
    const share = Math.abs(force) / Math.max(largest[i]!, Math.abs(multipliers.rowForce[i]!));
    value -=
      Number.isFinite(end) || share <= ROUNDED_FORCE
        ? largestDescent(force, z[i]!, reach.lower[i]!, reach.upper[i]!, program.convexity[i]!)
        : (force * force) / (4 * program.convexity[i]!);
    // Near its end, a slope that points at the end is balanced by the bound there.
    if (Math.abs(end - z[i]!) > 1e-6 * (1 + Math.abs(z[i]!))) residual = Math.max(residual, share);
  }
  return { value: value - multipliers.rowSlack, residual };
}

/** How far `force·δ + convexity·δ²` can fall below 0 while `z + δ` stays within its reach. */
export function largestDescent(force: number, z: number, lower: number, upper: number, convexity: number): number {
  const end = force > 0 ? lower : upper;
  const size = Math.abs(force);
  const reach = Number.isFinite(end) ? Math.abs(end - z) : LOCAL_RADIUS * (1 + Math.abs(z));
  const step = convexity > 0 ? Math.min(reach, size / (2 * convexity)) : reach;
  return step * (size - convexity * step);
}

function massesOf({ probabilities, count }: ScenarioProgram, density: number): Float64Array {
  const masses = new Float64Array(count);
  for (let k = 0; k < count; k++) masses[k] = density * probabilities[k]!;
  return masses;
}

/** Adds `Σ λ_kj a_kj` to the slope and returns `Σ λ_kj (a_kj·z + b_kj)`. */
function addBlock(
  program: ScenarioProgram,
  z: Float64Array,
  lambda: Float64Array,
  slope: Float64Array,
  largest: Float64Array,
): number {
  const { size: n, slopes, offsets } = program;
  let value = 0;
  for (let piece = 0; piece < lambda.length; piece++) {
    const weight = lambda[piece]!;
    if (weight === 0) continue;
    let loss = offsets[piece]!;
    for (let i = 0; i < n; i++) {
      const force = weight * slopes[piece * n + i]!;
      loss += slopes[piece * n + i]! * z[i]!;
      slope[i]! += force;
      largest[i] = Math.max(largest[i]!, Math.abs(force));
    }
    value += weight * loss;
  }
  return value;
}

/** `λ ≥ 0`, `Σ_j λ_kj = mass_k`. */
function repairMean(lambda: Float64Array, masses: Float64Array, pieces: number): Float64Array {
  const repaired = new Float64Array(masses.length * pieces);
  for (let k = 0; k < masses.length; k++) setScenario(repaired, lambda, k, pieces, masses[k]!);
  return repaired;
}

/** `λ ≥ 0`, `Σ_j λ_kj ≤ mass_k`, `Σ_kj λ_kj = weight`. */
function repairTail(lambda: Float64Array, masses: Float64Array, weight: number, pieces: number): Float64Array {
  const used = new Float64Array(masses.length);
  let sum = 0;
  let room = 0;
  for (let k = 0; k < masses.length; k++) {
    let own = 0;
    for (let j = 0; j < pieces; j++) own += Math.max(lambda[k * pieces + j]!, 0);
    used[k] = Math.min(own, masses[k]!);
    sum += used[k]!;
    room += masses[k]! - used[k]!;
  }
  const repaired = new Float64Array(masses.length * pieces);
  for (let k = 0; k < masses.length; k++) {
    const total =
      sum > weight
        ? (used[k]! * weight) / sum
        : room > 0
          ? used[k]! + ((weight - sum) / room) * (masses[k]! - used[k]!)
          : masses[k]!;
    setScenario(repaired, lambda, k, pieces, total);
  }
  return repaired;
}

/** Kept between calls, since bounds are proved for thousands of decisions with one number of scenarios. */
let scratch = new Float64Array(0);

/**
 * The same for one piece. What is missing to the weight is shared among the scenarios that have a multiplier, where they
 * have the room for it, so that the others stay out of the sums.
 */
function repairSingle(
  { probabilities, count }: ScenarioProgram,
  lambda: Float64Array,
  density: number,
  weight: number,
): Float64Array {
  if (scratch.length !== count) scratch = new Float64Array(count);
  const repaired = scratch;
  let sum = 0;
  let room = 0;
  let roomOfUsed = 0;
  for (let k = 0; k < count; k++) {
    const mass = density * probabilities[k]!;
    const own = lambda[k]!;
    if (!(own > 0)) {
      repaired[k] = 0;
      room += mass;
      continue;
    }
    const used = own < mass ? own : mass;
    repaired[k] = used;
    sum += used;
    roomOfUsed += mass - used;
  }
  room += roomOfUsed;
  const missing = weight - sum;
  if (missing === 0) return repaired;
  const among = missing <= roomOfUsed / 2;
  const share = missing < 0 ? 0 : missing / (among ? roomOfUsed : room);
  const shrink = missing < 0 ? weight / sum : 1;
  for (let k = 0; k < count; k++) {
    const used = repaired[k]!;
    if (missing < 0) repaired[k] = used * shrink;
    else if (among && used === 0) continue;
    else {
      const mass = density * probabilities[k]!;
      repaired[k] = room > 0 ? used + share * (mass - used) : mass;
    }
  }
  return repaired;
}

/** Splits `total` over a scenario's pieces in proportion to their multipliers. */
function setScenario(out: Float64Array, lambda: Float64Array, k: number, pieces: number, total: number): void {
  let own = 0;
  for (let j = 0; j < pieces; j++) own += Math.max(lambda[k * pieces + j]!, 0);
  for (let j = 0; j < pieces; j++) {
    const share = own > 0 ? Math.max(lambda[k * pieces + j]!, 0) / own : 1 / pieces;
    out[k * pieces + j] = share * total;
  }
}
