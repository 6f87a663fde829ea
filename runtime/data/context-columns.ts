import { RuntimeError } from "../errors/runtime-error.ts";
import type { ColumnIR } from "../ir/model.ts";
import type { DataSpec, FieldSpec } from "../spec.ts";
import { expand, findColumn, type ColumnContext } from "./columns.ts";
import { describe, reach, sourceColumn, type Derived } from "./derived.ts";
import { DATA_MESSAGES } from "./messages.ts";
import type { DataFile } from "./scan-file.ts";

/** One context value: the field that it belongs to and how it is made of the file's columns. */
export interface ContextComponent {
  readonly field: FieldSpec;
  /** As the run names it, such as `log1p(price)`. */
  readonly name: string;
  readonly derived: Derived;
}

export interface ContextColumns {
  readonly components: readonly ContextComponent[];
  /** The index of the data declaration, where the file has its column. */
  readonly index: { readonly field: FieldSpec; readonly column: number } | null;
  /** Column that tells several series apart, where the file has it. */
  readonly zone: number | null;
  /** The rows are those of a series in its order. */
  readonly series: boolean;
  /** Columns that the data declaration says nothing about. */
  readonly unused: readonly string[];
}

/** Names listed in a message. */
const LISTED = 12;

/**
 * Finds what every context value is made of. A value that is computed from one row (a column, a map of it) is computed as
 * in training; else, and always for values over several rows such as lags, it is read from a column that is named like
 * the value itself: `lag(price, 1)`, `x[3]`. Columns are found by name, whatever their order. The rows of a series have
 * those before them, so that values over several rows are computed there too; they need their index.
 *
 * @param wanted the names of the context values in the order of training
 * @throws RuntimeError context-columns-missing, data-column-duplicate, data-column-missing
 */
export function resolveContexts(
  spec: DataSpec,
  file: DataFile,
  names: readonly string[],
  wanted: readonly string[],
  series: { readonly zone: string | null } | null = null,
) {
  const index = findIndex(spec, file, names, series !== null);
  const zone = series === null || series.zone === null ? -1 : names.indexOf(series.zone);
  const context: ColumnContext = { file, names, index: index?.column ?? null, indexType: index?.field.type ?? null };
  const fields = spec.fields.filter(({ role }) => role === "context");
  const components: ContextComponent[] = [];
  let at = 0;
  for (const field of fields) {
    const own = wanted.slice(at, at + field.size);
    at += field.size;
    const computed = new Map(
      (spec.source.kind === "synthetic" ? [] : expanded(field, context)).map((derived) => [
        describe(derived, names),
        derived,
      ]),
    );
    const found = own.map((name): Derived | null => {
      const rowwise = computed.get(name);
      const here = rowwise !== undefined && (series !== null || reach(rowwise) === 0);
      if (here && (rowwise.op !== "season" || index !== null)) return rowwise;
      return names.includes(name) ? { op: "source", column: findColumn(name, field, context) } : null;
    });
    const missing = own.filter((_, j) => found[j] === null);
    if (missing.length > 0) throw missingColumns(field, own, missing, context);
    found.forEach((derived, j) => components.push({ field, name: own[j]!, derived: derived! }));
  }
  const unused = unusedColumns(spec, components, context).filter((name) => name !== names[zone]);
  return { components, index, zone: zone < 0 ? null : zone, series: series !== null, unused } satisfies ContextColumns;
}

/** What a field's expression comes to over the columns that are there: a part of it that names others is left out. */
function expanded(
  field: FieldSpec,
  context: ColumnContext,
  part: ColumnIR = field.columns ?? { kind: "column", name: field.name },
): readonly Derived[] {
  if (part.kind === "concat") return part.sources.flatMap((source) => expanded(field, context, source));
  try {
    return expand(part, field, context);
  } catch (error) {
    const absent = ["data-column-missing", "data-pattern-empty", "data-season"];
    if (error instanceof RuntimeError && absent.includes(error.code)) return [];
    throw error;
  }
}

function findIndex(spec: DataSpec, file: DataFile, names: readonly string[], needed: boolean): ContextColumns["index"] {
  const field = spec.fields.find(({ role }) => role === "index");
  if (field === undefined) return null;
  const name = field.columns?.kind === "column" ? field.columns.name : field.name;
  if (!needed && !names.includes(name)) return null;
  return { field, column: findColumn(name, field, { file, names, index: null, indexType: null }) };
}

function missingColumns(
  field: FieldSpec,
  own: readonly string[],
  missing: readonly string[],
  { file, names }: ColumnContext,
): RuntimeError {
  const windowed = missing.some((name) => /\b(lag|rolling_\w+)\(/.test(name));
  return new RuntimeError(
    DATA_MESSAGES,
    "context-columns-missing",
    {
      count: missing.length,
      total: own.length,
      field: field.name,
      names: list(missing.map((name) => (name.includes(",") && file.kind === "csv" ? `"${name}"` : name))),
      note: windowed
        ? " A lag or a window reaches over several rows, so that one row cannot tell its value: it is a column of its own."
        : "",
      known: list(names),
    },
    { place: field.at, data: { file: file.name, ...(file.kind === "csv" ? { line: 1 } : {}) } },
  );
}

/** Columns of outcomes and of what lags are taken of are known, though nothing of them is read. */
function unusedColumns(
  spec: DataSpec,
  components: readonly ContextComponent[],
  context: ColumnContext,
): readonly string[] {
  const known = new Set<number | null>([context.index]);
  for (const { derived } of components) known.add(sourceColumn(derived));
  if (spec.source.kind !== "synthetic")
    for (const field of spec.fields)
      if (field.role !== "index") for (const derived of expanded(field, context)) known.add(sourceColumn(derived));
  return context.names.filter((_, column) => !known.has(column));
}

/** Names for a message, the first of many. */
export function list(names: readonly string[]): string {
  const shown = names.slice(0, LISTED).join(", ");
  return names.length > LISTED ? `${shown}, … (${names.length} in all)` : shown;
}
