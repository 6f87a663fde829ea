import type { GeneratorTraining } from "../models/neural/plan.ts";
import type { DataSpec, EvaluationSpec, GeneratorSpec, PipelineHeader, Sizes } from "../spec.ts";

/** A pipeline that trains a generator and decides nothing: scenarios, given a context or not (000 §3). */
export interface GenerationPipeline extends PipelineHeader {
  readonly kind: "generation";
  /** p may be 0: the law is then of the outcomes alone. */
  readonly sizes: Omit<Sizes, "decision">;
  readonly data: DataSpec;
  readonly generator: GeneratorSpec;
  /** Steps of a generator of gradient steps; `null` where it is fitted by its own criterion. */
  readonly train: GeneratorTraining | null;
  /** Further generators, fitted by their own criterion on the same rows. */
  readonly compare: readonly GeneratorSpec[];
  readonly evaluate: GenerationEvaluation;
}

export interface GenerationEvaluation extends Pick<EvaluationSpec, "on" | "seeds" | "contexts"> {
  readonly metrics: readonly GenerationMetric[];
}

/** What is measured between scenarios and held-out outcomes; every one is in the diagnosis of the run besides. */
export type GenerationMetric = "mmd" | "marginals" | "correlation" | "coverage" | "calibration";
