import { createHash } from "node:crypto";
import type { Pipeline } from "../spec.ts";

/**
 * Identity of everything in a pipeline that can change a number: the IR's hash, every value of the spec and the text
 * of the emitted functions (a pipeline edited by hand must not resume from results of the old one). Places in the
 * `.dro` and the folder that paths are relative to do not count: the data's own hash does.
 */
export function pipelineIdentity(pipeline: Pipeline): string {
  const { root: _root, doc: _doc, ...rest } = pipeline;
  const text = JSON.stringify(rest, (key, value: unknown) => {
    if (key === "at") return undefined;
    if (typeof value === "function") return `function ${value.toString()}`;
    if (typeof value === "number" && !Number.isFinite(value)) return `number ${value}`;
    return value;
  });
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/** Hash of a few parts, for file names. */
export function shortHash(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts), "utf8").digest("hex").slice(0, 16);
}
