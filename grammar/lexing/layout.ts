/**
 * Where items end. A line end separates two items of a block (or two declarations) when what stands before it could end
 * an item and what stands after it could begin one; inside `(…)` and `[…]` a line end means nothing. So a line that
 * begins with `-`, `(` or `[` begins a new item, and a line that begins with any other operator, with `{`, or with a
 * word such as `by` or `extends` goes on with the item above.
 *
 * The same pass repairs brackets, so that the parser only ever sees balanced ones, and tells the `<` and `>` around a
 * unit from relations.
 */
import type { IToken, TokenType } from "chevrotain";
import type { Span, SyntaxProblem } from "../ast.ts";
import { MAX_NESTING } from "../limits.ts";
import { opensDeclaration, closerOf, isCloser, repairBrackets } from "./brackets.ts";
import { insertedToken } from "./lexer.ts";
import type { LineTable } from "./lines.ts";
import { Newline, T, UnitClose, UnitOpen, Unknown, W } from "./token-types.ts";
import { wordSpecs } from "./words.ts";

export interface LaidOut {
  readonly tokens: readonly IToken[];
  readonly problems: readonly SyntaxProblem[];
  readonly damaged: readonly Span[];
  readonly tooDeep: IToken | null;
}

const ENDERS: ReadonlySet<TokenType> = new Set([
  T.Name,
  T.Number,
  T.Text,
  T.Date,
  T.RightBrace,
  T.RightParen,
  T.RightBracket,
  Unknown,
  UnitClose,
]);
const STARTERS: ReadonlySet<TokenType> = new Set([
  T.Name,
  T.Number,
  T.Text,
  T.Date,
  T.Minus,
  T.LeftParen,
  T.LeftBracket,
  Unknown,
]);

const isName = (token: IToken | undefined): boolean =>
  token !== undefined && (token.tokenType === T.Name || (wordSpecs.has(token.image) && token.tokenType !== T.Text));

function canEnd(token: IToken): boolean {
  if (ENDERS.has(token.tokenType)) return true;
  if (!isName(token)) return false;
  const spec = wordSpecs.get(token.image);
  return !spec?.reserved || spec.role === "constant";
}

/** Whether a word at the start of a line goes on with the line above. */
function continues(token: IToken, following: IToken | undefined): boolean {
  const rule = wordSpecs.get(token.image)?.continues;
  if (rule === undefined || following?.tokenType === T.Colon) return false;
  if (rule === "always") return true;
  if (following === undefined) return false;
  if (rule === "before-word") return isName(following);
  if (rule === "before-string") return following.tokenType === T.Text;
  if (rule === "before-value") {
    return isName(following) || following.tokenType === T.Number || following.tokenType === T.Date;
  }
  return following.image === rule.before;
}

function canStart(token: IToken, following: IToken | undefined): boolean {
  if (STARTERS.has(token.tokenType)) return true;
  return isName(token) && !continues(token, following);
}

const UNIT_TOKENS: ReadonlySet<TokenType> = new Set([
  T.Number,
  T.Star,
  T.Slash,
  T.Caret,
  T.Minus,
  T.LeftParen,
  T.RightParen,
]);

/**
 * Marks `<` … `>` after `: type` as brackets of a unit; splits a `>=` that is a closing `>` and the `=` of a value.
 * Returns all tokens.
 */
function markUnits(tokens: readonly IToken[]): IToken[] {
  const marked: IToken[] = [];
  /** Index of the sign that closes the unit being read. */
  let closing = -1;
  for (const [i, token] of tokens.entries()) {
    if (i === closing) {
      marked.push(...closersFrom(token));
      continue;
    }
    marked.push(token);
    if (token.tokenType !== T.Less || !isName(tokens[i - 1]) || tokens[i - 2]?.tokenType !== T.Colon) continue;
    let end = i + 1;
    for (let next = tokens[end]; next && (isName(next) || UNIT_TOKENS.has(next.tokenType)); next = tokens[++end]);
    const type = tokens[end]?.tokenType;
    if (type !== T.Greater && type !== T.GreaterEqual) continue;
    retypeTo(token, UnitOpen);
    closing = end;
  }
  return marked;
}

function closersFrom(token: IToken): IToken[] {
  if (token.tokenType === T.Greater) {
    retypeTo(token, UnitClose);
    return [token];
  }
  return [insertedToken(UnitClose, token.startOffset, ">"), insertedToken(T.Equal, token.startOffset + 1, "=")];
}

function retypeTo(token: IToken, type: TokenType): void {
  token.tokenType = type;
  token.tokenTypeIdx = type.tokenTypeIdx ?? token.tokenTypeIdx;
}

/** The tokens that the parser reads: balanced, with a `Newline` wherever a line end separates two items. */
export function layOut(lexed: readonly IToken[], lines: LineTable): LaidOut {
  const source = markUnits(lexed);
  const repair = repairBrackets(source, lines, MAX_NESTING);
  if (repair.tooDeep >= 0) {
    return { tokens: [], problems: [], damaged: [], tooDeep: source[repair.tooDeep] ?? null };
  }

  const tokens: IToken[] = [];
  const stack: { readonly index: number; readonly type: TokenType; readonly line: number }[] = [];
  const lastEnd = (): number => {
    const last = tokens.at(-1);
    return last ? last.startOffset + last.image.length : 0;
  };
  const closeTop = (): void => {
    const open = stack.pop();
    const closer = open && closerOf(open.type);
    if (closer) tokens.push(insertedToken(closer, lastEnd()));
  };
  /** Opener indices that must be closed before a token. */
  const closing = new Map<number, number[]>();
  for (const [opener, before] of repair.closeBefore) closing.set(before, [...(closing.get(before) ?? []), opener]);

  let line = -1;
  for (const [index, token] of source.entries()) {
    const at = lines.lineAt(token.startOffset);
    const following = source[index + 1];
    for (const opener of closing.get(index) ?? []) {
      while (stack.some((open) => open.index === opener)) closeTop();
    }
    if (repair.dropped.has(index)) continue;
    if (at !== line && line >= 0) {
      if (canStart(token, following)) {
        for (let top = stack.at(-1); top && repair.endWithLine.has(top.index) && top.line < at; top = stack.at(-1))
          closeTop();
      }
      const inside = stack.at(-1)?.type;
      const last = tokens.at(-1);
      const free = inside === undefined || inside === T.LeftBrace;
      const sameLine = following !== undefined && lines.lineAt(following.startOffset) === at;
      // A declaration word ends even an unfinished item: `param gamma =` must not swallow the line below.
      const declaration = sameLine && opensDeclaration(token, following) && last?.tokenType !== W.each;
      if (free && last && (declaration || (canEnd(last) && canStart(token, following)))) {
        tokens.push(insertedToken(Newline, lastEnd()));
      }
    }
    line = at;
    const replacement = repair.replaced.get(index);
    if (replacement) retypeTo(token, replacement);
    if (isCloser(token.tokenType)) {
      // An opener that ended with its line may already be closed; then this closer belongs to it and says nothing more.
      if (stack.length === 0) continue;
      stack.pop();
    }
    tokens.push(token);
    if (closerOf(token.tokenType)) stack.push({ index, type: token.tokenType, line: at });
  }
  while (stack.length > 0) closeTop();
  return { tokens, problems: repair.problems, damaged: repair.damaged, tooDeep: null };
}
