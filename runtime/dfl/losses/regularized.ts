import type { OuterLoss } from "../loss-spec.ts";
import { nearestInHull, projectOnFace, type HullPoint } from "./min-norm-point.ts";
import { outerLoss } from "./outer.ts";
import { rowLoss, type DflLoss, type LossRow } from "./row.ts";
import { dot } from "../../decide/dot.ts";

/**
 * `argmin over the convex hull of ŝ·φ + λ/2 ‖φ‖²`: the hull's nearest point to −ŝ/λ.
 *
 * @throws SolveFailure
 */
function smoothed(row: LossRow, lambda: number): HullPoint {
  const theta = row.predicted.map((value) => -value / lambda);
  return nearestInHull(theta, (direction) => row.solve(direction).slope);
}

/**
 * RFWO (Dalle et al. 2022): the loss of the regularised decision. Its derivative in ŝ is −1/λ times the projection on the
 * face that it lies in.
 */
export function regularizedOptimizer(lambda: number, outer: OuterLoss): DflLoss {
  return rowLoss((row) => {
    const at = smoothed(row, lambda);
    const { value, slopeBar } = outerLoss(outer, row, { slope: at.point, offset: 0 });
    row.gradient.set(projectOnFace(at, slopeBar).map((part) => -part / lambda));
    return value;
  });
}

/**
 * RFY (Dalle et al. 2022): `λ/2 ‖φ*‖² + ŝ·φ* − min_φ [ŝ·φ + λ/2 ‖φ‖²]`, φ* of the best decision; gradient `φ* − φ_λ(ŝ)`.
 */
export function regularizedFenchelYoung(lambda: number): DflLoss {
  return rowLoss((row) => {
    const { predicted, best, gradient } = row;
    const { point } = smoothed(row, lambda);
    const { slope } = best;
    for (let i = 0; i < gradient.length; i++) gradient[i] = slope[i]! - point[i]!;
    return (lambda / 2) * (dot(slope, slope) - dot(point, point)) + dot(predicted, gradient);
  });
}
