/** Parses a text that was typed into by reading again only the declaration that was touched. */
import { parse } from "../../grammar/index.ts";
import type { Decl, ModelDecl, ParseResult, SourceFile, Span } from "../../grammar/ast.ts";
import { MAX_SOURCE } from "../../grammar/limits.ts";
import { differenceOf, type Difference } from "./places.ts";

/** Below this many characters a whole parse takes no time that anyone would notice. */
const SMALL = 4_000;
/** The grammar's limit is in bytes, of which a character may take three. */
const LARGE = Math.floor(MAX_SOURCE / 3);

/** A declaration's word, what follows it, and one character more: how lines part depends on these. */
const HEAD = /^[ \t]*[a-z]+[ \t]+[\p{L}\p{N}_']+(?=[^\p{L}\p{N}_'])/u;

/**
 * A parser that remembers the last text without problems. Where the next one differs inside of one declaration, past its
 * first two words, and that declaration is again one without a problem, the rest of the tree is kept, moved to its new
 * place; anything else is parsed whole. The result equals `parse(text)`.
 *
 * @param leastSize - length in characters from which texts are parsed by parts
 */
export function createReparser(leastSize = SMALL): (text: string) => ParseResult {
  let last: { readonly text: string; readonly result: ParseResult } | null = null;
  return (text) => {
    const result = (last === null ? null : reparsed(last.text, last.result.file, text)) ?? parse(text);
    const { problems } = result;
    if (problems.length === 0 && text.length >= leastSize && text.length <= LARGE) last = { text, result };
    return result;
  };
}

function reparsed(old: string, file: SourceFile, text: string): ParseResult | null {
  if (text.length > LARGE) return null;
  if (old === text) return { file, problems: [] };
  const difference = differenceOf(old, text);
  const touched = declarationAround(file, difference);
  if (touched === null) return null;

  // The lines of the declaration, which no other one shares: after its end there can be but a comment.
  const start = old.lastIndexOf("\n", touched.span.start - 1) + 1;
  const lineEnd = old.indexOf("\n", touched.span.end);
  const end = lineEnd < 0 ? old.length : lineEnd;
  const delta = difference.newEnd - difference.oldEnd;
  const fragment = text.slice(start, end + delta);
  // A lone `\r` ends a line too.
  if (/\r(?!\n)/.test(old.slice(start, end)) || /\r(?!\n)/.test(fragment)) return null;
  const head = HEAD.exec(fragment);
  if (head === null || difference.start <= start + head[0].length || difference.oldEnd > end) return null;
  const { file: part, problems } = parse(fragment);
  const [declaration] = part.declarations;
  const one = part.declarations.length === 1 && part.imports.length === 0 && part.models.length === 0;
  if (problems.length > 0 || !one || declaration?.kind !== touched.kind) return null;
  if (declaration.span.start + start !== touched.span.start) return null;

  const own = movedBy(declaration, start);
  const doc = "doc" in touched ? { doc: touched.doc } : {};
  const after = <T extends { readonly span: Span }>(node: T): T => movedBy(node, delta);
  const declarations = (list: readonly Decl[]): readonly Decl[] =>
    list.map((decl) => {
      if (decl === touched) return { ...own, ...doc };
      return decl.span.start > touched.span.start ? after(decl) : decl;
    });
  const model = (decl: ModelDecl): ModelDecl => {
    if (decl.span.start > touched.span.start) return after(decl);
    if (decl.span.end < touched.span.end) return decl;
    const inside = declarations(decl.declarations);
    // A model ends with the last declaration of it.
    const span = { start: decl.span.start, end: decl.span.end + (inside.at(-1)?.span.end ?? 0) };
    const before = decl.declarations.at(-1)?.span.end ?? 0;
    return { ...decl, span: { ...span, end: span.end - before }, declarations: inside };
  };
  const comments = [
    ...file.comments.filter(({ span }) => span.start < start),
    ...part.comments.map((comment) => movedBy(comment, start)),
    ...file.comments.filter(({ span }) => span.start >= end).map(after),
  ];
  return {
    file: {
      ...file,
      span: { start: 0, end: text.length },
      imports: file.imports.map((decl) => (decl.span.start > touched.span.start ? after(decl) : decl)),
      declarations: declarations(file.declarations),
      models: file.models.map(model),
      comments,
    },
    problems: [],
  };
}

/** The declaration of the file or of a model that holds all of a change. */
function declarationAround(file: SourceFile, { start, oldEnd }: Difference): Decl | null {
  for (const list of [file.declarations, ...file.models.map((model) => model.declarations)]) {
    const found = list.find(({ span }) => span.start < start && oldEnd <= span.end);
    if (found !== undefined) return found;
  }
  return null;
}

/** The same tree with every place so much further on; itself for 0. */
function movedBy<T extends object>(node: T, by: number): T {
  if (by === 0) return node;
  const copy: T = Object.assign(Array.isArray(node) ? [] : {}, node);
  for (const key in copy) {
    const value = copy[key];
    if (typeof value !== "object" || value === null) continue;
    copy[key] = isSpan(key, value) ? { ...value, start: value.start + by, end: value.end + by } : movedBy(value, by);
  }
  return copy;
}

function isSpan(key: string, value: object): value is Span {
  return key === "span" && "start" in value && "end" in value;
}
