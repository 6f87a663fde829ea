import type { Writable } from "node:stream";
import type { ContextSource } from "../data/context-source.ts";
import type { RuntimeError } from "../errors/runtime-error.ts";
import type { RowTable } from "./row-table.ts";
import { fileWriter, streamWriter, type RowFormat } from "./row-writer.ts";

/** Where the rows of new contexts come from and where what is made of each goes. */
export interface RowWork {
  readonly source: ContextSource;
  /** A path, or a stream that takes CSV or JSON lines. */
  readonly to: string | Writable;
  readonly format: RowFormat;
  /** A row that is wrong ends the work, after the rows before it, or is kept with the status `error`. */
  readonly onError: "stop" | "skip";
  readonly signal?: AbortSignal;
  onWarning?(warning: RuntimeError): void;
}

/** How far the work came before it failed. */
export interface RowFailure {
  readonly rows: number;
  /** The file that these rows are in, where they went to a file. */
  readonly kept: string | null;
}

export interface RowProgress<Row> {
  /** Told what was written. */
  onWritten(rows: readonly Row[]): void;
  /** Told, before an error is thrown, how far the work came. */
  onFailure(failure: RowFailure): void;
}

/**
 * Writes rows as they are there, and names their file after the last.
 * @throws what reading the rows throws, and the signal's reason
 */
export async function writeRows<Row>(
  table: RowTable<Row>,
  batches: AsyncIterable<readonly Row[]>,
  { to, format, signal }: Pick<RowWork, "to" | "format"> & { readonly signal: AbortSignal | undefined },
  { onWritten, onFailure }: RowProgress<Row>,
): Promise<void> {
  const writer =
    typeof to === "string"
      ? await fileWriter(table, format, to)
      : streamWriter(table, format === "parquet" ? "csv" : format, to);
  let rows = 0;
  try {
    for await (const batch of batches) {
      signal?.throwIfAborted();
      await writer.write(batch);
      rows += batch.length;
      onWritten(batch);
    }
    await writer.end();
  } catch (error) {
    onFailure({ rows, kept: await writer.abandon() });
    throw error;
  }
}
