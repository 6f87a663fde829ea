import type { ComparedSeed } from "../../methods/compare-seed.ts";
import type { PlannedMethod } from "../../methods/plan.ts";
import type { Warn } from "../../runs/event-log.ts";
import type { FlowTheory, GeneratorDiagnostics } from "../../report/results.ts";
import { mean } from "../statistics.ts";

/** Diagnoses of every seed by method, in the order of the plan. */
export function gatherDiagnostics(
  methods: readonly PlannedMethod[],
  compared: readonly ComparedSeed[],
  components: readonly string[],
): GeneratorDiagnostics[] {
  return methods.flatMap(({ id }) => {
    const seeds = compared.flatMap(({ diagnoses }) => diagnoses.get(id) ?? []);
    return seeds.length === 0 ? [] : [{ method: id, components, seeds }];
  });
}

/** What the theory says at every seed, by method. */
export function gatherTheory(methods: readonly PlannedMethod[], compared: readonly ComparedSeed[]): FlowTheory[] {
  return methods.flatMap(({ id }) => {
    const seeds = compared.flatMap(({ theory }) => theory.get(id) ?? []);
    return seeds.length === 0 ? [] : [{ method: id, seeds }];
  });
}

/** Coverage further from its level than this is worth a warning, where it is no accident of the sample. */
const COVERAGE_OFF = 0.1;
/** So is a distance of PIT values from uniform of this size, at a p-value below the other number at every seed. */
const PIT_OFF = { statistic: 0.1, p: 1e-3 };

/**
 * Warns of the trained method's generator where its scenarios do not fit the outcomes, and of weights whose tilt is
 * larger than what the flow misses.
 */
export function warnOfDiagnoses(
  warn: Warn,
  methods: readonly PlannedMethod[],
  diagnostics: readonly GeneratorDiagnostics[],
  theory: readonly FlowTheory[],
): void {
  const trained = methods.filter(({ role }) => role === "trained");
  for (const { id, label, how } of trained) {
    const found = diagnostics.find(({ method }) => method === id);
    if (found !== undefined) warnOfDiagnosis(warn, label, found);
    const said = theory.find(({ method }) => method === id);
    if (said !== undefined && how.kind === "dw_fm" && !how.detilt) warnOfTilt(warn, label, said);
  }
}

/** Warns where scenarios do not fit the outcomes: of their coverage, else of their calibration. */
export function warnOfDiagnosis(warn: Warn, method: string, found: GeneratorDiagnostics): void {
  if (!warnOfCoverage(warn, method, found)) warnOfPit(warn, method, found);
}

function warnOfCoverage(warn: Warn, method: string, { seeds }: GeneratorDiagnostics): boolean {
  let worst: { readonly level: number; readonly covered: number } | null = null;
  for (const [k, { level }] of seeds[0]!.coverage.entries()) {
    const each = seeds.map(({ coverage }) => coverage[k]!);
    const values = each.flatMap(({ value }) => value ?? []);
    const errors = each.flatMap(({ standardError }) => standardError ?? []);
    // A single context has no standard error: nothing is said about it.
    if (values.length < seeds.length || errors.length < seeds.length) continue;
    const covered = mean(values);
    const off = Math.abs(covered - level);
    // Seeds may share their outcomes, so that their errors are not averaged away.
    if (off <= Math.max(COVERAGE_OFF, 2 * mean(errors))) continue;
    if (worst === null || off > Math.abs(worst.covered - worst.level)) worst = { level, covered };
  }
  if (worst === null) return false;
  warn("generator-coverage", {
    method,
    level: Number((100 * worst.level).toFixed(0)),
    covered: Number((100 * worst.covered).toFixed(0)),
  });
  return true;
}

function warnOfPit(warn: Warn, method: string, { seeds, components }: GeneratorDiagnostics): void {
  const tests = seeds.map(({ pit }) => pit.worst);
  const found = tests.flatMap((worst) =>
    worst !== null && worst.statistic !== null && worst.p !== null && worst.p < PIT_OFF.p
      ? [{ component: worst.component, statistic: worst.statistic }]
      : [],
  );
  const [first] = found;
  if (first === undefined || found.length < seeds.length) return;
  const distance = mean(found.map(({ statistic }) => statistic));
  if (distance < PIT_OFF.statistic) return;
  warn("generator-calibration", {
    method,
    component: components[first.component] ?? String(first.component),
    distance: distance.toFixed(2),
    shape: shapeOf(seeds[0]!.pit.histogram),
  });
}

/** What the histogram of PIT values looks like, in words. */
export function shapeOf(histogram: readonly number[]): string {
  const bins = histogram.length;
  const centre = histogram.reduce((sum, share, k) => sum + (share * (k + 0.5)) / bins, 0);
  if (centre > 0.55) return "outcomes lie above most of the scenarios";
  if (centre < 0.45) return "outcomes lie below most of the scenarios";
  const ends = (histogram[0] ?? 0) + (histogram.at(-1) ?? 0);
  if (ends > 2.5 / bins) return "too many outcomes lie at the ends of the scenarios, which are too narrow";
  if (ends < 1.5 / bins) return "too few outcomes lie at the ends of the scenarios, which are too wide";
  return "the histogram in the report shows where";
}

function warnOfTilt(warn: Warn, method: string, { seeds }: FlowTheory): void {
  const tilts = seeds.map(({ tiltingBias }) => tiltingBias);
  const values = tilts.flatMap(({ value }) => value ?? []);
  const errors = tilts.flatMap(({ standardError }) => standardError ?? []);
  const excess = seeds.flatMap(({ excessRisk }) => excessRisk.value ?? []);
  if (values.length < seeds.length || errors.length < seeds.length || excess.length < seeds.length) return;
  const tilt = mean(values);
  const missed = Math.max(0, mean(excess));
  if (tilt <= missed || tilt <= 2 * mean(errors)) return;
  warn("tilt-exceeds-fit", { method, tilt: tilt.toPrecision(2), excess: missed.toPrecision(2) });
}
