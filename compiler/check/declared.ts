import type { Expr, ScalarType, TypeExpr } from "../../grammar/ast.ts";
import { didYouMean, relatedPlace, suggestName } from "../diagnostics/index.ts";
import { kindNames, type Entity, type EntityOf } from "../resolve/entity.ts";
import { limits } from "../source/limits.ts";
import type { Location } from "../source/source-text.ts";
import { elementsOf, numbered, type Axis } from "./axes.ts";
import { envOf, isSuspect, locate, type CheckContext, type Env } from "./context.ts";
import { constantNumber } from "./constants.ts";
import { typeNames, type DeclaredType, type TypeName } from "./quantity.ts";
import { plainDeclared, powerUnit, showUnit, timesUnit, type DeclaredUnit } from "./unit.ts";

/** Reports a declaration whose evaluation asks for itself, with the names on the way round. */
export function reportCycle(ctx: CheckContext, entity: Entity): void {
  const names = ctx.opening.slice(ctx.opening.indexOf(entity)).map((one) => one.name);
  const cycle = [...names, entity.name].join(" → ");
  ctx.reporter.report("definition-cycle", entity.at, { name: entity.name, cycle });
}

/** The axis of a dim; `null` after reporting. */
export function axisOfDim(ctx: CheckContext, entity: EntityOf<"dim">): Axis | null {
  const known = ctx.dims.get(entity);
  if (known === "open") {
    reportCycle(ctx, entity);
    return null;
  }
  if (known !== undefined) return known;
  ctx.dims.set(entity, "open");
  ctx.opening.push(entity);
  const axis = evaluateDim(ctx, entity);
  ctx.opening.pop();
  ctx.dims.set(entity, axis);
  return axis;
}

function evaluateDim(ctx: CheckContext, entity: EntityOf<"dim">): Axis | null {
  const { value } = entity.decl;
  const env = envOf(entity.at.source, entity.scope);
  const tooLarge = (size: string | number): null => {
    ctx.reporter.report("dim-size", locate(env, value), { name: entity.name, size, limit: limits.dimSize });
    return null;
  };
  if (value.kind === "list") {
    const labels: string[] = [];
    const seen = new Set<string>();
    for (const item of value.items) {
      if (item.kind === "error") return null;
      if (item.kind !== "string") return tooLarge("labels that are no texts; it");
      if (seen.has(item.value)) {
        ctx.reporter.report("dim-label-duplicate", locate(env, item), { name: entity.name, label: item.value });
        return null;
      }
      seen.add(item.value);
      labels.push(item.value);
    }
    if (labels.length === 0) return tooLarge(0);
    return { dim: entity.name, size: labels.length, labels, loose: false };
  }
  const size = constantNumber(ctx, value, env, `dim ${entity.name}`);
  if (size === null) return null;
  if (!Number.isInteger(size) || size < 1 || size > limits.dimSize) return tooLarge(size);
  return { dim: entity.name, size, labels: null, loose: false };
}

/** The meaning of a unit; `null` after reporting. */
export function unitOf(ctx: CheckContext, entity: EntityOf<"unit">): DeclaredUnit | null {
  const known = ctx.units.get(entity);
  if (known === "open") {
    reportCycle(ctx, entity);
    return null;
  }
  if (known !== undefined) return known;
  ctx.units.set(entity, "open");
  const env = envOf(entity.at.source, entity.scope);
  const own = new Map([[entity.name, 1]]);
  let unit: DeclaredUnit | null = { written: own, base: own, factor: 1 };
  if (entity.decl.value !== undefined) {
    ctx.opening.push(entity);
    const meaning = elaborateUnit(ctx, entity.decl.value, env);
    ctx.opening.pop();
    unit = meaning === null ? null : { written: own, base: meaning.base, factor: meaning.factor };
    if (unit !== null && unit.factor !== 1) for (const name of unit.base.keys()) ctx.scaledUnits.add(name);
  }
  ctx.units.set(entity, unit);
  return unit;
}

/** `usd/item`, `1000 * kWh`, `m^2`, `1`; `null` after reporting. */
export function elaborateUnit(ctx: CheckContext, expr: Expr, env: Env): DeclaredUnit | null {
  if (ctx.depth >= limits.exprDepth) {
    const what = `units nested more than ${limits.exprDepth} deep`;
    ctx.reporter.report("expression-too-large", locate(env, expr), { what });
    return null;
  }
  ctx.depth++;
  const unit = elaborateUnitKind(ctx, expr, env);
  ctx.depth--;
  return unit;
}

function elaborateUnitKind(ctx: CheckContext, expr: Expr, env: Env): DeclaredUnit | null {
  const wrong = (at: Expr = expr): null => {
    if (at.kind !== "error") ctx.reporter.report("unit-expression", locate(env, at), {});
    return null;
  };
  switch (expr.kind) {
    case "number":
      if (expr.percent || !(expr.value > 0) || !Number.isFinite(expr.value)) return wrong();
      return { ...plainDeclared, factor: expr.value };
    case "name": {
      const entity = env.scope.lookupUnit(expr.name);
      if (entity === null) {
        if (isSuspect(ctx, expr.name)) return null;
        const otherwise = `declare it with \`unit ${expr.name}\``;
        const suggestion = suggestName(expr.name, env.scope.unitNames(), otherwise);
        ctx.reporter.report("unknown-unit", locate(env, expr), { name: expr.name, suggestion });
        return null;
      }
      return entity.kind === "unit" ? ctx.meaning.unit(entity) : null;
    }
    case "binary": {
      if (expr.op === "^") return unitPower(ctx, expr.left, expr.right, env, () => wrong());
      if (expr.op !== "*" && expr.op !== "/") return wrong();
      const left = elaborateUnit(ctx, expr.left, env);
      const right = elaborateUnit(ctx, expr.right, env);
      if (left === null || right === null) return null;
      const power = expr.op === "*" ? 1 : -1;
      const factor = left.factor * right.factor ** power;
      if (!(factor > 0) || !Number.isFinite(factor)) return wrong();
      const written = timesUnit(left.written, right.written, power);
      return { written, base: timesUnit(left.base, right.base, power), factor };
    }
    default:
      return wrong();
  }
}

function unitPower(ctx: CheckContext, left: Expr, right: Expr, env: Env, wrong: () => null): DeclaredUnit | null {
  const base = elaborateUnit(ctx, left, env);
  if (base === null) return null;
  const negative = right.kind === "unary" && right.op === "-";
  const digits = negative ? right.operand : right;
  if (digits.kind !== "number") return wrong();
  const power = negative ? -digits.value : digits.value;
  const written = powerUnit(base.written, power);
  const exponents = powerUnit(base.base, power);
  const factor = base.factor ** power;
  if (written === null || exponents === null || !(factor > 0) || !Number.isFinite(factor)) {
    ctx.reporter.report("unit-power", locate(env, left), { unit: showUnit(base.written), exponent: power });
    return null;
  }
  return { written, base: exponents, factor };
}

/** A declared type with its dims and unit; `null` after reporting. `_` as a dim is not accepted here. */
export function elaborateType(ctx: CheckContext, expr: TypeExpr, env: Env, what: string): DeclaredType | null {
  if (expr.kind === "error-type") return null;
  if (expr.kind === "predictor-type") {
    ctx.reporter.report("predictor-place", locate(env, expr), {});
    return null;
  }
  const name = typeNameOf(ctx, expr, env);
  if (name === null) return null;
  const axes: Axis[] = [];
  let failed = false;
  for (const dim of expr.dims) {
    const axis = elaborateAxis(ctx, dim, env);
    if (axis === null) failed = true;
    else axes.push(axis);
  }
  const unit = expr.unit === undefined ? plainDeclared : elaborateUnit(ctx, expr.unit, env);
  if (failed || unit === null) return null;
  if (elementsOf(axes) > limits.elements) {
    const args = { name: what, elements: elementsOf(axes), limit: limits.elements };
    ctx.reporter.report("shape-too-large", locate(env, expr), args);
    return null;
  }
  return { name, axes, unit };
}

export function typeNameOf(ctx: CheckContext, expr: ScalarType, env: Env): TypeName | null {
  const name = typeNames.find((known) => known === expr.name.name);
  if (name !== undefined) return name;
  if (!isSuspect(ctx, expr.name.name)) {
    const suggestion = didYouMean(expr.name.name, typeNames);
    ctx.reporter.report("unknown-type", locate(env, expr.name), { name: expr.name.name, suggestion });
  }
  return null;
}

/** A dim by name, or a size; `null` after reporting. */
export function elaborateAxis(ctx: CheckContext, expr: Expr, env: Env): Axis | null {
  if (expr.kind === "error") return null;
  if (expr.kind === "member") {
    return ctx.meaning.member(expr, env);
  }
  if (expr.kind === "name" && !env.locals.has(expr.name)) {
    const entity = env.scope.lookup(expr.name);
    if (entity === null) {
      reportUnknownDim(ctx, expr.name, locate(env, expr), env);
      return null;
    }
    if (entity.kind === "dim") return ctx.meaning.dim(entity);
    if (entity.kind === "poison") return null;
    if (entity.kind !== "param") {
      reportWrongKind(ctx, entity, locate(env, expr), "dim");
      return null;
    }
  }
  const size = constantNumber(ctx, expr, env, "a dim");
  if (size === null) return null;
  if (!Number.isInteger(size) || size < 1 || size > limits.dimSize) {
    const text = env.source.text.slice(expr.span.start, expr.span.end);
    ctx.reporter.report("dim-size", locate(env, expr), { name: text, size, limit: limits.dimSize });
    return null;
  }
  return numbered(size);
}

export function reportUnknownDim(ctx: CheckContext, name: string, at: Location, env: Env): void {
  if (isSuspect(ctx, name)) return;
  const dims = env.scope.names().filter((known) => env.scope.lookup(known)?.kind === "dim");
  const suggestion = suggestName(name, dims, `declare it with \`dim ${name} = …\``);
  ctx.reporter.report("unknown-dim", at, { name, suggestion });
}

/** An entity of another kind than the place needs, with its declaration. */
export function reportWrongKind(ctx: CheckContext, entity: Entity, at: Location, expected: string): void {
  const related = [relatedPlace("declared", entity.at, { name: entity.name })];
  ctx.reporter.report("wrong-kind", at, { name: entity.name, found: kindNames[entity.kind], expected }, related);
}
