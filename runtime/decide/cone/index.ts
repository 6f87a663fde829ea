export { solveMixedCone } from "./branch-and-bound.ts";
export type { MixedConeAnswer, MixedConeOptions } from "./branch-and-bound.ts";
export { createRepeatedCone } from "./repeated.ts";
export { prepareCone, solveCone } from "./solve-cone.ts";
export type { Cone, ConeAnswer, ConeData, ConeOptions, ConeProblem, PreparedCone } from "./types.ts";
