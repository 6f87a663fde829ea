import type { SyntaxProblem } from "../../grammar/index.ts";
import { createReporter, renderJson, renderText, type JsonDiagnostic } from "../diagnostics/index.ts";
import { createSourceText } from "../source/source-text.ts";
import type { Session } from "./session.ts";

/** Shows the syntax errors of one file on stderr, and returns them for the JSON answer. */
export function reportSyntaxErrors(
  session: Session,
  file: string,
  text: string,
  problems: readonly SyntaxProblem[],
): readonly JsonDiagnostic[] {
  const source = createSourceText(file, file, text);
  const reporter = createReporter();
  for (const { code, span, args } of problems) reporter.reportFound(code, { source, span }, args);
  if (!session.json) session.note(renderText(reporter.diagnostics, [source], { color: session.err.color }));
  return renderJson(reporter.diagnostics, [source]);
}
