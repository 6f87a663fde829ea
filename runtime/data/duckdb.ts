import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";

/** One value of a result as JavaScript holds it. */
export type SqlValue = string | number | bigint | boolean | null;

/** A DuckDB that can reach nothing but the files it was opened for. */
export interface ConfinedDatabase {
  run(sql: string): Promise<void>;
  /** Values column by column. */
  columns(sql: string): Promise<readonly (readonly SqlValue[])[]>;
  rows(sql: string): Promise<readonly (readonly SqlValue[])[]>;
  readonly connection: DuckDBConnection;
  close(): void;
}

/**
 * Opens an in-memory database that may open `files` and nothing else: no other path, no network, no extension, no
 * spill file, and no way back, since the configuration is locked before the first query. One thread, so that the same
 * file gives the same numbers.
 * @param files absolute paths with symbolic links followed
 */
export async function openConfined(files: readonly string[]): Promise<ConfinedDatabase> {
  // Loaded here alone: `droc check` never pays for it.
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(":memory:", {
    threads: "1",
    temp_directory: "",
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    allow_community_extensions: "false",
    allow_persistent_secrets: "false",
  });
  const connection = await instance.connect();
  const run = async (sql: string): Promise<void> => {
    await connection.run(sql);
  };
  await run(`SET allowed_paths = [${files.map(literal).join(", ")}]`);
  await run("SET TimeZone = 'UTC'");
  await run("SET enable_external_access = false");
  await run("SET lock_configuration = true");
  return {
    connection,
    run,
    columns: async (sql) => (await connection.runAndReadAll(sql)).getColumns().map((column) => column.map(plain)),
    rows: async (sql) => (await connection.runAndReadAll(sql)).getRows().map((row) => row.map(plain)),
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

function plain(value: DuckDBValue): SqlValue {
  if (value === null || typeof value !== "object") return value;
  throw new TypeError(`A query of the loader yields ${value.constructor.name}; cast it to a number or a text.`);
}

/**
 * A text as an SQL string: the only way in which a path or a name of a spec or of a file enters SQL.
 * @throws RangeError where the text holds NUL, at which SQL would end
 */
export function literal(text: string): string {
  if (text.includes("\0")) throw new RangeError("A text with NUL cannot stand in SQL.");
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as a quoted SQL identifier. */
export function identifier(name: string): string {
  if (name.includes("\0")) throw new RangeError("A name with NUL cannot stand in SQL.");
  return `"${name.replaceAll('"', '""')}"`;
}

/** A finite number as an SQL double, exactly. */
export function double(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} cannot stand in SQL.`);
  return `CAST('${value}' AS DOUBLE)`;
}
