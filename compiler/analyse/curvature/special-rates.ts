import { sizeOf } from "../../../runtime/ir/shape.ts";
import { dependsOn, type Scope } from "./forward.ts";
import type { Quadratic } from "./quadratics.ts";
import type { Rate } from "./rates.ts";

interface RootScope {
  readonly rate: (id: number) => Rate;
  readonly quadratic: (id: number) => Quadratic | null;
}

/** A sum of squares `‖w‖²`: bounds of the Jacobian of w, squared, and of `Σ c_i ∇²w_i` for `|c_i| ≤ 1`. */
interface SquaredNorm {
  readonly slope: number;
  readonly bend: number;
}

/**
 * The rate of a square root of a sum of squares `‖w‖`, which is that of w, and of the root of a quadratic
 * `vᵀQv + q·v + c` that is a sum of squares: `√λ_max(Q)`. Where the root is at least r > 0 its gradient has the Lipschitz
 * constant `rate² / r`. `null` for any other root.
 *
 * @param id the root, of `arg`
 */
export function rootRate(scope: Scope, id: number, arg: number, { rate, quadratic }: RootScope): Rate | null {
  const { b, interval } = scope;
  const found = squared(arg);
  if (found === null) return null;
  const slope = Math.sqrt(found.slope);
  const least = interval(id).lower;
  // The norms of the groups of w that the elements read move no faster than w together.
  return { whole: slope, each: slope, bend: least > 0 ? found.slope / least + found.bend : Infinity };

  function squared(of: number): SquaredNorm | null {
    if (!dependsOn(scope, of)) return interval(of).lower >= 0 ? { slope: 0, bend: 0 } : null;
    const form = quadratic(of);
    if (form?.sumOfSquares === true) return { slope: Math.max(0, form.greatestEigenvalue), bend: 0 };
    const node = b.node(of);
    switch (node.op) {
      case "add": {
        const [u, v] = [squared(node.args[0]), squared(node.args[1])];
        return u === null || v === null ? null : { slope: u.slope + v.slope, bend: u.bend + v.bend };
      }
      case "sum":
        return squared(node.args[0]);
      case "mul": {
        const [c, u] = dependsOn(scope, node.args[0]) ? node.args.toReversed() : node.args;
        const { lower, upper } = interval(c!);
        const inner = dependsOn(scope, c!) || lower < 0 || upper === Infinity ? null : squared(u!);
        return inner === null ? null : { slope: upper * inner.slope, bend: Math.sqrt(upper) * inner.bend };
      }
      case "square": {
        const u = rate(node.args[0]);
        return { slope: u.whole ** 2, bend: u.bend };
      }
      default:
        return null;
    }
  }
}

/** How fast the logarithm of a positive value can change: bounds of its gradient and of its Hessian, element by element. */
export interface Growth {
  readonly slope: number;
  readonly bend: number;
}

/**
 * Growth of values that exponentials make: `exp(u)` has u's rate; sums are between their terms, with at most the variance
 * of two slopes added to the Hessian; products and quotients add up, powers and positive factors scale. `null` for what is
 * made of anything else.
 */
export function growthsOf(scope: Scope, rate: (id: number) => Rate): (id: number) => Growth | null {
  const { b, interval } = scope;
  return growth;

  function growth(id: number): Growth | null {
    if (!dependsOn(scope, id)) return interval(id).lower > 0 ? { slope: 0, bend: 0 } : null;
    const node = b.node(id);
    switch (node.op) {
      case "exp": {
        const u = rate(node.args[0]);
        return { slope: u.each, bend: u.bend };
      }
      case "add":
        return growthOfSum(growth(node.args[0]), growth(node.args[1]));
      case "sum": {
        const term = growth(node.args[0]);
        const sum = sizeOf(b.shape(node.args[0])) === sizeOf(node.shape) ? term : growthOfSum(term, term);
        const inner = b.node(node.args[0]);
        if (sum === null || inner.op !== "exp") return sum;
        // ‖diag(p) − ppᵀ‖ ≤ 1/2
        const u = rate(inner.args[0]);
        return { slope: sum.slope, bend: Math.min(sum.bend, u.whole ** 2 / 2 + u.bend) };
      }
      case "mul":
      case "div": {
        const [u, v] = [growth(node.args[0]), growth(node.args[1])];
        return u === null || v === null ? null : { slope: u.slope + v.slope, bend: u.bend + v.bend };
      }
      case "broadcast":
      case "gather":
      case "transpose":
        return growth(node.args[0]);
      default:
        return null;
    }
  }
}

/** The Hessian of the logarithm of a sum is a mean of Hessians plus the covariance of slopes, none longer than the longest. */
export function growthOfSum(u: Growth | null, v: Growth | null): Growth | null {
  if (u === null || v === null) return null;
  const most = Math.max(u.slope, v.slope);
  return { slope: most, bend: Math.max(u.bend, v.bend) + Math.min((u.slope + v.slope) ** 2 / 4, most ** 2) };
}
