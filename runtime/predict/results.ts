import type { MethodRole, MetricValue, RunResult } from "../report/results.ts";
import type { RobustDiagnosis } from "../robust/diagnosis.ts";
import type { WorstLawSummary } from "./worst-laws.ts";

/** A set of rows that predictors are tested on: those of a zone, as they are or corrupted, all or of a declared group. */
export interface TestSetSummary {
  readonly id: string;
  readonly label: string;
  /** Value of the split's column, or the part. */
  readonly zone: string;
  /** `gaussian 0.05`; `null` for the rows as they are. */
  readonly corruption: string | null;
  /** The declared group that its rows are of; absent of all rows of a zone. */
  readonly group?: string;
  readonly rows: number;
  /** Wasserstein-1 distance from the training rows, inputs and targets side by side. */
  readonly wassersteinToTrain: number | null;
}

/** A metric on one test set. */
export interface SetValue {
  readonly set: string;
  readonly metric: string;
  /** One a seed. */
  readonly perSeed: readonly number[];
  readonly mean: number;
  readonly sd: number | null;
}

export interface PredictorResult {
  readonly id: string;
  readonly label: string;
  readonly role: MethodRole;
  readonly note: string;
  /** The option whose value was chosen where there were several; `null` for a method without one. */
  readonly option: string | null;
  /** Over test sets, each counting the same; `stressed` ones are of the corrupted sets, `worst` of all, groups too. */
  readonly values: readonly MetricValue[];
  readonly sets: readonly SetValue[];
  /** What the method says of its training, one entry a seed; `null` where it says nothing. */
  readonly diagnoses: readonly (RobustDiagnosis | null)[];
}

/** What a run of a predictor found; `results.json` is this value, which holds no time and no path. */
export interface ForecastResult extends Pick<
  RunResult,
  | "version"
  | "model"
  | "irHash"
  | "drocVersion"
  | "seed"
  | "seeds"
  | "quick"
  | "data"
  | "metrics"
  | "comparisons"
  | "settings"
  | "warnings"
> {
  readonly kind: "forecast";
  /** Distance of the training rows from themselves, half against half: what sampling alone makes of no distance. */
  readonly ownDistance: number;
  readonly sets: readonly TestSetSummary[];
  readonly methods: readonly PredictorResult[];
  /** Of the first seed, one a method against a classical set of laws; absent where there is none. */
  readonly worstLaws?: readonly WorstLawSummary[];
}
