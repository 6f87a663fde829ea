import { listNames, type Reporter } from "../diagnostics/index.ts";
import type { EntityOf } from "../resolve/entity.ts";
import { elementsOf, sameAxes, shapeOf, showAxes, type Axes } from "./axes.ts";
import { constantTerm } from "./constants.ts";
import { envOf, locate, type CheckContext, type CheckedParam } from "./context.ts";
import { elaborateType, reportCycle } from "./declared.ts";
import { parseOverride } from "./overrides.ts";
import type { DeclaredType, Quantity } from "./quantity.ts";
import { inBaseUnits } from "./quantity-term.ts";
import type { Term, ValueType } from "./term.ts";
import { inUnit, isPlain, plainDeclared, sameUnit } from "./unit.ts";

/** Value and type of a parameter, `--set` applied; `null` after reporting. */
export function evaluateParam(ctx: CheckContext, entity: EntityOf<"param">): CheckedParam | null {
  const known = ctx.params.get(entity);
  if (known === "open") {
    reportCycle(ctx, entity);
    return null;
  }
  if (known !== undefined) return known;
  ctx.params.set(entity, "open");
  ctx.opening.push(entity);
  const param = checkParam(ctx, entity);
  ctx.opening.pop();
  ctx.params.set(entity, param);
  return param;
}

function checkParam(ctx: CheckContext, entity: EntityOf<"param">): CheckedParam | null {
  const { decl } = entity;
  const env = envOf(entity.at.source, entity.scope);
  const declared = decl.type === undefined ? null : elaborateType(ctx, decl.type, env, entity.name);
  if (decl.type !== undefined && declared === null) return null;
  if (declared !== null && declared.name !== "real" && declared.name !== "int" && declared.name !== "bool") {
    ctx.reporter.report("type-mismatch", locate(env, decl.type!), {
      name: entity.name,
      expected: "a number or a yes/no value",
      found: `declared as ${declared.name}`,
      advice: "declare it as real, int or bool",
    });
    return null;
  }
  const written = constantTerm(ctx, decl.value, env, `param ${entity.name}`);
  if (written === null) return null;
  const type = declared ?? inferredType(written);
  const value = fitConstant(ctx, written, type, entity.name, locate(env, decl.value));
  if (value === null) return null;
  const text = ctx.model.entities.values.get(entity.name) === entity ? ctx.overrides.get(entity.name) : undefined;
  if (text === undefined) return finishParam(ctx, entity, type, value, false);
  const replaced = parseOverride(text, type);
  if (replaced === null || replaced.some((number) => !Number.isFinite(number))) {
    const shown = `${type.name}${type.axes.length === 0 ? "" : showAxes(type.axes)}`;
    ctx.reporter.report("set-not-a-value", entity.at, { name: entity.name, text, type: shown });
    return null;
  }
  return finishParam(ctx, entity, type, replaced, true);
}

function inferredType(term: Term): DeclaredType {
  const { base, axes, unit } = term.type;
  const fixed: Axes = axes.map((axis) => ({ ...axis, loose: false }));
  return { name: base, axes: fixed, unit: { ...plainDeclared, written: unit, base: unit } };
}

function finishParam(
  ctx: CheckContext,
  entity: EntityOf<"param">,
  type: DeclaredType,
  value: readonly number[],
  overridden: boolean,
): CheckedParam | null {
  const doc = entity.decl.doc;
  const quantity: Quantity = { name: entity.name, type, role: "param", at: entity.at, doc };
  const valueType: ValueType = {
    base: type.name === "bool" ? "bool" : "real",
    axes: type.axes,
    unit: type.unit.base,
    anyUnit: false,
  };
  const term = ctx.build.param(entity.name, value, valueType, entity.at);
  const based = term === null ? null : inBaseUnits(ctx, term, type.unit, entity.at);
  return based === null ? null : { quantity, value, overridden, term: based };
}

/**
 * The value of a constant as a quantity of the declared type, in its declared unit. A plain number takes the unit; a
 * single number fills all elements. `null` after reporting.
 */
export function fitConstant(
  ctx: CheckContext,
  term: Term,
  type: DeclaredType,
  name: string,
  at: Term["at"],
): readonly number[] | null {
  const { reporter } = ctx;
  const wantsBool = type.name === "bool";
  if (wantsBool !== (term.type.base === "bool")) {
    const expected = wantsBool ? "true or false" : "a number";
    const found = wantsBool ? "a number" : "a yes/no value";
    reporter.report("type-mismatch", at, { name, expected, found, advice: `write ${expected}` });
    return null;
  }
  if (term.type.axes.length > 0 && !sameAxes(term.type.axes, type.axes)) {
    reporter.report("shape-mismatch", at, {
      name,
      expected: describeShape(type.axes),
      found: describeShape(term.type.axes),
    });
    return null;
  }
  const takesUnit = isPlain(term.type.unit) && !term.usesParams;
  if (!takesUnit && !term.type.anyUnit && !sameUnit(term.type.unit, type.unit.base)) {
    reporter.report("unit-expected", at, { name, expected: inUnit(type.unit.base), found: inUnit(term.type.unit) });
    return null;
  }
  const divisor = takesUnit ? 1 : type.unit.factor;
  const source = term.constant!;
  const value = Array.from({ length: elementsOf(type.axes) }, (_, i) => source[source.length === 1 ? 0 : i]! / divisor);
  if (type.name === "int" && value.some((number) => !Number.isInteger(number))) {
    const advice = "write a whole number, or declare it as real";
    reporter.report("type-mismatch", at, { name, expected: "whole numbers", found: "a fraction", advice });
    return null;
  }
  return value;
}

function describeShape(axes: Axes): string {
  return axes.length === 0 ? "a single number" : `${shapeOf(axes).join(" × ")} values over ${showAxes(axes)}`;
}

/** Reports `--set` names that no model of the file declares. */
export function reportUnknownOverrides(
  reporter: Reporter,
  at: Term["at"],
  overrides: ReadonlyMap<string, string>,
  declared: ReadonlySet<string>,
  suggest: (name: string) => string,
): void {
  for (const name of overrides.keys()) {
    if (declared.has(name)) continue;
    reporter.report("set-unknown-param", at, { name, suggestion: suggest(name), names: listNames(declared) });
  }
}
