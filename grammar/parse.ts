/** Source text to syntax tree and problems. */
import type { IToken } from "chevrotain";
import type { Comment, ParseResult, SourceFile, Span, SyntaxProblem } from "./ast.ts";
import { layOut } from "./lexing/layout.ts";
import { lex } from "./lexing/lexer.ts";
import { LineTable } from "./lexing/lines.ts";
import { T } from "./lexing/token-types.ts";
import { MAX_NESTING, MAX_PROBLEMS, MAX_SOURCE } from "./limits.ts";
import { FileParser } from "./parser/file-parser.ts";
import { spanOf } from "./spans.ts";

let parser: FileParser | null = null;

/**
 * Parses a file. Never throws: whatever the text holds, the result has a tree of what could be read and a problem for
 * each thing that could not.
 *
 * @param source - the text, at most `MAX_SOURCE` bytes in UTF-8
 */
export function parse(source: string): ParseResult {
  const size = Buffer.byteLength(source);
  if (size > MAX_SOURCE) {
    const span = { start: Math.min(MAX_SOURCE, source.length), end: source.length };
    return refused(source, { code: "source-too-large", span, args: { size, limit: MAX_SOURCE } });
  }
  const lines = new LineTable(source);
  const lexed = lex(source);
  const laidOut = layOut(lexed.tokens, lines);
  if (laidOut.tooDeep) {
    const span = spanOf(laidOut.tooDeep, laidOut.tooDeep, source.length);
    return refused(source, { code: "nesting-too-deep", span, args: { limit: MAX_NESTING } });
  }

  const docs = docComments(source, lexed, lines);
  parser ??= new FileParser();
  const { file, problems, usedDocs } = parser.read({
    tokens: laidOut.tokens,
    sourceLength: source.length,
    docs: new Map([...docs].map(([offset, doc]) => [offset, doc.text])),
  });

  const taken = new Set([...docs].flatMap(([offset, doc]) => (usedDocs.has(offset) ? doc.tokens : [])));
  const comments = lexed.comments.filter((token) => !taken.has(token)).map((token) => commentOf(token, source, lines));
  const damaged = [...laidOut.damaged, ...lexed.damaged.map((offset) => lineSpan(lines, offset))];
  const consequence = (problem: SyntaxProblem): boolean =>
    damaged.some((range) => problem.span.start >= range.start && problem.span.start <= range.end);
  const all = [...lexed.problems, ...laidOut.problems, ...problems.filter((problem) => !consequence(problem))];
  return { file: { ...file, comments }, problems: capped(all, problems[MAX_PROBLEMS]) };
}

/**
 * In order of place, the first `MAX_PROBLEMS`, and that there are more.
 *
 * @param last - the problem at which the parser stopped reading, if it did
 */
function capped(problems: readonly SyntaxProblem[], last: SyntaxProblem | undefined): readonly SyntaxProblem[] {
  const ordered = problems.toSorted((a, b) => a.span.start - b.span.start);
  const next = ordered[MAX_PROBLEMS] ?? last;
  if (!next) return ordered;
  const stop = { code: "too-many-problems", span: next.span, args: { limit: MAX_PROBLEMS } };
  return [...ordered.slice(0, MAX_PROBLEMS), stop];
}

function refused(source: string, problem: SyntaxProblem): ParseResult {
  const span = { start: 0, end: source.length };
  const file: SourceFile = { kind: "file", span, imports: [], declarations: [], models: [], comments: [] };
  return { file, problems: [problem] };
}

function lineSpan(lines: LineTable, offset: number): Span {
  const line = lines.lineAt(offset);
  return { start: lines.startOf(line), end: lines.starts[line + 1] ?? Number.POSITIVE_INFINITY };
}

function commentOf(token: IToken, source: string, lines: LineTable): Comment {
  const start = token.startOffset;
  const text = token.image.trimEnd();
  const ownLine = source.slice(lines.startOf(lines.lineAt(start)), start).trim() === "";
  return { kind: "comment", span: { start, end: start + text.length }, text, ownLine };
}

interface Doc {
  readonly text: string;
  readonly tokens: readonly IToken[];
}

/**
 * The `///` lines above a token, by the token's offset: the last run of lines without an empty line or another comment
 * between them. What stands before such a gap is an ordinary comment, as the head of a library file is.
 */
function docComments(source: string, lexed: ReturnType<typeof lex>, lines: LineTable): ReadonlyMap<number, Doc> {
  const docs = new Map<number, Doc>();
  const own = lexed.comments.filter(
    (token) => token.tokenType === T.DocComment && commentOf(token, source, lines).ownLine,
  );
  let next = 0;
  for (const token of lexed.tokens) {
    let above: IToken[] = [];
    for (let doc = own[next]; doc && doc.startOffset < token.startOffset; doc = own[++next]) {
      const last = above.at(-1);
      const adjoins = last && lines.lineAt(doc.startOffset) === lines.lineAt(last.startOffset) + 1;
      if (adjoins) above.push(doc);
      else above = [doc];
    }
    if (above.length === 0) continue;
    const text = above.map((doc) => doc.image.slice(3).replace(/^ /, "").trimEnd()).join("\n");
    docs.set(token.startOffset, { text, tokens: above });
  }
  return docs;
}
