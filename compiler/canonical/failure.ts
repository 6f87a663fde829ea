import { fillTemplate } from "../../runtime/errors/droc-error.ts";
import type { ExprNode } from "../../runtime/ir/expr.ts";
import { opName } from "../analyse/problem.ts";

/** Why an expression has no canonical form. `{op}` is the operation as a spec writes it. */
export const canonicalReasons = {
  convex: "`{op}` bends upwards where it must bend downwards",
  concave: "`{op}` bends downwards where it must bend upwards",
  neither: "`{op}` of something that depends on the decision is neither convex nor concave",
  condition: "a condition depends on the decision",
  product: "two things that both depend on the decision are multiplied, and the product is not a convex quadratic",
  sign: "the factor of a bent term may be negative",
  monotone: "`{op}` neither only rises nor only falls over the values of a bent expression inside it",
  divisor: "it divides by something that depends on the decision and may be negative",
  numerator: "what is divided may be negative, or depends on the decision and is not a square",
  power: "`{op}` is convex only where its base cannot be negative, which the bounds do not show",
  exponent: "the exponent of `{op}` is not a constant",
  equality: "an equality needs both sides affine in the decision",
  scenario: "it reads the outcome outside the loss",
  "affine-outcome":
    "the loss is not the largest of expressions that are affine in the decision and affine in the outcome",
} as const;

/** Thrown inside `canonicalise`, which makes it a form of class `none`. */
export class CanonicalFailure extends Error {
  readonly reason: keyof typeof canonicalReasons;
  readonly node: ExprNode;

  constructor(reason: keyof typeof canonicalReasons, node: ExprNode) {
    super(fillTemplate(canonicalReasons[reason], { op: opName(node) }));
    this.reason = reason;
    this.node = node;
  }
}
