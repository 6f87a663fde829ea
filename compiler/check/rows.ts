import type { CompareExpr, Expr, NameExpr, WhereExpr } from "../../grammar/ast.ts";
import type { OptionsIR } from "../../runtime/ir/model.ts";
import { suggestName } from "../diagnostics/index.ts";
import type { EntityOf } from "../resolve/entity.ts";
import { constantTerm } from "./constants.ts";
import { isSuspect, locate, originOf, type CheckContext, type Env } from "./context.ts";
import { reportWrongKind } from "./declared.ts";
import type { Quantity } from "./quantity.ts";

/** Has the form of `market` or `market where …`. */
export function isRows(expr: Expr): expr is NameExpr | WhereExpr {
  return expr.kind === "name" || (expr.kind === "where" && expr.source.kind === "name");
}

/** Rows of the model's data: `{ name: data, options: { where: [{ name: "<", options: { field, value } }] } }`. */
export function checkRows(ctx: CheckContext, expr: NameExpr | WhereExpr, env: Env): OptionsIR | null {
  const source = expr.kind === "where" ? expr.source : expr;
  if (source.kind !== "name") return null;
  const entity = env.scope.lookup(source.name);
  if (entity === null) {
    if (isSuspect(ctx, source.name)) return null;
    const known = env.scope.names().filter((name) => env.scope.lookup(name)?.kind === "data");
    const suggestion = suggestName(source.name, known, "name the model's data");
    ctx.reporter.report("unknown-name", locate(env, source), { name: source.name, suggestion });
    return null;
  }
  if (entity.kind !== "data") {
    if (entity.kind !== "poison") reportWrongKind(ctx, entity, locate(env, source), "data declaration");
    return null;
  }
  if (expr.kind === "name") return { name: source.name, options: {}, at: originOf(ctx, locate(env, expr)) };
  const conditions = checkCondition(ctx, expr.condition, entity, env);
  if (conditions === null) return null;
  const at = originOf(ctx, locate(env, expr));
  return { name: source.name, options: { where: { value: conditions, origin: "explicit" } }, at };
}

/** Comparisons of a field with a value, joined by `and`. */
function checkCondition(ctx: CheckContext, expr: Expr, data: EntityOf<"data">, env: Env): readonly OptionsIR[] | null {
  if (expr.kind === "error") return null;
  if (expr.kind === "binary" && expr.op === "and") {
    const left = checkCondition(ctx, expr.left, data, env);
    const right = checkCondition(ctx, expr.right, data, env);
    return left === null || right === null ? null : [...left, ...right];
  }
  if (expr.kind !== "compare-expr" || expr.left.kind !== "name") {
    const reason = "a row is chosen by comparing a field of the data with a value";
    ctx.reporter.report("rows-condition", locate(env, expr), { reason });
    return null;
  }
  const { name } = expr.left;
  const field = data.decl.fields.find((one) => one.name.name === name);
  const entity = ctx.model.entities.values.get(name);
  const quantity = entity === undefined || field === undefined ? undefined : ctx.quantities.get(entity);
  if (quantity === null) return null;
  if (quantity === undefined) {
    const known = data.decl.fields.map((one) => one.name.name);
    const suggestion = suggestName(name, known, `declare it as a field of \`${data.name}\``);
    if (!isSuspect(ctx, name)) ctx.reporter.report("unknown-name", locate(env, expr.left), { name, suggestion });
    return null;
  }
  const value = comparedValue(ctx, expr, quantity, env);
  if (value === null) return null;
  return [{ name: expr.op, options: { field: written(name), value: written(value) } }];
}

function written(value: string | number): { readonly value: string | number; readonly origin: "explicit" } {
  return { value, origin: "explicit" };
}

/** The right-hand side as a value of the field's type. */
function comparedValue(ctx: CheckContext, expr: CompareExpr, quantity: Quantity, env: Env): string | number | null {
  const { right } = expr;
  const type = quantity.type.name;
  const wrong = (expected: string): null => {
    const reason = `\`${quantity.name}\` is of type ${type}, so it is compared with ${expected}`;
    if (right.kind !== "error") ctx.reporter.report("rows-condition", locate(env, right), { reason });
    return null;
  };
  if (quantity.type.axes.length > 0) {
    const reason = `\`${quantity.name}\` has several values in each row`;
    ctx.reporter.report("rows-condition", locate(env, expr.left), { reason });
    return null;
  }
  if (type === "date" || type === "datetime")
    return right.kind === "date" ? right.value : wrong("a date such as 2020-01-01");
  if (type === "text") return right.kind === "string" ? right.value : wrong("a text in quotes");
  if (right.kind === "date" || right.kind === "string") return wrong("a number");
  return constantTerm(ctx, right, env, quantity.name)?.constant?.[0] ?? null;
}
