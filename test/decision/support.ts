import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { contextFile, contextStream, type ContextSource } from "../../runtime/data/context-source.ts";
import { openContexts, type ContextBlock } from "../../runtime/data/contexts.ts";
import type { DataSpec, FieldSpec } from "../../runtime/index.ts";

const folder = mkdtempSync(join(tmpdir(), "droc-contexts-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

export function field(parts: Partial<FieldSpec>): FieldSpec {
  return {
    role: "context",
    name: "x",
    type: "real",
    size: 1,
    columns: null,
    transforms: [],
    at: "model.dro:3:5",
    ...parts,
  };
}

/** A data block of a file `data.csv`. */
export function dataOf(...fields: readonly FieldSpec[]): DataSpec {
  return {
    name: "data",
    source: { kind: "csv", path: "data.csv", at: "model.dro:2:1" },
    fields,
    split: { kind: "chronological", train: 0.6, validation: 0.2, test: 0.2, at: "model.dro:9:1" },
  };
}

/** A file of contexts with that text or those bytes. */
export function fileOf(name: string, content: string | Uint8Array): Promise<ContextSource> {
  writeFileSync(join(folder, name), content);
  return contextFile(name, folder);
}

export const stream = contextStream;
export const workFolder = folder;

/** Everything that a source holds, as one block; rows with an error by their number. */
export async function readAll(
  spec: DataSpec,
  wanted: readonly string[],
  source: ContextSource,
): Promise<{
  readonly rows: readonly (readonly number[])[];
  readonly index: readonly string[];
  readonly errors: Readonly<Record<number, { readonly code: string; readonly data: unknown }>>;
  readonly unused: readonly string[];
  readonly blocks: readonly ContextBlock[];
}> {
  const reader = await openContexts(spec, wanted, source);
  try {
    const rows: number[][] = [];
    const index: string[] = [];
    const errors: Record<number, { code: string; data: unknown }> = {};
    const blocks: ContextBlock[] = [];
    for await (const block of reader.blocks()) {
      blocks.push(block);
      const p = wanted.length;
      for (let k = 0; k < block.rows; k++) rows.push(Array.from(block.values.subarray(k * p, (k + 1) * p)));
      index.push(...(block.index ?? []));
      for (const [k, { code, data }] of block.errors) errors[block.first + k] = { code, data };
    }
    return { rows, index, errors, unused: reader.warnings.map(({ message }) => message), blocks };
  } finally {
    await reader.close();
  }
}
