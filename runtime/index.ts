/** Everything that an emitted pipeline, or an application around one, imports. */
export type {
  AdamSpec,
  DataSpec,
  DecisionProblem,
  DwFmSpec,
  EvaluationSpec,
  EvaluatorSpec,
  FeasibleSet,
  FieldSpec,
  FitSpec,
  FlowMatchingSpec,
  GeneratorSpec,
  LinearRow,
  MethodSpec,
  MetricSpec,
  MixtureSpec,
  Pipeline,
  Place,
  ReferenceSpec,
  RiskSpec,
  Sizes,
  SourceSpec,
  SplitSpec,
  TrainSpec,
} from "./spec.ts";
export type { ColumnIR } from "./ir/model.ts";
export type { RunEvent } from "./runs/events.ts";
export type { RunOptions } from "./options.ts";
export type { RunResult } from "./report/results.ts";
export { createDecision, definePipeline, main, runPipeline } from "./pipeline.ts";
