import { elementsOf } from "./axes.ts";
import type { DeclaredType } from "./quantity.ts";

const numberForm = /^[+-]?(?:\d(?:_?\d)*(?:\.\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d+)?%?$/;

/**
 * The value of `--set name=text` for a parameter of that type, row-major in its declared unit: a number, a percentage,
 * `true` or `false`, or a list of these with as many elements as the parameter. `null` where it is none of them.
 */
export function parseOverride(text: string, type: DeclaredType): readonly number[] | null {
  const trimmed = text.trim();
  const listed = trimmed.startsWith("[") && trimmed.endsWith("]");
  const items = (listed ? trimmed.slice(1, -1).split(",") : [trimmed]).map((item) => item.trim());
  if (listed && type.axes.length === 0) return null;
  const size = elementsOf(type.axes);
  if (listed && items.length !== size) return null;
  const values = items.map((item) => parseItem(item, type));
  if (values.some((value) => value === null)) return null;
  return Array.from({ length: size }, (_, i) => values[listed ? i : 0]!);
}

function parseItem(item: string, type: DeclaredType): number | null {
  if (type.name === "bool") return item === "true" ? 1 : item === "false" ? 0 : null;
  if (!numberForm.test(item)) return null;
  const percent = item.endsWith("%");
  const digits = Number((percent ? item.slice(0, -1) : item).replaceAll("_", ""));
  const value = percent ? digits / 100 : digits;
  return type.name === "int" && !Number.isInteger(value) ? null : value;
}
