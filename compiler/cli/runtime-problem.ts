import { renderDataPlace, RuntimeError, type DataPlace } from "../../runtime/errors/runtime-error.ts";
import { renderJson, renderText, type Diagnostic, type JsonDiagnostic } from "../diagnostics/index.ts";
import type { Span } from "../../grammar/ast.ts";
import type { SourceText } from "../source/source-text.ts";

/** An error of the data or of the run, shown as the diagnostics of the spec are: at the place in the `.dro` it stems from. */
export interface RuntimeProblem {
  readonly text: string;
  /** `data` is the place in the data file, where there is one. */
  readonly json: JsonDiagnostic & { readonly data?: DataPlace };
}

/**
 * `null` for an error that is droc's own. `original` are the sources by the names that the pipeline's places use,
 * `shown` the same files by the names to print. Without a known place the error falls on the start of the
 * main file.
 */
export function runtimeProblem(
  error: unknown,
  original: readonly SourceText[],
  shown: readonly SourceText[],
  options: { readonly color: boolean },
): RuntimeProblem | null {
  if (!(error instanceof RuntimeError)) return null;
  const at = locate(error.place, original, shown);
  const diagnostic: Diagnostic = {
    code: error.code,
    severity: error.severity,
    message: error.data === undefined ? error.message : `${error.message} (${renderDataPlace(error.data)})`,
    why: error.why,
    help: error.help,
    file: at.file,
    span: at.span,
    related: [],
  };
  const [json] = renderJson([diagnostic], shown);
  return {
    text: renderText([diagnostic], shown, options),
    json: { ...json!, ...(error.data === undefined ? {} : { data: error.data }) },
  };
}

/** `model.dro:12:3`, extended over the word that starts there. */
function locate(
  place: string | undefined,
  original: readonly SourceText[],
  shown: readonly SourceText[],
): { readonly file: string; readonly span: Span } {
  const [, name, line, column] = /^(.*):(\d+):(\d+)$/s.exec(place ?? "") ?? [];
  const { path } = original.find((one) => one.name === name) ?? {};
  const source = shown.find((one) => one.path === path);
  const lineStart = source?.lineStarts[Number(line) - 1];
  if (source === undefined || lineStart === undefined)
    return { file: shown[0]?.name ?? "", span: { start: 0, end: 0 } };
  const start = Math.min(lineStart + Number(column) - 1, source.text.length);
  const word = /^(?:"[^"\n]*"|[\w.]+)/.exec(source.text.slice(start, start + 200))?.[0] ?? "";
  return { file: source.name, span: { start, end: start + Math.max(word.length, 1) } };
}
