import type { Constraint, RelationOp } from "../../grammar/ast.ts";
import { relatedPlace } from "../diagnostics/index.ts";
import { textAt, type Location } from "../source/source-text.ts";
import { combine, shorten } from "./combine.ts";
import { locate, type CheckContext, type Env } from "./context.ts";
import type { Quantity } from "./quantity.ts";
import type { Term } from "./term.ts";
import { isPlain } from "./unit.ts";

/** `difference relation 0`, element by element. */
export interface CheckedConstraint {
  readonly difference: Term;
  readonly relation: "<=" | "==";
  readonly label: string;
  readonly at: Location;
}

/** One or two rows of constraints of `first op right [op right]`. `at` and `label` override the source's own. */
export function checkConstraint(
  ctx: CheckContext,
  constraint: Constraint,
  env: Env,
  set?: { readonly name: string; readonly at: Location },
): readonly CheckedConstraint[] {
  const checked: CheckedConstraint[] = [];
  let left = ctx.elaborate(constraint.first, env);
  let leftExpr = constraint.first;
  for (const { op, right: rightExpr } of constraint.relations) {
    const right = ctx.elaborate(rightExpr, env);
    const span = { start: leftExpr.span.start, end: rightExpr.span.end };
    const own = locate(env, { span: constraint.relations.length === 1 ? constraint.span : span });
    const text = shorten(textAt(locate(env, { span })));
    const label = constraint.label?.name ?? (set === undefined ? text : `${set.name}: ${text}`);
    if (left !== null && right !== null) {
      const one = checkRelation(ctx, left, op, right, label, set?.at ?? own);
      if (one !== null) checked.push(one);
    }
    left = right;
    leftExpr = rightExpr;
  }
  return checked;
}

/** `left op right` as rows of the feasible set; `null` after reporting. */
export function checkRelation(
  ctx: CheckContext,
  left: Term,
  op: RelationOp,
  right: Term,
  label: string,
  at: Location,
): CheckedConstraint | null {
  if (op === "<" || op === ">" || op === "!=") {
    const strict = "it excludes its own bound, so there may be no best decision";
    const hole = "it leaves out a single value, so the feasible set would have a hole";
    ctx.reporter.report("constraint-relation", at, { op, reason: op === "!=" ? hole : strict });
    return null;
  }
  const [low, high] = op === ">=" ? [right, left] : [left, right];
  const difference = combine(ctx, "sub", op, withUnitOf(ctx, low, high), withUnitOf(ctx, high, low), at);
  if (difference === null || !usesDecisionsOnly(ctx, difference, at)) return null;
  return { difference, relation: op === "==" ? "==" : "<=", label, at };
}

/** A written number that is a whole side of a comparison takes the unit of the other side. */
function withUnitOf(ctx: CheckContext, term: Term, other: Term): Term {
  const written = term.constant !== null && !term.usesParams && isPlain(term.type.unit);
  const ambiguous = [...other.type.unit.keys()].some((name) => ctx.scaledUnits.has(name));
  return written && !ambiguous ? ctx.build.retyped(term, { ...term.type, unit: other.type.unit }) : term;
}

function usesDecisionsOnly(ctx: CheckContext, term: Term, at: Location): boolean {
  let decisions = 0;
  for (const name of term.inputs) {
    const quantity = quantityNamed(ctx, name);
    if (quantity === null) return false;
    if (quantity.role === "decision") {
      decisions++;
      continue;
    }
    if (quantity.role === "state" || quantity.role === "price") continue;
    if (quantity.role === "trajectory") {
      if (ctx.observed.has(name)) continue;
      ctx.reporter.report("stage-observes", at, { name, stage: ctx.stages ?? "day" });
      return false;
    }
    const context = quantity.role === "context";
    const args = {
      role: quantity.role,
      name,
      reason: context
        ? "the feasible set is built once, before any context is seen"
        : "the decision is taken before the outcome is known, so no decision could be sure to meet it",
      advice: context
        ? "use a parameter instead; constraints that vary with the context cannot be run yet"
        : "put a penalty for violating it into the loss",
    };
    ctx.reporter.report("constraint-uses", at, args, [relatedPlace("declared", quantity.at, { name })]);
    return false;
  }
  if (decisions > 0) return true;
  ctx.reporter.report("constraint-without-decision", at, {});
  return false;
}

/** A decision or field of the model by its name. */
export function quantityNamed(ctx: CheckContext, name: string): Quantity | null {
  const entity = ctx.model.entities.values.get(name);
  return entity === undefined ? null : (ctx.quantities.get(entity) ?? null);
}
