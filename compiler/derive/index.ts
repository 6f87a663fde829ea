export { gradientGraph, jacobianGraph, joinedGradientGraph, reverse, type Variable } from "./reverse.ts";
