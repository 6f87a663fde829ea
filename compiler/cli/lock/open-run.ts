import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Pipeline } from "../../../runtime/spec.ts";
import { showText } from "../../diagnostics/show-text.ts";
import { cliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import { importPipeline } from "../import-pipeline.ts";

/** The pipeline of a finished run that decides. Throws `cli-no-run`, `cli-decides-nothing`. */
export async function openRun(folder: string, shown: string): Promise<Pipeline> {
  const module = join(folder, "pipeline.js");
  const found = existsSync(folder) ? "it holds no finished run" : "there is no such folder";
  if (!existsSync(module) || !existsSync(join(folder, "model.json"))) {
    throw cliError("cli-no-run", { path: showText(shown), found }, EXIT.wrong);
  }
  const pipeline = await importPipeline(module);
  if (pipeline.kind !== undefined) {
    throw cliError("cli-decides-nothing", { path: showText(shown), model: showText(pipeline.name) }, EXIT.wrong);
  }
  return pipeline;
}
