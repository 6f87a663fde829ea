export { prepareCone, solveCone } from "./solve-cone.ts";
export type { Cone, ConeAnswer, ConeData, ConeOptions, ConeProblem, PreparedCone } from "./types.ts";
