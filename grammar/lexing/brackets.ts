/**
 * Finds which brackets do not match, and where the missing ones belong. Balanced text is left alone; only when a count
 * is off are indentation and declaration words believed, since they say what the author meant.
 */
import type { IToken, TokenType } from "chevrotain";
import type { SyntaxProblem } from "../ast.ts";
import type { LineTable } from "./lines.ts";
import { T, W } from "./token-types.ts";
import { wordSpecs } from "./words.ts";

const CLOSER_OF: ReadonlyMap<TokenType, TokenType> = new Map([
  [T.LeftBrace, T.RightBrace],
  [T.LeftParen, T.RightParen],
  [T.LeftBracket, T.RightBracket],
]);
const OPENER_OF: ReadonlyMap<TokenType, TokenType> = new Map([...CLOSER_OF].map(([open, close]) => [close, open]));

export function closerOf(type: TokenType): TokenType | undefined {
  return CLOSER_OF.get(type);
}
export function isCloser(type: TokenType): boolean {
  return OPENER_OF.has(type);
}

/** Token positions are indices into the token list. */
export interface BracketRepair {
  /** Openers of `(` and `[` that end with their line. */
  readonly endWithLine: ReadonlySet<number>;
  /** Opener → index of the token before which it must be closed (the list's length: at the end). */
  readonly closeBefore: ReadonlyMap<number, number>;
  /** Closers that close nothing. */
  readonly dropped: ReadonlySet<number>;
  /** Closers of the wrong kind → the kind they stand for. */
  readonly replaced: ReadonlyMap<number, TokenType>;
  readonly problems: readonly SyntaxProblem[];
  /** Ranges of offsets in which what the parser says follows from the bracket. */
  readonly damaged: readonly { readonly start: number; readonly end: number }[];
  /** Index of the first token nested too deep, or −1. */
  readonly tooDeep: number;
}

interface Open {
  readonly index: number;
  readonly type: TokenType;
  readonly line: number;
  /** Column of the first token of the opener's line. */
  readonly indent: number;
}

const NOTHING = {
  endWithLine: new Set<number>(),
  closeBefore: new Map<number, number>(),
  dropped: new Set<number>(),
  replaced: new Map<number, TokenType>(),
  problems: [],
  damaged: [],
} as const;

/** Index of the first token nested deeper than `limit`, −1 for none; and whether all brackets match. */
function survey(tokens: readonly IToken[], limit: number): { balanced: boolean; tooDeep: number } {
  const expected: (TokenType | undefined)[] = [];
  let balanced = true;
  let tooDeep = -1;
  for (const [index, { tokenType }] of tokens.entries()) {
    const closer = CLOSER_OF.get(tokenType);
    if (closer) {
      expected.push(closer);
      if (expected.length > limit && tooDeep < 0) tooDeep = index;
    } else if (OPENER_OF.has(tokenType) && expected.pop() !== tokenType) balanced = false;
  }
  return { balanced: balanced && expected.length === 0, tooDeep };
}

/**
 * Whether two tokens at the start of a line can only be a declaration: its word and a plain name, which stand side by
 * side in no expression.
 */
export function opensDeclaration(token: IToken, following: IToken | undefined): boolean {
  if (wordSpecs.get(token.image)?.role !== "declaration" || !following) return false;
  const role = wordSpecs.get(following.image)?.role;
  return following.tokenType === T.Name || role === "declaration";
}

/** Whether a token that begins a line most likely begins a declaration; asked only where brackets do not match. */
function beginsDeclaration(token: IToken, following: IToken | undefined): boolean {
  if (wordSpecs.get(token.image)?.role !== "declaration" || !following) return false;
  const type = following.tokenType;
  if (token.tokenType === W.loss) return type === T.Equal || type === T.Name;
  return (
    type === T.Name ||
    type === T.LeftParen ||
    type === T.Number ||
    wordSpecs.has(following.image) ||
    (token.tokenType === W.import && type === T.LeftBrace)
  );
}

/**
 * @param limit - nesting beyond this is reported as `tooDeep`
 */
export function repairBrackets(tokens: readonly IToken[], lines: LineTable, limit: number): BracketRepair {
  const { balanced, tooDeep } = survey(tokens, limit);
  if (balanced || tooDeep >= 0) return { ...NOTHING, tooDeep };

  const endWithLine = new Set<number>();
  const closeBefore = new Map<number, number>();
  const dropped = new Set<number>();
  const replaced = new Map<number, TokenType>();
  const problems: SyntaxProblem[] = [];
  const damaged: { start: number; end: number }[] = [];
  const stack: Open[] = [];
  let line = -1;
  let indent = 0;
  /** Where the declaration that holds the current token begins. */
  let declarationStart = 0;

  const spanAt = (index: number): { start: number; end: number } => {
    const token = tokens[index];
    return token ? { start: token.startOffset, end: token.startOffset + token.image.length } : { start: 0, end: 0 };
  };
  const lineEnd = (at: number): number => lines.starts[at + 1] ?? Number.POSITIVE_INFINITY;
  /** Closes the innermost bracket before token `index`. */
  const close = (index: number, report: boolean): void => {
    const open = stack.pop();
    if (!open) return;
    closeBefore.set(open.index, index);
    const brace = open.type === T.LeftBrace;
    if (!brace) endWithLine.add(open.index);
    if (!report) return;
    const span = spanAt(open.index);
    const where = brace ? "where the block ends" : "where the group ends, before the end of its line";
    problems.push({
      code: "unclosed-bracket",
      span,
      args: {
        open: open.type.LABEL?.replaceAll("`", "") ?? "",
        close: CLOSER_OF.get(open.type)?.LABEL?.replaceAll("`", "") ?? "",
        where,
      },
    });
    if (!brace) damaged.push({ start: span.start, end: lineEnd(open.line) });
  };

  for (const [index, token] of tokens.entries()) {
    const at = lines.lineAt(token.startOffset);
    const firstOnLine = at !== line;
    if (firstOnLine) {
      line = at;
      indent = token.startOffset - lines.startOf(at);
      if (beginsDeclaration(token, tokens[index + 1])) {
        for (let first = true; (stack.at(-1)?.indent ?? -1) >= indent; first = false) close(index, first);
        declarationStart = token.startOffset;
      }
    }
    const type = token.tokenType;
    if (CLOSER_OF.has(type)) {
      stack.push({ index, type, line, indent });
      // Dropped closers can leave more open than the survey counted.
      if (stack.length > limit) return { ...NOTHING, tooDeep: index };
      continue;
    }
    const opener = OPENER_OF.get(type);
    if (!opener) continue;

    if (type === T.RightBrace && firstOnLine) {
      // A `}` on its own line closes the block whose line is indented alike; blocks indented deeper were left open.
      const match = stack.findLastIndex((open) => open.type === opener && open.indent === indent && open.line < at);
      if (match >= 0) for (let first = true; stack.length > match + 1; first = false) close(index, first);
    }
    const top = stack.at(-1);
    if (top?.type === opener) {
      stack.pop();
    } else if (stack.some((open) => open.type === opener)) {
      for (let first = true; stack.at(-1)?.type !== opener; first = false) close(index, first);
      stack.pop();
    } else if (top && type !== T.RightBrace && top.type !== T.LeftBrace && top.line === at) {
      stack.pop();
      const expected = CLOSER_OF.get(top.type) ?? type;
      replaced.set(index, expected);
      const place = spanAt(top.index).start;
      problems.push({
        code: "mismatched-bracket",
        span: spanAt(index),
        args: {
          close: token.image,
          open: tokens[top.index]?.image ?? "",
          expected: expected.LABEL?.replaceAll("`", "") ?? "",
          line: top.line + 1,
          column: place - lines.startOf(top.line) + 1,
        },
      });
    } else {
      dropped.add(index);
      const span = spanAt(index);
      const open = opener.LABEL?.replaceAll("`", "") ?? "";
      problems.push({ code: "unmatched-bracket", span, args: { close: token.image, open } });
      damaged.push({ start: type === T.RightBrace ? declarationStart : lines.startOf(at), end: lineEnd(at) });
    }
  }
  for (let first = true; stack.length > 0; first = false) close(tokens.length, first);
  return { endWithLine, closeBefore, dropped, replaced, problems, damaged, tooDeep };
}
