import type { UnaryOp } from "../../../runtime/ir/expr.ts";
import { sigmoid } from "../../../runtime/ir/scalar-ops.ts";
import type { Interval } from "../interval.ts";

/** What is known of a function of one number on an interval. */
export interface ScalarShape {
  readonly convex: boolean;
  readonly concave: boolean;
  readonly rising: boolean;
  readonly falling: boolean;
  /** Least upper bound of |φ′|. */
  readonly slope: number;
  /** Bounds of φ″; `null` where φ has a kink inside the interval. */
  readonly bend: readonly [least: number, most: number] | null;
  /** The function is defined on `[domain, ∞)` or `(domain, ∞)`. */
  readonly domain: number;
  /** φ′ is unbounded at the domain's end, which an argument that is not affine may touch: a kink. */
  readonly steepEnd: boolean;
}

const plain = { convex: false, concave: false, rising: false, falling: false, domain: -Infinity, steepEnd: false };
const identity: ScalarShape = { ...plain, convex: true, concave: true, rising: true, slope: 1, bend: [0, 0] };
const reflection: ScalarShape = { ...identity, rising: false, falling: true };
const nothing: ScalarShape = { ...identity, falling: true, slope: 0 };

/** The largest |σ″| and |tanh″|. */
const SIGMOID_BEND = 1 / (6 * Math.sqrt(3));
const TANH_BEND = 4 / (3 * Math.sqrt(3));

/** Shape of a unary operation on an interval that holds its argument; `null` for `sign` and `not`, which jump. */
export function shapeOfUnary(op: UnaryOp, { lower, upper }: Interval): ScalarShape | null {
  switch (op) {
    case "neg":
      return reflection;
    case "abs":
      if (lower >= 0) return identity;
      if (upper <= 0) return reflection;
      return { ...plain, convex: true, slope: 1, bend: null };
    case "pos":
      if (lower >= 0) return identity;
      if (upper <= 0) return nothing;
      return { ...plain, convex: true, rising: true, slope: 1, bend: null };
    case "exp":
    case "expm1": {
      const bend = [Math.exp(lower), Math.exp(upper)] as const;
      return { ...plain, convex: true, rising: true, slope: bend[1], bend };
    }
    case "log":
      return logarithm(lower, upper, 0);
    case "log1p":
      return logarithm(lower + 1, upper + 1, -1);
    case "sqrt":
      return shapeOfPower(0.5, { lower, upper });
    case "square":
      return shapeOfPower(2, { lower, upper });
    case "softplus": {
      const bend = sigmoidSlopes(lower, upper);
      return { ...plain, convex: true, rising: true, slope: sigmoid(upper), bend };
    }
    case "sigmoid": {
      const [convex, concave] = [upper <= 0, lower >= 0];
      const bend = [convex ? 0 : -SIGMOID_BEND, concave ? 0 : SIGMOID_BEND] as const;
      return { ...plain, convex, concave, rising: true, slope: sigmoidSlopes(lower, upper)[1], bend };
    }
    case "tanh": {
      const [convex, concave] = [upper <= 0, lower >= 0];
      const bend = [convex ? 0 : -TANH_BEND, concave ? 0 : TANH_BEND] as const;
      // tanh(x) = 2σ(2x) − 1
      const slope = 4 * sigmoidSlopes(2 * lower, 2 * upper)[1];
      return { ...plain, convex, concave, rising: true, slope, bend };
    }
    case "sin":
      return wave(lower, upper);
    case "cos":
      return wave(lower + Math.PI / 2, upper + Math.PI / 2);
    case "sign":
    case "not":
      return null;
  }
}

/** Shape of `x^p`; `null` where an integer `p < 0` meets an interval with 0 inside: it has a pole there. */
export function shapeOfPower(p: number, { lower, upper }: Interval): ScalarShape | null {
  if (p === 0) return nothing;
  if (p === 1) return identity;
  if (!Number.isInteger(p)) return onPositive(p, Math.max(lower, 0), Math.max(upper, 0), 0);
  if (lower >= 0) return onPositive(p, lower, upper, p > 0 ? -Infinity : 0);
  const even = p % 2 === 0;
  if (upper <= 0) return mirrored(onPositive(p, 0 - upper, 0 - lower, -Infinity), even);
  if (p < 0) return null;
  const most = Math.max(-lower, upper);
  const factor = p * (p - 1);
  const bend: readonly [number, number] = even
    ? [p === 2 ? 2 : 0, factor * most ** (p - 2)]
    : [factor * lower ** (p - 2), factor * upper ** (p - 2)];
  return { ...plain, convex: even, rising: !even, slope: p * most ** (p - 1), bend };
}

/** `x^p` on an interval of `x ≥ 0`. */
function onPositive(p: number, lower: number, upper: number, domain: number): ScalarShape {
  const convex = p > 1 || p < 0;
  const slopes = [Math.abs(p) * lower ** (p - 1), Math.abs(p) * upper ** (p - 1)];
  const bends = [p * (p - 1) * lower ** (p - 2), p * (p - 1) * upper ** (p - 2)];
  return {
    convex,
    concave: !convex,
    rising: p > 0,
    falling: p < 0,
    slope: Math.max(...slopes),
    bend: [Math.min(...bends), Math.max(...bends)],
    domain,
    steepEnd: p > 0 && p < 1 && lower <= 0,
  };
}

/** `φ(−x)` for an even power, `−φ(−x)` for an odd one. */
function mirrored(shape: ScalarShape, even: boolean): ScalarShape {
  const [least, most] = shape.bend ?? [-Infinity, Infinity];
  return even
    ? { ...shape, rising: shape.falling, falling: shape.rising }
    : { ...shape, convex: shape.concave, concave: shape.convex, bend: [-most, -least] };
}

function logarithm(lower: number, upper: number, domain: number): ScalarShape {
  const least = Math.max(lower, 0);
  return {
    ...plain,
    concave: true,
    rising: true,
    slope: 1 / least,
    bend: [-1 / least ** 2, -1 / Math.max(upper, 0) ** 2],
    domain,
  };
}

const sigmoidSlope = (x: number): number => sigmoid(x) * sigmoid(-x);

/** Bounds of σ′ = σ(1 − σ), which falls away from 0 on both sides. */
function sigmoidSlopes(lower: number, upper: number): readonly [number, number] {
  const most = lower <= 0 && upper >= 0 ? 0.25 : Math.max(sigmoidSlope(lower), sigmoidSlope(upper));
  return [Math.min(sigmoidSlope(lower), sigmoidSlope(upper)), most];
}

/** The sine: concave on `[2kπ, (2k + 1)π]`, convex on the next half. */
function wave(lower: number, upper: number): ScalarShape {
  const half = Math.floor(lower / Math.PI);
  const within = upper <= (half + 1) * Math.PI;
  const concave = within && half % 2 === 0;
  const convex = within && !concave;
  return { ...plain, convex, concave, slope: 1, bend: [concave ? -1 : convex ? 0 : -1, convex ? 1 : concave ? 0 : 1] };
}

/** `c^x` for one `c > 0`. */
export function shapeOfExponential(c: number, { lower, upper }: Interval): ScalarShape {
  const rate = Math.log(c);
  const values = [c ** lower, c ** upper];
  const bends = values.map((v) => (rate === 0 ? 0 : rate ** 2 * v));
  return {
    ...plain,
    convex: true,
    concave: rate === 0,
    rising: rate >= 0,
    falling: rate <= 0,
    slope: rate === 0 ? 0 : Math.abs(rate) * Math.max(...values),
    bend: [Math.min(...bends), Math.max(...bends)],
  };
}
