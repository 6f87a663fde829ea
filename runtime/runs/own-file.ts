import type { Pipeline } from "../spec.ts";
import { readSafetensors, type TensorFile } from "../tensor/safetensors.ts";
import type { IdentifiedPipeline } from "./identity.ts";
import { checkProvenance, checkUnchanged, hashBytes } from "./provenance.ts";
import { damaged, runFolderAt, type RunFolder } from "./run-folder.ts";

/**
 * A JSON file of version 1 that a run wrote; `null` where there is none.
 * @throws RuntimeError run-folder-damaged
 */
export async function readOwnJson<File extends { readonly version: 1 }>(
  folder: string,
  name: string,
  isOwn: (value: unknown) => value is File,
): Promise<File | null> {
  const bytes = await runFolderAt(folder).read(name);
  if (bytes === null) return null;
  const path = `${folder}/${name}`;
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw damaged(path, error);
  }
  if (!isOwn(parsed)) throw damaged(path, new RangeError("members are missing"));
  return parsed;
}

/** Whether a value read from JSON is of version 1 and has the members. */
export function hasMembers(value: unknown, members: readonly string[]): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    "version" in value &&
    value.version === 1 &&
    members.every((name) => name in value)
  );
}

/** Hashes of those of the files that are there. */
export async function hashesOf(folder: RunFolder, names: readonly string[]): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const name of names) {
    const bytes = await folder.read(name);
    if (bytes !== null) hashes[name] = hashBytes(bytes);
  }
  return hashes;
}

/**
 * A tensor file of a finished run, as the run wrote it.
 * @param pipeline as written: what the file must be of
 * @param hash sha256 in hex of the file when the run ended, where the run kept it
 * @throws RuntimeError run-folder-damaged, artefact-of-another-spec, artefact-changed
 */
export async function readOwnFile(
  folder: string,
  name: string,
  pipeline: Pipeline | IdentifiedPipeline,
  hash: string | undefined,
): Promise<TensorFile> {
  const path = `${folder}/${name}`;
  const bytes = await runFolderAt(folder).read(name);
  if (bytes === null) throw damaged(path, new RangeError("it is missing"));
  let file: TensorFile;
  try {
    file = readSafetensors(bytes);
  } catch (error) {
    throw damaged(path, error);
  }
  checkProvenance(path, file.metadata, pipeline);
  checkUnchanged(path, bytes, hash);
  return file;
}
