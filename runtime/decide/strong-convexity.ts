/** Steps of the bisection; each halves what is left on the table. */
const STEPS = 20;

/**
 * Constants `κ ≥ 0` with `δᵀQδ ≥ Σ_j κ_j δ_j²` for every δ: the least eigenvalue of Q after its diagonal is scaled to 1
 * (found from below by bisection), times the diagonal. All 0 where Q is singular or missing.
 *
 * @param quadratic n × n row-major, symmetric positive semidefinite
 */
export function convexityConstants(quadratic: Float64Array | null, n: number): Float64Array {
  const constants = new Float64Array(n);
  if (quadratic === null) return constants;
  const root = Float64Array.from({ length: n }, (_, i) => Math.sqrt(Math.max(quadratic[i * n + i]!, 0)));
  if (root.some((value) => value === 0)) return constants;
  const scaled = quadratic.map((value, at) => value / (root[Math.floor(at / n)]! * root[at % n]!));
  let low = 0;
  let high = 1;
  const work = new Float64Array(n * n);
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (isDefinite(scaled, middle, n, work)) low = middle;
    else high = middle;
  }
  for (let i = 0; i < n; i++) constants[i] = low * root[i]! * root[i]!;
  return constants;
}

/** Whether `A − shift·I` is positive definite beyond rounding, by Cholesky factorisation. */
function isDefinite(a: Float64Array, shift: number, n: number, work: Float64Array): boolean {
  const rounding = 1e-12 * n;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let value = a[i * n + j]! - (i === j ? shift : 0);
      for (let k = 0; k < j; k++) value -= work[i * n + k]! * work[j * n + k]!;
      if (i === j) {
        if (!(value > rounding)) return false;
        work[i * n + i] = Math.sqrt(value);
      } else {
        work[i * n + j] = value / work[j * n + j]!;
      }
    }
  }
  return true;
}
