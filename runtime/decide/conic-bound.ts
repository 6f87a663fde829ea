import type { ConeAnswer } from "./cone/types.ts";
import type { ConicProgram } from "./conic-program.ts";
import type { Reach } from "./implied-bounds.ts";
import { addSymmetricProduct, addTransposedProduct } from "./sparse/matrix.ts";

/** A lower bound on the minimum of a conic program. */
export interface ConicBound {
  readonly value: number;
  /** The answer's dual residual, which the bound was charged for. */
  readonly residual: number;
  /** Size of the numbers that the two objectives add up. */
  readonly terms: number;
}

/**
 * Weak duality with what stationarity lacks: for y ∈ K* and `r = Px + q + Aᵀy`, every feasible x′ has
 * `½x′ᵀPx′ + qᵀx′ ≥ −½xᵀPx − bᵀy + rᵀx′`, and the last term is at least its minimum over the columns' bounds. A column
 * without bounds, such as the height of an epigraph, is taken to stay within twice its value at the answer.
 */
export function conicBound({ numbers, problem, columns }: ConicProgram, answer: ConeAnswer, reach: Reach): ConicBound {
  const { p, q, a, b } = problem;
  const { x, y } = answer;
  const n = q.length;
  const curvature = new Float64Array(n);
  if (p !== null) addSymmetricProduct(p, x, 1, curvature);
  const slope = q.slice();
  addTransposedProduct(a, y, 1, slope);
  const [lower, upper] = [numbers.lower.slice(), numbers.upper.slice()];
  columns.forEach((column, component) => {
    lower[column] = Math.max(lower[column]!, reach.lower[component]!);
    upper[column] = Math.min(upper[column]!, reach.upper[component]!);
  });
  let value = numbers.offset;
  let terms = 0;
  for (let j = 0; j < n; j++) {
    value -= (curvature[j]! * x[j]!) / 2;
    terms += Math.abs(curvature[j]! * x[j]!) / 2 + Math.abs(q[j]! * x[j]!);
    const r = slope[j]! + curvature[j]!;
    if (r === 0) continue;
    const limit = r > 0 ? lower[j]! : upper[j]!;
    const far = Math.max(1, 2 * Math.abs(x[j]!));
    value += Number.isFinite(limit) ? r * limit : -Math.abs(r) * far;
  }
  for (let i = 0; i < b.length; i++) {
    value -= b[i]! * y[i]!;
    terms += Math.abs(b[i]! * y[i]!);
  }
  return { value, residual: answer.dualResidual, terms };
}
