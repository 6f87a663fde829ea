export { coneSensitivity } from "./cone-sensitivity.ts";
export type { ConeCotangent, ConeGradient, ConeSensitivity } from "./cone-sensitivity.ts";
export { createDecisionDerivatives } from "./decision-derivative.ts";
export type { DecisionDerivative, DecisionDerivatives, DecisionGradient } from "./decision-derivative.ts";
export type { Differentiability, ProgramGradient } from "./types.ts";
export { polishConeSolution, type PolishedSolution } from "./cone-polish.ts";
