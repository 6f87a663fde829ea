export { analyseExpression, type AnalysisScope } from "./analyse-expression.ts";
export { ruleReasons } from "./blame.ts";
export type * from "./facts.ts";
export { modelFacts, type ConstraintFacts, type ModelFacts } from "./model-facts.ts";
