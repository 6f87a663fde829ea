import type { FieldRole } from "../../runtime/ir/model.ts";
import type { Location } from "../source/source-text.ts";
import type { Axes } from "./axes.ts";
import type { DeclaredUnit } from "./unit.ts";

/** Scalar types that can be declared. */
export const typeNames = ["real", "int", "bool", "date", "datetime", "text"] as const;
export type TypeName = (typeof typeNames)[number];

/** A declared type: `real<usd/item>[Store, Hour]`. */
export interface DeclaredType {
  readonly name: TypeName;
  readonly axes: Axes;
  readonly unit: DeclaredUnit;
}

/** Roles of fields, and what else a name can stand for in an expression. */
export type QuantityRole = FieldRole | "param" | "decision" | "horizon" | "state" | "observation";

/** Something declared with a name and a type: parameter, decision block, field of the data. */
export interface Quantity {
  readonly name: string;
  readonly type: DeclaredType;
  readonly role: QuantityRole;
  readonly at: Location;
  readonly doc: string | undefined;
}
