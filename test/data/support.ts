import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadData } from "../../runtime/data/index.ts";
import type { Dataset, LoadOptions } from "../../runtime/data/index.ts";
import { RuntimeError, renderDataPlace } from "../../runtime/errors/runtime-error.ts";
import type { ColumnIR } from "../../runtime/ir/model.ts";
import type { DataSpec, FieldSpec, SplitSpec } from "../../runtime/spec.ts";

/** A folder that is removed when the test file ends. */
export function scratchFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "droc-data-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function put(folder: string, name: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
}

export const column = (name: string): ColumnIR => ({ kind: "column", name });
export const columns = (pattern: string): ColumnIR => ({ kind: "columns", pattern });
export const lag = (source: ColumnIR, ...steps: number[]): ColumnIR => ({ kind: "lag", source, steps });

/** A field whose place names it, so that a test can tell which one was blamed. */
export function field(role: FieldSpec["role"], name: string, more: Partial<FieldSpec> = {}): FieldSpec {
  return { role, name, type: "real", size: 1, columns: null, transforms: [], at: `m.dro:${name}`, ...more };
}

export const HALVES: Exclude<SplitSpec, { kind: "task" }> = {
  kind: "chronological",
  train: 0.5,
  validation: 0.25,
  test: 0.25,
  at: "m.dro:split",
};

/** A spec of a file with one context `x` and one outcome `s` unless told otherwise. */
export function fileSpec(
  path: string,
  fields: readonly FieldSpec[] = [field("context", "x"), field("outcome", "s")],
  split: SplitSpec = HALVES,
): DataSpec {
  const kind = path.endsWith(".parquet") ? "parquet" : /\.(nd)?json(\.gz)?$/.test(path) ? "json" : "csv";
  return { name: "d", source: { kind, path, at: "m.dro:source" }, fields, split };
}

export function load(folder: string, spec: DataSpec, options: Partial<LoadOptions> = {}): Promise<Dataset> {
  const size = (role: string) => spec.fields.filter((f) => f.role === role).reduce((sum, f) => sum + f.size, 0);
  return loadData(
    spec,
    { context: size("context"), outcome: size("outcome"), decision: 1 },
    { root: folder, allow: [], seed: 1, replicate: 0, ...options },
  );
}

/** `code | place in the .dro | place in the data` of the error that loading ends in. */
export async function failure(loading: Promise<unknown>): Promise<string> {
  const error: unknown = await loading.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error === null) return "loaded";
  if (!(error instanceof RuntimeError)) throw error;
  return [error.code, error.place ?? "", error.data === undefined ? "" : renderDataPlace(error.data)].join(" | ");
}

export async function message(loading: Promise<unknown>): Promise<string> {
  return loading.then(
    () => "loaded",
    (error: unknown) => (error instanceof RuntimeError ? `${error.message} ${error.help}` : String(error)),
  );
}
