import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { once } from "node:events";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { identifier, literal, openConfined } from "../data/duckdb.ts";
import { csvLine, jsonLine, type RowTable } from "./row-table.ts";

export type RowFormat = "csv" | "jsonl" | "parquet";

/** Where rows go, as they come. */
export interface RowWriter<Row> {
  /** Waits where the other side is slower. */
  write(rows: readonly Row[]): Promise<void>;
  /** After the last row: a file then has its name. */
  end(): Promise<void>;
  /** After a failure: the path that the rows so far are kept under, as CSV or JSON lines; `null` where they are out already. */
  abandon(): Promise<string | null>;
}

/** Rows as text into an open stream, such as standard output. */
export function streamWriter<Row>(
  table: RowTable<Row>,
  format: Exclude<RowFormat, "parquet">,
  stream: Writable,
): RowWriter<Row> {
  const put = async (text: string): Promise<void> => {
    if (text !== "" && !stream.write(text)) await once(stream, "drain");
  };
  let started = false;
  const start = async (): Promise<void> => {
    if (!started && format === "csv") await put(csvLine(table.columns.map(({ name }) => name)));
    started = true;
  };
  return {
    async write(rows) {
      await start();
      const lines = rows.map((row) => {
        const values = table.values(row);
        return format === "csv" ? csvLine(values) : jsonLine(table, values);
      });
      await put(lines.join(""));
    },
    end: start,
    async abandon() {
      await start();
      return null;
    },
  };
}

/**
 * Rows into a file that has its name only once it is whole: until then, and after a failure, they are beside it under
 * `….partial`. Parquet is written from there at the end, by DuckDB, in pieces of bounded size.
 * @throws the system's error where the file cannot be written
 */
export async function fileWriter<Row>(table: RowTable<Row>, format: RowFormat, path: string): Promise<RowWriter<Row>> {
  const target = resolve(path);
  const partial = join(dirname(target), `${basename(target)}.partial`);
  const stream = createWriteStream(partial);
  await once(stream, "open");
  const text = streamWriter(table, format === "parquet" ? "csv" : format, stream);
  const close = async (): Promise<void> => {
    stream.end();
    await finished(stream);
  };
  return {
    write: text.write,
    async end() {
      await text.end();
      await close();
      if (format === "parquet") {
        const whole = `${partial}.parquet`;
        try {
          await copyToParquet(table, partial, whole);
          await rename(whole, target);
        } finally {
          await rm(whole, { force: true });
        }
        await rm(partial);
      } else await rename(partial, target);
    },
    async abandon() {
      await text.abandon();
      await close();
      return partial;
    },
  };
}

async function copyToParquet(
  { columns }: Pick<RowTable<never>, "columns">,
  csv: string,
  parquet: string,
): Promise<void> {
  const database = await openConfined([csv, parquet]);
  try {
    const types = columns.map(({ name, type }) => `${literal(name)}: '${type}'`).join(", ");
    const names = columns.map(({ name }) => identifier(name)).join(", ");
    await database.run(
      `COPY (SELECT ${names} FROM read_csv(${literal(csv)}, columns = {${types}}, auto_detect = false, header = true, \
delim = ',', quote = '"', escape = '"')) TO ${literal(parquet)} (FORMAT parquet)`,
    );
  } finally {
    database.close();
  }
}
