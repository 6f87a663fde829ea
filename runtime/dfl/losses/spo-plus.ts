import { extend } from "./extended.ts";
import { rowLoss, type DflLoss } from "./row.ts";
import { addScaled, combine, dot } from "./vectors.ts";

/**
 * SPO+ (Elmachtoub & Grigas 2022, eq. 14), a convex upper bound of the regret of a linear cost: with the cost `(s, 1)` of
 * `(φ, g)` it is `−min_z [(2ŝ − s)·φ + g] + 2 f(z*(s), ŝ) − f(z*(s), s)`; subgradient `2 (φ(z*(s)) − φ(z*(2ŝ − s)))`.
 */
export function spoPlus(): DflLoss {
  return rowLoss((row) => {
    const { predicted, cost, best, gradient } = row;
    const reflected = combine(
      predicted.map((value) => 2 * value),
      cost,
      -1,
    );
    const answer = row.solve(reflected);
    const target = extend(best, cost);
    addScaled(gradient, target.slope, 2);
    addScaled(gradient, answer.slope, -2);
    return -answer.objective + 2 * (dot(target.slope, predicted) + target.offset) - best.objective;
  });
}
