import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SourceSpec } from "../spec.ts";
import type { LoadOptions } from "./dataset.ts";
import { openConfined, type ConfinedDatabase } from "./duckdb.ts";
import { resolveDataPath } from "./resolve-path.ts";
import { scanFile, type DataFile, type FileScan } from "./scan-file.ts";
import { openSource, type TableSource } from "./source.ts";

export type FileSource = Exclude<SourceSpec, { readonly kind: "synthetic" }>;

/** A file of data, scanned and opened in a database that can read nothing else. */
export interface OpenSource {
  /** As the spec names it. */
  readonly file: DataFile;
  /** Under the name that the database knows it by. */
  readonly plain: DataFile;
  readonly scan: FileScan;
  readonly table: TableSource;
  readonly database: ConfinedDatabase;
}

/**
 * Opens the file of a data block for as long as `use` runs.
 * @throws RuntimeError a code of `DATA_MESSAGES`: a path outside of what may be read, a file that cannot be read
 */
export async function withSource<T>(
  source: FileSource,
  options: LoadOptions,
  use: (open: OpenSource) => Promise<T>,
): Promise<T> {
  const file: DataFile = {
    name: source.path,
    real: resolveDataPath(source.path, options, source.at),
    kind: source.kind,
    gzip: source.kind !== "parquet" && source.path.toLowerCase().endsWith(".gz"),
    place: source.at,
  };
  const scan = await scanFile(file);
  return withPlainName(file, async (plain) => {
    const database = await openConfined([plain.real]);
    try {
      const table = await openSource(database, plain, scan);
      return await use({ file, plain, scan, table, database });
    } finally {
      database.close();
    }
  });
}

/**
 * Opens the file under a name that DuckDB does not take for a pattern: through a link in a folder of its own where the
 * real path holds `*`, `?` or `[`, which DuckDB would match against the neighbours of the file.
 */
async function withPlainName<T>(file: DataFile, use: (file: DataFile) => Promise<T>): Promise<T> {
  if (!/[*?[]/.test(file.real)) return use(file);
  const folder = await mkdtemp(join(tmpdir(), "droc-"));
  try {
    const link = join(folder, "data");
    await symlink(file.real, link);
    return await use({ ...file, real: link });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
