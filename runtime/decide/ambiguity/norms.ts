import type { OutcomeNorm } from "../../spec.ts";

/** The norm dual to a norm: l1 ↔ linf, l2 ↔ l2. */
export function dualOf(norm: OutcomeNorm): OutcomeNorm {
  return norm === "l1" ? "linf" : norm === "linf" ? "l1" : "l2";
}

export function normOf(norm: OutcomeNorm, v: Float64Array): number {
  if (norm === "l2") return Math.hypot(...v);
  return v.reduce((value, x) => (norm === "l1" ? value + Math.abs(x) : Math.max(value, Math.abs(x))), 0);
}

/** The δ with `‖δ‖ = 1` that a grows fastest along: `a·δ` is the dual norm of a. Zero where a is. */
export function steepestDirection(norm: OutcomeNorm, a: Float64Array): Float64Array {
  const size = normOf(norm === "l2" ? "l2" : "linf", a);
  if (size === 0) return new Float64Array(a.length);
  if (norm === "l2") return a.map((value) => value / size);
  if (norm === "linf") return a.map(Math.sign);
  const direction = new Float64Array(a.length);
  const at = a.findIndex((value) => Math.abs(value) === size);
  direction[at] = Math.sign(a[at]!);
  return direction;
}
