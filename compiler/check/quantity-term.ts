import type { Location } from "../source/source-text.ts";
import type { CheckContext } from "./context.ts";
import type { Quantity } from "./quantity.ts";
import type { Term, ValueType } from "./term.ts";
import type { DeclaredUnit } from "./unit.ts";

/** A decision or field in an expression, in base units. */
export function quantityTerm(ctx: CheckContext, quantity: Quantity, at: Location): Term | null {
  const { unit, axes } = quantity.type;
  const type: ValueType = { base: "real", axes, unit: unit.base, anyUnit: false };
  const input = { ...ctx.build.input(quantity.name, type, quantity.at), at };
  return inBaseUnits(ctx, input, unit, at);
}

/** `factor · term`: a value in a derived unit such as 1000 kWh becomes one in its base unit. */
export function inBaseUnits(ctx: CheckContext, term: Term, unit: DeclaredUnit, at: Location): Term | null {
  if (unit.factor === 1) return term;
  const scalar: ValueType = { base: "real", axes: [], unit: new Map(), anyUnit: false };
  const factor = ctx.build.const([unit.factor], scalar, at);
  const repeated = factor === null ? null : ctx.build.broadcast(factor, term.type.axes, [], at);
  return repeated === null ? null : ctx.build.binary("mul", repeated, term, term.type, at);
}
