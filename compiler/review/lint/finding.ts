import type { Span } from "../../../grammar/ast.ts";
import type { Diagnostic } from "../../diagnostics/index.ts";

/** Text that takes the place of a span. */
export interface TextEdit {
  readonly span: Span;
  readonly text: string;
}

/** What a rule has to say of a spec: a diagnostic, with the edits that mend it where that is safe. */
export interface LintFinding extends Diagnostic {
  /** Edits of the finding's file that change no meaning; empty where a person has to decide. */
  readonly fix: readonly TextEdit[];
}

/** The text with all edits made; edits that overlap an earlier one are left out. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = "";
  let from = 0;
  for (const { span, text: by } of edits.toSorted((a, b) => a.span.start - b.span.start || a.span.end - b.span.end)) {
    if (span.start < from) continue;
    result += text.slice(from, span.start) + by;
    from = span.end;
  }
  return result + text.slice(from);
}
