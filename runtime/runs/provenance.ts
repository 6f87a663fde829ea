import { createHash } from "node:crypto";
import { RuntimeError } from "../errors/runtime-error.ts";
import type { Pipeline } from "../spec.ts";
import { specIdentity, type IdentifiedPipeline } from "./identity.ts";
import { RUN_MESSAGES } from "./messages.ts";

/** Metadata key, in safetensors and ONNX alike, of the hash of the spec that an artefact was made from. */
export const SPEC_KEY = "droc.spec";
const MODEL_KEY = "droc.model";

/** What every artefact of a pipeline says about where it is from. */
export function provenance(pipeline: Pipeline | IdentifiedPipeline): Readonly<Record<string, string>> {
  return { [MODEL_KEY]: pipeline.name, [SPEC_KEY]: specIdentity(pipeline) };
}

/** The hash of the spec that an artefact says it was made from. */
export function specOf(metadata: Readonly<Record<string, string>>): string | undefined {
  return metadata[SPEC_KEY];
}

/**
 * Checks that an artefact was made from this pipeline's spec.
 * @param path file that the metadata were read from
 * @throws RuntimeError artefact-of-another-spec, at the file
 */
export function checkProvenance(
  path: string,
  metadata: Readonly<Record<string, string>>,
  pipeline: Pipeline | IdentifiedPipeline,
): void {
  const expected = specIdentity(pipeline);
  const found = specOf(metadata);
  if (found === expected) return;
  const from =
    found === undefined ? "states no spec that it was made from" : `was made from another spec (${short(found)})`;
  throw new RuntimeError(
    RUN_MESSAGES,
    "artefact-of-another-spec",
    { path, from, model: pipeline.name, expected: short(expected) },
    { data: { file: path } },
  );
}

/** sha256 in hex of a file's bytes. */
export function hashBytes(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * Checks that a file is as the run wrote it.
 * @param expected what the run noted; nothing where it noted none
 * @throws RuntimeError artefact-changed, at the file
 */
export function checkUnchanged(path: string, bytes: Uint8Array, expected: string | undefined): void {
  if (expected === undefined || hashBytes(bytes) === expected) return;
  throw new RuntimeError(RUN_MESSAGES, "artefact-changed", { path }, { data: { file: path } });
}

/** As much of a hash as a person compares. */
function short(hash: string): string {
  return hash.slice(0, 12);
}
