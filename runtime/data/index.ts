import type { DataSpec, Sizes } from "../spec.ts";
import type { Dataset, LoadOptions } from "./dataset.ts";
import { loadFile } from "./load-file.ts";
import { loadTask } from "./load-task.ts";

export type { AffineTransform, Dataset, LoadOptions } from "./dataset.ts";
export type { TrueLaw } from "../tasks/true-law.ts";
export { DATA_MESSAGES } from "./messages.ts";
export { writeTable } from "./write-table.ts";
export type { TableColumn } from "./write-table.ts";

/**
 * Loads a data block: reads the declared columns of a CSV (with a header; `.gz` too), Parquet or JSON file (an array of
 * objects, or one object a line), or draws the rows of a synthetic task.
 *
 * Nothing is dropped, filled or reordered but the leading rows that lags and windows consume, which `notes` counts. The
 * file is read by a DuckDB that can reach no other file and no network. A missing, non-numeric, NaN or infinite cell, a
 * value out of its declared range, an index that does not increase, a column that is missing or whose pattern does not
 * match the declared size, a context that reads the outcome of its own row, and an empty part of the split each end in
 * an error that names the place in the `.dro` and in the file.
 * @throws RuntimeError with a code of `DATA_MESSAGES` or `TASK_MESSAGES`
 */
export async function loadData(spec: DataSpec, sizes: Sizes, options: LoadOptions): Promise<Dataset> {
  if (spec.source.kind === "synthetic") return loadTask(spec, spec.source, sizes, options);
  return loadFile(spec, spec.source, sizes, options);
}
