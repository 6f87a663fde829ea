/** Everything that an emitted pipeline, or an application around one, imports. */
export type {
  AdamSpec,
  AmbiguitySet,
  AmbiguitySpec,
  DataSpec,
  DdpmSpec,
  DecisionBlockSpec,
  ConicForm,
  DecisionProblem,
  DwFmSpec,
  EvaluationSpec,
  EvaluatorSpec,
  FeasibleSet,
  IntegerSearchSpec,
  FieldSpec,
  FitSpec,
  FlowMatchingSpec,
  GaussianSpec,
  GeneratorSpec,
  LinearRow,
  MethodSpec,
  MetricSpec,
  MixtureFlowSpec,
  MixtureSpec,
  NeuralGeneratorSpec,
  NoiseNetSpec,
  NormalizingFlowSpec,
  OutcomeNorm,
  Pipeline,
  Place,
  ReferenceSpec,
  RiskSpec,
  ScoreSdeSpec,
  Sizes,
  SourceSpec,
  SplitSpec,
  TrainSpec,
  VaeSpec,
} from "./spec.ts";
export type { ColumnIR } from "./ir/model.ts";
export type { DecisionAnswer, ScenarioSet } from "./decide/index.ts";
export type { Decide, DecisionOptions } from "./decision.ts";
export type { RunEvent } from "./runs/events.ts";
export type { RunOptions } from "./options.ts";
export type { GeneratorDiagnosis } from "./evaluate/generator/diagnose.ts";
export type { DwFmTheory } from "./methods/theory/index.ts";
export type { Comparison, MethodResult, MetricValue, RunResult } from "./report/results.ts";
export { RuntimeError, renderRuntimeError } from "./errors/runtime-error.ts";
export { createDecision, createPredictor, definePipeline, main, runPipeline, type AnyPipeline } from "./pipeline.ts";
export type { GenerationEvaluation, GenerationPipeline } from "./generation/spec.ts";
export { plainLines, renderResult } from "./main.ts";
export { box, cappedSimplex, nonnegative, simplex, subjectTo, unrestricted } from "./decide/index.ts";

/** Parts of a run for applications that bring scenarios, losses or rows of their own. */
export { createDecider, decideMany, type Decider, type DecideOptions } from "./decide/index.ts";
export { createDecisionDerivatives } from "./decide/derivative/index.ts";
export type { DecisionDerivative, DecisionDerivatives, DecisionGradient } from "./decide/derivative/index.ts";
export { solveCombinatorial } from "./decide/classical/index.ts";
export {
  createCombinatorialOracle,
  createOracle,
  fitForest,
  hindsight,
  openCostPredictor,
  regretOf,
  trainCostPredictor,
} from "./dfl/index.ts";
export type { DecisionOracle, DflLossSpec, PredictorTrainingOptions, TrainedPredictor } from "./dfl/index.ts";
export { cvar, mean, quantile } from "./risk/index.ts";
export { fitGaussian } from "./models/gaussian/index.ts";
export { fitKernel, type OutcomeWeighting } from "./models/kernel/index.ts";
export { observationalWeights } from "./models/mixture/observational.ts";
export { fitMixture } from "./models/mixture/index.ts";
export { fitMixtureFlow } from "./models/gmm-nf/index.ts";
export { loadFlowModel, trainFlowMatching, type FlowModel } from "./models/flow-matching/index.ts";
export { loadNeuralGenerator, trainNeuralGenerator, type TrainedGenerator } from "./models/neural-generators.ts";
export type { ConditionalSampler, TrainHooks, TrainingSet } from "./models/sampler.ts";
export { randomStream, type RandomStream } from "./tensor/random.ts";

/** Predictors as decisions. */
export type {
  CorruptionSpec,
  ForecastDataSpec,
  ForecastPipeline,
  PredictorDecisionSpec,
  PredictorEvaluationSpec,
  PredictorMethodSpec,
  PredictorRiskSpec,
  StressSpec,
} from "./predict/spec.ts";
export type { RowLoss } from "./predict/types.ts";
export type { ForecastResult } from "./predict/results.ts";
export type { OpenPredictor, PredictorOptions } from "./predict/create.ts";
export { openWorstLaw, type OpenWorstLaw } from "./predict/open-worst-law.ts";
/** What the losses of rows are written with; see `droc/tensor`. */
export * as ops from "./tensor/ops.ts";
