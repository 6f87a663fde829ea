export { createDecisionDerivatives } from "./decision-derivative.ts";
export type { DecisionDerivative, DecisionDerivatives, DecisionGradient } from "./decision-derivative.ts";
export type { Differentiability, ProgramGradient } from "./types.ts";
