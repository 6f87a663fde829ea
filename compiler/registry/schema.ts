import type { OptionValue, ProblemKind } from "../../runtime/ir/model.ts";

/** What values an option takes. Fractions are numbers; `10%` and `0.1` are the same value. */
export type ValueSchema =
  | NumberSchema
  | { readonly type: "bool" }
  /** One of the words, or of the numbers where there are any. */
  | { readonly type: "word"; readonly words: readonly string[]; readonly numbers?: readonly number[] }
  /** With `orOne`, a single number is the list of it. */
  | {
      readonly type: "list";
      readonly of: NumberSchema;
      readonly minLength: number;
      readonly maxLength: number;
      readonly orOne?: true;
    }
  /** `market where date < 2020-01-01`: rows of the model's data, lowered to their conditions. */
  | { readonly type: "rows" }
  /** `gap 1%`, lowered to `{ name: "gap", options: { value: 0.01 } }`. */
  | { readonly type: "counted"; readonly words: readonly string[]; readonly of: NumberSchema }
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
  /** Checked and lowered where it is written; what to write to run the model is the clause. */
  readonly notRun?: string;
}

/** A name with options: generator, training method, baseline, metric, evaluator, optimizer. */
export interface GroupSchema {
  readonly name: string;
  readonly doc: string;
  readonly options: readonly OptionSchema[];
  /** Checked and lowered, but the runtime cannot run it yet. */
  readonly runs?: false;
  /** False where its numbers may not be chosen on validation though the place allows it (`Kind.tunes`). */
  readonly tunes?: false;
  /** Kinds of problem that it is for; absent: a decision of one stage. */
  readonly problems?: readonly ProblemKind[];
  /** Generators that it trains; absent: any. */
  readonly generators?: readonly string[];
  /** Pairs of options that set the same thing; the default of one goes when the other is written. */
  readonly exclusive?: readonly (readonly [string, string])[];
  readonly source?: string;
}

/** A metric: an option group whose spec form may have a qualifier (`regret hardest 25%`) or values (`percentile [10%, 90%]`). */
export interface MetricSchema extends GroupSchema {
  /** Kinds of problem in which it is computed, where it may stand in others too. */
  readonly runsIn?: readonly ProblemKind[];
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
  /** True where `one_of(…)` may stand for every number: the best on validation is taken, in a decision of one stage. */
  readonly tunes?: true;
  /** True where a group is refused in a model whose kind of problem it is not for. */
  readonly byProblem?: true;
}

/** What a choice among the values of any number of a baseline may be made by; the first unless one is named. */
export const tuningCriteria = ["regret", "loss"] as const;

/** Combinations of values that one baseline may be tried with. */
export const MOST_CANDIDATES = 36;

/** Kinds of problem as messages say them. */
export const problemNames: Readonly<Record<ProblemKind, string>> = {
  single_stage: "a decision of one stage",
  forecast: "a decision that is a predictor",
  generation: "a generator without a decision",
  posterior: "the inference of a posterior",
  multi_stage: "a problem of several stages",
};

/** Whether a group may stand in a model of that kind. */
export function isFor(group: GroupSchema, problem: ProblemKind): boolean {
  return (group.problems ?? ["single_stage"]).includes(problem);
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
      return `one of ${[...(schema.numbers ?? []), ...schema.words].join(", ")}`;
    case "list": {
      const many = schema.of.type === "int" ? "whole numbers such as [64, 64]" : "numbers such as [0.1, 0.2]";
      return schema.orOne === true ? `a number or a list of ${many}` : `a list of ${many}`;
    }
    case "rows":
      return "the data, with the rows that count";
    case "counted":
      return schema.words.map((word) => `\`${word}\` and a number`).join(" or ");
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
