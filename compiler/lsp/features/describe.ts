/** What hovers, completions and hints say of names, types and methods. */
import type { Parameter } from "../../../grammar/ast.ts";
import { showAxes } from "../../check/axes.ts";
import type { ValueType } from "../../check/term.ts";
import { isPlain, showUnit } from "../../check/unit.ts";
import {
  describeRange,
  describeValue,
  type GroupSchema,
  type OptionSchema,
  type ValueSchema,
} from "../../registry/index.ts";
import type { OptionValue } from "../../../runtime/ir/model.ts";
import { valueText } from "../../cli/explain/text-of.ts";
import { defaultValue } from "../../check/options.ts";
import type { EntityOf } from "../../resolve/entity.ts";
import { textAt } from "../../source/source-text.ts";

/** The papers that equations are cited from, by the number that the registry calls them. */
const PAPERS: Readonly<Record<string, string>> = {
  "000": "the tutorial on generative models for decisions",
  "001": "Distributionally Robust Optimization via Generative Ambiguity Modeling",
  "002": "Data-Driven Contextual Optimization with Gaussian Mixtures",
  "003": "Decision-Weighted Flow Matching for Contextual Stochastic Optimization",
  "004": "Gen-DFL: Decision-Focused Generative Learning for Robust Decision Making",
};

/** `003 eq. 4.2` with the title of its paper. */
export function citation(source: string): string {
  const cited = source.split(";").map((part) => {
    const title = PAPERS[part.trim().slice(0, 3)];
    return title === undefined ? part.trim() : `${part.trim().slice(4)} of _${title}_ (${part.trim().slice(0, 3)})`;
  });
  return cited.join("; ");
}

/** `real<usd/item>[Industry]`, as a type is written; dims by name with their size. */
export function typeText(type: ValueType): string {
  const unit = isPlain(type.unit) ? "" : `<${showUnit(type.unit)}>`;
  const dims = type.axes.length === 0 ? "" : `[${type.axes.map((axis) => axis.dim ?? String(axis.size)).join(", ")}]`;
  return `${type.base}${unit}${dims}`;
}

/** The shape and unit in words, with the sizes of named dims. */
export function shapeText(type: ValueType): string {
  const sizes = type.axes.flatMap((axis) => (axis.dim === null ? [] : [`${axis.dim} = ${axis.size}`]));
  const unit = isPlain(type.unit) ? "without a unit" : `in ${showUnit(type.unit)}`;
  return `${showAxes(type.axes)}${sizes.length === 0 ? "" : ` (${sizes.join(", ")})`}, ${unit}`;
}

/** A few of many numbers, as a spec would have them. */
export function numbersText(values: readonly number[], most = 6): string {
  const shown = values.slice(0, most).map((value) => String(Number(value.toPrecision(6))));
  if (values.length === 1) return shown[0]!;
  return `[${shown.join(", ")}${values.length > most ? `, … ${values.length} in all` : ""}]`;
}

/** `pinball(u: real, tau: real = 0.5): real`, as declared. */
export function signatureOf(entity: EntityOf<"fn" | "set" | "task">): string {
  const parts = entity.decl.parameters.map((parameter) => parameterText(entity, parameter));
  const result = entity.decl.kind === "fn" ? entity.decl.result : undefined;
  const suffix = result === undefined ? "" : `: ${textAt({ source: entity.at.source, span: result.span })}`;
  return `${entity.name}(${parts.join(", ")})${suffix}`;
}

export function parameterText(entity: EntityOf<"fn" | "set" | "task">, { name, type, value }: Parameter): string {
  const text = (span: Parameter["span"]): string => textAt({ source: entity.at.source, span });
  const typed = type === undefined ? "" : `: ${text(type.span)}`;
  return `${name.name}${typed}${value === undefined ? "" : ` = ${text(value.span)}`}`;
}

/** A group's name, what it is, where it comes from, and its options with their defaults. */
export function groupMarkdown(group: GroupSchema, what: string): string {
  const lines = [`**${group.name}**: ${what}`, "", `${group.doc}.`];
  if (group.source !== undefined) lines.push("", `From ${citation(group.source)}.`);
  if (group.runs === false) lines.push("", "Checked and lowered; it cannot be run yet.");
  if (group.options.length > 0) {
    lines.push("", "| option | default | meaning |", "| --- | --- | --- |");
    for (const option of group.options)
      lines.push(`| \`${option.name}\` | ${cell(defaultText(option))} | ${cell(option.doc)} |`);
  }
  return lines.join("\n");
}

export function optionMarkdown(option: OptionSchema, of: string): string {
  const lines = [
    `**${option.name}**: option of \`${of}\``,
    "",
    `${option.doc}.`,
    "",
    `Takes ${valuesText(option.value)}.`,
  ];
  lines.push("", `Default: ${defaultText(option)}.`);
  if (option.source !== undefined) lines.push("", `From ${citation(option.source)}.`);
  if (option.notRun !== undefined) lines.push("", "Checked and lowered; it cannot be run yet.");
  lines.push("", "```dro", `${option.name}: ${option.example}`, "```");
  return lines.join("\n");
}

/** The values an option takes, with their range. */
export function valuesText(schema: ValueSchema): string {
  switch (schema.type) {
    case "number":
    case "int":
      return `${describeValue(schema)}, ${describeRange(schema)}`;
    case "list":
    case "choice":
    case "counted":
      return `${describeValue(schema)}, each ${describeRange(schema.of)}`;
    default:
      return describeValue(schema);
  }
}

/** The default as it would be written. */
export function defaultText(option: OptionSchema): string {
  if (option.required === true) return "none: it must be given";
  if (option.default === undefined) return "none";
  const value: OptionValue =
    option.value.type === "group" && typeof option.default === "string" ? option.default : defaultValue(option);
  return `\`${typeof value === "string" ? value : valueText(value)}\``;
}

const cell = (text: string): string => text.replaceAll("|", "\\|");
