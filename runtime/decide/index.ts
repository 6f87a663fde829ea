export { decideCatalogue } from "./catalogue.ts";
export { decideMany } from "./decide-many.ts";
export type { DecisionCase } from "./decide-many.ts";
export { createDecider } from "./decider.ts";
export { OPTIMAL_GAP } from "./routes.ts";
export { checkFeasible } from "./feasible-set.ts";
export { box, cappedSimplex, nonnegative, simplex, subjectTo, unrestricted } from "./sets.ts";
export type { Decider, DecideOptions, DecisionAnswer, MissingBound, ScenarioSet } from "./types.ts";
