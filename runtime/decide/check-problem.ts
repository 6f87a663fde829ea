import { RuntimeError } from "../errors/runtime-error.ts";
import type { DecisionProblem } from "../spec.ts";
import { decideCatalogue } from "./catalogue.ts";

function malformed(what: string): RuntimeError {
  return new RuntimeError(decideCatalogue, "problem-malformed", { what });
}

/**
 * Sizes that agree, a convex risk and finite numbers.
 *
 * @throws RuntimeError `problem-malformed`, `risk-level-out-of-range`, `risk-not-convex`, `quadratic-not-convex`
 */
export function checkProblem(problem: DecisionProblem): void {
  const { risk, sizes, pieces, feasible } = problem;
  const n = sizes.decision;
  if (!(n >= 1)) throw malformed("it has no decision component");
  if (!(pieces.count >= 1)) throw malformed("the loss has no pieces");
  if (feasible.size !== n) throw malformed(`the set has ${feasible.size} components and the decision ${n}`);
  if (risk.linear.length !== n) throw malformed(`the linear term has ${risk.linear.length} values, not ${n}`);
  if (![risk.mean, risk.constant, ...risk.linear].every(Number.isFinite)) throw malformed("the risk is not finite");
  if (risk.mean < 0) {
    throw new RuntimeError(decideCatalogue, "risk-not-convex", { term: "mean", weight: risk.mean });
  }
  for (const { level, weight } of risk.cvar) {
    if (!(level >= 0 && level < 1)) throw new RuntimeError(decideCatalogue, "risk-level-out-of-range", { level });
    if (!(weight >= 0 && weight < Infinity)) {
      throw new RuntimeError(decideCatalogue, "risk-not-convex", { term: `cvar at level ${level}`, weight });
    }
  }
  if (risk.quadratic !== null) checkQuadratic(risk.quadratic, n);
}

/** Positive semidefinite up to rounding, by symmetric Gaussian elimination with diagonal pivoting. */
function checkQuadratic(quadratic: readonly number[], n: number): void {
  if (quadratic.length !== n * n) throw malformed(`the quadratic term has ${quadratic.length} values, not ${n * n}`);
  if (!quadratic.every(Number.isFinite)) throw malformed("the quadratic term is not finite");
  const a = Float64Array.from(quadratic);
  let largest = 0;
  for (const value of a) largest = Math.max(largest, Math.abs(value));
  const tolerance = 1e-10 * largest;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      if (Math.abs(a[i * n + j]! - a[j * n + i]!) > tolerance) throw malformed("the quadratic term is not symmetric");
    }
  }
  const left = new Set(Array.from({ length: n }, (_, i) => i));
  while (left.size > 0) {
    let pivot = -1;
    for (const i of left) if (pivot < 0 || a[i * n + i]! > a[pivot * n + pivot]!) pivot = i;
    const diagonal = a[pivot * n + pivot]!;
    left.delete(pivot);
    if (diagonal <= tolerance) {
      // Every remaining diagonal is at most this one: only the zero matrix is still semidefinite.
      const rest = [pivot, ...left];
      for (const i of rest) {
        for (const j of rest) {
          const value = a[i * n + j]!;
          if (i === j ? value < -tolerance : Math.abs(value) > Math.sqrt(n) * tolerance * 10) {
            const curvature = i === j ? value : -Math.abs(value);
            throw new RuntimeError(decideCatalogue, "quadratic-not-convex", { curvature });
          }
        }
      }
      return;
    }
    for (const i of left) {
      const factor = a[i * n + pivot]! / diagonal;
      for (const j of left) a[i * n + j]! -= factor * a[pivot * n + j]!;
    }
  }
}
