/**
 * Documents for the printer, after Wadler's "A prettier printer": text with places where a line may break, in groups
 * that break all their places or none.
 */
export type Doc =
  | string
  | { readonly kind: "concat"; readonly parts: readonly Doc[]; readonly hard: boolean }
  /** A space (or nothing, if `soft`) on one line; a line end where the group breaks. `hard` always breaks. */
  | { readonly kind: "line"; readonly soft: boolean; readonly hard: boolean; readonly blank: boolean }
  | { readonly kind: "indent"; readonly doc: Doc; readonly hard: boolean }
  | { readonly kind: "group"; readonly doc: Doc; readonly hard: boolean }
  | { readonly kind: "if-broken"; readonly broken: string; readonly flat: string }
  /** A comment at the end of the line, which does not count towards its width. */
  | { readonly kind: "comment"; readonly text: string };

/** Whether a document holds something that forces its groups to break. */
export function isHard(doc: Doc): boolean {
  if (typeof doc === "string") return false;
  switch (doc.kind) {
    case "concat":
    case "line":
    case "indent":
    case "group":
      return doc.hard;
    case "comment":
      return true;
    case "if-broken":
      return false;
  }
}

export const line: Doc = { kind: "line", soft: false, hard: false, blank: false };
export const softLine: Doc = { kind: "line", soft: true, hard: false, blank: false };
export const hardLine: Doc = { kind: "line", soft: false, hard: true, blank: false };
/** A line end and an empty line. */
export const blankLine: Doc = { kind: "line", soft: false, hard: true, blank: true };
/** An empty line where the group breaks, else a space. */
export const blankOrSpace: Doc = { kind: "line", soft: false, hard: false, blank: true };

export function concat(...parts: readonly Doc[]): Doc {
  return { kind: "concat", parts, hard: parts.some(isHard) };
}
/** As `concat`, for parts that a file may have any number of. */
export function concatAll(parts: readonly Doc[]): Doc {
  return { kind: "concat", parts, hard: parts.some(isHard) };
}
export function indent(doc: Doc): Doc {
  return { kind: "indent", doc, hard: isHard(doc) };
}
export function group(doc: Doc): Doc {
  return { kind: "group", doc, hard: isHard(doc) };
}
export function ifBroken(broken: string, flat: string): Doc {
  return { kind: "if-broken", broken, flat };
}
export function endComment(text: string): Doc {
  return { kind: "comment", text };
}
export function join(separator: Doc, docs: readonly Doc[]): Doc {
  return concatAll(docs.flatMap((doc, i) => (i === 0 ? [doc] : [separator, doc])));
}

/** At least the first `length` characters of a document's text, or all of it. */
export function leadingText(doc: Doc, length: number): string {
  if (typeof doc === "string") return doc;
  switch (doc.kind) {
    case "concat": {
      let text = "";
      for (const part of doc.parts) {
        if (text.length >= length) break;
        text += leadingText(part, length - text.length);
      }
      return text;
    }
    case "line":
      return doc.soft ? "" : " ";
    case "indent":
    case "group":
      return leadingText(doc.doc, length);
    case "if-broken":
      return doc.flat;
    case "comment":
      return "";
  }
}
