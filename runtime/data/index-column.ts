import { RuntimeError, type ErrorPlace } from "../errors/runtime-error.ts";
import type { FieldSpec } from "../spec.ts";
import { shorten } from "./cells.ts";
import type { ConfinedDatabase } from "./duckdb.ts";
import { literal } from "./duckdb.ts";
import { DATA_MESSAGES } from "./messages.ts";
import type { TableSource } from "./source.ts";

const DATE_FORMATS = ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d"];
const TIMES = ["%H:%M:%S.%f", "%H:%M:%S", "%H:%M", "%H"];
const DATETIME_FORMATS = [
  ...["%Y-%m-%d", "%Y/%m/%d"].flatMap((date) =>
    ["T", " "].flatMap((gap) => TIMES.map((time) => `${date}${gap}${time}`)),
  ),
  ...DATE_FORMATS,
];

const EXPECTED = {
  date: { expected: "a date", example: "2024-12-31, 2024/12/31 or 20241231" },
  datetime: { expected: "a date with a time", example: "2024-12-31T23:59:00, 2024-12-31 23:59 or 2024-12-31 23" },
  int: { expected: "an integer", example: "1, 2, 3" },
  real: { expected: "a number", example: "0.5" },
  text: { expected: "a text", example: "any text" },
} as const;

/** `k` read as the type of the index: a timestamp, a number or the text itself; NULL where it cannot be read. */
function parsedSql(type: FieldSpec["type"]): string {
  switch (type) {
    case "date":
      return timestampSql("trim(k)", DATE_FORMATS);
    case "datetime":
      // A final Z says UTC, which is how times without a zone are read.
      return timestampSql("regexp_replace(trim(k), 'Z$', '')", DATETIME_FORMATS);
    case "int":
      return "CASE WHEN NOT contains(k, '_') AND NOT contains(k, '.') THEN TRY_CAST(k AS BIGINT) END";
    case "real":
      return "CASE WHEN NOT contains(k, '_') AND isfinite(TRY_CAST(k AS DOUBLE)) THEN TRY_CAST(k AS DOUBLE) END";
    case "text":
      return "k";
  }
}

function timestampSql(text: string, formats: readonly string[]): string {
  return `try_strptime(${text}, [${formats.map(literal).join(", ")}])`;
}

/** How the index is written in results: ISO 8601, the number, or the text. */
function writtenSql(type: FieldSpec["type"]): string {
  if (type === "date") return "strftime(parsed, '%Y-%m-%d')";
  if (type === "datetime") return "strftime(parsed, '%Y-%m-%dT%H:%M:%S')";
  return "CAST(parsed AS VARCHAR)";
}

/** The index of a table: as results write it, and as numbers (seconds of a time); texts have none. */
export interface IndexValues {
  readonly names: string[];
  readonly positions: Float64Array | null;
}

/**
 * Reads the index of the table `texts`, checks it and adds its timestamps (column `ts`) to the table `cells` for
 * seasons. Dates, numbers and times must increase strictly down the file; texts must differ. With zones, each zone is a
 * series of its own.
 * @param zones the zone of each row, where rows have one
 * @throws RuntimeError `data-index-missing`, `data-index-unparsable`, `data-index-duplicate`, `data-index-order`
 */
export async function readIndex(
  database: ConfinedDatabase,
  source: TableSource,
  field: FieldSpec,
  column: string,
  zones: readonly string[] | null = null,
): Promise<IndexValues> {
  const parsed = `SELECT row, k, ${parsedSql(field.type)} AS parsed FROM texts`;
  const order =
    field.type === "text" ? "0" : field.type === "int" || field.type === "real" ? "parsed" : "epoch(parsed)";
  const [raw, written, positions] = await database.columns(
    `SELECT k, ${writtenSql(field.type)}, ${order === "0" ? order : `CAST(${order} AS DOUBLE)`} FROM (${parsed}) ORDER BY row`,
  );
  const seen = new Map<string, number>();
  const latest = new Map<string, number>();
  const names: string[] = [];
  for (let i = 0; i < raw!.length; i++) {
    const where = { place: field.at, data: source.place(i + 1, column) };
    const cell = raw![i] === null ? "" : String(raw![i]).trim();
    if (cell === "" || written![i] === null) throw indexError(cell, field, where);
    const name = String(written![i]);
    const zone = zones?.[i] ?? "";
    const key = JSON.stringify([zone, field.type === "text" ? name : String(positions![i])]);
    const before = seen.get(key);
    if (before !== undefined)
      throw new RuntimeError(
        DATA_MESSAGES,
        "data-index-duplicate",
        { cell: shorten(cell), field: field.name, first: lineOrRow(source, before), second: lineOrRow(source, i) },
        where,
      );
    const last = latest.get(zone);
    if (last !== undefined && field.type !== "text" && Number(positions![i]) < Number(positions![last]))
      throw new RuntimeError(
        DATA_MESSAGES,
        "data-index-order",
        { cell: shorten(cell), before: names[last]!, field: field.name },
        where,
      );
    seen.set(key, i);
    latest.set(zone, i);
    names.push(name);
  }
  return { names, positions: field.type === "text" ? null : Float64Array.from(positions!, Number) };
}

/** SQL of `ts` in the table `cells`: the time of a row, NULL where the index is none. */
export function timestampColumn(field: FieldSpec | null): string {
  return field?.type === "date" || field?.type === "datetime" ? parsedSql(field.type) : "CAST(NULL AS TIMESTAMP)";
}

/** SQL of the index as a number, seconds of a time; NULL of a text. */
export function positionColumn({ type }: FieldSpec): string {
  if (type === "text") return "CAST(NULL AS DOUBLE)";
  const parsed = parsedSql(type);
  return `CAST(${type === "int" || type === "real" ? parsed : `epoch(${parsed})`} AS DOUBLE)`;
}

/** SQL of "no index": an empty cell, or one that its type cannot be read from. */
export function unreadableIndex({ type }: FieldSpec): string {
  return `k IS NULL OR trim(k) = '' OR (${parsedSql(type)}) IS NULL`;
}

/** What is wrong with a cell that `unreadableIndex` finds. */
export function indexError(cell: string | null, field: FieldSpec, where: ErrorPlace): RuntimeError {
  const text = cell?.trim() ?? "";
  if (text === "") return new RuntimeError(DATA_MESSAGES, "data-index-missing", { field: field.name }, where);
  const args = { cell: shorten(text), field: field.name, ...EXPECTED[field.type] };
  return new RuntimeError(DATA_MESSAGES, "data-index-unparsable", args, where);
}

function lineOrRow(source: TableSource, row: number): number {
  const place = source.place(row + 1);
  return place.line ?? place.row!;
}
