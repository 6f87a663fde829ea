import type { Tensor } from "../graph.ts";
import { add, div, greater, less, log, min, mul, sub, where } from "./elementwise.ts";

/** Arguments below are shifted up by as much, to where Stirling's series is exact to a float64. */
const SHIFT = 8;
/** B₂ₖ / (2k (2k − 1)), k = 1 … 9 (Abramowitz & Stegun 6.1.40). */
const STIRLING = [
  1 / 12,
  -1 / 360,
  1 / 1260,
  -1 / 1680,
  1 / 1188,
  -691 / 360_360,
  1 / 156,
  -3617 / 122_400,
  43_867 / 244_188,
];
/** B₂ₖ / 2k, k = 1 … 9 (Abramowitz & Stegun 6.3.18). */
const DIGAMMA = STIRLING.map((b, i) => b * (2 * i + 1));

/** `x (x + 1) … (x + 7)` and the argument moved beyond it, where `x` is small. */
function shifted(x: Tensor): { readonly small: Tensor; readonly from: Tensor; readonly to: Tensor } {
  const small = less(x, SHIFT);
  return { small, from: min(x, SHIFT), to: where(small, add(x, SHIFT), x) };
}

/** Σ coefficients[k] · y^k by Horner. */
function polynomial(coefficients: readonly number[], y: Tensor): Tensor {
  return coefficients
    .slice(0, -1)
    .reduceRight<Tensor>((sum, c) => add(mul(sum, y), c), y.graph.constant(coefficients.at(-1)!));
}

/**
 * `log Γ(x)` for x > 0, NaN elsewhere: Stirling's series after shifting small arguments up. In float32 the absolute
 * error is near 1e-6 about its zeros 1 and 2.
 */
export function logGamma(x: Tensor): Tensor {
  const { small, from, to } = shifted(x);
  let product = from;
  for (let k = 1; k < SHIFT; k++) product = mul(product, add(from, k));
  const inverse = div(1, to);
  const series = mul(inverse, polynomial(STIRLING, mul(inverse, inverse)));
  const stirling = add(add(sub(mul(sub(to, 0.5), log(to)), to), 0.5 * Math.log(2 * Math.PI)), series);
  return onPositive(x, sub(stirling, where(small, log(product), 0)));
}

/** `ψ(x) = d log Γ(x) / dx` for x > 0, NaN elsewhere. */
export function digamma(x: Tensor): Tensor {
  const { small, from, to } = shifted(x);
  let fractions = div(1, from);
  for (let k = 1; k < SHIFT; k++) fractions = add(fractions, div(1, add(from, k)));
  const inverse = div(1, to);
  const squares = mul(inverse, inverse);
  const series = mul(squares, polynomial(DIGAMMA, squares));
  return onPositive(x, sub(sub(sub(log(to), mul(inverse, 0.5)), series), where(small, fractions, 0)));
}

function onPositive(x: Tensor, y: Tensor): Tensor {
  return where(greater(x, 0), y, Number.NaN);
}
