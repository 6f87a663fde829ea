import type { Tensor } from "../../tensor/graph.ts";
import * as ops from "../../tensor/ops.ts";

/** Log-density of the standard normal law at rows, `[rows, 1]`. */
export function standardNormal(x: Tensor): Tensor {
  const d = x.shape[1]!;
  const squares = ops.sum(ops.square(x), { axes: [1], keep: true });
  return ops.add(ops.mul(squares, -0.5), -0.5 * d * Math.log(2 * Math.PI));
}
