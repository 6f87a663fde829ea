import type { Pipeline } from "../spec.ts";
import { readSafetensors, type TensorFile } from "../tensor/safetensors.ts";
import type { IdentifiedPipeline } from "./identity.ts";
import { checkProvenance, checkUnchanged } from "./provenance.ts";
import { damaged, runFolderAt } from "./run-folder.ts";

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
