import type { Bend } from "./curvature.ts";
import type { ExactAffine } from "./exact-affine.ts";
import { numberOf } from "../element.ts";
import { dependsOn, type Scope } from "./forward.ts";
import { extremeEigenvalues, type Quadratic } from "./quadratics.ts";
import { hiddenFunction } from "./hidden-functions.ts";
import { appliedFunction } from "./shapes.ts";

/** Beyond so many variables only quadratics are measured. */
const SIZE_LIMIT = 200;

/**
 * The largest m proved such that a scalar minus `m/2·‖v‖²` is convex; `null` where not even convexity follows. The
 * expression is taken apart into a sum, each term bounded below by a constant Hessian: that of a quadratic,
 * `min φ″ · AᵀA` for `Σ φ(Av + b)` (terms that may bend downwards), 0 for what is convex; m is the least eigenvalue.
 */
export function strongConvexityOf(
  scope: Scope,
  bend: (id: number) => Bend,
  exact: (id: number) => ExactAffine | null,
  quadratic: (id: number) => Quadratic | null,
): number | null {
  const { b, output, variables, degree, interval } = scope;
  const n = variables.size;
  if (!dependsOn(scope, output) || b.shape(output).length > 0) return null;
  const whole = quadratic(output);
  if (whole !== null)
    return whole.definiteness === "positive-semidefinite" ? Math.max(0, 2 * whole.leastEigenvalue) : null;
  if (n > SIZE_LIMIT) return null;
  const hessian = Array.from({ length: n * n }, () => 0);
  if (!collect(output, 1, true)) return null;
  const { least, greatest } = extremeEigenvalues(hessian, n);
  return least >= -1e-12 * Math.abs(greatest) ? Math.max(0, least) : null;

  /** Adds a lower bound of the Hessian of `factor · Σ elements`; false where a term is not convex. */
  function collect(id: number, factor: number, top: boolean): boolean {
    if (factor === 0 || !dependsOn(scope, id) || degree(id) <= 1) return true;
    if (top && quadratic(id) !== null) return addQuadratic(quadratic(id)!, factor);
    const node = b.node(id);
    switch (node.op) {
      case "add":
        return node.args.every((arg) => collect(arg, factor, top));
      case "sub":
        return collect(node.args[0], factor, top) && collect(node.args[1], -factor, top);
      case "neg":
        return collect(node.args[0], -factor, top);
      case "sum":
        return collect(node.args[0], factor, false);
      case "mul": {
        const [c, u] = dependsOn(scope, node.args[0]) ? [node.args[1], node.args[0]] : node.args;
        const known = numberOf(b, c);
        if (known !== null) return collect(u, factor * known, top);
        break;
      }
      case "div": {
        const known = numberOf(b, node.args[1]);
        if (known !== null && known !== 0) return collect(node.args[0], factor / known, top);
        break;
      }
      default:
    }
    if (addScalarFunction(id, factor)) return true;
    const { convex, concave } = bend(id);
    return factor > 0 ? convex : concave;
  }

  /** Convex or not: only the sum has to be. */
  function addQuadratic({ matrix }: Quadratic, factor: number): boolean {
    for (let k = 0; k < n * n; k++) hessian[k] = hessian[k]! + 2 * factor * matrix[k]!;
    return true;
  }

  function addScalarFunction(id: number, factor: number): boolean {
    const applied = appliedFunction(scope, id) ?? hiddenFunction(scope, id);
    if (applied?.shape?.bend == null || interval(applied.arg).lower < applied.shape.domain) return false;
    const affine = exact(applied.arg);
    const [least, most] = applied.shape.bend;
    const floor = factor > 0 ? factor * least : factor * most;
    if (affine === null || !Number.isFinite(floor)) return false;
    const a = affine.coefficients;
    for (let row = 0; row < affine.rows; row++)
      for (let i = 0; i < n; i++) {
        const left = floor * a[row * n + i]!;
        if (left !== 0) for (let j = 0; j < n; j++) hessian[i * n + j] = hessian[i * n + j]! + left * a[row * n + j]!;
      }
    return true;
  }
}
