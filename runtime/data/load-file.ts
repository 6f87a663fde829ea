import { RuntimeError } from "../errors/runtime-error.ts";
import type { DataSpec, FieldSpec, Sizes } from "../spec.ts";
import { checkCells, checkValues } from "./cells.ts";
import type { ResolvedField } from "./cells.ts";
import { componentQuery } from "./column-sql.ts";
import { checkLeakage, findColumn, resolveField } from "./columns.ts";
import type { ColumnContext } from "./columns.ts";
import type { Dataset, LoadOptions } from "./dataset.ts";
import { describe, reach, sourceColumn } from "./derived.ts";
import type { ConfinedDatabase } from "./duckdb.ts";
import { assemble } from "./assemble.ts";
import { readIndex, timestampColumn } from "./index-column.ts";
import { DATA_MESSAGES } from "./messages.ts";
import type { DataFile } from "./scan-file.ts";
import { malformed } from "./source.ts";
import type { TableSource } from "./source.ts";
import { splitRows } from "./split.ts";
import { withSource, type FileSource } from "./with-source.ts";

/** Loads a data block that reads a file; `loadData` says what is checked. */
export async function loadFile(
  spec: DataSpec,
  source: FileSource,
  sizes: Sizes,
  options: LoadOptions,
): Promise<Dataset> {
  return withSource(source, options, ({ plain, scan, table, database }) =>
    readTable(spec, plain, scan.hash, table, database, sizes, options),
  );
}

async function readTable(
  spec: DataSpec,
  file: DataFile,
  dataHash: string,
  table: TableSource,
  database: ConfinedDatabase,
  sizes: Sizes,
  options: LoadOptions,
): Promise<Dataset> {
  const { index, contexts, outcomes, context } = resolveFields(spec, file, table);
  const fields = [...contexts, ...outcomes];
  const used = new Set(fields.flatMap(({ columns }) => columns.map(sourceColumn)).filter((c) => c !== null));
  await database
    .run(`CREATE TABLE texts AS ${table.query([...used], context.index)}`)
    .catch((cause: unknown) => Promise.reject(malformed(file, cause)));
  const [[count]] = await database.columns("SELECT CAST(count(*) AS DOUBLE) FROM texts");
  const total = Number(count);
  if (total === 0)
    throw new RuntimeError(
      DATA_MESSAGES,
      "data-file-empty",
      { path: file.name },
      { place: file.place, data: { file: file.name } },
    );
  const names =
    index === null
      ? Array.from({ length: total }, (_, i) => String(i + 1))
      : (await readIndex(database, table, index, table.names[context.index!]!)).names;
  await checkCells(database, table, fields);
  const numbers = [...used].map((c) => `, CAST(c${c} AS DOUBLE) AS c${c}`).join("");
  await database.run(`CREATE TABLE cells AS SELECT row, ${timestampColumn(index)} AS ts${numbers} FROM texts`);

  const components = fields.flatMap(({ columns }) => columns);
  const lost = components.reduce((most, component) => Math.max(most, reach(component)), 0);
  if (lost >= total)
    throw new RuntimeError(
      DATA_MESSAGES,
      "data-too-few-rows",
      { rows: total, needed: lost },
      { place: file.place, data: { file: file.name } },
    );
  const values = (await database.columns(componentQuery(components))).map((column) =>
    Float64Array.from(column.slice(lost), (value) => {
      if (value === null) throw new Error("A component has no value after its leading rows.");
      return Number(value);
    }),
  );
  let at = 0;
  for (const resolved of fields) {
    checkValues(values.slice(at, at + resolved.columns.length), resolved, table, lost + 1);
    at += resolved.columns.length;
  }
  const width = contexts.reduce((sum, { columns }) => sum + columns.length, 0);
  const rows = total - lost;
  if (spec.split.kind === "task") throw new Error("The split of a file has fractions; the pipeline says `task`.");
  return assemble({
    rows,
    contexts: { fields: contexts.map(named(table)), matrix: interleave(values.slice(0, width), rows) },
    outcomes: { fields: outcomes.map(named(table)), matrix: interleave(values.slice(width), rows) },
    index: names.slice(lost),
    split: splitRows(spec.split, rows, options.seed),
    dataHash,
    law: null,
    sizes,
    place: file.place,
    notes:
      lost === 0
        ? []
        : [
            `The first ${lost} of ${total} rows only serve lags and windows (to ${names[lost - 1]!}); ${rows} rows remain.`,
          ],
  });
}

interface ResolvedFields {
  readonly index: FieldSpec | null;
  readonly contexts: readonly ResolvedField[];
  readonly outcomes: readonly ResolvedField[];
  readonly context: ColumnContext;
}

function resolveFields(spec: DataSpec, file: DataFile, table: TableSource): ResolvedFields {
  const [index = null, second] = spec.fields.filter((field) => field.role === "index");
  if (second !== undefined)
    throw new RuntimeError(DATA_MESSAGES, "data-index-several", { field: second.name }, { place: second.at });
  const bare: ColumnContext = { file, names: table.names, index: null, indexType: index?.type ?? null };
  const context: ColumnContext = index === null ? bare : { ...bare, index: indexColumn(index, bare) };
  const resolve = (role: "context" | "outcome"): readonly ResolvedField[] =>
    spec.fields
      .filter((field) => field.role === role)
      .map((field) => {
        if (field.type !== "real" && field.type !== "int")
          throw new RuntimeError(
            DATA_MESSAGES,
            "data-field-type",
            { field: field.name, type: field.type, role: role === "context" ? "a context" : "an outcome" },
            { place: field.at },
          );
        return { field, columns: resolveField(field, context) };
      });
  const contexts = resolve("context");
  const outcomes = resolve("outcome");
  checkLeakage(contexts, outcomes, context);
  return { index, contexts, outcomes, context };
}

export function indexColumn(index: FieldSpec, context: ColumnContext): number {
  const columns = index.columns;
  if (columns === null) return findColumn(index.name, index, context);
  if (columns.kind === "column") return findColumn(columns.name, index, context);
  const [only] = resolveField({ ...index, size: 1 }, context);
  if (only?.op === "source") return only.column;
  throw new RuntimeError(
    DATA_MESSAGES,
    "data-field-type",
    { field: index.name, type: describe(only!, context.names), role: "the index" },
    { place: index.at },
  );
}

const named =
  (table: TableSource) =>
  ({ field, columns }: ResolvedField) => ({ field, names: columns.map((column) => describe(column, table.names)) });

/** Columns to a row-major matrix. */
function interleave(columns: readonly Float64Array[], rows: number): Float64Array {
  const matrix = new Float64Array(rows * columns.length);
  for (const [j, column] of columns.entries())
    for (let i = 0; i < rows; i++) matrix[i * columns.length + j] = column[i]!;
  return matrix;
}
