import { symmetricEigen } from "../derivative/symmetric-eigen.ts";

/**
 * What two covariances add to the squared 2-Wasserstein distance of two Gaussians,
 * `tr A + tr B − 2 tr (A^{1/2} B A^{1/2})^{1/2}` (Givens and Shortt 1984; the Bures distance, 002 prop. 3.5). The trace of
 * the root is the sum of the roots of the eigenvalues of `Lᵀ B L`, A = L Lᵀ, which has the same ones.
 * @param factor lower Cholesky factor of A, d × d
 * @param a A, d × d
 * @param b B, d × d, positive semidefinite
 */
export function buresSquared(factor: Float64Array, a: Float64Array, b: Float64Array, d: number): number {
  const half = new Float64Array(d * d);
  for (let i = 0; i < d; i++)
    for (let j = 0; j < d; j++) for (let k = j; k < d; k++) half[i * d + j]! += b[i * d + k]! * factor[k * d + j]!;
  const product = new Float64Array(d * d);
  for (let i = 0; i < d; i++)
    for (let j = 0; j <= i; j++) {
      for (let k = i; k < d; k++) product[i * d + j]! += factor[k * d + i]! * half[k * d + j]!;
      product[j * d + i] = product[i * d + j]!;
    }
  let sum = 0;
  for (let i = 0; i < d; i++) sum += a[i * (d + 1)]! + b[i * (d + 1)]!;
  for (const value of symmetricEigen(product, d).values) sum -= 2 * Math.sqrt(Math.max(0, value));
  // Equal covariances leave rounding, of either sign.
  return Math.max(0, sum);
}
