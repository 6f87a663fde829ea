import { positionAt, type SourceText } from "../source/source-text.ts";
import type { Diagnostic } from "./diagnostic.ts";

/** A place with lines and columns from 1 and half-open UTF-16 offsets from 0. */
export interface JsonPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly start: number;
  readonly end: number;
}
/** One diagnostic as `--json` prints it. */
export interface JsonDiagnostic extends JsonPlace {
  readonly code: string;
  readonly severity: "error" | "warning" | "note";
  readonly message: string;
  readonly why: string;
  readonly help: string;
  readonly related: readonly (JsonPlace & { readonly message: string })[];
}

/** Diagnostics as plain values for `--json`. */
export function renderJson(
  diagnostics: readonly Diagnostic[],
  sources: readonly SourceText[],
): readonly JsonDiagnostic[] {
  return diagnostics.map((d) => ({
    code: d.code,
    severity: d.severity,
    message: d.message,
    why: d.why,
    help: d.help,
    ...jsonPlace(d, sources),
    related: d.related.map((place) => ({ message: place.message, ...jsonPlace(place, sources) })),
  }));
}

export function jsonPlace(place: Pick<Diagnostic, "file" | "span">, sources: readonly SourceText[]): JsonPlace {
  const source = sources.find((s) => s.name === place.file);
  const { start, end } = place.span;
  const from = source === undefined ? { line: 1, column: 1 } : positionAt(source, start);
  const to = source === undefined ? from : positionAt(source, Math.max(start, end));
  return {
    file: place.file,
    line: from.line,
    column: from.column,
    endLine: to.line,
    endColumn: to.column,
    start,
    end,
  };
}
