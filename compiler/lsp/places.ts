/** Between the compiler's offsets and the protocol's lines and characters, both of UTF-16 units. */
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Position, Range } from "vscode-languageserver";
import type { Span } from "../../grammar/ast.ts";
import { realPath } from "../source/confine.ts";
import { positionAt, type SourceText } from "../source/source-text.ts";

export function toPosition(source: SourceText, offset: number): Position {
  const { line, column } = positionAt(source, offset);
  return { line: line - 1, character: column - 1 };
}

export function toRange(source: SourceText, span: Span): Range {
  return { start: toPosition(source, span.start), end: toPosition(source, span.end) };
}

/** Positions past the end of a line are moved to its end, as the protocol has it. */
export function toOffset(source: SourceText, { line, character }: Position): number {
  const start = source.lineStarts[line];
  if (start === undefined) return line < 0 ? 0 : source.text.length;
  const next = source.lineStarts[line + 1];
  const end = next === undefined ? source.text.length : next - (source.text[next - 2] === "\r" ? 2 : 1);
  return Math.min(start + Math.max(0, character), Math.max(start, end));
}

/** The real path of a file's address; `null` for one that is no file, such as an unnamed document. */
export function pathOf(uri: string): string | null {
  if (!uri.startsWith("file:")) return null;
  try {
    return realPath(fileURLToPath(uri));
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

export function uriOf(path: string): string {
  return pathToFileURL(path).href;
}

/** What one text is changed to: both are equal before `start`, and after the two ends. */
export interface Difference {
  readonly start: number;
  readonly oldEnd: number;
  readonly newEnd: number;
}

export function differenceOf(old: string, text: string): Difference {
  const most = Math.min(old.length, text.length);
  let start = 0;
  while (start < most && old.charCodeAt(start) === text.charCodeAt(start)) start++;
  let tail = 0;
  while (tail < most - start && old.charCodeAt(old.length - 1 - tail) === text.charCodeAt(text.length - 1 - tail)) {
    tail++;
  }
  return { start, oldEnd: old.length - tail, newEnd: text.length - tail };
}

/** Where an offset of the one text is in the other; `null` inside what changed. */
export function moved(offset: number, { start, oldEnd, newEnd }: Difference): number | null {
  if (offset <= start) return offset;
  return offset >= oldEnd ? offset + newEnd - oldEnd : null;
}
