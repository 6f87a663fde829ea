import type { GeneratorDiagnosis } from "../evaluate/generator/diagnose.ts";
import type { DwFmTheory } from "../methods/theory/index.ts";
import type { Place, TunedCandidate } from "../spec.ts";

/** Version of the layout of `results.json`. */
export const RESULTS_VERSION = 1;

/**
 * What a run found. `results.json` is this value: plain JSON, holding no time and no path, so that the same spec, data
 * and seed give the same bytes.
 */
export interface RunResult {
  readonly version: typeof RESULTS_VERSION;
  readonly model: string;
  readonly irHash: string;
  readonly drocVersion: string;
  readonly seed: number;
  /** Number of seeds (replicates) run. */
  readonly seeds: number;
  /** True where `quick` shortened the run: its numbers show that the line works, nothing else. */
  readonly quick: boolean;
  readonly data: DataSummary;
  readonly evaluator: EvaluatorSummary;
  /** Contexts that are evaluated, in the order of every `perContext` array. */
  readonly contexts: ContextsSummary;
  /** Metrics in the order of the table. */
  readonly metrics: readonly MetricInfo[];
  /** The trained method first, then baselines, controls and floors. */
  readonly methods: readonly MethodResult[];
  readonly comparisons: readonly Comparison[];
  /** One entry a seed and a method whose strength was chosen. */
  readonly selection: readonly Selection[];
  /** One entry a seed; absent without an ambiguity set. */
  readonly radii?: readonly RadiusSelection[];
  /** One entry a seed and a method whose options were chosen on validation; absent where none were. */
  readonly tuning?: readonly TunedOptions[];
  /** One entry a seed and a method that is trained for its decisions; absent where there is none. */
  readonly curves?: readonly LearningCurve[];
  /** One entry a seed and a strength. */
  readonly weights: readonly WeightsSummary[];
  /** What the scenarios of each trained generator say about the outcomes of the evaluated contexts. */
  readonly diagnostics: readonly GeneratorDiagnostics[];
  /** What the theory of DW-FM says of each trained flow. */
  readonly theory: readonly FlowTheory[];
  /** Every value that shaped the numbers, written in the spec or not. */
  readonly settings: readonly SettingLine[];
  readonly warnings: readonly RunWarning[];
}

export interface DataSummary {
  readonly name: string;
  readonly source: string;
  readonly hash: string;
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  /** What the loader has to say, such as leading rows that lags consumed. */
  readonly notes: readonly string[];
}

export interface EvaluatorSummary {
  /** `held_out`: no law, but the outcomes of rows that nothing was fitted on, where nothing is decided. */
  readonly kind: "truth" | "residual_bootstrap" | "held_out";
  readonly scenarios: number;
  readonly note: string;
}

export interface ContextsSummary {
  readonly split: "test" | "validation";
  /** Row numbers in the data. */
  readonly rows: readonly number[];
  /** Value of the index column of those rows; empty where there is none. */
  readonly labels: readonly string[];
  /** First and one-past-last position of each slice. */
  readonly slices: readonly (readonly [number, number])[];
}

export interface MetricInfo {
  /** `regret`, `regret_hardest`, `cvar_loss`, … */
  readonly id: string;
  /** As a person reads it: `regret, hardest 25%`. */
  readonly label: string;
  /** `none` where a value is described, not judged. */
  readonly better: "lower" | "higher" | "none";
}

export type MethodRole = "trained" | "baseline" | "control" | "floor";

export interface MetricValue {
  readonly metric: string;
  /** One a seed; `null` where the metric has no meaning for the method. */
  readonly perSeed: readonly (number | null)[];
  readonly mean: number | null;
  /** Sample standard deviation over seeds; `null` with one seed. */
  readonly sd: number | null;
  /** Mean over seeds in each slice; empty unless more than one slice was asked for. */
  readonly slices: readonly (number | null)[];
}

export interface MethodResult {
  readonly id: string;
  readonly label: string;
  readonly role: MethodRole;
  /** What the row is, in one sentence. */
  readonly note: string;
  readonly values: readonly MetricValue[];
  /** Regret of each context, one array a seed. */
  readonly regrets: readonly (readonly number[])[];
  /** Contexts whose decision did not reach the solver's tolerance, summed over seeds. */
  readonly unsolved: number;
  /** Share of the scenarios' values that had to be moved into the outcome's declared range, over contexts and seeds. */
  readonly moved: number;
}

/** `method` against `baseline`; negative differences are gains where lower is better. */
export interface Comparison {
  readonly method: string;
  readonly baseline: string;
  readonly metric: string;
  /** Mean over seeds of (method − baseline). */
  readonly difference: number;
  /** Standard deviation over seeds of the difference; `null` with one seed. */
  readonly sd: number | null;
  /** difference / mean of the baseline; `null` where that is 0. */
  readonly relative: number | null;
  /** Paired t test over seeds, two-sided; `null` with one seed or no variation. */
  readonly t: { readonly statistic: number; readonly degreesOfFreedom: number; readonly p: number } | null;
  /** Percentile interval of the difference from the paired bootstrap over seeds × contexts. */
  readonly bootstrap: { readonly lower: number; readonly upper: number; readonly level: number } | null;
}

export interface Selection {
  readonly seed: number;
  readonly method: string;
  readonly scale: "absolute" | "relative";
  readonly grid: readonly {
    readonly strength: number;
    readonly lambda: number;
    /** `null` where there was nothing to choose. */
    readonly validationRegret: number | null;
  }[];
  readonly selected: number;
  /** λ in units of 1/gradient². */
  readonly lambda: number;
}

/** How the radius of the ambiguity set was chosen. */
export interface RadiusSelection {
  readonly seed: number;
  readonly grid: readonly {
    readonly radius: number;
    /** Risk of the realised losses on validation; `null` where there was nothing to choose. */
    readonly heldOutRisk: number | null;
  }[];
  readonly selected: number;
}

/** Regret of a method's decisions while it was trained. */
export interface LearningCurve {
  readonly seed: number;
  readonly method: string;
  /**
   * Of which decisions: those on the validation rows, against the best ones for the outcomes that came, or those that
   * training took at its own contexts, under its proxy.
   */
  readonly of: "validation" | "proxy";
  /** Ascending by step; the regret is a mean, in units of the loss. */
  readonly points: readonly { readonly step: number; readonly regret: number }[];
}

/** How the options of a baseline were chosen among several settings. */
export interface TunedOptions {
  readonly seed: number;
  readonly method: string;
  /** Mean regret on validation, or risk of the losses that came there. */
  readonly by: "regret" | "loss";
  readonly grid: readonly { readonly chosen: TunedCandidate["chosen"]; readonly score: number }[];
  readonly selected: TunedCandidate["chosen"];
}

/** Distribution of the weights `1 + λ‖∇ₛℓ‖²` over the training rows of a seed. */
export interface WeightsSummary {
  readonly seed: number;
  readonly strength: number;
  readonly lambda: number;
  readonly min: number;
  readonly median: number;
  readonly max: number;
  /** `(Σw)² / (n Σw²)`. */
  readonly effectiveShare: number;
}

export interface GeneratorDiagnostics {
  readonly method: string;
  /** Names of the components, in the order of `crps` and `pit.components`. */
  readonly components: readonly string[];
  /** One a seed. */
  readonly seeds: readonly GeneratorDiagnosis[];
}

export interface FlowTheory {
  readonly method: string;
  /** One a seed. */
  readonly seeds: readonly DwFmTheory[];
}

export interface SettingLine {
  readonly name: string;
  readonly value: string;
  readonly at?: Place;
}

export interface RunWarning {
  readonly code: string;
  readonly message: string;
}
