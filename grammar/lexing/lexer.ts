/** Text to tokens and comments. Whatever the text holds, the result is a full token list. */
import type { ILexingResult, IToken, TokenType } from "chevrotain";
import { createTokenInstance, Lexer } from "../chevrotain.ts";
import type { SyntaxProblem } from "../ast.ts";
import { isRealDate, numberHint, numberValue, textValue } from "./literals.ts";
import { lexedTypes, T, Unknown, W, wordType } from "./token-types.ts";
import { FOREIGN_OPERATORS, TOKENS } from "./tokens.ts";

export interface Lexed {
  readonly tokens: readonly IToken[];
  /** Line and doc comments in order; the type tells them apart. */
  readonly comments: readonly IToken[];
  readonly problems: readonly SyntaxProblem[];
  /** Offsets of tokens whose line cannot be trusted further (an unfinished string may have swallowed brackets). */
  readonly damaged: readonly number[];
}

const lexer = new Lexer(lexedTypes, {
  positionTracking: "onlyOffset",
  skipValidations: true,
  // The table that picks patterns by first character takes longer to build than a whole spec takes to read without it.
  safeMode: true,
});

const typeOfText: ReadonlyMap<string, TokenType> = new Map<string, TokenType>([
  ...TOKENS.flatMap((spec) => (typeof spec.pattern === "string" ? [[spec.pattern, T[spec.name]] as const] : [])),
  ["and", W.and],
  ["or", W.or],
  ["not", W.not],
  ["in", W.in],
]);

function retype(token: IToken, type: TokenType): void {
  token.tokenType = type;
  token.tokenTypeIdx = type.tokenTypeIdx ?? token.tokenTypeIdx;
}

/** A token that Chevrotain's lexer did not make; without a text it has no width, and is not in the source. */
export function insertedToken(type: TokenType, offset: number, image = ""): IToken {
  return createTokenInstance(type, image, offset, offset, Number.NaN, Number.NaN, Number.NaN, Number.NaN);
}

export function lex(source: string): Lexed {
  const raw = lexer.tokenize(source);
  const problems: SyntaxProblem[] = [];
  const damaged: number[] = [];
  const tokens: IToken[] = [];
  const report = (token: IToken, code: string, args: Readonly<Record<string, string | number>>): void => {
    const start = token.startOffset;
    problems.push({ code, span: { start, end: start + token.image.length }, args });
  };

  for (const token of withUnknown(source, raw)) {
    switch (token.tokenType) {
      case T.Name: {
        const word = wordType(token.image);
        if (word) retype(token, word);
        break;
      }
      case T.Number:
        if (numberValue(token.image) === null) {
          report(token, "bad-number", { text: token.image, hint: numberHint(token.image) });
        }
        break;
      case T.Date:
        if (!isRealDate(token.image)) report(token, "bad-date", { text: token.image });
        break;
      case T.Text:
        for (const bad of textValue(token.image.slice(1, -1)).bad) {
          const start = token.startOffset + 1 + bad.offset;
          const span = { start, end: start + bad.text.length };
          problems.push({ code: "bad-escape", span, args: { escape: bad.text } });
        }
        break;
      case T.OpenText:
        report(token, "unterminated-string", {});
        damaged.push(token.startOffset);
        retype(token, T.Text);
        break;
      case T.SingleQuotedText:
        report(token, "single-quoted-string", { text: token.image.replaceAll("'", "") });
        damaged.push(token.startOffset);
        retype(token, T.Text);
        break;
      case T.BlockComment:
      case T.HashComment:
        report(token, "foreign-comment", { found: token.image.slice(0, token.tokenType === T.HashComment ? 1 : 2) });
        continue;
      case T.ForeignOperator: {
        const write = FOREIGN_OPERATORS[token.image] ?? "";
        report(token, "foreign-operator", { found: token.image, write });
        retype(token, typeOfText.get(write) ?? Unknown);
        break;
      }
      default:
    }
    tokens.push(token);
  }
  return { tokens, comments: raw.groups["comments"] ?? [], problems, damaged };
}

/** The tokens in order, with one for each run of characters that no token takes. */
function withUnknown(source: string, { tokens, errors }: ILexingResult): IToken[] {
  if (errors.length === 0) return tokens;
  const unknown = errors.map(({ offset, length }) =>
    insertedToken(Unknown, offset, source.slice(offset, offset + length)),
  );
  return [...tokens, ...unknown].toSorted((a, b) => a.startOffset - b.startOffset);
}

/** The inside of a string token, whatever its quotes. */
export function insideOf(image: string): string {
  const open = image.startsWith('"') || image.startsWith("'") ? 1 : 0;
  const quote = image[0] ?? "";
  const close = image.length > 1 && image.endsWith(quote) ? 1 : 0;
  return image.slice(open, image.length - close);
}
