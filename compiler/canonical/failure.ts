import { fillTemplate } from "../../runtime/errors/droc-error.ts";
import type { ExprNode, Origin } from "../../runtime/ir/expr.ts";
import type { CurvatureBlame } from "../analyse/curvature/facts.ts";
import { opName } from "../analyse/problem.ts";

/**
 * Why an expression has no canonical form, besides the rules of curvature that a sub-expression may break. `{op}` is
 * the operation as a spec writes it.
 */
export const canonicalReasons = {
  convex: "`{op}` bends upwards where it must bend downwards",
  concave: "`{op}` bends downwards where it must bend upwards",
  kink: "`{op}` bends the right way, but it has kinks and no cone here expresses it",
  equality: "an equality needs both sides affine in the decision",
  scenario: "it reads the outcome outside the loss",
  "affine-outcome":
    "the loss is not the largest of expressions that are affine in the decision and affine in the outcome",
} as const;

/** Thrown inside `canonicalise`, which makes it a form of class `none`. */
export class CanonicalFailure extends Error {
  /** The sub-expression to blame. */
  readonly at: Origin | undefined;

  constructor(message: string, at: Origin | undefined) {
    super(message);
    this.at = at;
  }

  static of(reason: keyof typeof canonicalReasons, node: ExprNode): CanonicalFailure {
    return new CanonicalFailure(fillTemplate(canonicalReasons[reason], { op: opName(node) }), node.at);
  }

  static blaming({ reason, node, at }: CurvatureBlame): CanonicalFailure {
    return new CanonicalFailure(reason, node.at ?? at ?? undefined);
  }
}
