import type { DecisionOracle, OracleAnswer } from "../types.ts";
import { projectOnCone } from "./cone-projection.ts";
import { rowLoss, type DflLoss } from "./row.ts";
import { dot } from "./vectors.ts";

/**
 * CaVE (Tang & Khalil 2024): `1 − cos(−ĉ, p)`, p the projection of −ĉ on the cone of the normals that bind at the best
 * decision, held fixed in the gradient: inside that cone the best decision is optimal for ĉ too. A row that is not solved
 * exactly takes `(1 − inner) ĉ/‖ĉ‖ + inner · mean normal` for p (CaVE-Hybrid). ĉ is the cost of the decision, which is ŝ
 * or, where the problem is maximised, −ŝ.
 */
export function coneAligned(
  oracle: DecisionOracle & Required<Pick<DecisionOracle, "normals" | "direction">>,
  inner: number,
): DflLoss {
  const cones = new WeakMap<OracleAnswer, Float64Array>();
  return rowLoss(({ predicted, best, exact, gradient }) => {
    let normals = cones.get(best);
    if (normals === undefined) cones.set(best, (normals = oracle.normals(best.z)));
    const sign = -oracle.direction;
    const y = predicted.map((value) => sign * value);
    const length = Math.sqrt(dot(y, y));
    const p = exact ? projectOnCone(y, normals) : blend(y, length, normals, inner);
    const reach = Math.sqrt(dot(p, p));
    if (length === 0 || reach === 0) return 1;
    const cosine = dot(y, p) / (length * reach);
    for (let i = 0; i < y.length; i++) {
      gradient[i] = -sign * (p[i]! / (length * reach) - (cosine * y[i]!) / length ** 2);
    }
    return 1 - cosine;
  });
}

function blend(y: Float64Array, size: number, normals: Float64Array, inner: number): Float64Array {
  const n = y.length;
  const mean = new Float64Array(n);
  const count = normals.length / n;
  for (let k = 0; k < count; k++) {
    const normal = normals.subarray(k * n, (k + 1) * n);
    const length = Math.sqrt(dot(normal, normal)) || 1;
    for (let i = 0; i < n; i++) mean[i]! += normal[i]! / (length * count);
  }
  return y.map((value, i) => ((1 - inner) * value) / (size || 1) + inner * mean[i]!);
}
