import { RuntimeError } from "../errors/runtime-error.ts";
import type { ForecastData } from "../predict/forecast-data.ts";
import type { ForecastDataSpec, PredictorDecisionSpec, WindowSpec } from "../predict/spec.ts";
import type { FieldSpec } from "../spec.ts";
import { checkCells, valueError, type ResolvedField } from "./cells.ts";
import { componentQuery } from "./column-sql.ts";
import { checkLeakage, findColumn, resolveField, type ColumnContext } from "./columns.ts";
import type { LoadOptions } from "./dataset.ts";
import { describe, sourceColumn } from "./derived.ts";
import type { ConfinedDatabase } from "./duckdb.ts";
import { readIndex, timestampColumn } from "./index-column.ts";
import { indexColumn } from "./load-file.ts";
import { DATA_MESSAGES } from "./messages.ts";
import type { DataFile } from "./scan-file.ts";
import { malformed, type TableSource } from "./source.ts";
import { cutWindows, type SeriesTable } from "./windows.ts";
import { withSource, type FileSource } from "./with-source.ts";

/**
 * Loads a file for a predictor: columns as `loadData` reads and checks them, cut into windows and what follows. The lags of
 * contexts and the windows stay within one value of the split's column.
 * @throws RuntimeError with a code of `DATA_MESSAGES`
 */
export async function loadWindows(
  spec: ForecastDataSpec,
  predictor: PredictorDecisionSpec,
  source: FileSource,
  options: LoadOptions,
): Promise<ForecastData> {
  return withSource(source, options, async ({ file, plain, scan, table, database }) => {
    const series = await readSeries(spec, plain, table, database);
    return cutWindows(spec, predictor, series, { ...options, dataHash: scan.hash, file });
  });
}

async function readSeries(
  spec: ForecastDataSpec,
  file: DataFile,
  table: TableSource,
  database: ConfinedDatabase,
): Promise<SeriesTable> {
  const index = spec.fields.find((field) => field.role === "index") ?? null;
  const bare: ColumnContext = { file, names: table.names, index: null, indexType: index?.type ?? null };
  const context: ColumnContext = index === null ? bare : { ...bare, index: indexColumn(index, bare) };
  const { split } = spec;
  const by = split.kind === "by" ? findColumn(split.column, splitField(split.column, split.at), bare) : null;
  const resolve = (field: FieldSpec): ResolvedField => ({ field, columns: resolveField(field, context) });
  const fields = [
    ...spec.fields.filter((field) => field.role !== "index").map(resolve),
    ...spec.windows.map((window: WindowSpec) => resolve(window.field)),
  ];
  if (spec.windows.length === 0) {
    const role = (name: FieldSpec["role"]): ResolvedField[] => fields.filter(({ field }) => field.role === name);
    checkLeakage(role("context"), role("outcome"), context);
  }
  const used = new Set(fields.flatMap(({ columns }) => columns.map(sourceColumn)).filter((c) => c !== null));
  const groups = (spec.groups ?? []).map(({ name, column, at }) => {
    return { name, at, column: findColumn(column, splitField(name, at), bare) };
  });
  const told = groups.map(({ column }) => column);
  const read = [...new Set([...used, ...(by === null ? [] : [by]), ...told])];
  await database
    .run(`CREATE TABLE texts AS ${table.query(read, context.index)}`)
    .catch((cause: unknown) => Promise.reject(malformed(file, cause)));
  const zone = by === null ? "'all'" : `coalesce(c${by}, '')`;
  const [zoneColumn] = await database.columns(`SELECT ${zone} FROM texts ORDER BY row`);
  const zones = zoneColumn!.map(String);
  if (zones.length === 0)
    throw new RuntimeError(
      DATA_MESSAGES,
      "data-file-empty",
      { path: file.name },
      { place: file.place, data: { file: file.name } },
    );
  const indexed =
    index === null
      ? { names: zones.map((_, i) => String(i + 1)), positions: null }
      : await readIndex(database, table, index, table.names[context.index!]!, by === null ? null : zones);
  const labels = groups.length === 0 ? null : await readLabels(database, table, groups);
  await checkCells(database, table, fields);
  const numbers = [...used].map((c) => `, CAST(c${c} AS DOUBLE) AS c${c}`).join("");
  await database.run(
    `CREATE TABLE cells AS SELECT row, ${zone} AS zone, ${timestampColumn(index)} AS ts${numbers} FROM texts`,
  );
  const components = fields.flatMap(({ columns }) => columns);
  const raw = await database.columns(componentQuery(components, "zone"));
  checkColumns(fields, raw, table);
  // Nothing where a lag reaches back to before the zone's first row.
  const columns = raw.map((column) => Float64Array.from(column, (v) => (v === null ? Number.NaN : Number(v))));
  let from = 0;
  const parts = fields.map(({ field, columns: own }) => {
    const names = own.map((column) => describe(column, table.names));
    const values = columns.slice(from, (from += own.length));
    return { field, names, values };
  });
  return {
    rows: zones.length,
    zones,
    labels,
    index: indexed.names,
    positions: indexed.positions,
    isTime: index?.type === "date" || index?.type === "datetime",
    fields: parts,
    place: (row) => table.place(row + 1),
  };
}

/**
 * The group of each row: the text of its columns, joined where there are several.
 * @throws RuntimeError `data-group-missing`
 */
async function readLabels(
  database: ConfinedDatabase,
  table: TableSource,
  groups: readonly { readonly name: string; readonly column: number; readonly at: string }[],
): Promise<readonly string[]> {
  // Texts of JSON are quoted.
  const cells = groups.map(({ column }) => `trim(trim(coalesce(c${column}, '')), '"')`);
  const columns = await database.columns(`SELECT ${cells.join(", ")} FROM texts ORDER BY row`);
  return columns[0]!.map((_, row) =>
    groups
      .map(({ name, column, at }, k) => {
        const label = String(columns[k]![row]);
        if (label !== "") return label;
        const where = { place: at, data: table.place(row + 1, table.names[column]!) };
        throw new RuntimeError(DATA_MESSAGES, "data-group-missing", { group: name }, where);
      })
      .join(", "),
  );
}

/** A field for messages about the column of the split. */
function splitField(name: string, at: string): FieldSpec {
  return { role: "context", name, type: "text", size: 1, columns: null, transforms: [], at };
}

/** Checks types and ranges of the rows whose past is complete. */
function checkColumns(
  fields: readonly ResolvedField[],
  values: readonly (readonly unknown[])[],
  table: TableSource,
): void {
  let at = 0;
  for (const { field, columns } of fields)
    for (const derived of columns) {
      const from = sourceColumn(derived);
      for (const [row, value] of values[at++]!.entries()) {
        if (value === null) continue;
        const error = valueError(
          Number(value),
          field,
          () => describe(derived, table.names),
          () => ({
            place: field.at,
            data: table.place(row + 1, from === null ? undefined : table.names[from]!),
          }),
        );
        if (error !== null) throw error;
      }
    }
}
