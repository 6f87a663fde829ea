import { factorize, solveFactored } from "../../decide/structured/dense.ts";
import { dot } from "../../decide/dot.ts";

/** Vectors that span a cone: `{Σ_k a_k n_k}`, a_k of any sign for the first `free` of them and at least 0 for the rest. */
export interface ConeGenerators {
  /** One after another. */
  readonly vectors: Float64Array;
  readonly free: number;
}

/** Projects on one cone, many times. */
export interface ConeProjection {
  /** The cone's point that is nearest to y. */
  nearest(y: Float64Array): Float64Array;
}

/** A vector enters that the residual leans towards by more than this, relative to y. */
const TOLERANCE = 1e-10;

/**
 * Least squares with weights of at least 0, by the active-set method of Lawson and Hanson (1974, ch. 23) on the vectors'
 * inner products; the free ones are in from the start and never leave.
 *
 * @param n length of a vector
 */
export function createConeProjection({ vectors, free }: ConeGenerators, n: number): ConeProjection {
  const count = vectors.length / n;
  const row = (k: number): Float64Array => vectors.subarray(k * n, (k + 1) * n);
  const gram = new Float64Array(count * count);
  for (let a = 0; a < count; a++) {
    for (let b = 0; b <= a; b++) gram[a * count + b] = gram[b * count + a] = dot(row(a), row(b));
  }
  const sizes = Float64Array.from({ length: count }, (_, k) => Math.sqrt(gram[k * count + k]!));

  /** Weights of least squares over some of the vectors; those that depend on earlier ones get none. */
  function leastSquares(among: readonly number[], products: Float64Array): Float64Array {
    const size = among.length;
    const factor = new Float64Array(size * size);
    for (let a = 0; a < size; a++) {
      for (let b = 0; b <= a; b++) factor[a * size + b] = gram[among[a]! * count + among[b]!]!;
    }
    factorize(factor, size, size);
    const out = Float64Array.from(among, (k) => products[k]!);
    solveFactored(factor, size, size, out);
    return out;
  }

  function nearest(y: Float64Array): Float64Array {
    const products = Float64Array.from({ length: count }, (_, k) => dot(row(k), y));
    const weights = new Float64Array(count);
    const limit = TOLERANCE * Math.sqrt(dot(y, y));
    let inside = Array.from({ length: free }, (_, k) => k);
    leastSquares(inside, products).forEach((weight, i) => (weights[inside[i]!] = weight));
    for (let round = 0; round < 3 * count; round++) {
      let entering = -1;
      let steepest = limit;
      for (let k = free; k < count; k++) {
        if (sizes[k] === 0 || inside.includes(k)) continue;
        let lean = products[k]!;
        for (const j of inside) lean -= gram[k * count + j]! * weights[j]!;
        if (lean > steepest * sizes[k]!) [steepest, entering] = [lean / sizes[k]!, k];
      }
      if (entering < 0) break;
      inside.push(entering);
      for (;;) {
        const target = leastSquares(inside, products);
        let step = 1;
        let blocking = -1;
        inside.forEach((k, i) => {
          if (k < free || target[i]! > 0) return;
          const share = weights[k]! / (weights[k]! - target[i]!);
          if (blocking < 0 || share < step) [step, blocking] = [share, k];
        });
        inside.forEach((k, i) => (weights[k]! += step * (target[i]! - weights[k]!)));
        if (blocking < 0) break;
        weights[blocking] = 0;
        inside = inside.filter((k) => k !== blocking);
      }
    }
    const point = new Float64Array(n);
    for (const k of inside) for (let i = 0; i < n; i++) point[i]! += weights[k]! * vectors[k * n + i]!;
    return point;
  }

  return { nearest };
}
