import { RuntimeError } from "../errors/runtime-error.ts";
import type { DataPlace } from "../errors/runtime-error.ts";
import type { ConfinedDatabase } from "./duckdb.ts";
import { literal } from "./duckdb.ts";
import { DATA_MESSAGES } from "./messages.ts";
import type { DataFile, FileScan } from "./scan-file.ts";

/**
 * A file seen as a table of texts. Columns are known by their position, so that no name of a file enters SQL but the
 * keys of JSON objects, which do so as quoted strings.
 */
export interface TableSource {
  readonly names: readonly string[];
  /**
   * A query that yields `row` (1, 2, … in the order of the file), `k` (the text of the index, where one is wanted) and
   * `cN` for every column N in `columns` (the text of a number). Missing values are NULL.
   */
  query(columns: readonly number[], index: number | null): string;
  /** Where a row (from 1) stands in the file. */
  place(row: number, column?: string): DataPlace;
}

/** Opens the file in the format that the spec names. @throws RuntimeError of the format's own faults */
export async function openSource(database: ConfinedDatabase, file: DataFile, scan: FileScan): Promise<TableSource> {
  switch (file.kind) {
    case "csv":
      return openCsv(database, file, scan);
    case "parquet":
      return openParquet(database, file);
    case "json":
      return openJson(database, file, scan);
  }
}

async function openCsv(database: ConfinedDatabase, file: DataFile, scan: FileScan): Promise<TableSource> {
  const structure = scan.csv!;
  if (structure.records < 2)
    throw new RuntimeError(DATA_MESSAGES, "data-file-empty", { path: file.name }, fileWhere(file));
  const types = Array.from({ length: structure.columns }, (_, i) => `'c${i}': 'VARCHAR'`).join(", ");
  const table = `read_csv(${literal(file.real)}, columns = {${types}}, auto_detect = false, header = false, delim = ',', \
quote = '"', escape = '"', strict_mode = true, compression = '${file.gzip ? "gzip" : "none"}')`;
  const [header] = await database.rows(`SELECT * FROM ${table} LIMIT 1`).catch((cause: unknown) => {
    throw malformed(file, cause);
  });
  const names = header!.map((name) => (name === null ? "" : String(name)));
  if (names.length === 1 && /[;\t|]/.test(names[0]!))
    throw new RuntimeError(
      DATA_MESSAGES,
      "data-format",
      { expected: "a CSV with commas", reason: `its header is the one cell ${JSON.stringify(names[0])}` },
      { place: file.place, data: { file: file.name, line: 1 } },
    );
  return {
    names,
    query(columns, index) {
      const key = index === null ? "NULL" : `c${index}`;
      const cells = columns.map((c) => `, c${c}`).join("");
      return `SELECT row, ${key} AS k${cells} FROM (SELECT row_number() OVER () - 1 AS row, * FROM ${table}) WHERE row > 0`;
    },
    place: (row, column) => ({
      file: file.name,
      line: structure.lineOf(row),
      ...(column === undefined ? {} : { column }),
    }),
  };
}

const NUMERIC = /^(U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL\(.*\))$/;

async function openParquet(database: ConfinedDatabase, file: DataFile): Promise<TableSource> {
  const table = `read_parquet(${literal(file.real)})`;
  const described = await database.rows(`DESCRIBE SELECT * FROM ${table}`).catch((cause: unknown) => {
    throw malformed(file, cause);
  });
  const names = described.map((row) => String(row[0]));
  const types = described.map((row) => String(row[1]));
  const aliases = names.map((_, i) => `c${i}`).join(", ");
  const cell = (c: number): string => {
    // Through DOUBLE, so that a FLOAT keeps its exact value.
    if (NUMERIC.test(types[c]!)) return `CAST(CAST(c${c} AS DOUBLE) AS VARCHAR)`;
    return `CAST(c${c} AS VARCHAR)`;
  };
  const key = (c: number): string => {
    if (types[c] === "TIMESTAMP WITH TIME ZONE") return `CAST(c${c} AT TIME ZONE 'UTC' AS VARCHAR)`;
    return `CAST(c${c} AS VARCHAR)`;
  };
  return {
    names,
    query(columns, index) {
      const cells = columns.map((c) => `, ${cell(c)} AS c${c}`).join("");
      const from = `(SELECT * FROM ${table}) AS t(${aliases})`;
      return `SELECT row_number() OVER () AS row, ${index === null ? "NULL" : key(index)} AS k${cells} FROM ${from}`;
    },
    place: (row, column) => ({ file: file.name, row, ...(column === undefined ? {} : { column }) }),
  };
}

async function openJson(database: ConfinedDatabase, file: DataFile, scan: FileScan): Promise<TableSource> {
  const lines = scan.firstByte === "[".charCodeAt(0) ? null : scan.lines;
  const place = (row: number, column?: string): DataPlace => ({
    file: file.name,
    ...(lines === null ? { row } : { line: row }),
    ...(column === undefined ? {} : { column }),
  });
  if (lines !== null && lines.blankLine > 0)
    throw new RuntimeError(DATA_MESSAGES, "data-blank-line", {}, rowWhere(file, place(lines.blankLine)));
  // With `ignore_errors` a line that is no JSON value becomes NULL, which tells its number; DuckDB's message does not.
  const table = `read_json_objects(${literal(file.real)}, format = '${lines === null ? "array" : "newline_delimited"}', \
compression = '${file.gzip ? "gzip" : "uncompressed"}', ignore_errors = ${lines !== null})`;
  await database
    .run(`CREATE TABLE objects AS SELECT row_number() OVER () AS row, json FROM ${table}`)
    .catch((cause: unknown) => {
      throw malformed(file, cause);
    });
  const [found] = await database.rows(
    "SELECT count(*), min(row) FILTER (WHERE json IS NULL), min(row) FILTER (WHERE json_type(json) <> 'OBJECT'), \
min(row) FILTER (WHERE len(json_keys(json)) <> len(list_distinct(json_keys(json)))) FROM objects",
  );
  const [count, broken, other, twice] = found!.map((value) => (value === null ? null : Number(value)));
  if (count === 0) throw new RuntimeError(DATA_MESSAGES, "data-file-empty", { path: file.name }, fileWhere(file));
  const wrong = (row: number, expected: string, reason: string): RuntimeError =>
    new RuntimeError(DATA_MESSAGES, "data-format", { expected, reason }, rowWhere(file, place(row)));
  if (typeof broken === "number") {
    if (broken === count && lines?.unterminated === true)
      throw new RuntimeError(
        DATA_MESSAGES,
        "data-truncated",
        { reason: "its last line is no complete JSON value" },
        rowWhere(file, place(broken)),
      );
    throw wrong(broken, "JSON with one object a line", "this line is no JSON value");
  }
  if (typeof other === "number") throw wrong(other, "rows of JSON objects", "this value is no object");
  if (typeof twice === "number") throw wrong(twice, "well-formed JSON", "this object has a key twice");
  const keys = await database.rows(
    "SELECT key FROM (SELECT row, unnest(json_keys(json)) AS key, generate_subscripts(json_keys(json), 1) AS position \
FROM objects) GROUP BY key ORDER BY min(row), min(position)",
  );
  const names = keys.map(([key]) => String(key));
  const pointer = (c: number): string => literal(`/${names[c]!.replaceAll("~", "~0").replaceAll("/", "~1")}`);
  const cell = (c: number): string => {
    const at = pointer(c);
    // A text stays quoted and so is no number; a null is missing.
    return `CASE json_type(json, ${at}) WHEN 'NULL' THEN NULL ELSE CAST(json_extract(json, ${at}) AS VARCHAR) END`;
  };
  return {
    names,
    query(columns, index) {
      const key = index === null ? "NULL" : `json_extract_string(json, ${pointer(index)})`;
      const cells = columns.map((c) => `, ${cell(c)} AS c${c}`).join("");
      return `SELECT row, ${key} AS k${cells} FROM objects`;
    },
    place,
  };
}

function rowWhere(file: DataFile, data: DataPlace) {
  return { place: file.place, data };
}

function fileWhere(file: DataFile, cause?: unknown) {
  return { place: file.place, data: { file: file.name }, ...(cause === undefined ? {} : { cause }) };
}

/** DuckDB's error about the content of the file as one of ours; anything else is a defect and passes through. */
export function malformed(file: DataFile, cause: unknown): unknown {
  if (!(cause instanceof Error) || !/^(Invalid Input|Conversion|Parser|IO|Invalid) Error/.test(cause.message))
    return cause;
  const first = cause.message.split("\n")[0]!;
  if (file.kind === "json" && /unexpected end/i.test(cause.message))
    return new RuntimeError(
      DATA_MESSAGES,
      "data-truncated",
      { reason: withoutPath(first, file) },
      fileWhere(file, cause),
    );
  const line = /CSV Error on Line: (\d+)|in line (\d+)/.exec(cause.message);
  const reason = withoutPath(
    line?.[1] === undefined ? first : (cause.message.split("\n").find((l) => /found|expected/i.test(l)) ?? first),
    file,
  );
  const place = line === null ? {} : { line: Number(line[1] ?? line[2]) };
  return new RuntimeError(
    DATA_MESSAGES,
    "data-format",
    {
      expected: { csv: "well-formed CSV", parquet: "well-formed Parquet", json: "well-formed JSON" }[file.kind],
      reason,
    },
    { place: file.place, data: { file: file.name, ...place }, cause },
  );
}

function withoutPath(message: string, file: DataFile): string {
  return message
    .replaceAll(file.real, file.name)
    .replace(/^[A-Za-z ]+ Error: /, "")
    .replace(/\.\s*$/, "")
    .trim();
}
