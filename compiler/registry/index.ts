export {
  assumptions,
  columnFunctions,
  columnMaps,
  fittedStages,
  sources,
  splitRules,
  type ColumnSchema,
} from "./data.ts";
export { functions, type FunctionSchema } from "./functions.ts";
export { flowMatching, generators, mixture } from "./generators.ts";
export { baselines, dwFm, optimizers, references, trainers, uniformFm } from "./methods.ts";
export { evaluateOptions, evaluators, metrics } from "./metrics.ts";
export {
  describeRange,
  describeValue,
  findGroup,
  type GroupSchema,
  type Kind,
  type MetricSchema,
  type NumberSchema,
  type OptionSchema,
  type ValueSchema,
} from "./schema.ts";
