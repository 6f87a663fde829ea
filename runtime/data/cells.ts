import { RuntimeError, type ErrorPlace } from "../errors/runtime-error.ts";
import type { FieldSpec } from "../spec.ts";
import type { Derived } from "./derived.ts";
import { describe, sourceColumn } from "./derived.ts";
import type { ConfinedDatabase } from "./duckdb.ts";
import { DATA_MESSAGES } from "./messages.ts";
import type { TableSource } from "./source.ts";

/** A field with its components. */
export interface ResolvedField {
  readonly field: FieldSpec;
  readonly columns: readonly Derived[];
}

/** SQL of "not a finite number". DuckDB also reads 1_000 as a number, which no other reader of the file would. */
export function badSql(c: string): string {
  return `${c} IS NULL OR contains(${c}, '_') OR coalesce(NOT isfinite(TRY_CAST(${c} AS DOUBLE)), true)`;
}

/**
 * Checks that every cell of the columns that fields read is a finite number. The first wrong cell in the order of the
 * file is reported.
 * @throws RuntimeError `data-cell-missing`, `data-cell-not-number`, `data-cell-nan`, `data-cell-infinite`
 */
export async function checkCells(
  database: ConfinedDatabase,
  source: TableSource,
  fields: readonly ResolvedField[],
): Promise<void> {
  const users = new Map<number, FieldSpec>();
  for (const { field, columns } of fields)
    for (const derived of columns) {
      const column = sourceColumn(derived);
      if (column !== null && !users.has(column)) users.set(column, field);
    }
  if (users.size === 0) return;
  const columns = [...users.keys()];
  const [first] = await database.rows(
    `SELECT ${columns.map((c) => `min(row) FILTER (WHERE ${badSql(`c${c}`)})`).join(", ")} FROM texts`,
  );
  let worst: { readonly row: number; readonly column: number } | null = null;
  for (const [i, value] of first!.entries()) {
    if (value === null || (worst !== null && worst.row <= Number(value))) continue;
    worst = { row: Number(value), column: columns[i]! };
  }
  if (worst === null) return;
  const [found] = await database.rows(`SELECT c${worst.column} FROM texts WHERE row = ${worst.row}`);
  const cell = found![0] ?? null;
  throw cellError(cell === null ? null : String(cell), users.get(worst.column)!, {
    place: users.get(worst.column)!.at,
    data: source.place(worst.row, source.names[worst.column]!),
  });
}

/** What is wrong with a cell that `badSql` finds. */
export function cellError(cell: string | null, field: FieldSpec, where: ErrorPlace): RuntimeError {
  const text = cell?.trim() ?? "";
  if (text === "") return new RuntimeError(DATA_MESSAGES, "data-cell-missing", { field: field.name }, where);
  if (/^[+-]?nan$/i.test(text)) return new RuntimeError(DATA_MESSAGES, "data-cell-nan", { field: field.name }, where);
  if (/^[+-]?inf(inity)?$/i.test(text) || /^[+-]?[\d.]+e\+?\d+$/i.test(text))
    return new RuntimeError(DATA_MESSAGES, "data-cell-infinite", { cell: text, field: field.name }, where);
  return new RuntimeError(DATA_MESSAGES, "data-cell-not-number", { cell: shorten(text), field: field.name }, where);
}

/** A cell short enough for a message. */
export function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/**
 * Checks the values of a field, rows × size, after its expressions and before its transforms.
 * @param firstRow row of the file (from 1) that row 0 of `values` comes from
 * @throws RuntimeError `data-value-not-finite`, `data-value-not-integer`, `data-value-out-of-range`
 */
export function checkValues(
  values: readonly Float64Array[],
  { field, columns }: ResolvedField,
  source: TableSource,
  firstRow: number,
): void {
  for (const [i, column] of values.entries()) {
    const derived = columns[i]!;
    const from = sourceColumn(derived);
    for (const [row, value] of column.entries()) {
      const error = valueError(
        value,
        field,
        () => describe(derived, source.names),
        () => ({
          place: field.at,
          data: source.place(firstRow + row, from === null ? undefined : source.names[from]!),
        }),
      );
      if (error !== null) throw error;
    }
  }
}

/** What is wrong with a value of a field, after its expression and before its transforms; `null` where nothing is. */
export function valueError(
  value: number,
  field: FieldSpec,
  expression: () => string,
  where: () => ErrorPlace,
): RuntimeError | null {
  const { lower, upper } = field.range ?? { lower: -Infinity, upper: Infinity };
  const fine = Number.isFinite(value) && value >= lower && value <= upper;
  if (fine && (field.type !== "int" || Number.isInteger(value))) return null;
  const { name } = field;
  if (!Number.isFinite(value))
    return new RuntimeError(DATA_MESSAGES, "data-value-not-finite", { expression: expression(), field: name }, where());
  if (!fine)
    return new RuntimeError(DATA_MESSAGES, "data-value-out-of-range", { value, lower, upper, field: name }, where());
  return new RuntimeError(DATA_MESSAGES, "data-value-not-integer", { value, field: name }, where());
}

/**
 * Checks the declared types and ranges of a task's fields, which lie side by side in rows × width.
 * @throws RuntimeError `data-value-out-of-range`, `data-value-not-integer`
 */
export function checkRange(
  fields: readonly { readonly field: FieldSpec }[],
  matrix: Float64Array,
  width: number,
): void {
  let from = 0;
  for (const { field } of fields) {
    const { lower, upper } = field.range ?? { lower: -Infinity, upper: Infinity };
    for (let k = from; k < matrix.length; k += width)
      for (let j = k; j < k + field.size; j++) {
        const value = matrix[j]!;
        if (field.type === "int" && !Number.isInteger(value))
          throw new RuntimeError(
            DATA_MESSAGES,
            "data-value-not-integer",
            { value, field: field.name },
            { place: field.at },
          );
        if (value >= lower && value <= upper) continue;
        throw new RuntimeError(
          DATA_MESSAGES,
          "data-value-out-of-range",
          { value, lower, upper, field: field.name },
          { place: field.at },
        );
      }
    from += field.size;
  }
}
