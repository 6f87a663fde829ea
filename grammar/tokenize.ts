/** The tokens of a text, for what colours or completes it: no tree is made, and no text is refused. */
import type { Span } from "./ast.ts";
import { lex } from "./lexing/lexer.ts";
import { T } from "./lexing/token-types.ts";
import type { TokenCategory } from "./lexing/tokens.ts";
import { TOKENS } from "./lexing/tokens.ts";
import type { WordRole } from "./lexing/words.ts";
import { wordSpecs } from "./lexing/words.ts";

/** One token. `category` is `word` for the words of the grammar, which may still stand for names. */
export interface SourceToken {
  readonly category: TokenCategory | "word";
  /** Its row in the token table: `Text`, `Number`, `PipeInto`; the word itself for a word. */
  readonly name: string;
  readonly text: string;
  readonly span: Span;
  /** Of a word. */
  readonly role?: WordRole;
}

const categories: ReadonlyMap<string, TokenCategory> = new Map(TOKENS.map((spec) => [spec.name, spec.category]));

/** Every token and comment in order of place; what no token takes has the category `error`. */
export function tokenize(source: string): readonly SourceToken[] {
  const { tokens, comments } = lex(source);
  const read = [...tokens, ...comments].map((token): SourceToken => {
    const { name } = token.tokenType;
    const span = { start: token.startOffset, end: token.startOffset + token.image.length };
    if (name.startsWith("word:")) {
      const word = name.slice("word:".length);
      const role = wordSpecs.get(word)?.role;
      return { category: "word", name: word, text: token.image, span, ...(role === undefined ? {} : { role }) };
    }
    const category = token.tokenType === T.Name ? "name" : (categories.get(name) ?? "error");
    return { category, name, text: token.image, span };
  });
  return comments.length === 0 ? read : read.toSorted((a, b) => a.span.start - b.span.start);
}
