import { showText } from "../diagnostics/show-text.ts";
import { compile, type Compilation } from "../compile.ts";
import { hasErrors, renderJson, renderText, type JsonDiagnostic } from "../diagnostics/index.ts";
import type { ModelIR } from "../../runtime/ir/model.ts";
import type { SourceText } from "../source/source-text.ts";
import { cliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";
import { relabel } from "./relabel.ts";
import type { SpecOptions } from "./program.ts";
import type { Session } from "./session.ts";

export interface CompiledSpec {
  readonly compilation: Compilation;
  /** The sources of the compilation that have text, by the names that people see. */
  readonly sources: readonly SourceText[];
  /** For the JSON answer. */
  readonly diagnostics: readonly JsonDiagnostic[];
  /** False where the spec has errors. */
  readonly ok: boolean;
}

/** Compiles `file` and, without `--json`, prints its diagnostics to stderr. */
export function compileSpec(session: Session, file: string, options: SpecOptions): CompiledSpec {
  const compilation = compile({ file, allow: options.allow ?? [], set: options.set ?? {} });
  const { diagnostics, sources } = relabel(compilation, session.cwd);
  if (!session.json) session.note(renderText(diagnostics, sources, { color: session.err.color }));
  return { compilation, sources, diagnostics: renderJson(diagnostics, sources), ok: !hasErrors(diagnostics) };
}

/** The model named by `--model`, or the only one of the file. Throws a usage error that lists what there is. */
export function chooseModel(models: readonly ModelIR[], file: string, name: string | undefined): ModelIR {
  const names = models.map((m) => m.name).join(", ");
  if (name !== undefined) {
    const found = models.find((m) => m.name === name);
    if (found !== undefined) return found;
    throw cliError("cli-model-unknown", { file: showText(file), name: showText(name), models: names }, EXIT.usage);
  }
  const [only] = models;
  if (only === undefined) throw cliError("cli-model-none", { file: showText(file) }, EXIT.wrong);
  if (models.length > 1) throw cliError("cli-model-choice", { file: showText(file), models: names }, EXIT.usage);
  return only;
}
