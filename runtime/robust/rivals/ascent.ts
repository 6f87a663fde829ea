import type { Standardizer } from "../../models/standardizer.ts";
import { gradients } from "../../tensor/differentiate.ts";
import type { Tensor } from "../../tensor/graph.ts";
import * as ops from "../../tensor/ops.ts";

/** Keeps a division by a gradient of zero from being one by zero. */
const TINY = 1e-12;

/**
 * Frank–Wolfe ascent of `Σ_i f_i(y_i)` over the ball `((1/B) Σ_i ‖y_i − x_i‖₂²)^{1/2} ≤ radius`, a transport of the batch
 * by at most the radius in the 2-Wasserstein distance (Staib & Jegelka 2017, algorithm FWDRO with p = q = 2). The vertex
 * for a gradient G is `x + radius √B G / ‖G‖`; step k moves a share 2/(k + 2) towards it, so that none leaves the ball.
 * @param origin x, [rows, columns]
 * @param value [rows, 1] at points [rows, columns]
 * @returns y, cut off from what it was computed of
 */
export function frankWolfe(origin: Tensor, value: (points: Tensor) => Tensor, radius: number, steps: number): Tensor {
  const rows = origin.shape[0]!;
  let points = origin;
  for (let k = 0; k < steps; k++) {
    const { at, gradient } = slopeAt(points, value);
    const length = ops.sqrt(ops.add(ops.sum(ops.square(gradient)), TINY));
    const vertex = ops.add(origin, ops.mul(gradient, ops.div(radius * Math.sqrt(rows), length)));
    const share = 2 / (k + 2);
    points = ops.add(ops.mul(at, 1 - share), ops.mul(vertex, share));
  }
  return ops.stopGradient(points);
}

/**
 * Gradient ascent of `f_i(y_i) − (penalty/2) ‖y_i − x_i‖₂²` from y = x (Sinha, Namkoong & Duchi 2018, algorithm 1), with
 * steps `1/(penalty · √k)`; for a penalty above f's curvature the inner problem is strongly concave and this converges.
 * @param origin x, [rows, columns]
 * @param value [rows, 1] at points [rows, columns]
 * @returns y, cut off from what it was computed of
 */
export function penalisedAscent(
  origin: Tensor,
  value: (points: Tensor) => Tensor,
  penalty: number,
  steps: number,
): Tensor {
  let points = origin;
  for (let k = 1; k <= steps; k++) {
    const { at, gradient } = slopeAt(points, value);
    const ascent = ops.sub(gradient, ops.mul(ops.sub(at, origin), penalty));
    points = ops.add(at, ops.mul(ascent, 1 / (penalty * Math.sqrt(k))));
  }
  return ops.stopGradient(points);
}

/** The points as a node of their own: the gradient is at them, not along how they were reached. */
function slopeAt(
  points: Tensor,
  value: (points: Tensor) => Tensor,
): { readonly at: Tensor; readonly gradient: Tensor } {
  const at = ops.stopGradient(points);
  const [gradient] = gradients(ops.sum(value(at)), [at]);
  return { at, gradient: gradient! };
}

/** Rows in standard deviations from the mean of each column, 0 in a constant column; the scales are constants. */
export function standardised(x: Tensor, { mean, scale }: Standardizer): Tensor {
  const inverse = scale.map((s) => (s === 0 ? 0 : 1 / s));
  const row = (values: Float32Array): Tensor => x.graph.constant(values, [1, values.length]);
  return ops.mul(ops.sub(x, row(mean)), row(inverse));
}
