import { addScaled, addWeightedGram, dot, factorize, solveFactored } from "../../decide/structured/dense.ts";
import type { RelativeInterior } from "../../decide/structured/relative-interior.ts";
import type { NormCone } from "./norm-cone.ts";

/** Newton steps of the interior-point method, within the set's equalities. */
export interface Newton {
  /**
   * @param diagonal curvature of the bounds' barrier, n values
   * @param rowWeights λ/s of the inequality rows
   */
  factor(diagonal: Float64Array, rowWeights: Float64Array): void;
  /** The step for a right side: `right` for z, into `step`, and `forT` for the cone's t, whose directions it sets. */
  solve(right: Float64Array, forT: number, step: Float64Array): void;
}

/**
 * In an orthogonal basis of the set's directions: as many unknowns as it has dimensions, and the cone's t.
 *
 * @param quadratic Q of `zᵀQz`, n × n row-major; `null` for 0
 * @param basis directions along the set, n values each
 */
export function createBasisNewton(
  set: RelativeInterior,
  quadratic: Float64Array | null,
  basis: Float64Array,
  cone: NormCone | null,
): Newton {
  const n = set.point.length;
  const free = basis.length / n;
  const order = cone === null ? free : free + 1;
  const rowsAlong = set.rows.map((row) => Float64Array.from({ length: free }, (_, k) => dot(basis, k * n, row, 0, n)));
  const curvature = new Float64Array(free * free);
  if (quadratic !== null) {
    const image = new Float64Array(n);
    for (let k = 0; k < free; k++) {
      for (let i = 0; i < n; i++) image[i] = 2 * dot(quadratic, i * n, basis, k * n, n);
      for (let l = 0; l <= k; l++) curvature[k * free + l] = dot(image, 0, basis, l * n, n);
    }
  }
  const matrix = new Float64Array(order * order);
  const reduced = new Float64Array(order);

  return {
    factor(diagonal, rowWeights) {
      for (let k = 0; k < free; k++) for (let l = 0; l <= k; l++) matrix[k * order + l] = curvature[k * free + l]!;
      addWeightedGram(matrix, order, basis, free, n, diagonal);
      rowsAlong.forEach((row, r) => {
        for (let k = 0; k < free; k++) {
          const share = rowWeights[r]! * row[k]!;
          if (share !== 0) for (let l = 0; l <= k; l++) matrix[k * order + l]! += share * row[l]!;
        }
      });
      if (cone !== null) {
        matrix.fill(0, free * order);
        cone.addTo(matrix, order);
      }
      factorize(matrix, order, order);
    },
    solve(right, forT, step) {
      for (let k = 0; k < free; k++) reduced[k] = dot(basis, k * n, right, 0, n);
      if (cone !== null) reduced[free] = forT;
      solveFactored(matrix, order, order, reduced);
      step.fill(0);
      for (let k = 0; k < free; k++) addScaled(step, reduced[k]!, basis, k * n, n);
      cone?.direct(reduced);
    },
  };
}
