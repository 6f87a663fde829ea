import type { Shape } from "./node.ts";

/** A float64 value of a node. Booleans are 0 and 1, indices are integers. */
export interface Value {
  readonly shape: Shape;
  readonly data: Float64Array;
}
