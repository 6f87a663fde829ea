/**
 * Inverse of the standard normal distribution function for `u` in (0, 1): Wichura's PPND16 (Algorithm AS 241, Applied
 * Statistics 37, 1988), relative accuracy about 1e-16. Arithmetic, `log` and `sqrt` in float64 only.
 */
export function normalQuantile(u: number): number {
  const q = u - 0.5;
  if (q >= -CENTRE && q <= CENTRE) {
    const r = CENTRE_SHIFT - q * q;
    return (q * polynomial(CENTRE_NUMERATOR, r)) / polynomial(CENTRE_DENOMINATOR, r);
  }
  return tailQuantile(u);
}

/** `normalQuantile` of a `u` that is further than `CENTRE` from a half. */
function tailQuantile(u: number): number {
  const magnitude = tailMagnitude(Math.sqrt(-Math.log(u < 0.5 ? u : 1 - u)));
  return u < 0.5 ? -magnitude : magnitude;
}

/** Around a half the quantile is `q · n(r) / d(r)` with `q = u − ½`, `r = CENTRE_SHIFT − q²`. */
export const CENTRE = 0.425;
export const CENTRE_SHIFT = 0.180625;
/** Coefficients from the highest power of r. */
export const CENTRE_NUMERATOR = [
  2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946, 1971.5909503065513,
  133.14166789178438, 3.3871328727963665,
] as const;
export const CENTRE_DENOMINATOR = [
  5226.495278852546, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751, 687.1870074920579,
  42.31333070160091, 1,
] as const;

/** By Horner's rule: the order of operations is part of the generator's definition. */
function polynomial(coefficients: readonly number[], x: number): number {
  let sum = coefficients[0]!;
  for (let i = 1; i < coefficients.length; i++) sum = sum * x + coefficients[i]!;
  return sum;
}

/**
 * Magnitude of the quantile at `exp(−root²)` from an end. For `root ≤ TAIL_NEAR` it is `n(r) / d(r)` with
 * `r = root − TAIL_SHIFT`.
 */
function tailMagnitude(root: number): number {
  if (root <= TAIL_NEAR) {
    const r = root - TAIL_SHIFT;
    return polynomial(TAIL_NUMERATOR, r) / polynomial(TAIL_DENOMINATOR, r);
  }
  const r = root - TAIL_NEAR;
  return polynomial(FAR_NUMERATOR, r) / polynomial(FAR_DENOMINATOR, r);
}

const TAIL_NEAR = 5;
export const TAIL_SHIFT = 1.6;
export const TAIL_NUMERATOR = [
  0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
  5.769497221460691, 4.630337846156546, 1.4234371107496835,
] as const;
export const TAIL_DENOMINATOR = [
  1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
  1.6763848301838038, 2.053191626637759, 1,
] as const;
const FAR_NUMERATOR = [
  2.0103343992922881e-7, 2.7115555687434876e-5, 0.0012426609473880784, 0.026532189526576124, 0.29656057182850487,
  1.7848265399172913, 5.463784911164114, 6.657904643501103,
] as const;
const FAR_DENOMINATOR = [
  2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5, 0.0007868691311456133, 0.014875361290850615,
  0.1369298809227358, 0.599832206555888, 1,
] as const;
