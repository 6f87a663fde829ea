import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import type { Origin } from "../../../runtime/ir/expr.ts";
import type { AnyModelIR } from "../../../runtime/ir/model.ts";
import { literal, openConfined } from "../../../runtime/data/duckdb.ts";
import { resolveDataPath } from "../../../runtime/data/resolve-path.ts";
import type { Compilation } from "../../compile.ts";
import { hashModel } from "../../ir/index.ts";
import { LOCK_VERSION, sorted, type Lock, type LockedData, type LockedModel } from "../../review/lock/index.ts";
import { positionAt, type SourceText } from "../../source/source-text.ts";
import { settingsOf } from "../explain/settings.ts";
import { inspectPackage } from "../installed-packages.ts";
import { drocVersion } from "../package-info.ts";

const ENGINES = ["onnxruntime-node", "@duckdb/node-api", "@tensorflow/tfjs-core", "@tensorflow/tfjs-backend-wasm"];
const SOLVERS = ["highs", "glpk.js"];

/**
 * The facts of a spec that need no run, as they are now.
 *
 * @param allow absolute paths below which data may be read
 * @throws RuntimeError where a data file is missing or lies outside
 */
export async function currentFacts(
  file: string,
  { allModels, sources }: Compilation,
  allow: readonly string[],
): Promise<Lock> {
  const locked: LockedModel[] = [];
  for (const ir of allModels) {
    const implicit = settingsOf(ir).filter(({ origin, name }) => origin === "implicit" && name !== "seed");
    locked.push({
      name: ir.name,
      meaning: hashModel(ir),
      seed: ir.seed.value,
      defaults: sorted(Object.fromEntries(implicit.map(({ name, value }) => [name, value]))),
      data: await dataOf(file, ir, sources, allow),
      run: null,
    });
  }
  return {
    lockVersion: LOCK_VERSION,
    spec: basename(file),
    droc: drocVersion(),
    engines: await versions(ENGINES),
    solvers: await versions(SOLVERS),
    models: locked,
  };
}

async function versions(names: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const found = await Promise.all(
    names.map(async (name) => [name, (await inspectPackage(name)).version ?? "absent"] as const),
  );
  return sorted(Object.fromEntries(found));
}

async function dataOf(
  file: string,
  ir: AnyModelIR,
  sources: readonly SourceText[],
  allow: readonly string[],
): Promise<LockedData> {
  const { source } = ir.data;
  if (source.kind === "synthetic") return { kind: "task", task: source.task.name };
  const place = placeOf(source.at ?? ir.data.at, sources) ?? `${basename(file)}:1:1`;
  const path = resolveDataPath(source.path, { root: dirname(resolve(file)), allow }, place);
  const bytes = readFileSync(path);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { kind: "file", path: source.path, sha256, bytes: bytes.length, rows: await countRows(path, source.kind) };
}

function placeOf(at: Origin | undefined, sources: readonly SourceText[]): string | null {
  const source = at === undefined ? undefined : sources[at.file];
  if (source === undefined || at === undefined) return null;
  const { line, column } = positionAt(source, at.start);
  return `${source.name}:${line}:${column}`;
}

async function countRows(path: string, kind: "csv" | "parquet" | "json"): Promise<number> {
  const database = await openConfined([path]);
  try {
    const table = { csv: "read_csv", parquet: "read_parquet", json: "read_json" }[kind];
    const options = kind === "csv" ? ", header = true, all_varchar = true" : "";
    const [row] = await database.rows(`SELECT count(*) FROM ${table}(${literal(path)}${options})`);
    return Number(row?.[0] ?? 0);
  } finally {
    database.close();
  }
}
