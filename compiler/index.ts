/** The compiler as a library: `import { compile } from "droc"`. */
import type { BuildOptions } from "./build.ts";
import type { RunnableIR } from "./compile.ts";

export { compile, type Compilation, type CompileInput, type RunnableIR } from "./compile.ts";
export {
  hasErrors,
  renderGithub,
  renderJson,
  renderSarif,
  renderText,
  type Diagnostic,
  type JsonDiagnostic,
  type RelatedPlace,
} from "./diagnostics/index.ts";
export { hashModel, modelSchema } from "./ir/index.ts";
export type { SourceText } from "./source/source-text.ts";
export type { ModelIR } from "../runtime/ir/model.ts";
export type { BuildOptions };

/**
 * Writes `pipeline.ts` and `pipeline.js` of a compiled model and returns their paths. Loads the code generator when
 * called: importing this module stays light.
 *
 * @throws Error where the folder cannot be written, with the system's reason
 */
export async function build(ir: RunnableIR, options: BuildOptions): Promise<{ ts: string; js: string }> {
  const { buildModel } = await import("./build.ts");
  return buildModel(ir, options);
}
