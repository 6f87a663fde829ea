import type { Span } from "../../grammar/ast.ts";

/** One source as compiled: `name` is how people see it (relative to the spec's folder, `std/…` for the library). */
export interface SourceText {
  readonly name: string;
  /** Absolute path of the file; for unsaved text the path it would have. */
  readonly path: string;
  readonly text: string;
  /** Offset at which each line starts; the first is 0. */
  readonly lineStarts: readonly number[];
}

/** Line and column count from 1; columns are UTF-16 units, as editors count them. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A span in one source. */
export interface Location {
  readonly source: SourceText;
  readonly span: Span;
}

/** Lines end with `\n`, `\r\n` or a lone `\r`. */
export function createSourceText(name: string, path: string, text: string): SourceText {
  const lineStarts = [0];
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 10 || (c === 13 && text.charCodeAt(i + 1) !== 10)) lineStarts.push(i + 1);
  }
  return { name, path, text, lineStarts };
}

/** Offsets outside the text are moved to its nearest end. */
export function positionAt(source: SourceText, offset: number): Position {
  const clamped = Math.max(0, Math.min(offset, source.text.length));
  let low = 0;
  let high = source.lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (source.lineStarts[middle]! <= clamped) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: clamped - source.lineStarts[low]! + 1 };
}

/** Text of a line (from 1) without its end; empty outside the file. */
export function lineText(source: SourceText, line: number): string {
  const start = source.lineStarts[line - 1];
  if (start === undefined) return "";
  return source.text.slice(start, source.lineStarts[line] ?? source.text.length).replace(/[\r\n]+$/, "");
}

/** The text that a location covers. */
export function textAt(location: Location): string {
  return location.source.text.slice(location.span.start, location.span.end);
}
