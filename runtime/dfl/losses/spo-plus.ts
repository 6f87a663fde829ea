import { extend } from "./extended.ts";
import { rowLoss, type DflLoss } from "./row.ts";
import { dot } from "../../decide/dot.ts";
import { combine } from "./vectors.ts";

/**
 * SPO+ (Elmachtoub & Grigas 2022, eq. 14), a convex upper bound of the regret of a linear cost: with the cost `(s, 1)` of
 * `(φ, g)` it is `−min_z [(2ŝ − s)·φ + g] + 2 f(z*(s), ŝ) − f(z*(s), s)`; subgradient `2 (φ(z*(s)) − φ(z*(2ŝ − s)))`.
 */
export function spoPlus(): DflLoss {
  return rowLoss((row) => {
    const { predicted, cost, best, gradient } = row;
    const reflected = combine(predicted, cost, -0.5);
    for (let i = 0; i < reflected.length; i++) reflected[i]! *= 2;
    const answer = row.solve(reflected);
    const { slope, offset } = extend(best, cost);
    for (let i = 0; i < gradient.length; i++) gradient[i] = 2 * (slope[i]! - answer.slope[i]!);
    return -answer.objective + 2 * (dot(slope, predicted) + offset) - best.objective;
  });
}
