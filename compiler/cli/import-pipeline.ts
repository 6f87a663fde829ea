import { pathToFileURL } from "node:url";
import type { AnyPipeline } from "../../runtime/pipeline.ts";

/** Node's arguments for a worker that imports an emitted pipeline. */
export const PIPELINE_ARGUMENTS = ["--import", new URL("./register-droc.js", import.meta.url).href] as const;

/** Imports the `pipeline` that an emitted `pipeline.js` exports, with `droc/runtime` resolved to this installation. */
export async function importPipeline(path: string): Promise<AnyPipeline> {
  await import("./register-droc.ts");
  const module: unknown = await import(pathToFileURL(path).href);
  if (!hasPipeline(module)) throw new Error(`${path} exports no pipeline`);
  return module.pipeline;
}

/** The emitted file is droc's own output and type-checked as such; here only its presence is in question. */
function hasPipeline(module: unknown): module is { readonly pipeline: AnyPipeline } {
  return typeof module === "object" && module !== null && "pipeline" in module && typeof module.pipeline === "object";
}
