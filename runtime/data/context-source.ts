import { createReadStream } from "node:fs";
import { mkdtemp, realpath, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createGunzip } from "node:zlib";
import { RuntimeError } from "../errors/runtime-error.ts";
import { literal, openConfined } from "./duckdb.ts";
import { DATA_MESSAGES } from "./messages.ts";
import { errorCode } from "./resolve-path.ts";

/** Where contexts come from, as a stream of bytes. */
export interface ContextSource {
  /** As the user wrote it. */
  readonly name: string;
  readonly kind: "csv" | "json" | "parquet";
  /** Of a Parquet file the bytes of the same rows as a CSV. */
  bytes(): AsyncIterable<Uint8Array>;
}

/** A stream, such as standard input, as a CSV of contexts. */
export function contextStream(name: string, stream: AsyncIterable<Uint8Array>): ContextSource {
  return { name, kind: "csv", bytes: () => stream };
}

/**
 * A file of contexts: a CSV unless it ends in `.jsonl`, `.ndjson` or `.json` (one object a line) or `.parquet`; `.gz`
 * after it is decompressed.
 * @throws RuntimeError context-file-unreadable; so does reading
 */
export async function contextFile(path: string, folder: string): Promise<ContextSource> {
  const lower = path.toLowerCase();
  const gzip = lower.endsWith(".gz");
  const ending = gzip ? lower.slice(0, -3) : lower;
  const kind = /\.(jsonl|ndjson|json)$/.test(ending) ? "json" : ending.endsWith(".parquet") ? "parquet" : "csv";
  const unreadable = (cause: unknown): unknown => readError(path, cause);
  let real: string;
  try {
    real = await realpath(resolve(folder, path));
    if ((await stat(real)).isDirectory())
      throw new RuntimeError(
        DATA_MESSAGES,
        "context-file-unreadable",
        { path, reason: "it is a folder" },
        { data: { file: path } },
      );
  } catch (cause) {
    throw unreadable(cause);
  }
  return {
    name: path,
    kind,
    async *bytes() {
      try {
        if (kind === "parquet") return yield* parquetAsCsv(path, real);
        const stream = createReadStream(real, { highWaterMark: READ_BYTES });
        yield* gzip ? stream.compose<ReturnType<typeof createGunzip>>(createGunzip()) : stream;
      } catch (cause) {
        throw unreadable(cause);
      }
    },
  };
}

const READ_BYTES = 2 ** 18;

/** DuckDB writes the rows as CSV, in pieces of bounded size, into a file that lives as long as it is read. */
async function* parquetAsCsv(name: string, real: string): AsyncGenerator<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "droc-"));
  try {
    const csv = join(folder, "contexts.csv");
    const database = await openConfined([real, csv]);
    try {
      await database.run(`COPY (SELECT * FROM read_parquet(${literal(real)})) TO ${literal(csv)} (FORMAT csv, HEADER)`);
    } catch (cause) {
      if (!(cause instanceof Error)) throw cause;
      const reason = cause.message.split("\n")[0]!.replaceAll(real, name);
      throw new RuntimeError(
        DATA_MESSAGES,
        "data-format",
        { expected: "well-formed Parquet", reason },
        { data: { file: name }, cause },
      );
    } finally {
      database.close();
    }
    yield* createReadStream(csv, { highWaterMark: READ_BYTES });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "a part of the path is no folder",
  EACCES: "permission denied",
  EPERM: "not permitted",
  EISDIR: "it is a folder",
  Z_BUF_ERROR: "its gzip stream has no end",
  Z_DATA_ERROR: "its name ends in .gz, its bytes do not decompress",
};

function readError(path: string, cause: unknown): unknown {
  const code = errorCode(cause);
  if (cause instanceof RuntimeError || code === undefined) return cause;
  const reason = REASONS[code] ?? code;
  return new RuntimeError(DATA_MESSAGES, "context-file-unreadable", { path, reason }, { data: { file: path }, cause });
}
