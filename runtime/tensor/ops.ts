/**
 * The functions that programs are written with. Each adds one primitive to its arguments' graph, or a short composition
 * of primitives; none computes anything. Shapes are static: a mismatch throws at once, naming both shapes.
 */
export * from "./ops/elementwise.ts";
export * from "./ops/layout.ts";
export * from "./ops/reduce.ts";
export * from "./ops/product.ts";
export * from "./ops/select.ts";
export * from "./ops/normalise.ts";
export * from "./ops/special.ts";
export * from "./ops/spatial.ts";
export * from "./ops/recurrent.ts";
export * from "./ops/spline.ts";
