export { canonicalise, type CanonicaliseOptions } from "./canonicalise.ts";
export { canonicalReasons } from "./failure.ts";
export { problemOf, reformulateModel } from "./model.ts";
export type {
  ConvexProblem,
  DataInput,
  DecisionVariable,
  ProblemConstraint,
  ProblemRisk,
  WassersteinBall,
} from "./problem.ts";
export type { LossEpigraph } from "./risk.ts";
export { renderLatex, renderText } from "./render/form.ts";
