import type { ScenarioProgram } from "../../scenario-program.ts";
import { positiveDiagonal } from "../complement.ts";
import type { RelativeInterior } from "../relative-interior.ts";

/** A program that pivots take, with what stays the same from context to context. */
export interface PivotProblem {
  readonly program: ScenarioProgram;
  readonly set: RelativeInterior;
  /** `2 Q_ii`; `null` without a quadratic. */
  readonly curvature: Float64Array | null;
  /** Width of each component's range, for those that have one; else the size of its bound, or 1. */
  readonly ranges: Float64Array;
  /** Curvature, and without one the metric that a steepest descent goes by; n. */
  readonly metric: Float64Array;
  /** `1/metric` */
  readonly mobility: Float64Array;
  /** Equalities that can be held at once. */
  readonly mostHeld: number;
}

/** `null` where the loss has several pieces, no CVaR term counts, or the quadratic is no positive diagonal. */
export function pivotProblem(program: ScenarioProgram, set: RelativeInterior): PivotProblem | null {
  const { size, tails, quadratic, pieces } = program;
  const curvature = positiveDiagonal(quadratic, size);
  const flat = quadratic === null || quadratic.every((value) => value === 0);
  if (pieces !== 1 || tails.length === 0 || (curvature === null && !flat)) return null;
  const ranges = rangesOf(set);
  const metric = curvature ?? ranges.map((value) => 1 / (value * value));
  const mobility = metric.map((value) => 1 / value);
  return { program, set, curvature, ranges, metric, mobility, mostHeld: size + tails.length + 1 };
}

function rangesOf(set: RelativeInterior): Float64Array {
  return set.lower.map((lower, i) => {
    const width = set.upper[i]! - lower;
    if (width < Infinity) return width;
    const bound = Math.max(Math.abs(lower), Math.abs(set.upper[i]!), Math.abs(set.point[i]!));
    return bound > 0 && bound < Infinity ? bound : Math.max(1, Math.abs(set.point[i]!));
  });
}
