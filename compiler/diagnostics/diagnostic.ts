import type { Span } from "../../grammar/ast.ts";
import type { MessageSpec } from "../../runtime/errors/droc-error.ts";

/** What is wrong with a spec and where. `file` is the source's name, `span` half-open UTF-16 offsets into it. */
export interface Diagnostic {
  readonly code: string;
  readonly severity: MessageSpec["severity"];
  readonly message: string;
  /** Why it matters for the decision. */
  readonly why: string;
  /** What to write instead. */
  readonly help: string;
  readonly file: string;
  readonly span: Span;
  readonly related: readonly RelatedPlace[];
}

/** Another place that explains the problem: a declaration, the other operand. */
export interface RelatedPlace {
  readonly file: string;
  readonly span: Span;
  readonly message: string;
}

/** True where the spec cannot be run. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === "error");
}
