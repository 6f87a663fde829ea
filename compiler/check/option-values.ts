import type { Expr } from "../../grammar/ast.ts";
import type { OptionValue } from "../../runtime/ir/model.ts";
import { didYouMean } from "../diagnostics/index.ts";
import {
  describeRange,
  describeValue,
  tuningCriteria,
  type GroupSchema,
  type NumberSchema,
  type OptionSchema,
} from "../registry/index.ts";
import { textAt } from "../source/source-text.ts";
import { shorten } from "./combine.ts";
import { checkRows, isRows } from "./rows.ts";
import { locate, type CheckContext, type Env } from "./context.ts";
import { isPlain } from "./unit.ts";

/** An option being checked, for messages. */
interface Target {
  readonly ctx: CheckContext;
  readonly option: OptionSchema;
  readonly owner: string;
  readonly env: Env;
  /** Whether `one_of(…)` may stand for a number: the best on validation is taken. */
  readonly tunes: boolean;
}

/** The value of an option by its schema; `null` after reporting. */
export function checkOptionValue(
  ctx: CheckContext,
  option: OptionSchema,
  expr: Expr,
  owner: string,
  env: Env,
  tunes = false,
): OptionValue | null {
  const target: Target = { ctx, option, owner, env, tunes };
  const schema = option.value;
  if (expr.kind === "error") return null;
  if (tunes && isTuned(expr, schema)) return checkTuned(target, expr, schema);
  switch (schema.type) {
    case "number":
    case "int":
      return checkNumber(target, expr, schema);
    case "bool":
      return checkBool(target, expr);
    case "word":
      return checkWord(target, expr, schema.words, schema.numbers ?? []);
    case "list":
      return checkList(target, expr, schema);
    case "group":
      return checkNested(target, expr, schema.groups);
    case "choice":
      return checkChoice(target, expr, schema);
    case "selection":
      return checkSelection(target, expr, schema);
    case "rows":
      return isRows(expr) ? checkRows(ctx, expr, env) : wrongType(target, expr);
    case "counted":
      return checkCounted(target, expr, schema);
  }
}

function wrongType({ ctx, option, owner, env }: Target, expr: Expr): null {
  if (expr.kind === "error") return null;
  ctx.reporter.report("option-type", locate(env, expr), {
    name: option.name,
    owner,
    expected: describeValue(option.value),
    found: `\`${shorten(textAt(locate(env, expr)), 40)}\``,
    example: option.example,
  });
  return null;
}

function checkNumber(target: Target, expr: Expr, schema: NumberSchema): number | null {
  const { ctx, option, owner, env } = target;
  if (!isFormula(expr)) return wrongType(target, expr);
  const term = ctx.elaborate(expr, env);
  if (term === null) return null;
  const value = term.constant?.[0];
  if (value === undefined || term.type.axes.length > 0 || term.type.base === "bool" || !isPlain(term.type.unit)) {
    return wrongType(target, expr);
  }
  const { min, max, open } = schema;
  const low = open === "min" || open === "both" ? value > min : value >= min;
  const high = open === "max" || open === "both" ? value < max : value <= max;
  if (low && high && (schema.type === "number" || Number.isInteger(value))) return value;
  if (schema.type === "int" && !Number.isInteger(value)) return wrongType(target, expr);
  const range = describeRange(schema);
  const args = { name: option.name, owner, range, value, doc: option.doc, example: option.example };
  ctx.reporter.report("option-range", locate(env, expr), args);
  return null;
}

/** What can be a number: anything else would be reported as a strange formula. */
function isFormula(expr: Expr): boolean {
  switch (expr.kind) {
    case "number":
    case "name":
    case "unary":
    case "binary":
    case "index":
    case "if":
      return true;
    case "call":
      return expr.callee.name !== "one_of";
    default:
      return false;
  }
}

function checkBool(target: Target, expr: Expr): boolean | null {
  if (expr.kind === "bool") return expr.value;
  if (!isFormula(expr) && expr.kind !== "compare-expr") return wrongType(target, expr);
  const term = target.ctx.elaborate(expr, target.env);
  if (term === null) return null;
  const value = term.constant?.[0];
  if (value === undefined || term.type.base !== "bool" || term.type.axes.length > 0) return wrongType(target, expr);
  return value !== 0;
}

function checkWord(
  target: Target,
  expr: Expr,
  words: readonly string[],
  numbers: readonly number[],
): string | number | null {
  if (expr.kind === "number" && numbers.includes(expr.value)) return expr.value;
  if (expr.kind !== "name") return wrongType(target, expr);
  if (words.includes(expr.name)) return expr.name;
  const { ctx, option, owner, env } = target;
  ctx.reporter.report("option-word", locate(env, expr), {
    name: option.name,
    owner,
    value: expr.name,
    doc: option.doc,
    suggestion: didYouMean(expr.name, words),
    words: [...numbers, ...words].join(", "),
  });
  return null;
}

/** `gap 1%` */
function checkCounted(
  target: Target,
  expr: Expr,
  schema: { readonly words: readonly string[]; readonly of: NumberSchema },
): OptionValue | null {
  if (expr.kind !== "counted" || !schema.words.includes(expr.word.name)) return wrongType(target, expr);
  const value = checkNumber(target, expr.quantity, schema.of);
  return value === null ? null : { name: expr.word.name, options: { value: { value, origin: "explicit" } } };
}

function checkList(
  target: Target,
  expr: Expr,
  schema: Extract<OptionSchema["value"], { readonly type: "list" }>,
): readonly number[] | null {
  if (schema.orOne === true && expr.kind !== "list") {
    const value = checkNumber(target, expr, schema.of);
    return value === null ? null : [value];
  }
  if (expr.kind !== "list" || expr.items.length < schema.minLength || expr.items.length > schema.maxLength) {
    return wrongType(target, expr);
  }
  const values = expr.items.map((item) => checkNumber(target, item, schema.of));
  return values.some((value) => value === null) ? null : values.map((value) => value!);
}

function checkNested(target: Target, expr: Expr, groups: readonly GroupSchema[]): OptionValue | null {
  const { ctx, option, env, tunes } = target;
  const kind = {
    what: `value of \`${option.name}\``,
    groups,
    planned: [],
    example: option.example,
    ...(tunes ? { tunes } : {}),
  };
  return ctx.checkGroup(expr, kind, env)?.ir ?? null;
}

function checkChoice(
  target: Target,
  expr: Expr,
  schema: Extract<OptionSchema["value"], { readonly type: "choice" }>,
): OptionValue | null {
  const { ctx, option, owner, env } = target;
  const inner = expr.kind === "by" ? expr.value : expr;
  let criterion: string | null = null;
  if (expr.kind === "by") {
    if (expr.word !== "by" || schema.criteria.length === 0) return wrongType(target, expr);
    criterion = expr.criterion.name;
    if (!schema.criteria.includes(criterion)) {
      ctx.reporter.report("option-word", locate(env, expr.criterion), {
        name: option.name,
        owner,
        value: criterion,
        doc: "the criterion decides which candidate is used",
        suggestion: didYouMean(criterion, schema.criteria),
        words: schema.criteria.join(", "),
      });
      return null;
    }
  }
  const by = criterion ?? schema.criterion ?? null;
  if (inner.kind === "range") {
    if (!schema.range) return wrongType(target, expr);
    const from = checkNumber(target, inner.from, schema.of);
    const to = checkNumber(target, inner.to, schema.of);
    if (from === null || to === null) return null;
    if (from <= to) return { from, to, by };
    ctx.reporter.report("choice-empty", locate(env, inner), {});
    return null;
  }
  if (inner.kind === "call" && inner.callee.name === "one_of") {
    if (inner.arguments.some((argument) => argument.name !== undefined)) return wrongType(target, expr);
    if (inner.arguments.length === 0) {
      ctx.reporter.report("choice-empty", locate(env, inner), {});
      return null;
    }
    const values = inner.arguments.map((argument) => checkNumber(target, argument.value, schema.of));
    return values.some((value) => value === null) ? null : { oneOf: values.map((value) => value!), by };
  }
  if (expr.kind === "by") return wrongType(target, expr);
  return checkNumber(target, expr, schema.of);
}

type TunedSchema = Extract<OptionSchema["value"], { readonly type: "number" | "int" | "list" | "choice" }>;

/** A choice among numbers, or lists of them, that is made on validation; one with criteria of its own says so by name. */
function isTuned(expr: Expr, schema: OptionSchema["value"]): schema is TunedSchema {
  const inner = expr.kind === "by" ? expr.value : expr;
  const named = expr.kind === "by" && tuningCriteria.some((criterion) => criterion === expr.criterion.name);
  if (schema.type === "choice") return named && expr.word === "by";
  if (schema.type !== "number" && schema.type !== "int" && schema.type !== "list") return false;
  return inner.kind === "call" && inner.callee.name === "one_of";
}

/** `one_of(…)`, with `by regret` or `by loss`; of a choice that takes them, `1..5 by loss` too. */
function checkTuned(target: Target, expr: Expr, schema: TunedSchema): OptionValue | null {
  const { ctx, option, env, owner } = target;
  const inner = expr.kind === "by" ? expr.value : expr;
  let by: string = tuningCriteria[0];
  if (expr.kind === "by") {
    by = expr.criterion.name;
    if (expr.word !== "by") return wrongType(target, expr);
    if (!tuningCriteria.some((criterion) => criterion === by)) {
      ctx.reporter.report("option-word", locate(env, expr.criterion), {
        name: option.name,
        owner,
        value: by,
        doc: "the criterion decides which candidate is used",
        suggestion: didYouMean(by, tuningCriteria),
        words: tuningCriteria.join(", "),
      });
      return null;
    }
  }
  if (schema.type === "choice") {
    const value = checkChoice(target, inner, schema);
    if (typeof value !== "object" || value === null) return value;
    if ("from" in value) {
      const { from, to } = value;
      return { oneOf: Array.from({ length: to - from + 1 }, (_, k) => from + k), by };
    }
    return "oneOf" in value ? { oneOf: value.oneOf, by } : null;
  }
  if (inner.kind !== "call" || inner.arguments.some((argument) => argument.name !== undefined))
    return wrongType(target, expr);
  if (inner.arguments.length === 0) {
    ctx.reporter.report("choice-empty", locate(env, inner), {});
    return null;
  }
  const values = inner.arguments.map(({ value }) =>
    schema.type === "list" ? checkList(target, value, schema) : checkNumber(target, value, schema),
  );
  return values.some((value) => value === null) ? null : { oneOf: values.map((value) => value!), by };
}

function checkSelection(
  target: Target,
  expr: Expr,
  schema: Extract<OptionSchema["value"], { readonly type: "selection" }>,
): OptionValue | null {
  const { ctx, option, owner, env } = target;
  if (expr.kind !== "by" || expr.word !== "on" || expr.value.kind !== "name") return wrongType(target, expr);
  const metric = expr.value.name;
  if (!schema.metrics.includes(metric)) {
    ctx.reporter.report("option-word", locate(env, expr.value), {
      name: option.name,
      owner,
      value: metric,
      doc: option.doc,
      suggestion: didYouMean(metric, schema.metrics),
      words: schema.metrics.join(", "),
    });
    return null;
  }
  const on = expr.criterion.name;
  if (on === "test") {
    ctx.reporter.report("selection-on-test", locate(env, expr), { name: option.name, metric });
    return null;
  }
  if (!schema.parts.includes(on)) {
    ctx.reporter.report("option-word", locate(env, expr.criterion), {
      name: option.name,
      owner,
      value: on,
      doc: option.doc,
      suggestion: didYouMean(on, schema.parts),
      words: schema.parts.map((part) => `${metric} on ${part}`).join(", "),
    });
    return null;
  }
  return { name: metric, options: { on: { value: on, origin: "explicit" } } };
}
