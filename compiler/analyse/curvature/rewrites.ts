import type { Bend } from "./curvature.ts";
import type { CurvatureRule } from "./facts.ts";
import { numberOf } from "../element.ts";
import { dependsOn, type Scope } from "./forward.ts";

/** What to write in place of a sub-expression that breaks a rule; `null` where nothing is known. */
export function suggestRewrite(
  scope: Scope,
  bend: (id: number) => Bend,
  id: number,
  rule: CurvatureRule,
): string | null {
  const { b, interval } = scope;
  const node = b.node(id);
  const affine = (arg: number): boolean => bend(arg).convex && bend(arg).concave;
  switch (node.op) {
    case "sqrt": {
      const inside = b.node(node.args[0]);
      if (inside.op === "square") return "write `abs(u)` for `sqrt(square(u))`";
      return bend(node.args[0]).convex
        ? "write a root of a sum of squares as `norm2(u)`, or minimise what is under the root, which has the same minimiser"
        : null;
    }
    case "log":
    case "log1p":
      return bend(node.args[0]).convex
        ? "write the logarithm of a sum of exponentials as `log_sum_exp(u)`, and that of a product as a sum of logarithms"
        : null;
    case "div": {
      const [top, bottom] = node.args;
      if (rule === "sign")
        return "write a divisor that is positive by meaning as `abs(…)`, or give it a range in `data`";
      const { lower, upper } = interval(bottom);
      if (lower < 0 && upper > 0) {
        return "bound the divisor away from 0 on one side: give the decision a lower bound, or the outcome a range";
      }
      if (affine(top) && affine(bottom)) {
        return "a ratio of affine expressions is only quasi-convex: minimise `top − target · bottom` for a target ratio";
      }
      return null;
    }
    case "mul": {
      if (rule === "sign")
        return "write a factor that is non-negative by meaning as `abs(…)` or `pos(…)`, or give it a range in `data`";
      const [u, v] = node.args;
      if (b.node(v).op === "log" || b.node(u).op === "log") {
        return "a logarithm times a value is convex as `u * log(u / c)`: the same `u`, affine, in both places";
      }
      return affine(u) && affine(v)
        ? "make one factor a `param`, or add squares of both that outweigh the product"
        : null;
    }
    case "pow": {
      const p = numberOf(b, node.args[1]);
      if (p !== null && dependsOn(scope, node.args[0])) {
        if (p > 0 && Number.isInteger(p))
          return `an odd power bends both ways: write \`pos(u)^${p}\` or \`abs(u)^${p}\``;
        return "give the base a range of one sign, so that the power is defined and bends one way";
      }
      return "use a constant exponent or a constant positive base";
    }
    case "where":
      return rule === "condition" ? "write the switch as `max`, `min` or `pos` of the two sides where they meet" : null;
    case "sign":
      return "write a smooth or convex penalty: `abs(u)` or `pos(u)` in place of `sign(u)`";
    case "min":
    case "reduce_min":
      return "the smallest of several convex costs is a choice: model it with a `bool` decision for each of them";
    default:
      return null;
  }
}
