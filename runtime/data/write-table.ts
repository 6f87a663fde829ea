import { rename, rm } from "node:fs/promises";
import { dirname, basename, join, resolve } from "node:path";
import { identifier, literal, openConfined } from "./duckdb.ts";

/** One column of a table to be written; integers are written as such where the array holds them. */
export interface TableColumn {
  readonly name: string;
  readonly values: Float64Array | Int32Array | readonly string[] | readonly boolean[];
}

/**
 * Writes columns of one length as Parquet (`….parquet`) or CSV with a header (`….csv`). The file appears whole or not at
 * all: it is written beside its place and renamed.
 * @throws RangeError on columns of different lengths, two columns of one name, or another file ending; the system's
 *   error where the folder cannot be written
 */
export async function writeTable(path: string, columns: readonly TableColumn[]): Promise<void> {
  const target = resolve(path);
  const format = target.endsWith(".parquet") ? "FORMAT parquet" : target.endsWith(".csv") ? "FORMAT csv, HEADER" : null;
  if (format === null) throw new RangeError(`${path}: a table is written as .parquet or .csv.`);
  const rows = columns[0]?.values.length ?? 0;
  if (columns.length === 0 || columns.some((column) => column.values.length !== rows))
    throw new RangeError(`${path}: columns need one length.`);
  const names = new Set(columns.map((column) => column.name.toLowerCase()));
  if (names.size !== columns.length) throw new RangeError(`${path}: two columns have the same name.`);

  const partial = join(dirname(target), `.${basename(target)}.${process.pid}.partial`);
  const database = await openConfined([partial]);
  try {
    const types = columns.map((column) => `${identifier(column.name)} ${sqlType(column)}`).join(", ");
    await database.run(`CREATE TABLE written (${types})`);
    const appender = await database.connection.createAppender("written");
    const append = columns.map((column): ((row: number) => void) => {
      const { values } = column;
      if (values instanceof Float64Array) return (row) => appender.appendDouble(values[row]!);
      if (values instanceof Int32Array) return (row) => appender.appendInteger(values[row]!);
      return (row) => {
        const value = values[row]!;
        if (typeof value === "string") appender.appendVarchar(value);
        else appender.appendBoolean(value);
      };
    });
    for (let row = 0; row < rows; row++) {
      for (const one of append) one(row);
      appender.endRow();
    }
    appender.closeSync();
    await database.run(`COPY written TO ${literal(partial)} (${format}, USE_TMP_FILE false)`);
    await rename(partial, target);
  } finally {
    database.close();
    await rm(partial, { force: true });
  }
}

function sqlType({ values }: TableColumn): string {
  if (values instanceof Float64Array) return "DOUBLE";
  if (values instanceof Int32Array) return "INTEGER";
  return typeof values[0] === "boolean" ? "BOOLEAN" : "VARCHAR";
}
