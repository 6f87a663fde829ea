import { RuntimeError } from "../../errors/runtime-error.ts";
import { decideCatalogue } from "../../decide/catalogue.ts";
import { columnScales } from "../../models/mixture/standardise.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { coverage, difficultyGroups, type Coverage } from "./coverage.ts";
import { crpsByComponent, type ComponentScore } from "./crps.ts";
import { correlationError, tailDependence, type CorrelationError, type TailDependence } from "./dependence.ts";
import { energyScore } from "./energy-score.ts";
import { mmd } from "./mmd.ts";
import { column, histogram, pitValues, uniformity } from "./pit.ts";
import { pseudoObservation, type Estimate, type GeneratorSample, type Referred } from "./sample.ts";
import { slicedDistance } from "./sliced-wasserstein.ts";
import { trueLawDistances, type TrueLawDistances } from "./true-law.ts";

/** Sizes of a diagnosis: they bound its time, and are said wherever it is printed. */
export const DIAGNOSIS = {
  /** Contexts, evenly spaced over those evaluated, at most. */
  contexts: 512,
  /** Contexts at which the true law is compared, at most. */
  truthContexts: 128,
  /** Scenarios a context. */
  draws: 64,
  /** Scenarios a context from which those of a weighted law are drawn. */
  weightedDraws: 256,
  /** Scenarios that stand for outcomes in turn. */
  trials: 39,
} as const;

export interface DiagnosisInput {
  /** n. */
  readonly contexts: number;
  /** n × p, as the model sees them. */
  readonly values: Float64Array;
  /** n × d, one outcome a context. */
  readonly outcomes: Float64Array;
  /** n × K × d. */
  readonly scenarios: Float64Array;
  /** Training rows: they fix the units and say what is known without a context. */
  readonly train: { readonly rows: number; readonly contexts: Float64Array; readonly outcomes: Float64Array };
  /** n, larger where the decision is harder. */
  readonly difficulty: Float64Array;
  /** Draws of the true law at some of the contexts, as many at each; `null` where there is no true law. */
  readonly truth: { readonly positions: Int32Array; readonly outcomes: Float64Array } | null;
  readonly stream: RandomStream;
}

export interface PitTest {
  /** Kolmogorov–Smirnov distance of a component's PIT values from uniform. */
  readonly statistic: number | null;
  readonly p: number | null;
}

/** What a generator's scenarios say about the outcomes that occurred. Plain JSON. */
export interface GeneratorDiagnosis {
  readonly contexts: number;
  readonly draws: number;
  /** MMD² of outcome and context. */
  readonly mmd: { readonly value: number | null; readonly standardError: number | null; readonly p: number | null };
  readonly slicedWasserstein: Referred;
  readonly energyScore: Estimate;
  /** One a component, in units of its training deviation. */
  readonly crps: readonly ComponentScore[];
  readonly pit: {
    /** Share of the PIT values of all components in each bin. */
    readonly histogram: readonly number[];
    readonly components: readonly PitTest[];
    /** The component furthest from uniform. */
    readonly worst: (PitTest & { readonly component: number }) | null;
  };
  readonly coverage: readonly Coverage[];
  readonly correlation: CorrelationError;
  readonly tails: readonly TailDependence[];
  readonly truth: (TrueLawDistances & { readonly contexts: number; readonly coverage: readonly Coverage[] }) | null;
  /** Why a value is missing. */
  readonly notes: readonly string[];
}

/**
 * Diagnoses a generator on contexts and outcomes that it was not fitted on. Outcomes are divided by their training
 * deviation, so that no component counts for its unit alone.
 *
 * @throws RuntimeError `scenario-not-finite`
 * @throws RangeError where arrays do not fit or an outcome is not finite
 */
export function diagnose(input: DiagnosisInput): GeneratorDiagnosis {
  const { contexts: n, values, outcomes, scenarios, train, difficulty, stream } = input;
  const d = n === 0 ? 0 : outcomes.length / n;
  const p = n === 0 ? 0 : values.length / n;
  const draws = n === 0 || d === 0 ? 0 : scenarios.length / (n * d);
  if (![d, p, draws].every(Number.isInteger)) throw new RangeError("The arrays of a diagnosis do not fit together.");
  checkFinite(scenarios, draws, d);
  if (!outcomes.every(Number.isFinite)) throw new RangeError("An outcome to diagnose with is not finite.");

  const scales = columnScales(train.outcomes, train.rows, d, new Float64Array(train.rows).fill(1));
  const inUnits = (table: Float64Array): Float64Array =>
    table.map((value, k) => (value - scales.mean[k % d]!) / scales.spread[k % d]!);
  const sample: GeneratorSample = {
    contexts: n,
    components: d,
    observations: 1,
    observed: inUnits(outcomes),
    draws,
    drawn: inUnits(scenarios),
  };
  const contextScales = columnScales(train.contexts, train.rows, p, new Float64Array(train.rows).fill(1));
  const places = values.map((value, k) => (value - contextScales.mean[k % p]!) / contextScales.spread[k % p]!);
  const pit = pitValues(sample, stream.child("pit"));
  const groups = difficultyGroups(difficulty);
  const distance =
    draws === 0 ? null : mmd(sample.observed, pseudoObservation(sample, 0), places, n, stream.child("signs"));
  const tests = Array.from({ length: d }, (_, j): PitTest => {
    const test = uniformity(column(pit.observed, d, j));
    return { statistic: test?.statistic ?? null, p: test?.p ?? null };
  });
  return {
    contexts: n,
    draws,
    mmd: { value: distance?.value ?? null, standardError: distance?.standardError ?? null, p: distance?.p ?? null },
    slicedWasserstein: slicedDistance(sample, stream.child("directions"), DIAGNOSIS.trials),
    energyScore: energyScore(sample),
    crps: crpsByComponent(sample, inUnits(train.outcomes)),
    pit: { histogram: histogram(pit.observed), components: tests, worst: worstOf(tests) },
    coverage: coverage(pit.observed, n, groups),
    correlation: correlationError(sample, pit, DIAGNOSIS.trials),
    tails: tailDependence(sample, pit, DIAGNOSIS.trials),
    truth: againstTruth(input, sample, inUnits),
    notes: notesOf(n, d, draws, groups.length > 0),
  };
}

/** The component with the largest distance; its p-value is multiplied by the number of components (Bonferroni). */
function worstOf(tests: readonly PitTest[]): GeneratorDiagnosis["pit"]["worst"] {
  let worst: { readonly component: number; readonly statistic: number; readonly p: number } | null = null;
  for (const [component, { statistic, p }] of tests.entries()) {
    if (statistic === null || p === null) continue;
    if (worst === null || statistic > worst.statistic) worst = { component, statistic, p };
  }
  return worst === null ? null : { ...worst, p: Math.min(1, worst.p * tests.length) };
}

function againstTruth(
  { truth, difficulty, stream }: DiagnosisInput,
  sample: GeneratorSample,
  inUnits: (table: Float64Array) => Float64Array,
): GeneratorDiagnosis["truth"] {
  if (truth === null || truth.positions.length === 0) return null;
  const { components: d, draws } = sample;
  const { positions, outcomes } = truth;
  const drawn = new Float64Array(positions.length * draws * d);
  for (const [k, i] of positions.entries()) {
    drawn.set(sample.drawn.subarray(i * draws * d, (i + 1) * draws * d), k * draws * d);
  }
  const at: GeneratorSample = {
    contexts: positions.length,
    components: d,
    observations: outcomes.length / (positions.length * d),
    observed: inUnits(outcomes),
    draws,
    drawn,
  };
  const groups = difficultyGroups(Float64Array.from(positions, (i) => difficulty[i]!));
  const { observed } = pitValues(at, stream.child("truth/pit"));
  return {
    contexts: positions.length,
    ...trueLawDistances(at, stream.child("truth")),
    coverage: coverage(observed, positions.length, groups),
  };
}

function notesOf(n: number, d: number, draws: number, grouped: boolean): string[] {
  const notes: string[] = [];
  if (n < 3) notes.push(`${n} contexts are too few for a distance between laws (3), uniformity (5) or correlation (4)`);
  else if (n < 5) notes.push(`${n} contexts are too few to test uniformity on, which takes 5`);
  if (d < 2) notes.push("one component has no correlation and no dependence of tails");
  else if (n < 50) notes.push(`tails at 10 % hold fewer than 5 of ${n} contexts`);
  else if (n < 100) notes.push(`tails at 5 % hold fewer than 5 of ${n} contexts`);
  if (draws < 3) notes.push(`${draws} scenarios a context are too few to compare with each other`);
  if (!grouped) notes.push("contexts are not told apart by difficulty: there are too few, or all are equally hard");
  return notes;
}

/** Names the first value that is no number, as a decision on these scenarios would. */
function checkFinite(scenarios: Float64Array, draws: number, d: number): void {
  const at = scenarios.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  throw new RuntimeError(decideCatalogue, "scenario-not-finite", {
    row: Math.floor(at / d) % draws,
    value: String(scenarios[at]),
    component: at % d,
  });
}
