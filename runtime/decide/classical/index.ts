export { createCombinatorialSolver, solveCombinatorial } from "./solve-combinatorial.ts";
export type { CombinatorialSolver } from "./solve-combinatorial.ts";
export type { Arc, Certificate, CombinatorialAnswer, CombinatorialSet } from "./types.ts";
