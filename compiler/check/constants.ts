import type { Expr } from "../../grammar/ast.ts";
import { locate, type CheckContext, type Env } from "./context.ts";
import { inUnit, isPlain } from "./unit.ts";
import { showAxes } from "./axes.ts";
import type { Term } from "./term.ts";

/** A term whose value is known; `null` after reporting. `what` names what needs it. */
export function constantTerm(ctx: CheckContext, expr: Expr, env: Env, what: string): Term | null {
  const term = ctx.elaborate(expr, env);
  if (term === null) return null;
  if (term.constant !== null) return term;
  const inputs = [...term.inputs].map((name) => `\`${name}\``).join(", ");
  ctx.reporter.report("not-constant", locate(env, expr), { name: what, inputs });
  return null;
}

/** A single known number without a unit; `null` after reporting. */
export function constantNumber(ctx: CheckContext, expr: Expr, env: Env, what: string): number | null {
  const term = constantTerm(ctx, expr, env, what);
  if (term === null) return null;
  const at = locate(env, expr);
  if (term.type.base === "bool") {
    const args = { name: what, expected: "a number", found: "a yes/no value", advice: "write a number" };
    ctx.reporter.report("type-mismatch", at, args);
    return null;
  }
  if (term.type.axes.length > 0) {
    ctx.reporter.report("shape-mismatch", at, {
      name: what,
      expected: "a single number",
      found: showAxes(term.type.axes),
    });
    return null;
  }
  if (!isPlain(term.type.unit)) {
    ctx.reporter.report("unit-not-plain", at, { name: what, found: inUnit(term.type.unit) });
    return null;
  }
  return term.constant![0]!;
}
