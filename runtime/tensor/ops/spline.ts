import type { Tensor } from "../graph.ts";
import { sameShape, shapeText } from "../node.ts";
import {
  add,
  and,
  clip,
  div,
  greaterEqual,
  lessEqual,
  log,
  mul,
  square,
  softplus,
  sqrt,
  sub,
  toFloat,
  where,
} from "./elementwise.ts";
import { expandAxis, pad, reshape, slice } from "./layout.ts";
import { softmax } from "./normalise.ts";
import { matmul } from "./product.ts";
import { cumsum, sum } from "./reduce.ts";
import { gatherElements, toIndex } from "./select.ts";

/**
 * Bin of each value between ascending edges: k where `edges[k] ≤ x < edges[k + 1]`, the outer bins beyond the edges.
 * @param edges `[…, bins + 1]`
 * @param x `[…]`
 * @returns indices 0 … bins − 1 of the shape of `x`
 */
export function bucket(edges: Tensor, x: Tensor): Tensor {
  const bins = (edges.shape.at(-1) ?? 0) - 1;
  if (bins < 1 || !sameShape(edges.shape.slice(0, -1), x.shape))
    throw new Error(`bucket: edges ${shapeText(edges.shape)} do not fit values ${shapeText(x.shape)}.`);
  if (bins === 1) return toIndex(x.graph.constant(0, x.shape));
  const passed = toFloat(greaterEqual(expandAxis(x, -1), slice(edges, -1, 1, bins)));
  return toIndex(sum(passed, { axes: [-1] }));
}

export interface SplineParameters {
  /** Bins' widths before the softmax, `[…, bins]` */
  readonly widths: Tensor;
  /** Bins' heights before the softmax, `[…, bins]` */
  readonly heights: Tensor;
  /** Derivatives at the inner knots before the softplus, `[…, bins − 1]`; 1 at the outer ones. */
  readonly slopes: Tensor;
}

/** Least share of a bin and least slope, so that the inverse exists in float32. */
const LEAST = 1e-3;

/**
 * Monotone rational-quadratic spline on [−bound, bound], the identity beyond (Durkan et al. 2019, eq. 4–8).
 * @param x `[…]`, one value for each set of parameters
 * @param inverse solve for the input instead
 * @returns the value and the log of the derivative, of the shape of `x`
 */
export function rationalQuadraticSpline(
  x: Tensor,
  parameters: SplineParameters,
  bound: number,
  inverse = false,
): { readonly value: Tensor; readonly logDerivative: Tensor } {
  const bins = parameters.widths.shape.at(-1) ?? 0;
  const xs = knots(parameters.widths, bound, bins);
  const ys = knots(parameters.heights, bound, bins);
  // Padding instead of constants, so that a program can be written for any number of rows.
  const slopes = add(pad(add(softplus(parameters.slopes), LEAST - 1), -1, 1, 1), 1);

  const inside = and(greaterEqual(x, -bound), lessEqual(x, bound));
  const at = clip(x, -bound, bound);
  const bin = expandAxis(bucket(inverse ? ys : xs, at), -1);
  const pick = (table: Tensor, offset: number): Tensor =>
    reshape(gatherElements(slice(table, -1, offset, offset + bins), bin, -1), x.shape);
  const [x0, y0, d0, d1] = [pick(xs, 0), pick(ys, 0), pick(slopes, 0), pick(slopes, 1)];
  const width = sub(pick(xs, 1), x0);
  const height = sub(pick(ys, 1), y0);
  const s = div(height, width);
  const bend = sub(add(d0, d1), mul(s, 2));

  let t: Tensor;
  if (inverse) {
    // eq. 25–29: the root of a t² + b t + c that lies in [0, 1], in the form that does not cancel.
    const rise = sub(at, y0);
    const a = add(mul(height, sub(s, d0)), mul(rise, bend));
    const b = sub(mul(height, d0), mul(rise, bend));
    const c = mul(s, mul(rise, -1));
    t = div(mul(c, 2), sub(mul(b, -1), sqrt(sub(square(b), mul(mul(a, c), 4)))));
  } else t = div(sub(at, x0), width);
  const rest = sub(1, t);
  const both = mul(t, rest);
  const denominator = add(s, mul(bend, both));
  const slope = add(add(mul(d1, square(t)), mul(mul(s, both), 2)), mul(d0, square(rest)));
  const logSlope = sub(log(mul(square(s), slope)), mul(log(denominator), 2));
  const moved = inverse
    ? add(x0, mul(t, width))
    : add(y0, div(mul(height, add(mul(s, square(t)), mul(d0, both))), denominator));
  return {
    value: where(inside, moved, x),
    logDerivative: where(inside, inverse ? mul(logSlope, -1) : logSlope, 0),
  };
}

/** Ascending positions −bound … bound of the bins' edges, from their shares. */
function knots(raw: Tensor, bound: number, bins: number): Tensor {
  const shares = add(mul(softmax(raw), 1 - LEAST * bins), LEAST);
  return add(pad(mul(sumsSoFar(shares, bins), 2 * bound), -1, 1, 0), -bound);
}

/** Cumulative sums of finite numbers as a product with ones and zeros: a tenth of the time of ONNX Runtime's CumSum. */
function sumsSoFar(shares: Tensor, bins: number): Tensor {
  if (shares.shape.length < 2) return cumsum(shares);
  const reaches = Array.from({ length: bins * bins }, (_, i) => (Math.floor(i / bins) <= i % bins ? 1 : 0));
  return matmul(shares, shares.graph.constant(reaches, [bins, bins]));
}
