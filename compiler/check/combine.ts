import type { BinaryOp } from "../../runtime/ir/expr.ts";
import { stridesOf } from "../../runtime/ir/shape.ts";
import { relatedPlace, type RelatedPlace } from "../diagnostics/index.ts";
import { textAt, type Location } from "../source/source-text.ts";
import { broadcastAxes, elementsOf, shapeOf, showAxes, type Axes, type Axis } from "./axes.ts";
import type { CheckContext } from "./context.ts";
import { argsOfTerm, type Term, type ValueType } from "./term.ts";
import { inUnit, isPlain, plain, sameUnit, showUnit, timesUnit, type Unit } from "./unit.ts";

/** `a op b` element by element, with its dims and units checked. `symbol` is how the spec writes the operation. */
export function combine(ctx: CheckContext, op: BinaryOp, symbol: string, a: Term, b: Term, at: Location): Term | null {
  const logical = op === "and" || op === "or";
  if (
    logical
      ? !needBool(ctx, a, symbol) || !needBool(ctx, b, symbol)
      : !needNumber(ctx, a, symbol) || !needNumber(ctx, b, symbol)
  ) {
    return null;
  }
  const unit = resultUnit(ctx, op, symbol, a, b, at);
  if (unit === null) return null;
  if (op === "div" && b.constant?.includes(0) === true) {
    ctx.reporter.report("not-finite", at, { value: "a division by zero" });
    return null;
  }
  const pair = stretchBoth(ctx, a, b, at);
  if (pair === null) return null;
  const [left, right, axes] = pair;
  const truth = op === "lt" || op === "le" || op === "gt" || op === "ge" || op === "eq" || op === "ne";
  const anyUnit = (op === "add" || op === "sub" || op === "max" || op === "min") && a.type.anyUnit && b.type.anyUnit;
  const type: ValueType = {
    base: truth || logical ? "bool" : "real",
    axes,
    unit: truth || logical ? plain : unit,
    anyUnit,
  };
  return ctx.build.binary(op, left, right, type, at);
}

/** Both values over the axes of their combination; `null` after reporting different dims. */
export function stretchBoth(ctx: CheckContext, a: Term, b: Term, at: Location): readonly [Term, Term, Axes] | null {
  const together = broadcastAxes(a.type.axes, b.type.axes);
  if (together === null) {
    reportDims(ctx, a, b, at);
    return null;
  }
  const left = stretch(ctx, a, together.axes, together.left, at);
  const right = stretch(ctx, b, together.axes, together.right, at);
  return left === null || right === null ? null : [left, right, together.axes];
}

export function reportDims(ctx: CheckContext, a: Term, b: Term, at: Location): void {
  const related = [a, b].map((term) => relatedPlace("has-shape", term.at, { shape: showAxes(term.type.axes) }));
  ctx.reporter.report("dim-mismatch", at, { left: describeTerm(a), right: describeTerm(b) }, related);
}

/** `dot(s, z)` [Industry]: a value as messages name it. */
function describeTerm(term: Term): string {
  return `\`${shorten(textAt(term.at))}\` ${showAxes(term.type.axes)}`;
}

/** One line of a source text, cut where it is long. */
export function shorten(text: string, most = 60): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}

/** `term` over `axes`: its axis `i` is axis `places[i]`; the others repeat. */
export function stretch(
  ctx: CheckContext,
  term: Term,
  axes: Axes,
  places: readonly number[],
  at: Location,
): Term | null {
  const order = places.map((_, i) => i).sort((p, q) => places[p]! - places[q]!);
  const ordered = order.every((from, i) => from === i) ? term : permute(ctx, term, order, at);
  if (ordered === null) return null;
  const sorted = order.map((from) => places[from]!);
  return ctx.build.broadcast(ordered, axes, sorted, at);
}

/** Axis `i` of the result is axis `order[i]` of `term`. */
function permute(ctx: CheckContext, term: Term, order: readonly number[], at: Location): Term | null {
  const axes: readonly Axis[] = order.map((from) => term.type.axes[from]!);
  const strides = stridesOf(shapeOf(term.type.axes));
  const steps = stridesOf(shapeOf(axes));
  const indices = Array.from({ length: elementsOf(axes) }, (_, flat) =>
    axes.reduce((index, axis, i) => index + (Math.floor(flat / steps[i]!) % axis.size) * strides[order[i]!]!, 0),
  );
  return ctx.build.gather(term, indices, { ...term.type, axes }, at);
}

export function needNumber(ctx: CheckContext, term: Term, name: string): boolean {
  if (term.type.base === "real") return true;
  const advice = "turn it into a number with `if … then 1 else 0`";
  ctx.reporter.report("type-mismatch", term.at, { name, expected: "a number", found: "a yes/no value", advice });
  return false;
}

export function needBool(ctx: CheckContext, term: Term, name: string): boolean {
  if (term.type.base === "bool") return true;
  const advice = "compare two values, for instance `u > 0`";
  ctx.reporter.report("type-mismatch", term.at, { name, expected: "a yes/no value", found: "a number", advice });
  return false;
}

/** True where the value has no unit; a written zero has none either. */
export function needPlain(ctx: CheckContext, term: Term, name: string): boolean {
  if (isPlain(term.type.unit)) return true;
  ctx.reporter.report("unit-not-plain", term.at, { name, found: inUnit(term.type.unit) }, unitPlaces(term));
  return false;
}

function resultUnit(ctx: CheckContext, op: BinaryOp, symbol: string, a: Term, b: Term, at: Location): Unit | null {
  if (op === "mul") return timesUnit(a.type.unit, b.type.unit);
  if (op === "div") return timesUnit(a.type.unit, b.type.unit, -1);
  return unifyUnits(ctx, symbol, a, b, at);
}

/** The unit that two added or compared values share; `null` after reporting that they have none. */
export function unifyUnits(ctx: CheckContext, symbol: string, a: Term, b: Term, at: Location): Unit | null {
  if (a.type.anyUnit) return b.type.unit;
  if (b.type.anyUnit || sameUnit(a.type.unit, b.type.unit)) return a.type.unit;
  const args = {
    operation: symbol,
    left: inUnit(a.type.unit),
    right: inUnit(b.type.unit),
    ratio: showUnit(timesUnit(a.type.unit, b.type.unit, -1)),
  };
  const related = [
    relatedPlace("in-unit", a.at, { unit: inUnit(a.type.unit) }),
    relatedPlace("in-unit", b.at, { unit: inUnit(b.type.unit) }),
    ...unitPlaces(a),
    ...unitPlaces(b),
  ];
  ctx.reporter.report("unit-mismatch", at, args, related);
  return null;
}

/** Declarations that give a term its unit, at most three. */
function unitPlaces(term: Term): readonly RelatedPlace[] {
  const found = new Map<string, RelatedPlace>();
  const pending = [term];
  for (let steps = 0; pending.length > 0 && steps < 200; steps++) {
    const next = pending.pop()!;
    const name = next.op === "const" ? next.param : next.op === "input" ? next.name : null;
    if (
      name !== null &&
      (next.op === "const" || next.op === "input") &&
      next.declaredAt !== null &&
      !isPlain(next.type.unit)
    ) {
      found.set(name, relatedPlace("declared-unit", next.declaredAt, { name, unit: showUnit(next.type.unit) }));
    }
    pending.push(...argsOfTerm(next));
  }
  return [...found.values()].slice(0, 3);
}
