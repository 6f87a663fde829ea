import { normalQuantile } from "../../tensor/normal-quantile.ts";
import type { PitValues } from "./pit.ts";
import { referTo, UNDEFINED_REFERRED, type GeneratorSample, type Referred } from "./sample.ts";

/** Components whose pairs are compared, at most; more are thinned evenly. */
export const DEPENDENCE_COMPONENTS = 32;

/** Tail masses at which dependence is measured. */
export const TAIL_MASSES = [0.05, 0.1] as const;

/** Fewest outcomes in a tail for its dependence to be reported. */
const LEAST_IN_TAIL = 5;

export interface CorrelationError {
  /** Root of the sum of squared differences over pairs i ≠ j, both orders. */
  readonly frobenius: Referred;
  /** Largest absolute difference. */
  readonly largest: Referred;
}

export interface TailDependence {
  readonly side: "lower" | "upper";
  readonly mass: number;
  /** Mean over pairs of components in the outcomes. */
  readonly observed: number | null;
  /** The same in the generator's scenarios. */
  readonly generated: number | null;
  /** Two-sided Monte Carlo p-value of the difference. */
  readonly p: number | null;
}

/** Thinned columns of one n × d cloud of PIT values, as arrays of their own. */
function columnsOf(values: Float64Array, n: number, d: number, kept: readonly number[]): Float64Array[] {
  return kept.map((j) => Float64Array.from({ length: n }, (_, i) => values[i * d + j]!));
}

/** The clouds that stand for what a right generator would show: scenario k of each context, k < trials. */
function trialsOf(sample: GeneratorSample, pit: PitValues, trials: number): Float64Array[] {
  const { contexts, components: d, draws } = sample;
  return Array.from({ length: Math.min(trials, draws) }, (_, k) => {
    const cloud = new Float64Array(contexts * d);
    for (let i = 0; i < contexts; i++)
      cloud.set(pit.drawn.subarray((i * draws + k) * d, (i * draws + k + 1) * d), i * d);
    return cloud;
  });
}

function thinned(d: number): number[] {
  const count = Math.min(d, DEPENDENCE_COMPONENTS);
  return Array.from({ length: count }, (_, k) => Math.floor((k * d) / count));
}

/**
 * Error of the correlation between components given the context: of normal scores `Φ⁻¹(PIT)`, so that neither the spread
 * of a component over contexts nor its marginal law enters. The generator's correlations are the mean over its own
 * scenarios in the outcomes' place; each of them gives the error that chance alone makes at this number of contexts.
 *
 * @returns `null` values for one component or fewer than four contexts
 */
export function correlationError(sample: GeneratorSample, pit: PitValues, trials: number): CorrelationError {
  const { contexts: n, components: d, observations } = sample;
  if (d < 2 || n < 4 || observations !== 1 || sample.draws < 3) {
    return { frobenius: UNDEFINED_REFERRED, largest: UNDEFINED_REFERRED };
  }
  const kept = thinned(d);
  const correlationsOf = (cloud: Float64Array): Float64Array =>
    correlations(columnsOf(cloud, n, d, kept).map((values) => values.map(normalQuantile)));
  const data = correlationsOf(pit.observed);
  const own = trialsOf(sample, pit, trials).map(correlationsOf);
  const total = new Float64Array(data.length);
  for (const one of own) for (let k = 0; k < total.length; k++) total[k]! += one[k]!;
  /** A trial is left out of the mean that it is compared with. */
  const errors = (of: Float64Array, others: number, without: Float64Array | null) => {
    let [squares, largest] = [0, 0];
    for (let k = 0; k < of.length; k++) {
      const gap = of[k]! - (total[k]! - (without === null ? 0 : without[k]!)) / others;
      squares += gap * gap;
      largest = Math.max(largest, Math.abs(gap));
    }
    return { frobenius: Math.sqrt(2 * squares), largest };
  };
  const value = errors(data, own.length, null);
  const chance = own.map((one) => errors(one, own.length - 1, one));
  return {
    frobenius: referTo(
      value.frobenius,
      chance.map(({ frobenius }) => frobenius),
    ),
    largest: referTo(
      value.largest,
      chance.map(({ largest }) => largest),
    ),
  };
}

/** Correlations of the pairs j < i, one after another; 0 where a column is constant. */
export function correlations(columns: readonly Float64Array[]): Float64Array {
  const n = columns[0]?.length ?? 0;
  const units = columns.map((values) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / n;
    const centred = values.map((value) => value - mean);
    const norm = Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0));
    return norm > 0 ? centred.map((value) => value / norm) : centred.fill(0);
  });
  const out = new Float64Array((columns.length * (columns.length - 1)) / 2);
  let at = 0;
  for (let i = 0; i < units.length; i++) {
    for (let j = 0; j < i; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += units[i]![k]! * units[j]![k]!;
      out[at++] = sum;
    }
  }
  return out;
}

/**
 * Dependence of tails between components given the context, `P(U_i in tail, U_j in tail) / mass` averaged over pairs
 * (Joe 1997, §2.1.10, at a finite mass), U being ranks of PIT values over contexts: for independent components it is the
 * mass itself, for comonotone ones 1. The generator's is the mean over its own scenarios in the outcomes' place.
 *
 * @returns one entry a side and mass; `null` values for one component or fewer than five outcomes in the tail
 */
export function tailDependence(sample: GeneratorSample, pit: PitValues, trials: number): TailDependence[] {
  const { contexts: n, components: d, observations } = sample;
  const cases = TAIL_MASSES.flatMap((mass) => [
    { side: "lower" as const, mass },
    { side: "upper" as const, mass },
  ]);
  if (d < 2 || observations !== 1 || sample.draws < 3) return cases.map(undefinedTail);
  const kept = thinned(d);
  const ranksOf = (cloud: Float64Array): Float64Array[] => columnsOf(cloud, n, d, kept).map(rankShares);
  const data = ranksOf(pit.observed);
  const own = trialsOf(sample, pit, trials).map(ranksOf);
  return cases.map((one) => {
    if (n * one.mass < LEAST_IN_TAIL) return undefinedTail(one);
    const observed = jointTail(data, one.side, one.mass);
    const generated = own.map((ranks) => jointTail(ranks, one.side, one.mass));
    const mean = generated.reduce((sum, value) => sum + value, 0) / generated.length;
    const { p } = referTo(
      Math.abs(observed - mean),
      generated.map((value) => Math.abs(value - mean)),
    );
    return { ...one, observed, generated: mean, p };
  });
}

function undefinedTail(one: { readonly side: "lower" | "upper"; readonly mass: number }): TailDependence {
  return { ...one, observed: null, generated: null, p: null };
}

/** Rank of each value, from ½/n to 1 − ½/n; ties by position. */
function rankShares(values: Float64Array): Float64Array {
  const n = values.length;
  const order = Array.from(values.keys()).sort((a, b) => values[a]! - values[b]! || a - b);
  const ranks = new Float64Array(n);
  for (const [rank, i] of order.entries()) ranks[i] = (rank + 0.5) / n;
  return ranks;
}

/** Mean over pairs of the share of contexts where both are in the tail, by the share where one is. */
export function jointTail(ranks: readonly Float64Array[], side: "lower" | "upper", mass: number): number {
  const inside = ranks.map((values) =>
    Uint8Array.from(values, (u) => Number(side === "lower" ? u <= mass : u >= 1 - mass)),
  );
  const n = ranks[0]?.length ?? 0;
  const single = inside.map((flags) => flags.reduce((sum, flag) => sum + flag, 0));
  let total = 0;
  let pairs = 0;
  for (let i = 0; i < inside.length; i++) {
    for (let j = 0; j < i; j++) {
      let both = 0;
      for (let k = 0; k < n; k++) both += inside[i]![k]! & inside[j]![k]!;
      total += both / Math.max(1, Math.min(single[i]!, single[j]!));
      pairs++;
    }
  }
  return total / pairs;
}
