import { showText } from "../diagnostics/show-text.ts";
import { compile, isRunnable, type Compilation, type RunnableIR } from "../compile.ts";
import { hasErrors, renderJson, renderText, type JsonDiagnostic } from "../diagnostics/index.ts";
import type { AnyModelIR } from "../../runtime/ir/model.ts";
import type { SourceText } from "../source/source-text.ts";
import { cliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";
import { relabel } from "./relabel.ts";
import type { SpecOptions } from "./program.ts";
import type { Outcome, Session } from "./session.ts";

export interface CompiledSpec {
  readonly compilation: Compilation;
  /** The sources of the compilation that have text, by the names that people see. */
  readonly sources: readonly SourceText[];
  /** For the JSON answer. */
  readonly diagnostics: readonly JsonDiagnostic[];
  /** False where the spec has errors. */
  readonly ok: boolean;
}

/** Compiles `file`, or `source` as though it stood there, and, without `--json`, prints its diagnostics to stderr. */
export function compileSpec(
  session: Session,
  file: string,
  options: SpecOptions & { readonly source?: string },
): CompiledSpec {
  const compilation = compile({
    file,
    allow: options.allow ?? [],
    set: options.set ?? {},
    ...(options.source === undefined ? {} : { source: options.source }),
  });
  const { diagnostics, sources } = relabel(compilation, session.cwd);
  if (!session.json) session.note(renderText(diagnostics, sources, { color: session.err.color }));
  return { compilation, sources, diagnostics: renderJson(diagnostics, sources), ok: !hasErrors(diagnostics) };
}

/** The model named by `--model`, or the only one of the file. Throws a usage error that lists what there is. */
export function chooseModel(models: readonly AnyModelIR[], file: string, name: string | undefined): AnyModelIR {
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

/**
 * The chosen model where it can be run. Otherwise prints each declaration that stands in the way, unless with `--json`,
 * and returns what the command answers.
 */
export function chooseRunnable(
  session: Session,
  spec: CompiledSpec,
  file: string,
  name: string | undefined,
): { readonly model: RunnableIR } | { readonly refused: Outcome } {
  const { compilation } = spec;
  const model = chooseModel(compilation.allModels, file, name);
  const reasons = compilation.notRunnable.filter((one) => one.model === model.name).map((one) => one.diagnostic);
  if (reasons.length === 0) {
    if (!isRunnable(model)) throw new Error(`${model.name} of kind ${model.kind} cannot be run, without a reason`);
    return { model };
  }
  const { diagnostics, sources } = relabel({ ...compilation, diagnostics: reasons }, session.cwd);
  if (!session.json) session.note(renderText(diagnostics, sources, { color: session.err.color }));
  return { refused: { exit: EXIT.wrong, diagnostics: [...spec.diagnostics, ...renderJson(diagnostics, sources)] } };
}
