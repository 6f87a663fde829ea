import type { TextEdit } from "vscode-languageserver";
import { format } from "../../../grammar/index.ts";
import { createSourceText } from "../../source/source-text.ts";
import { differenceOf, toRange } from "../places.ts";

/** The edit to the one canonical form, of the printer of `droc fmt`; `null` where the text has syntax errors. */
export function formattingEdits(text: string): TextEdit[] | null {
  const { text: formatted, problems } = format(text);
  if (problems.length > 0) return null;
  if (formatted === text) return [];
  // The editor keeps the cursor and its marks outside what changes.
  const { start, oldEnd, newEnd } = differenceOf(text, formatted);
  const range = toRange(createSourceText("", "", text), { start, end: oldEnd });
  return [{ range, newText: formatted.slice(start, newEnd) }];
}
