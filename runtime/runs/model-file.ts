import type { AffineTransform } from "../data/dataset.ts";
import { formatJson } from "../report/json.ts";
import { hasMembers, readOwnJson } from "./own-file.ts";
import type { RunFolder } from "./run-folder.ts";

/** `model.json`: what a finished run leaves for `createDecision`, beside `weights.safetensors`. */
export interface ModelFile {
  readonly version: 1;
  /** `specIdentity` of the pipeline as written, before `quick` or `seeds`. */
  readonly identity: string;
  readonly quick: boolean;
  readonly method: string;
  readonly strength: number;
  readonly lambda: number;
  readonly detilt: boolean;
  /** Radius of the ambiguity set, chosen at the first seed; absent without one. */
  readonly radius?: number;
  /** Shift and scale of each context value: modelled = (raw − shift) / scale. */
  readonly context: { readonly shift: readonly number[]; readonly scale: readonly number[] };
  /** The same of each outcome value. */
  readonly outcome: ModelFile["context"];
  /** How each context value is made, such as `log1p(price)`; what columns of new contexts are found by. */
  readonly contextNames?: readonly string[];
  /** Strength of every method that has one, at the first seed. */
  readonly methods?: Readonly<Record<string, { readonly strength: number; readonly lambda: number }>>;
  /** Options of every method that has them chosen on validation, by the id of the setting (`knn_saa@neighbours=10`), at the first seed. */
  readonly tuned?: Readonly<Record<string, string>>;
  /** sha256 in hex of the files that decisions are made from, so that a changed one is not taken for the run's own. */
  readonly files?: Readonly<Record<string, string>>;
}

export async function writeModelFile(folder: RunFolder, model: ModelFile): Promise<void> {
  await folder.write("model.json", `${formatJson(model)}\n`);
}

/**
 * `null` where the run is not finished.
 * @throws RuntimeError run-folder-damaged
 */
export function readModelFile(path: string): Promise<ModelFile | null> {
  return readOwnJson(path, "model.json", isModelFile);
}

function isModelFile(value: unknown): value is ModelFile {
  return hasMembers(value, ["identity", "method", "strength", "lambda", "detilt", "context", "outcome"]);
}

/** The file's form of a transform. */
export function plainTransform(transform: AffineTransform): ModelFile["context"] {
  return { shift: Array.from(transform.shift), scale: Array.from(transform.scale) };
}

/** A raw context as the model sees it. */
export function transformContext(context: ModelFile["context"], raw: Float64Array): Float64Array {
  return raw.map((value, j) => (value - context.shift[j]!) / context.scale[j]!);
}
