import type { Tensor } from "../graph.ts";
import { sameShape, shapeText } from "../node.ts";
import {
  add,
  and,
  div,
  exp,
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
import { expandAxis, reshape, slice, stack, swapAxes } from "./layout.ts";
import { matmul } from "./product.ts";
import { finiteMax, sum } from "./reduce.ts";
import { toIndex } from "./select.ts";

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
 *
 * The bin of a value is chosen by products with zeros and ones instead of by addresses: ONNX Runtime gathers and
 * scatters element by element, and multiplies by vectors.
 * @param x one value for each set of parameters: their shape without the axis of the bins
 * @param inverse solve for the input instead
 * @param axis of the parameters that the bins lie along, −1 or −2; along −2 the kernels read memory in order
 * @returns the value and the log of the derivative, of the shape of `x`
 */
export function rationalQuadraticSpline(
  x: Tensor,
  parameters: SplineParameters,
  bound: number,
  inverse = false,
  axis: -1 | -2 = -1,
): { readonly value: Tensor; readonly logDerivative: Tensor } {
  if (x.shape.length === 0) {
    const [widths, heights, slopes] = [parameters.widths, parameters.heights, parameters.slopes].map((p) =>
      expandAxis(p, 0),
    );
    const row = { widths: widths!, heights: heights!, slopes: slopes! };
    const { value, logDerivative } = rationalQuadraticSpline(expandAxis(x, 0), row, bound, inverse, axis);
    return { value: reshape(value, []), logDerivative: reshape(logDerivative, []) };
  }
  const along = parameters.widths.shape.length + axis;
  const bins = parameters.widths.shape[along]!;
  const outer = expandAxis(x, axis);
  const inside = and(greaterEqual(outer, -bound), lessEqual(outer, bound));
  // What is not inside is replaced at the end.
  const at = where(inside, outer, 0);

  const lengths = binLengths(parameters, 2 * bound, along);
  const known = slice(lengths, along, inverse ? 1 : 0, inverse ? 2 : 1);
  const passed = passedEdges(add(at, bound), reshape(known, parameters.widths.shape), axis);
  const { width, height, left, below } = binEdges(lengths, passed, axis);
  const [d0, d1] = edgeSlopes(parameters.slopes, passed, bins, axis);

  const [x0, y0] = [sub(left, bound), sub(below, bound)];
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
  const logSlope = log(mul(slope, square(div(s, denominator))));
  const moved = inverse
    ? add(x0, mul(t, width))
    : add(y0, div(mul(height, add(mul(s, square(t)), mul(d0, both))), denominator));
  return {
    value: reshape(where(inside, moved, outer), x.shape),
    logDerivative: reshape(where(inside, inverse ? mul(logSlope, -1) : logSlope, 0), x.shape),
  };
}

/** Lengths of the bins from their shares before the softmax: `[…, 2, bins, …]`, widths and heights, each of sum `whole`. */
function binLengths({ widths, heights }: SplineParameters, whole: number, along: number): Tensor {
  const bins = widths.shape[along]!;
  const raw = stack([widths, heights], along);
  const axes = [along + 1];
  const e = exp(sub(raw, finiteMax(raw, axes)));
  const share = div(whole * (1 - LEAST * bins), sum(e, { axes, keep: true }));
  return add(mul(e, share), whole * LEAST);
}

/**
 * 1 where a value has passed an inner edge, else 0: `[…, bins − 1, …]`, or `null` where there is none. Values are
 * measured from the first edge.
 */
function passedEdges(x: Tensor, lengths: Tensor, axis: -1 | -2): Tensor | null {
  const bins = lengths.shape.at(axis)!;
  if (bins === 1) return null;
  const edges = combine(
    rows(bins - 1, bins, (edge, bin) => (bin <= edge ? 1 : 0)),
    lengths,
    axis,
  );
  return toFloat(greaterEqual(x, edges));
}

/** The length of the bin that holds a value and its distance from the first edge, in `x` and in `y`. */
function binEdges(
  lengths: Tensor,
  passed: Tensor | null,
  axis: -1 | -2,
): { readonly width: Tensor; readonly height: Tensor; readonly left: Tensor; readonly below: Tensor } {
  const { shape, graph } = lengths;
  const along = shape.length + axis;
  if (passed === null) {
    const [width, height] = [0, 1].map((i) =>
      reshape(slice(lengths, along - 1, i, i + 1), shape.toSpliced(along - 1, 1)),
    );
    return { width: width!, height: height!, left: graph.constant(0), below: graph.constant(0) };
  }
  const [lead, bins, tail] = [shape.slice(0, along - 1), shape[along]!, shape.slice(along + 1)];
  // The bin itself, then those before it.
  const chosen = combine(
    rows(2 * bins, bins - 1, (row, edge) => (row < bins ? isBin(row, edge) : row - bins === edge ? 1 : 0)),
    passed,
    axis,
    Array.from({ length: 2 * bins }, (_, row) => (row === 0 ? 1 : 0)),
  );
  const each = mul(reshape(lengths, [...lead, 2, 1, bins, ...tail]), reshape(chosen, [...lead, 1, 2, bins, ...tail]));
  const sums = reshape(sum(each, { axes: [along + 1] }), [...lead, 4, ...tail]);
  const [width, left, height, below] = [0, 1, 2, 3].map((i) => slice(sums, along - 1, i, i + 1));
  return { width: width!, height: height!, left: left!, below: below! };
}

/** Derivatives at the two edges of the bin that holds a value; 1 at the outer edges. */
function edgeSlopes(raw: Tensor, passed: Tensor | null, bins: number, axis: -1 | -2): readonly [Tensor, Tensor] {
  const along = raw.shape.length + axis;
  const [lead, tail] = [raw.shape.slice(0, along), raw.shape.slice(along + 1)];
  if (passed === null) return [raw.graph.constant(1), raw.graph.constant(1)];
  const inner = bins - 1;
  // Inner edge k is the left one of bin k + 1 and the right one of bin k.
  const chosen = combine(
    rows(2 * inner, inner, (row, edge) => isBin(row < inner ? row + 1 : row - inner, edge)),
    passed,
    axis,
    Array.from({ length: 2 * inner }, (_, row) => (row === inner ? 1 : 0)),
  );
  const above = reshape(add(softplus(raw), LEAST - 1), [...lead, 1, inner, ...tail]);
  const each = mul(above, reshape(chosen, [...lead, 2, inner, ...tail]));
  const both = add(sum(each, { axes: [along + 1] }), 1);
  return [slice(both, along, 0, 1), slice(both, along, 1, 2)];
}

/** How whether inner edge `edge` has been passed counts for whether a value is in bin `bin`; bin 0 has 1 besides. */
function isBin(bin: number, edge: number): number {
  return edge === bin - 1 ? 1 : edge === bin ? -1 : 0;
}

function rows(count: number, columns: number, entry: (row: number, column: number) => number): readonly number[][] {
  return Array.from({ length: count }, (_, row) => Array.from({ length: columns }, (_, column) => entry(row, column)));
}

/** The linear map `matrix` along an axis, plus `constant`. */
function combine(matrix: readonly number[][], x: Tensor, axis: -1 | -2, constant?: readonly number[]): Tensor {
  const [count, size] = [matrix.length, x.shape.at(axis)!];
  const map = x.graph.constant(matrix.flat(), [count, size]);
  const y = axis === -1 ? matmul(x, swapAxes(map, 0, 1)) : matmul(map, x);
  if (constant === undefined) return y;
  return add(y, x.graph.constant(constant, axis === -1 ? [count] : [count, 1]));
}
