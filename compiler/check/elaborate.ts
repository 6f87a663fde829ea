import type { BinaryExpr, Expr, IfExpr, ListExpr, NameExpr, RelationOp } from "../../grammar/ast.ts";
import type { BinaryOp } from "../../runtime/ir/expr.ts";
import { suggestName } from "../diagnostics/index.ts";
import type { Entity } from "../resolve/entity.ts";
import { limits } from "../source/limits.ts";
import { sameAxes, type Axis } from "./axes.ts";
import { elaborateCall } from "./calls.ts";
import { combine, needBool, needNumber, needPlain, stretchBoth, unifyUnits } from "./combine.ts";
import { isSuspect, locate, place, type CheckContext, type Env } from "./context.ts";
import { reportWrongKind } from "./declared.ts";
import { callOf } from "./predictor.ts";
import { elaborateIndex } from "./indexing.ts";
import { quantityTerm } from "./quantity-term.ts";
import type { Term, ValueType } from "./term.ts";
import { plain, powerUnit, sameUnit, showUnit } from "./unit.ts";

/** The typed term of an expression: names, dims, units and values checked; `null` after reporting what is wrong. */
export function elaborate(ctx: CheckContext, expr: Expr, env: Env): Term | null {
  if (ctx.build.exhausted) return null;
  if (ctx.depth >= limits.exprDepth) {
    const what = `nested more than ${limits.exprDepth} deep`;
    ctx.reporter.report("expression-too-large", locate(env, expr), { what });
    return null;
  }
  ctx.depth++;
  const term = elaborateKind(ctx, expr, env);
  ctx.depth--;
  return term;
}

const relations: Readonly<Record<RelationOp, BinaryOp>> = {
  "<": "lt",
  "<=": "le",
  ">": "gt",
  ">=": "ge",
  "==": "eq",
  "!=": "ne",
};

const scalar: ValueType = { base: "real", axes: [], unit: plain, anyUnit: false };

function elaborateKind(ctx: CheckContext, expr: Expr, env: Env): Term | null {
  const at = place(env, expr);
  switch (expr.kind) {
    case "error":
      return null;
    case "number":
      return ctx.build.const([expr.value], { ...scalar, anyUnit: expr.value === 0 }, at);
    case "bool":
      return ctx.build.const([expr.value ? 1 : 0], { ...scalar, base: "bool" }, at);
    case "name":
      return elaborateName(ctx, expr, env);
    case "index":
      return elaborateIndex(ctx, expr, env);
    case "list":
      return elaborateList(ctx, expr, env);
    case "unary": {
      const operand = ctx.elaborate(expr.operand, env);
      if (operand === null) return null;
      if (expr.op === "not") {
        return needBool(ctx, operand, "not") ? ctx.build.unary("not", operand, operand.type, at) : null;
      }
      return needNumber(ctx, operand, "-") ? ctx.build.unary("neg", operand, operand.type, at) : null;
    }
    case "binary":
      return elaborateBinary(ctx, expr, env);
    case "compare-expr": {
      const left = ctx.elaborate(expr.left, env);
      const right = ctx.elaborate(expr.right, env);
      return left === null || right === null ? null : combine(ctx, relations[expr.op], expr.op, left, right, at);
    }
    case "if":
      return elaborateIf(ctx, expr, env);
    case "call":
      return elaborateCall(ctx, expr, env);
    case "member":
      return misplaced(ctx, expr, env, "a part of a graph", "`G.edges` is a dim: `real[G.edges]`");
    case "string":
      return misplaced(ctx, expr, env, "a text", 'texts name files, columns and labels: `z["Energy"]`');
    case "date":
      return misplaced(ctx, expr, env, "a date", "dates select rows of data");
    case "range":
      return misplaced(ctx, expr, env, "a range", "a range bounds a decision: `in 0..1`");
    case "configured":
      return misplaced(ctx, expr, env, "a name with options", "functions take their arguments in parentheses");
    case "pipe":
      return misplaced(ctx, expr, env, "a pipe", "pipes transform the columns of a field");
    case "where":
      return misplaced(ctx, expr, env, "`where`", "rows are selected in the data, not in a formula");
    case "by":
      return misplaced(ctx, expr, env, `\`${expr.word}\``, "a choice belongs to an option");
    case "over":
      return misplaced(ctx, expr, env, "`over`", "write it inside a reduction: `sum(u over Dim)`");
    case "counted":
      return misplaced(ctx, expr, env, "a word with a quantity", "it belongs to an option");
  }
}

function misplaced(ctx: CheckContext, expr: Expr, env: Env, what: string, advice: string): null {
  ctx.reporter.report("not-an-expression", locate(env, expr), { what, advice });
  return null;
}

function elaborateName(ctx: CheckContext, expr: NameExpr, env: Env): Term | null {
  const at = locate(env, expr);
  if (expr.primed) {
    ctx.reporter.report("primed-name", at, { name: expr.name });
    return null;
  }
  const local = env.locals.get(expr.name);
  if (local !== undefined) return local;
  const entity = env.scope.lookup(expr.name);
  if (entity === null) {
    if (!isSuspect(ctx, expr.name)) {
      const candidates = [...env.locals.keys(), ...env.scope.names().filter((name) => isValue(env.scope.lookup(name)))];
      const otherwise = `declare it, for instance as \`param ${expr.name} = …\``;
      ctx.reporter.report("unknown-name", at, {
        name: expr.name,
        suggestion: suggestName(expr.name, candidates, otherwise),
      });
    }
    return null;
  }
  switch (entity.kind) {
    case "param": {
      const param = ctx.meaning.param(entity);
      return param === null ? null : ctx.build.movedTo(param.term, place(env, expr));
    }
    case "decision":
    case "field":
    case "horizon":
    case "state":
    case "observation": {
      if (ctx.predictors.has(entity)) {
        ctx.reporter.report("predictor-call", at, { name: entity.name, call: callOf(ctx.predictors.get(entity)!) });
        return null;
      }
      const quantity = ctx.quantities.get(entity);
      if (quantity === undefined) {
        ctx.reporter.report("not-constant", at, { name: "this value", inputs: `\`${entity.name}\`` });
        return null;
      }
      if (quantity === null) return null;
      if (quantity.role === "index") {
        const advice = 'the index orders the rows; declare a `context` to use it, for instance with `season("year")`';
        return misplaced(ctx, expr, env, `the index \`${entity.name}\``, advice);
      }
      if (quantity.role === "group") {
        const advice = "a group only tells rows apart; declare a `context` of the column to use it";
        return misplaced(ctx, expr, env, `the group \`${entity.name}\``, advice);
      }
      return quantityTerm(ctx, quantity, place(env, expr));
    }
    case "poison":
      return null;
    default:
      reportWrongKind(ctx, entity, at, "value");
      return null;
  }
}

const valueKinds: readonly Entity["kind"][] = ["param", "decision", "field", "horizon", "state", "observation"];

function isValue(entity: Entity | null): boolean {
  return entity !== null && valueKinds.includes(entity.kind);
}

function elaborateBinary(ctx: CheckContext, expr: BinaryExpr, env: Env): Term | null {
  const at = place(env, expr);
  const left = ctx.elaborate(expr.left, env);
  const right = ctx.elaborate(expr.right, env);
  if (left === null || right === null) return null;
  switch (expr.op) {
    case "+":
      return combine(ctx, "add", "+", left, right, at);
    case "-":
      return combine(ctx, "sub", "-", left, right, at);
    case "*":
      return combine(ctx, "mul", "*", left, right, at);
    case "/":
      return combine(ctx, "div", "/", left, right, at);
    case "and":
      return combine(ctx, "and", "and", left, right, at);
    case "or":
      return combine(ctx, "or", "or", left, right, at);
    case "^":
      return power(ctx, left, right, expr, env);
  }
}

function power(ctx: CheckContext, base: Term, exponent: Term, expr: BinaryExpr, env: Env): Term | null {
  const at = place(env, expr);
  if (!needNumber(ctx, base, "^") || !needNumber(ctx, exponent, "^") || !needPlain(ctx, exponent, "^")) return null;
  const value = exponent.type.axes.length === 0 ? exponent.constant?.[0] : undefined;
  if (value === undefined) {
    ctx.reporter.report("power-exponent", exponent.at, {});
    return null;
  }
  const unit = powerUnit(base.type.unit, value);
  if (unit === null) {
    ctx.reporter.report("unit-power", at, { unit: showUnit(base.type.unit), exponent: value });
    return null;
  }
  const type: ValueType = { base: "real", axes: base.type.axes, unit, anyUnit: false };
  if (!exponent.usesParams && value === 1) return base;
  if (!exponent.usesParams && value === 2) return ctx.build.unary("square", base, type, at);
  if (!exponent.usesParams && value === 0.5) return ctx.build.unary("sqrt", base, type, at);
  const repeated = ctx.build.broadcast(exponent, base.type.axes, [], at);
  return repeated === null ? null : ctx.build.binary("pow", base, repeated, type, at);
}

function elaborateIf(ctx: CheckContext, expr: IfExpr, env: Env): Term | null {
  const at = place(env, expr);
  const condition = ctx.elaborate(expr.condition, env);
  const yes = ctx.elaborate(expr.then, env);
  const no = ctx.elaborate(expr.else, env);
  if (condition === null || yes === null || no === null || !needBool(ctx, condition, "if")) return null;
  const base = yes.type.base;
  if (base === "bool" ? !needBool(ctx, no, "else") : !needNumber(ctx, no, "else")) return null;
  const unit = unifyUnits(ctx, "if", yes, no, at);
  if (unit === null) return null;
  const branches = stretchBoth(ctx, yes, no, at);
  if (branches === null) return null;
  const tested = stretchBoth(ctx, condition, branches[0], at);
  if (tested === null) return null;
  const other = stretchBoth(ctx, tested[0], branches[1], at);
  if (other === null) return null;
  const anyUnit = yes.type.anyUnit && no.type.anyUnit;
  return ctx.build.where(tested[0], tested[1], other[1], { base, axes: tested[2], unit, anyUnit }, at);
}

function elaborateList(ctx: CheckContext, expr: ListExpr, env: Env): Term | null {
  const at = place(env, expr);
  const items: Term[] = [];
  for (const item of expr.items) {
    const term = ctx.elaborate(item, env);
    if (term === null) return null;
    items.push(term);
  }
  const first = items[0];
  if (first === undefined) {
    ctx.reporter.report("not-an-expression", locate(env, expr), { what: "an empty list", advice: "write its items" });
    return null;
  }
  let unit = first.type.unit;
  let anyUnit = true;
  for (const item of items) {
    if (item.type.base !== first.type.base || !sameAxes(item.type.axes, first.type.axes)) {
      ctx.reporter.report("list-mixed", item.at, {});
      return null;
    }
    if (item.type.anyUnit) continue;
    if (!anyUnit && !sameUnit(unit, item.type.unit)) {
      unifyUnits(ctx, ",", ctx.build.retyped(first, { ...first.type, unit, anyUnit }), item, at);
      return null;
    }
    unit = item.type.unit;
    anyUnit = false;
  }
  const axis: Axis = { dim: null, size: items.length, labels: null, loose: true };
  const axes = [axis, ...first.type.axes];
  const type: ValueType = { base: first.type.base, axes, unit, anyUnit };
  if (items.every((item) => item.constant !== null && !item.usesParams)) {
    return ctx.build.const(
      items.flatMap((item) => item.constant!),
      type,
      at,
    );
  }
  return ctx.build.concat(items, type, at);
}
