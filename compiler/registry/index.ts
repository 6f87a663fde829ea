export {
  assumptions,
  columnFunctions,
  columnMaps,
  fittedStages,
  sources,
  splitRules,
  type ColumnSchema,
} from "./data.ts";
export { adversaries, ambiguitySets } from "./ambiguity.ts";
export { corruptions, predictors } from "./forecasts.ts";
export { anySet, predictorSets } from "./predictor-sets.ts";
export { fittedNames } from "./fitted-generators.ts";
export { likelihoodGenerators, weightedGenerators } from "./further-generators.ts";
export { functions, type FunctionSchema } from "./functions.ts";
export { flowMatching, generators, mixture } from "./generators.ts";
export { baselines, dwFm, fit, references, trainers, uniformFm } from "./methods.ts";
export { optimizers } from "./training.ts";
export { ownersOf } from "./owners.ts";
export { samplers, solvers } from "./solvers.ts";
export { evaluateOptions, evaluators, metrics } from "./metrics.ts";
export {
  describeRange,
  describeValue,
  findGroup,
  isFor,
  MOST_CANDIDATES,
  problemNames,
  tuningCriteria,
  type GroupSchema,
  type Kind,
  type MetricSchema,
  type NumberSchema,
  type OptionSchema,
  type ValueSchema,
} from "./schema.ts";
