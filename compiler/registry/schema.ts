import type { OptionValue } from "../../runtime/ir/model.ts";

/** What values an option takes. Fractions are numbers; `10%` and `0.1` are the same value. */
export type ValueSchema =
  | NumberSchema
  | { readonly type: "bool" }
  | { readonly type: "word"; readonly words: readonly string[] }
  | { readonly type: "list"; readonly of: NumberSchema; readonly minLength: number; readonly maxLength: number }
  /** `name { options }`, one of these; the first is what an example shows. */
  | { readonly type: "group"; readonly groups: readonly GroupSchema[] }
  /** One value, `one_of(a, b)`, and where `range` is set `1..10`; with criteria, `by` one of them. */
  | {
      readonly type: "choice";
      readonly of: NumberSchema;
      readonly range: boolean;
      readonly criteria: readonly string[];
      /** Criterion of a choice that names none. */
      readonly criterion?: string;
    }
  /** `regret on validation`, lowered to `{ name: "regret", options: { on: "validation" } }`. */
  | { readonly type: "selection"; readonly metrics: readonly string[]; readonly parts: readonly string[] };

export interface NumberSchema {
  readonly type: "number" | "int";
  readonly min: number;
  readonly max: number;
  /** Bounds that the value may not equal. */
  readonly open?: "min" | "max" | "both";
}

/** One option: the single source for checking, defaults, `explain`, completion and reference pages. */
export interface OptionSchema {
  readonly name: string;
  /** What it does, as one clause without a full stop. */
  readonly doc: string;
  readonly value: ValueSchema;
  /** Value where the spec gives none; a group's default is its name. Absent: see `required`. */
  readonly default?: OptionValue;
  /** True where there is no default; false or absent and no `default`: the option may be left out. */
  readonly required?: boolean;
  /** As it would be written. */
  readonly example: string;
  /** Equation or section that it comes from. */
  readonly source?: string;
}

/** A name with options: generator, training method, baseline, metric, evaluator, optimizer. */
export interface GroupSchema {
  readonly name: string;
  readonly doc: string;
  readonly options: readonly OptionSchema[];
  /** Options that parse, but are not run yet, and what to write instead. */
  readonly planned?: ReadonlyMap<string, string>;
  /** Pairs of options that set the same thing; the default of one goes when the other is written. */
  readonly exclusive?: readonly (readonly [string, string])[];
  readonly source?: string;
}

/** A metric: an option group whose spec form may have a qualifier (`regret hardest 25%`) or values (`percentile [10%, 90%]`). */
export interface MetricSchema extends GroupSchema {
  readonly qualifier?: { readonly word: string; readonly value: NumberSchema };
  readonly values?: NumberSchema;
  readonly example: string;
}

/** The names that may stand at one place. */
export interface Kind<G extends GroupSchema = GroupSchema> {
  /** As messages say it: "generator". */
  readonly what: string;
  readonly groups: readonly G[];
  /** Parsed, but not run yet. */
  readonly planned: readonly string[];
  readonly example: string;
}

/** The group of that name, or `null`. */
export function findGroup<G extends GroupSchema>(groups: readonly G[], name: string): G | null {
  return groups.find((group) => group.name === name) ?? null;
}

export function number(min: number, max: number, open?: NumberSchema["open"]): NumberSchema {
  return open === undefined ? { type: "number", min, max } : { type: "number", min, max, open };
}
export function int(min: number, max: number): NumberSchema {
  return { type: "int", min, max };
}
/** Strictly between 0 and 1. */
export const fraction: NumberSchema = number(0, 1, "both");

/** `a number from 0 to 1`, `a whole number that is at least 1`, `… strictly between 0 and 1`. */
export function describeRange(schema: NumberSchema): string {
  const { min, max, open } = schema;
  if (min === -Infinity && max === Infinity) return "finite";
  if (open === "both") return `strictly between ${min} and ${max}`;
  const low = open === "min" ? `greater than ${min}` : `at least ${min}`;
  const high = open === "max" ? `less than ${max}` : `at most ${max}`;
  if (max === Infinity) return low;
  if (min === -Infinity) return high;
  return open === undefined ? `from ${min} to ${max}` : `${low} and ${high}`;
}

/** What a value schema accepts, for messages and reference pages. */
export function describeValue(schema: ValueSchema): string {
  switch (schema.type) {
    case "number":
      return "a number";
    case "int":
      return "a whole number";
    case "bool":
      return "true or false";
    case "word":
      return `one of ${schema.words.join(", ")}`;
    case "list":
      return `a list of ${schema.of.type === "int" ? "whole numbers" : "numbers"} such as [64, 64]`;
    case "group":
      return `one of ${schema.groups.map((group) => group.name).join(", ")}, with its options`;
    case "choice": {
      const one = schema.of.type === "int" ? "a whole number" : "a number";
      return schema.range ? `${one}, a range or a choice by one_of(…)` : `${one} or a choice by one_of(…)`;
    }
    case "selection":
      return `a metric on a part of the data (${schema.metrics.map((m) => `${m} on ${schema.parts.join("/")}`).join(", ")})`;
  }
}
