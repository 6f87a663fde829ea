export { minimiseSmooth } from "./projected-gradient.ts";
export type { FirstOrderAnswer, FirstOrderOptions, ProximalFunction, SmoothFunction } from "./projected-gradient.ts";
export {
  ballSet,
  boxSet,
  cappedSimplexSet,
  halfspaceSet,
  hyperplaneSet,
  intersectionSet,
  simplexSet,
} from "./simple-sets.ts";
export type { SimpleSet } from "./simple-sets.ts";
