import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { RuntimeError, type DataPlace } from "../errors/runtime-error.ts";
import type { DataSpec } from "../spec.ts";
import { badSql, cellError, valueError } from "./cells.ts";
import { componentQuery } from "./column-sql.ts";
import { list, resolveContexts, type ContextColumns } from "./context-columns.ts";
import { csvRecords, jsonRecords, type TextRecord } from "./context-records.ts";
import type { ContextSource } from "./context-source.ts";
import { reach, sourceColumn } from "./derived.ts";
import { literal, openConfined, type ConfinedDatabase } from "./duckdb.ts";
import { indexError, positionColumn, timestampColumn, unreadableIndex } from "./index-column.ts";
import { DATA_MESSAGES } from "./messages.ts";
import type { DataFile } from "./scan-file.ts";

/** Consecutive rows of contexts. */
export interface ContextBlock {
  /** Number of the first row of data, from 1. */
  readonly first: number;
  readonly rows: number;
  /** rows × p, as in the data before transforms; NaN in rows with an error. */
  readonly values: Float64Array;
  /** The index of each row as it stands in the file; `null` where the file has none. */
  readonly index: readonly string[] | null;
  /** Of a series: the index as numbers (seconds of a time), NaN in rows with an error; `null` where it has no order. */
  readonly positions: Float64Array | null;
  /** Of a series: the value of the column that tells series apart; `null` where the file has none. */
  readonly zones: readonly string[] | null;
  /** What is wrong with a row, by its place in the block (from 0). */
  readonly errors: ReadonlyMap<number, RuntimeError>;
  /** Where a row of the block stands. */
  place(row: number, column?: string): DataPlace;
}

/** What the rows of a series have beside the values of a row. */
export interface SeriesColumns {
  /** Column that tells several series apart, where the file has it. */
  readonly zone: string | null;
}

/** Contexts of a file or a stream, read in blocks: memory does not grow with their number. */
export interface ContextReader {
  /** Name of the index column, where the file has it. */
  readonly indexName: string | null;
  /** Name of the column that tells series apart, where the file has it. */
  readonly zoneName: string | null;
  /** Rows before one that its values read: 0 but for a series with lags. */
  readonly reach: number;
  readonly warnings: readonly RuntimeError[];
  /** Can be read once. @throws RuntimeError where the source cannot be read on */
  blocks(): AsyncIterable<ContextBlock>;
  close(): Promise<void>;
}

/** Rows and bytes of a block, at most. */
const BLOCK_ROWS = 4096;
const BLOCK_BYTES = 2 ** 22;
/** Milliseconds that a source may pause before the rows that are there go on without those to come. */
const PAUSE = 20;

/**
 * Opens contexts that are laid out as the data block of a model says: the header is read and every context value is
 * found. Cells, types and ranges are checked row by row, as `loadData` does.
 * @param wanted names of the context values in the order of training
 * @param series given where the rows are those of a series in its order: then values over several rows, such as lags, are
 *   computed as in training, NaN where a row has too few before it; the index must be there, and is checked in every row
 * @throws RuntimeError context-file-unreadable, context-file-empty, context-columns-missing, data-column-duplicate,
 *   data-column-missing
 */
export async function openContexts(
  spec: DataSpec,
  wanted: readonly string[],
  source: ContextSource,
  series: SeriesColumns | null = null,
): Promise<ContextReader> {
  const folder = await mkdtemp(join(tmpdir(), "droc-"));
  const path = join(folder, "block");
  const database = await openConfined([path]);
  const close = async (): Promise<void> => {
    database.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const batches = readBatches(source);
    const opening = await batches.next();
    const first = opening.done === true ? [] : opening.value;
    const json = source.kind === "json";
    const [header] = first;
    if (header === undefined) {
      const names = list(wanted.map((name) => (name.includes(",") ? `"${name}"` : name)));
      throw new RuntimeError(
        DATA_MESSAGES,
        "context-file-empty",
        { path: source.name, wanted: names },
        { data: { file: source.name } },
      );
    }
    if (header.fault !== null) throw header.fault;
    const table: BlockTable = { database, path, source, json, names: [] };
    const names = await readNames(table, header);
    const file: DataFile = { name: source.name, real: path, kind: source.kind, gzip: false, place: "" };
    const columns = resolveContexts(spec, file, names, wanted, series);
    const unused =
      columns.unused.length === 0
        ? []
        : [
            new RuntimeError(
              DATA_MESSAGES,
              "context-column-unused",
              { names: list(columns.unused) },
              { data: { file: source.name, ...(source.kind === "csv" ? { line: 1 } : {}) } },
            ),
          ];
    return {
      indexName: columns.index === null ? null : names[columns.index.column]!,
      zoneName: columns.zone === null ? null : names[columns.zone]!,
      reach: reachOf(columns),
      warnings: unused,
      async *blocks() {
        let row = 1;
        const read = async (records: readonly TextRecord[]): Promise<ContextBlock> => {
          const block = await readBlock({ ...table, names }, columns, records, row);
          row += records.length;
          return block;
        };
        const rest = json ? first : first.slice(1);
        if (rest.length > 0) yield await read(rest);
        for await (const records of batches) yield await read(records);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Records in batches of bounded size; what is there goes on where the source pauses. The header comes alone or first. */
async function* readBatches(source: ContextSource): AsyncGenerator<TextRecord[]> {
  const cutter = source.kind === "json" ? jsonRecords(source.name) : csvRecords(source.name);
  const bytes = source.bytes()[Symbol.asyncIterator]();
  let batch: TextRecord[] = [];
  let size = 0;
  const take = (): TextRecord[] => {
    const taken = batch;
    batch = [];
    size = 0;
    return taken;
  };
  let ended = false;
  try {
    while (!ended) {
      const next = bytes.next();
      if (batch.length > 0) {
        const paused = await Promise.race([next.then(() => false), delay(PAUSE, true)]);
        if (paused) yield take();
      }
      const { done = false, value } = await next;
      ended = done;
      const records = done ? cutter.end() : cutter.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
      for (const record of records) {
        batch.push(record);
        size += record.bytes.length;
        if (batch.length >= BLOCK_ROWS || size >= BLOCK_BYTES) yield take();
      }
    }
    if (batch.length > 0) yield take();
  } finally {
    if (!ended) await bytes.return?.();
  }
}

interface BlockTable {
  readonly database: ConfinedDatabase;
  /** The file that holds the records of one block. */
  readonly path: string;
  readonly source: ContextSource;
  readonly json: boolean;
  readonly names: readonly string[];
}

/** Names of the columns: the cells of the header, or the keys of the first object. */
async function readNames(table: BlockTable, header: TextRecord): Promise<readonly string[]> {
  const { database, path, source, json } = table;
  await writeFile(path, header.bytes);
  const where = { data: { file: source.name, line: header.line } };
  try {
    if (!json) {
      const query = `SELECT * FROM read_csv(${literal(path)}, auto_detect = false, columns = ${columnTypes(header)}, ${CSV})`;
      const [cells] = await database.rows(query);
      return cells!.map((cell) => (cell === null ? "" : String(cell)));
    }
    const keys = await database.rows(
      `SELECT unnest(json_keys(json)) FROM read_json_objects(${literal(path)}, format = 'newline_delimited')`,
    );
    return keys.map(([key]) => String(key));
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const expected = json ? "JSON with one object a line" : "a well-formed CSV";
    const reason = cause.message.split("\n")[0]!.replaceAll(path, source.name).replace(/\.$/, "");
    throw new RuntimeError(DATA_MESSAGES, "data-format", { expected, reason }, { ...where, cause });
  }
}

const CSV = `header = false, delim = ',', quote = '"', escape = '"', strict_mode = true, max_line_size = ${2 ** 24}`;

/** One text column for each cell, counted as the cutter does: by the commas outside quotes. */
function columnTypes({ bytes }: TextRecord): string {
  let cells = 1;
  let inQuotes = false;
  for (const byte of bytes) {
    if (byte === 0x22) inQuotes = !inQuotes;
    else if (byte === 0x2c && !inQuotes) cells++;
  }
  return typesOf(cells);
}

function typesOf(cells: number): string {
  return `{${Array.from({ length: cells }, (_, i) => `'c${i}': 'VARCHAR'`).join(", ")}}`;
}

async function readBlock(
  table: BlockTable,
  columns: ContextColumns,
  records: readonly TextRecord[],
  first: number,
): Promise<ContextBlock> {
  const p = columns.components.length;
  const values = new Float64Array(records.length * p).fill(NaN);
  const index = columns.index === null ? null : records.map(() => "");
  const ordered = columns.series && columns.index !== null && columns.index.field.type !== "text";
  const positions = ordered ? new Float64Array(records.length).fill(NaN) : null;
  const zones = columns.zone === null ? null : records.map(() => "");
  const errors = new Map<number, RuntimeError>();
  const good: number[] = [];
  records.forEach(({ fault }, row) => {
    if (fault === null) good.push(row);
    else errors.set(row, fault);
  });
  const reading = { table, columns, records, first, values, index, positions, zones, errors };
  await readRows(reading, good);
  const place = (row: number, column?: string): DataPlace => placeOf(reading, row, column);
  return { first, rows: records.length, values, index, positions, zones, errors, place };
}

interface Reading {
  readonly table: BlockTable;
  readonly columns: ContextColumns;
  readonly records: readonly TextRecord[];
  readonly first: number;
  readonly values: Float64Array;
  readonly index: string[] | null;
  readonly positions: Float64Array | null;
  readonly zones: string[] | null;
  readonly errors: Map<number, RuntimeError>;
}

/** Reads the given rows of a block; where DuckDB refuses them as a whole, by halves, until the wrong ones are found. */
async function readRows(reading: Reading, rows: readonly number[]): Promise<void> {
  if (rows.length === 0) return;
  const { table, records, errors } = reading;
  const text = rows.map((row) => (records[row]!.bytes.length === 0 ? '""' : records[row]!.bytes.toString("utf8")));
  await writeFile(table.path, `${text.join("\n")}\n`);
  try {
    await loadTexts(reading);
    const [[count]] = await table.database.columns("SELECT CAST(count(*) AS DOUBLE) FROM texts");
    if (Number(count) !== rows.length) throw new Error("a record is not one row");
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const [row, ...others] = rows;
    if (others.length > 0) {
      const half = rows.length >> 1;
      await readRows(reading, rows.slice(0, half));
      return readRows(reading, rows.slice(half));
    }
    const expected = table.json ? "JSON with one object a line" : "a well-formed CSV";
    const reason = "this row cannot be read";
    errors.set(
      row!,
      new RuntimeError(DATA_MESSAGES, "data-format", { expected, reason }, { data: placeOf(reading, row!), cause }),
    );
    return;
  }
  await findWrongCells(reading, rows);
  await computeValues(reading, rows);
}

/** The table `texts (row, k, zone, c…)` of the columns that the context values are made of. */
async function loadTexts({ table, columns }: Reading): Promise<void> {
  const used = usedColumns(columns);
  const { index, zone } = columns;
  const { database, path, names, json } = table;
  if (!json) {
    const cells = used.map((c) => `, c${c}`).join("");
    await database.run(
      `CREATE OR REPLACE TABLE texts AS SELECT row_number() OVER () AS row, ${index === null ? "NULL" : `c${index.column}`} AS k, \
${zone === null ? "''" : `coalesce(c${zone}, '')`} AS zone${cells} \
FROM read_csv(${literal(path)}, auto_detect = false, columns = ${typesOf(names.length)}, ${CSV})`,
    );
    return;
  }
  const pointer = (c: number): string => literal(`/${names[c]!.replaceAll("~", "~0").replaceAll("/", "~1")}`);
  const cells = used.map((c) => {
    // A text stays quoted and so is no number; a null is missing.
    const value = `CAST(json_extract(json, ${pointer(c)}) AS VARCHAR)`;
    return `, CASE json_type(json, ${pointer(c)}) WHEN 'NULL' THEN NULL ELSE ${value} END AS c${c}`;
  });
  const text = (c: number): string => `json_extract_string(json, ${pointer(c)})`;
  await database.run(
    `CREATE OR REPLACE TABLE texts AS SELECT row_number() OVER () AS row, ${index === null ? "NULL" : text(index.column)} AS k, \
${zone === null ? "''" : `coalesce(${text(zone)}, '')`} AS zone${cells.join("")} \
FROM read_json_objects(${literal(path)}, format = 'newline_delimited', maximum_object_size = ${2 ** 24})`,
  );
}

function usedColumns({ components }: ContextColumns): number[] {
  const used = components.map(({ derived }) => sourceColumn(derived)).filter((column) => column !== null);
  return [...new Set(used)];
}

/** Marks the first wrong cell of every row that has one: not a finite number, or an index that a season cannot read. */
async function findWrongCells(reading: Reading, rows: readonly number[]): Promise<void> {
  const { table, columns, errors } = reading;
  const used = usedColumns(columns);
  const seasonal = columns.components.some(({ derived }) => derived.op === "season");
  const tests = used.map((c) => ({ column: c, sql: `(${badSql(`c${c}`)})`, text: `c${c}` }));
  if ((seasonal || columns.series) && columns.index !== null)
    tests.unshift({ column: -1, sql: `(${unreadableIndex(columns.index.field)})`, text: "k" });
  if (tests.length === 0) return;
  const which = tests.map(({ sql }, i) => `WHEN ${sql} THEN ${i}`).join(" ");
  const text = tests.map(({ sql, text: cell }) => `WHEN ${sql} THEN ${cell}`).join(" ");
  const wrong = await table.database.rows(
    `SELECT row, CASE ${which} END, CASE ${text} END FROM texts WHERE ${tests.map(({ sql }) => sql).join(" OR ")} ORDER BY row`,
  );
  for (const [row, test, value] of wrong) {
    const at = rows[Number(row) - 1]!;
    const cell = value === null || value === undefined ? null : String(value);
    const { column } = tests[Number(test)]!;
    if (column < 0) {
      const { field, column: indexColumn } = columns.index!;
      errors.set(
        at,
        indexError(cell, field, { place: field.at, data: placeOf(reading, at, table.names[indexColumn]!) }),
      );
      continue;
    }
    const { field } = columns.components.find(({ derived }) => sourceColumn(derived) === column)!;
    const where = { place: field.at, data: placeOf(reading, at, table.names[column]!) };
    errors.set(at, cellError(cell, field, where));
  }
}

/** Computes the context values as in training and checks their declared types and ranges. */
async function computeValues(reading: Reading, rows: readonly number[]): Promise<void> {
  const { table, columns, values, index, positions, zones, errors } = reading;
  const { components } = columns;
  const p = components.length;
  const { database } = table;
  const before = await fillCells(reading, rows.length);
  if (p > 0) {
    const partition = columns.series ? "zone" : null;
    const computed = await database.columns(
      componentQuery(
        components.map(({ derived }) => derived),
        partition,
      ),
    );
    components.forEach(({ field, name, derived }, j) => {
      const column = sourceColumn(derived);
      rows.forEach((row, i) => {
        if (errors.has(row)) return;
        const cell = computed[j]![before + i] ?? null;
        const value = cell === null ? NaN : Number(cell);
        values[row * p + j] = value;
        // A row of a series that has too few before it.
        if (cell === null && columns.series) return;
        const error = valueError(
          value,
          field,
          () => name,
          () => ({
            place: field.at,
            data: placeOf(reading, row, column === null ? undefined : table.names[column]!),
          }),
        );
        if (error !== null) errors.set(row, error);
      });
    });
  }
  if (index === null && zones === null) return;
  const position = positions === null ? "NULL" : positionColumn(columns.index!.field);
  const [keys, places, series] = await database.columns(`SELECT k, ${position}, zone FROM texts ORDER BY row`);
  rows.forEach((row, i) => {
    const key = keys![i] ?? null;
    if (index !== null) index[row] = key === null ? "" : String(key).trim();
    if (positions !== null) positions[row] = Number(places![i] ?? NaN);
    if (zones !== null) zones[row] = String(series![i]);
  });
}

/**
 * The table `cells (row, zone, ts, c…)` of the rows in `texts`; of a series with lags behind the last rows of what was read
 * before, as many as a lag reaches back.
 * @returns the number of these
 */
async function fillCells({ table: { database }, columns }: Reading, rows: number): Promise<number> {
  const numbers = usedColumns(columns).map((c) => `, TRY_CAST(c${c} AS DOUBLE) AS c${c}`);
  const own = `SELECT row, zone, ${timestampColumn(columns.index?.field ?? null)} AS ts${numbers.join("")} FROM texts`;
  const reach = reachOf(columns);
  if (reach === 0) {
    await database.run(`CREATE OR REPLACE TABLE cells AS ${own}`);
    return 0;
  }
  await database.run(`CREATE TABLE IF NOT EXISTS past AS SELECT * FROM (${own}) LIMIT 0`);
  const [[count]] = await database.columns("SELECT CAST(count(*) AS DOUBLE) FROM past");
  await database.run(`CREATE OR REPLACE TABLE cells AS SELECT * FROM past UNION ALL ${own}`);
  await database.run(
    `CREATE OR REPLACE TABLE past AS SELECT * REPLACE (row - ${rows} AS row) FROM cells \
QUALIFY row_number() OVER (PARTITION BY zone ORDER BY row DESC) <= ${reach}`,
  );
  return Number(count);
}

function reachOf({ components, series }: ContextColumns): number {
  return series ? Math.max(0, ...components.map(({ derived }) => reach(derived))) : 0;
}

function placeOf({ table, records, first }: Reading, row: number, column?: string): DataPlace {
  const { source } = table;
  const named = column === undefined ? {} : { column };
  if (source.kind === "parquet") return { file: source.name, row: first + row, ...named };
  return { file: source.name, line: records[row]!.line, ...named };
}
