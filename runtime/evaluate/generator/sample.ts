/**
 * What a generator is diagnosed on: at each context some outcomes that occurred, and scenarios that it drew there without
 * seeing them. Outcomes are in units of their training deviation, so that components can be added up.
 */
export interface GeneratorSample {
  /** n. */
  readonly contexts: number;
  /** d. */
  readonly components: number;
  /** m outcomes a context: one of held-out data, several of a true law. */
  readonly observations: number;
  /** n × m × d. */
  readonly observed: Float64Array;
  /** K scenarios a context. */
  readonly draws: number;
  /** n × K × d. */
  readonly drawn: Float64Array;
}

/** A value with its standard error where it has one; `null` where it is not defined for this sample. */
export interface Estimate {
  readonly value: number | null;
  readonly standardError: number | null;
}

/** A value beside what it would be were the generator right. */
export interface Referred {
  readonly value: number | null;
  /** Mean of the same value over scenarios of the generator put in the place of the outcomes. */
  readonly reference: number | null;
  /** Share of those that are at least as large, by (1 + count) / (1 + trials). */
  readonly p: number | null;
}

export const UNDEFINED: Estimate = { value: null, standardError: null };
export const UNDEFINED_REFERRED: Referred = { value: null, reference: null, p: null };

/** Mean of values that belong to different contexts, with its plain standard error `sd/√n`. */
export function meanOf(values: ArrayLike<number>): Estimate {
  const n = values.length;
  if (n === 0) return UNDEFINED;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i]!;
  const mean = sum / n;
  if (n === 1) return { value: mean, standardError: null };
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (values[i]! - mean) ** 2;
  return { value: mean, standardError: Math.sqrt(squares / (n - 1) / n) };
}

/** The observed value against those of the trials, by a Monte Carlo test (Davison and Hinkley 1997, §4.2). */
export function referTo(value: number, trials: ArrayLike<number>): Referred {
  const count = trials.length;
  if (!Number.isFinite(value) || count === 0) return UNDEFINED_REFERRED;
  let sum = 0;
  let atLeast = 0;
  for (let k = 0; k < count; k++) {
    sum += trials[k]!;
    if (trials[k]! >= value) atLeast++;
  }
  return { value, reference: sum / count, p: (1 + atLeast) / (1 + count) };
}

/**
 * A sample in which scenario `k` of each context stands for its outcome: what would be seen were the generator right.
 * @returns n × d
 */
export function pseudoObservation({ contexts, components: d, draws, drawn }: GeneratorSample, k: number): Float64Array {
  const out = new Float64Array(contexts * d);
  for (let i = 0; i < contexts; i++) out.set(drawn.subarray((i * draws + k) * d, (i * draws + k + 1) * d), i * d);
  return out;
}
