import { didYouMean } from "../errors/did-you-mean.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import type { ColumnIR } from "../ir/model.ts";
import type { FieldSpec } from "../spec.ts";
import { delay, describe, sourceColumn } from "./derived.ts";
import type { Derived } from "./derived.ts";
import { DATA_MESSAGES } from "./messages.ts";
import type { DataFile } from "./scan-file.ts";

/** What a field is resolved against. */
export interface ColumnContext {
  readonly file: DataFile;
  readonly names: readonly string[];
  /** Column of the index, which no pattern matches. */
  readonly index: number | null;
  readonly indexType: FieldSpec["type"] | null;
}

/** Rows that one lag or window may reach back. */
const MAX_REACH = 1_000_000;
/** Column names listed in a message. */
const LISTED = 20;

/**
 * The components of a field in order: a pattern's columns in the order of the file; of `lag(source, 1..5)` first every
 * column at lag 1, then at lag 2; of a season sine before cosine; of `concat` one source after another.
 * @throws RuntimeError `data-column-missing`, `data-pattern-empty`, `data-window`, `data-season`, `data-field-size`
 */
export function resolveField(field: FieldSpec, context: ColumnContext): readonly Derived[] {
  const columns = expand(field.columns ?? { kind: "column", name: field.name }, field, context);
  if (columns.length !== field.size) {
    const names = listNames(columns.map((column) => describe(column, context.names)));
    throw new RuntimeError(
      DATA_MESSAGES,
      "data-field-size",
      { field: field.name, declared: field.size, found: columns.length, names },
      { place: field.at, data: { file: context.file.name } },
    );
  }
  return columns;
}

/** What a column expression comes to over the columns that are there, whatever size its field declares. */
export function expand(ir: ColumnIR, field: FieldSpec, context: ColumnContext): Derived[] {
  switch (ir.kind) {
    case "column":
      return [{ op: "source", column: findColumn(ir.name, field, context) }];
    case "columns":
      return matchColumns(ir.pattern, field, context);
    case "lag": {
      const sources = expand(ir.source, field, context);
      return ir.steps.flatMap((steps) => {
        requireInteger("The lag", steps, 0, field, "The past is what is known; a negative lag would read the future.");
        return sources.map((of): Derived => (steps === 0 ? of : { op: "lag", of, steps }));
      });
    }
    case "rolling": {
      const least = ir.statistic === "sd" ? 2 : 1;
      const reason = "A standard deviation needs two values, the other statistics one.";
      requireInteger("The window", ir.window, least, field, reason);
      const { statistic, window } = ir;
      return expand(ir.source, field, context).map((of) => ({ op: "rolling", of, statistic, window }));
    }
    case "map":
      return expand(ir.source, field, context).map((of) => ({ op: "map", of, fn: ir.fn }));
    case "scale": {
      if (!Number.isFinite(ir.factor))
        throw windowError("The factor", ir.factor, field, "Values must stay finite.", "a finite number");
      return expand(ir.source, field, context).map((of) => ({ op: "scale", of, factor: ir.factor }));
    }
    case "one_hot":
      return expand(ir.source, field, context).flatMap((of) =>
        Array.from({ length: ir.classes }, (_, value): Derived => ({ op: "indicator", of, value })),
      );
    case "season":
      requireSeason(ir.period, field, context);
      return [
        { op: "season", period: ir.period, wave: "sin" },
        { op: "season", period: ir.period, wave: "cos" },
      ];
    case "concat":
      return ir.sources.flatMap((source) => expand(source, field, context));
  }
}

/** Position of a column by its exact name. @throws RuntimeError `data-column-missing`, `data-column-duplicate` */
export function findColumn(name: string, field: FieldSpec, context: ColumnContext): number {
  const at = context.names.indexOf(name);
  if (at >= 0) {
    requireUnique(at, field, context);
    return at;
  }
  const known = context.names;
  throw new RuntimeError(
    DATA_MESSAGES,
    "data-column-missing",
    { column: name, suggestion: didYouMean(name, known), field: field.name, known: listNames(known) },
    { place: field.at, data: { file: context.file.name, ...(context.file.kind === "csv" ? { line: 1 } : {}) } },
  );
}

function matchColumns(pattern: string, field: FieldSpec, context: ColumnContext): Derived[] {
  const matched = context.names.flatMap((name, column) =>
    column !== context.index && matchesPattern(pattern, name) ? [column] : [],
  );
  if (matched.length === 0)
    throw new RuntimeError(
      DATA_MESSAGES,
      "data-pattern-empty",
      { pattern, field: field.name, known: listNames(context.names) },
      { place: field.at, data: { file: context.file.name, ...(context.file.kind === "csv" ? { line: 1 } : {}) } },
    );
  for (const column of matched) requireUnique(column, field, context);
  return matched.map((column) => ({ op: "source", column }));
}

/**
 * Whether a name matches a pattern in which `*` stands for any text and `?` for one character. Greedy with one point to
 * go back to, so that a hostile pattern costs at most the product of the lengths.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  const p = [...pattern];
  const n = [...name];
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let i = 0; i < n.length;) {
    if (p[at] === "*") {
      star = at++;
      resume = i;
    } else if (at < p.length && (p[at] === "?" || p[at] === n[i])) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++resume;
    } else return false;
  }
  while (p[at] === "*") at++;
  return at === p.length;
}

function requireUnique(column: number, field: FieldSpec, context: ColumnContext): void {
  const name = context.names[column]!;
  if (context.names.indexOf(name) === context.names.lastIndexOf(name)) return;
  throw new RuntimeError(
    DATA_MESSAGES,
    "data-column-duplicate",
    { column: name },
    { place: field.at, data: { file: context.file.name, ...(context.file.kind === "csv" ? { line: 1 } : {}) } },
  );
}

function requireInteger(what: string, value: number, least: number, field: FieldSpec, reason: string): void {
  if (Number.isInteger(value) && value >= least && value <= MAX_REACH) return;
  throw windowError(what, value, field, reason, `an integer from ${least} to ${MAX_REACH}`);
}

function windowError(what: string, value: number, field: FieldSpec, reason: string, expected: string): RuntimeError {
  return new RuntimeError(
    DATA_MESSAGES,
    "data-window",
    { what, field: field.name, value, reason, expected },
    { place: field.at },
  );
}

function requireSeason(period: "year" | "week" | "day", field: FieldSpec, context: ColumnContext): void {
  if (context.indexType === "datetime" || (context.indexType === "date" && period !== "day")) return;
  const day = period === "day";
  throw new RuntimeError(
    DATA_MESSAGES,
    "data-season",
    {
      period,
      field: field.name,
      needed: day ? "times of day" : "dates",
      needed_as: day ? "time: datetime" : "day: date",
    },
    { place: field.at },
  );
}

/**
 * Refuses a context that reads a column as new as an outcome reads it: a pattern such as `columns("*")` does so easily,
 * and the compiler cannot see which columns it matches.
 * @throws RuntimeError `data-leak`
 */
export function checkLeakage(
  contexts: readonly { readonly field: FieldSpec; readonly columns: readonly Derived[] }[],
  outcomes: readonly { readonly columns: readonly Derived[] }[],
  context: ColumnContext,
): void {
  const newest = new Map<number, number>();
  for (const derived of outcomes.flatMap((outcome) => outcome.columns)) {
    const column = sourceColumn(derived);
    if (column !== null) newest.set(column, Math.min(delay(derived), newest.get(column) ?? Infinity));
  }
  for (const { field, columns } of contexts) {
    for (const derived of columns) {
      const column = sourceColumn(derived);
      if (column === null || delay(derived) > (newest.get(column) ?? -1)) continue;
      throw new RuntimeError(
        DATA_MESSAGES,
        "data-leak",
        { field: field.name, column: context.names[column]!, source: describe(derived, context.names) },
        { place: field.at, data: { file: context.file.name, column: context.names[column]! } },
      );
    }
  }
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, LISTED).join(", ");
  return names.length > LISTED ? `${shown}, … (${names.length} in all)` : shown;
}
