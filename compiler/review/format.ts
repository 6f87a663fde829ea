import { parse, print, type SyntaxProblem } from "../../grammar/index.ts";
import { compile } from "../compile.ts";
import { hashModel } from "../ir/index.ts";

export interface Formatted {
  /** The canonical form; `null` where the text does not parse. */
  readonly text: string | null;
  readonly problems: readonly SyntaxProblem[];
}

/**
 * The canonical form of `source`, or its syntax errors. Throws where the printed text would not parse or print to
 * itself: then the printer is at fault and the file must not be touched.
 */
export function formatSource(source: string): Formatted {
  const { file, problems } = parse(source);
  if (problems.length > 0) return { text: null, problems };
  const text = print(file, source);
  const again = parse(text);
  if (again.problems.length > 0 || print(again.file, text) !== text) {
    throw new Error("the canonical form of this file does not read back as itself");
  }
  return { text, problems };
}

/**
 * The same, and the models of both texts have one hash. Throws where they have not: then the printer is at fault and
 * the file must not be touched. A spec that is wrong in other ways has no hash, and is formatted by its syntax alone.
 *
 * @param file the path that imports are relative to
 */
export function formatSpec(source: string, file: string, allow: readonly string[] = []): Formatted {
  const formatted = formatSource(source);
  if (formatted.text === null || formatted.text === source) return formatted;
  const meaning = (text: string): string => compile({ file, source: text, allow }).allModels.map(hashModel).join(" ");
  if (meaning(source) !== meaning(formatted.text))
    throw new Error("the canonical form of this file means something else");
  return formatted;
}
