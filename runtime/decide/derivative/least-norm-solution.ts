const TOLERANCE = 1e-13;

/**
 * The least-squares solution of least norm of a symmetric system, singular or not, by LSQR (Paige and Saunders 1982)
 * from 0.
 *
 * @param multiply writes the matrix times its first argument into its second
 */
export function leastNormSolution(
  multiply: (v: Float64Array, out: Float64Array) => void,
  right: Float64Array,
): Float64Array {
  const size = right.length;
  const x = new Float64Array(size);
  const work = new Float64Array(size);
  const u = right.slice();
  let beta = normalise(u);
  if (beta === 0) return x;
  const v = new Float64Array(size);
  multiply(u, v);
  let alpha = normalise(v);
  if (alpha === 0) return x;
  const w = v.slice();
  let phi = beta;
  let rho = alpha;
  const start = alpha * beta;
  let norm = 0;
  for (let iteration = 0; iteration < 20 * size; iteration++) {
    multiply(v, work);
    for (let i = 0; i < size; i++) u[i] = work[i]! - alpha * u[i]!;
    beta = normalise(u);
    norm = Math.hypot(norm, alpha, beta);
    multiply(u, work);
    for (let i = 0; i < size; i++) v[i] = work[i]! - beta * v[i]!;
    alpha = normalise(v);
    const radius = Math.hypot(rho, beta);
    const cosine = rho / radius;
    const sine = beta / radius;
    const theta = sine * alpha;
    rho = -cosine * alpha;
    const step = (cosine * phi) / radius;
    phi *= sine;
    for (let i = 0; i < size; i++) {
      x[i]! += step * w[i]!;
      w[i] = v[i]! - (theta / radius) * w[i]!;
    }
    // |Aᵀ residual|, against its start, and the residual itself.
    const gradient = Math.abs(phi * alpha * cosine);
    if (gradient <= TOLERANCE * start || phi <= TOLERANCE * norm * Math.hypot(...x)) break;
  }
  return x;
}

/** Divides by the Euclidean length, which it returns; a zero vector stays. */
function normalise(v: Float64Array): number {
  const length = Math.hypot(...v);
  if (length > 0) for (let i = 0; i < v.length; i++) v[i]! /= length;
  return length;
}
