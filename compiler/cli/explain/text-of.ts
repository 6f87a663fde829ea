import { showUnit } from "../../check/unit.ts";
import type {
  AxisIR,
  ColumnIR,
  OptionsIR,
  OptionValue,
  PartIR,
  QuantityIR,
  SplitIR,
  UnitIR,
} from "../../../runtime/ir/model.ts";

/** `usd/item`, `MWh*s^3/m^3`, `1`; as a spec writes it. */
export function unitText(unit: UnitIR): string {
  return showUnit(new Map(Object.entries(unit)));
}

/** `real<usd/item>[Store, Hour]` */
export function typeText(quantity: QuantityIR & { readonly type?: string }): string {
  const unit = Object.keys(quantity.unit).length === 0 ? "" : `<${unitText(quantity.unit)}>`;
  return `${quantity.type ?? "real"}${unit}${axesText(quantity.axes)}`;
}

function axesText(axes: readonly AxisIR[]): string {
  if (axes.length === 0) return "";
  const texts = axes.map((axis) => (axis.dim === null ? String(axis.size) : `${axis.dim} = ${axis.size}`));
  return `[${texts.join(", ")}]`;
}

/** A number as a spec would write it, to at most six digits. */
export function numberText(value: number): string {
  const rounded = Number(value.toPrecision(6));
  const size = Math.abs(rounded);
  return size > 0 && size < 1e-2 ? rounded.toExponential() : String(rounded);
}

/** `0.7` as `70%`. */
export function percentText(value: number): string {
  return `${numberText(100 * value)}%`;
}

/** `chronological, 70% / 10% / 20%`, `by zone, train "A", test each` */
export function splitText(split: SplitIR): string {
  switch (split.kind) {
    case "task":
      return "task";
    case "by": {
      const validation = split.validation === undefined ? "" : `, validation ${partText(split.validation)}`;
      return `by ${split.column}, train ${partText(split.train)}${validation}, test ${partText(split.test)}`;
    }
    default:
      return `${split.kind}, ${[split.train, split.validation, split.test].map(percentText).join(" / ")}`;
  }
}

function partText(part: PartIR): string {
  switch (part.kind) {
    case "values":
      return part.values.map((value) => JSON.stringify(value)).join(", ");
    case "first":
    case "last":
      return `${part.kind} ${part.count}`;
    default:
      return part.kind;
  }
}

export function columnText(column: ColumnIR): string {
  switch (column.kind) {
    case "columns":
      return `columns(${JSON.stringify(column.pattern)})`;
    case "column":
      return `column(${JSON.stringify(column.name)})`;
    case "lag":
      return `lag(${columnText(column.source)}, ${stepsText(column.steps)})`;
    case "rolling":
      return `rolling_${column.statistic}(${columnText(column.source)}, window = ${column.window})`;
    case "map":
      return `${column.fn}(${columnText(column.source)})`;
    case "scale":
      return `${columnText(column.source)} * ${numberText(column.factor)}`;
    case "one_hot":
      return `one_hot(${columnText(column.source)}, ${column.classes})`;
    case "season":
      return `season(${JSON.stringify(column.period)})`;
    case "concat":
      return `concat(${column.sources.map(columnText).join(", ")})`;
  }
}

function stepsText(steps: readonly number[]): string {
  const [first] = steps;
  const last = steps.at(-1);
  if (first === undefined || last === undefined) return "[]";
  if (steps.length === 1) return String(first);
  const consecutive = steps.every((step, i) => step === first + i);
  return consecutive ? `${first}..${last}` : `[${steps.join(", ")}]`;
}

/** How the numbers and groups of a value are written. */
export interface ValueStyle {
  number(value: number): string;
  group(value: OptionsIR): string;
}

/** A value on one line, as a spec writes it. */
export function styledValue(value: OptionValue, style: ValueStyle): string {
  const write = (part: OptionValue): string => styledValue(part, style);
  if (typeof value === "number") return style.number(value);
  if (typeof value !== "object") return String(value);
  if (isList(value)) return `[${value.map(write).join(", ")}]`;
  if ("options" in value) return style.group(value);
  const by = value.by === null ? "" : ` by ${value.by}`;
  if ("oneOf" in value) return `one_of(${value.oneOf.map(write).join(", ")})${by}`;
  return `${style.number(value.from)}..${style.number(value.to)}${by}`;
}

/** The same with numbers to six digits. Options of options are listed apart, so a group here is its name. */
export function valueText(value: OptionValue): string {
  return styledValue(value, { number: numberText, group: ({ name }) => name });
}

export function isOptions(value: OptionValue): value is OptionsIR {
  return typeof value === "object" && !isList(value) && "options" in value;
}

export function isList(value: OptionValue): value is readonly OptionValue[] {
  return Array.isArray(value);
}
