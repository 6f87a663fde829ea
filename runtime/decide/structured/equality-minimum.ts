import type { Equations } from "./equations.ts";
import { createDenseLu } from "./lu.ts";

/** Corrections of what rounding leaves of the equations: the complement squares their condition. */
const REFINEMENTS = 2;

/** Minimises `zᵀQz + force·z` over some components, the others being fixed, under equations `Bz = bounds`. */
export interface EqualityMinimum {
  /**
   * Writes the free components of z, and into y the equations' multipliers; false where the conditions are singular.
   *
   * @param free the first `freeCount` are the components that are free
   * @param force the gradient without that of the free components' own quadratic
   */
  solve(
    equations: Equations,
    free: Int32Array,
    freeCount: number,
    force: Float64Array,
    z: Float64Array,
    y: Float64Array,
  ): boolean;
}

/** @param diagonal `2 Q_ii` where Q is a positive diagonal, else `null` */
export function createEqualityMinimum(
  size: number,
  quadratic: Float64Array | null,
  diagonal: Float64Array | null,
): EqualityMinimum {
  if (diagonal !== null) return byComplement(size, diagonal);
  return byWholeSystem(size, quadratic);
}

/** With curvature H on every component: `B H⁻¹ Bᵀ y = −B H⁻¹ force − bounds`, of as many rows as there are equations. */
function byComplement(n: number, curvature: Float64Array): EqualityMinimum {
  const lu = createDenseLu();
  const scaled = new Float64Array(n);
  const change = new Float64Array(n);
  return {
    solve({ rows, bounds, count: order }, free, freeCount, force, z, y) {
      /** `z −= H⁻¹ Bᵀ multipliers` over the free components. */
      const pull = (multipliers: Float64Array): void => {
        for (let f = 0; f < freeCount; f++) {
          const i = free[f]!;
          let value = 0;
          for (let e = 0; e < order; e++) value += multipliers[e]! * rows[e * n + i]!;
          z[i]! -= value / curvature[i]!;
        }
      };
      const matrix = lu.matrix(order);
      for (let e = 0; e < order; e++) {
        const row = e * n;
        let value = -bounds[e]!;
        for (let f = 0; f < freeCount; f++) {
          const i = free[f]!;
          scaled[i] = rows[row + i]! / curvature[i]!;
          value -= scaled[i]! * force[i]!;
        }
        y[e] = value;
        for (let other = 0; other <= e; other++) {
          let sum = 0;
          for (let f = 0; f < freeCount; f++) sum += scaled[free[f]!]! * rows[other * n + free[f]!]!;
          matrix[e * order + other] = sum;
          matrix[other * order + e] = sum;
        }
      }
      if (!lu.factor()) return false;
      lu.solve(y);
      for (let f = 0; f < freeCount; f++) z[free[f]!] = -force[free[f]!]! / curvature[free[f]!]!;
      pull(y);
      for (let refinement = 0; refinement < REFINEMENTS; refinement++) {
        for (let e = 0; e < order; e++) {
          let value = -bounds[e]!;
          for (let f = 0; f < freeCount; f++) value += rows[e * n + free[f]!]! * z[free[f]!]!;
          change[e] = value;
        }
        lu.solve(change);
        for (let e = 0; e < order; e++) y[e]! += change[e]!;
        pull(change);
      }
      return true;
    },
  };
}

/** Both at once: `[2Q Bᵀ; B 0]`. */
function byWholeSystem(n: number, quadratic: Float64Array | null): EqualityMinimum {
  const lu = createDenseLu();
  /** At most n equations, so 2n rows with the decision's. */
  const both = new Float64Array(2 * n);
  return {
    solve({ rows, bounds, count }, free, freeCount, force, z, y) {
      const order = freeCount + count;
      const matrix = lu.matrix(order);
      matrix.fill(0, 0, order * order);
      for (let f = 0; f < freeCount; f++) {
        both[f] = -force[free[f]!]!;
        if (quadratic === null) continue;
        for (let g = 0; g < freeCount; g++) matrix[f * order + g] = 2 * quadratic[free[f]! * n + free[g]!]!;
      }
      for (let e = 0; e < count; e++) {
        const at = freeCount + e;
        for (let f = 0; f < freeCount; f++) {
          const entry = rows[e * n + free[f]!]!;
          matrix[at * order + f] = entry;
          matrix[f * order + at] = entry;
        }
        both[at] = bounds[e]!;
      }
      if (!lu.factor()) return false;
      lu.solve(both);
      for (let f = 0; f < freeCount; f++) z[free[f]!] = both[f]!;
      y.set(both.subarray(freeCount, order));
      return true;
    },
  };
}
