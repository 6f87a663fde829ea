import type { DecisionOracle, OracleAnswer } from "../types.ts";
import { createConeProjection, type ConeGenerators, type ConeProjection } from "./cone-projection.ts";
import { rowLoss, type DflLoss } from "./row.ts";
import { dot } from "../../decide/dot.ts";

/** The cone of one best decision. */
interface Cone extends ConeProjection {
  readonly meanNormal: Float64Array;
}

/**
 * CaVE (Tang & Khalil 2024): `1 − cos(−ĉ, p)`, p the projection of −ĉ on the cone of the normals that bind at the best
 * decision, held fixed in the gradient: inside that cone the best decision is optimal for ĉ too. A row that is not solved
 * exactly takes `(1 − inner) (−ĉ)/‖ĉ‖ + inner · mean normal` for p (CaVE-Hybrid). ĉ is the cost of the decision, which is
 * ŝ or, where the problem is maximised, −ŝ.
 */
export function coneAligned(
  oracle: DecisionOracle & Required<Pick<DecisionOracle, "normals" | "direction">>,
  inner: number,
): DflLoss {
  const cones = new WeakMap<OracleAnswer, Cone>();
  function coneOf(best: OracleAnswer): Cone {
    let cone = cones.get(best);
    if (cone === undefined) {
      const normals = oracle.normals(best.z);
      cone = {
        ...createConeProjection(normals, oracle.decision),
        meanNormal: meanDirection(normals, oracle.decision),
      };
      cones.set(best, cone);
    }
    return cone;
  }
  return rowLoss(({ predicted, best, exact, gradient }) => {
    const { nearest, meanNormal } = coneOf(best);
    const sign = -oracle.direction;
    const y = predicted.map((value) => sign * value);
    const length = Math.sqrt(dot(y, y));
    const p = exact ? nearest(y) : y.map((value, i) => ((1 - inner) * value) / (length || 1) + inner * meanNormal[i]!);
    const reach = Math.sqrt(dot(p, p));
    if (length === 0 || reach === 0) return 1;
    const cosine = dot(y, p) / (length * reach);
    for (let i = 0; i < y.length; i++) {
      gradient[i] = -sign * (p[i]! / (length * reach) - (cosine * y[i]!) / length ** 2);
    }
    return 1 - cosine;
  });
}

/** Mean of the normals at unit length; a free one counts with both its signs, which cancel. */
function meanDirection({ vectors, free }: ConeGenerators, n: number): Float64Array {
  const mean = new Float64Array(n);
  const count = vectors.length / n;
  for (let k = free; k < count; k++) {
    const normal = vectors.subarray(k * n, (k + 1) * n);
    const length = Math.sqrt(dot(normal, normal)) || 1;
    for (let i = 0; i < n; i++) mean[i]! += normal[i]! / (length * (count + free));
  }
  return mean;
}
