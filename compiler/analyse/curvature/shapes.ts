import { isUnary } from "../../../runtime/ir/scalar-ops.ts";
import { numberOf } from "../element.ts";
import type { Scope } from "./forward.ts";
import { scalarSwitch } from "./scalar-switch.ts";
import { shapeOfExponential, shapeOfPower, shapeOfUnary, type ScalarShape } from "./scalar-functions.ts";

/** A node that applies one function of one number to each element of `arg`. */
export interface Applied {
  readonly arg: number;
  /** `null`: a jump or a pole inside the argument's range. */
  readonly shape: ScalarShape | null;
}

/**
 * How a node applies a function of one number to the only argument that reads variables: unary operations, powers
 * with a known exponent, exponentials with a known base, switches on one number. `null` for every other node. A root or power of a square of
 * a kinked value is not seen here.
 */
export function appliedFunction({ b, interval, degree }: Scope, id: number): Applied | null {
  const node = b.node(id);
  if (node.op === "where") return scalarSwitch({ b, interval, degree }, id);
  if (isUnary(node)) return { arg: node.args[0], shape: shapeOfUnary(node.op, interval(node.args[0])) };
  if (node.op !== "pow") return null;
  const [base, exponent] = node.args;
  const p = numberOf(b, exponent);
  if (p !== null && degree(base) > 0) return { arg: base, shape: shapeOfPower(p, interval(base)) };
  const c = numberOf(b, base);
  if (c !== null && c > 0 && degree(exponent) > 0) {
    return { arg: exponent, shape: shapeOfExponential(c, interval(exponent)) };
  }
  return null;
}
