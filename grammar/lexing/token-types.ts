/** The Chevrotain token types made from the tables, with the categories that the parser matches on. */
import type { TokenType } from "chevrotain";
import { createToken, Lexer } from "../chevrotain.ts";
import { TOKENS } from "./tokens.ts";
import type { TokenName, TokenSpec } from "./tokens.ts";
import { WORDS } from "./words.ts";
import type { Word, WordSpec } from "./words.ts";

const category = (name: string, label: string, parents: TokenType[] = []): TokenType =>
  createToken({ name, label, pattern: /(?!)/, categories: parents });

/** Every token, so that recovery can step over whatever comes. */
export const AnyToken = category("AnyToken", "anything");
/** A plain name, or any word that is not reserved. */
export const Identifier = category("Identifier", "a name", [AnyToken]);
/** `<=`, `==`, … */
export const Relation = category("Relation", "a relation", [AnyToken]);
/** Stands between two operands. */
export const Infix = category("Infix", "an operator", [AnyToken]);
/** `by`, `on`, `over`: an operator whose right side is one name. */
export const NamedInfix = category("NamedInfix", "`by`, `on` or `over`", [AnyToken]);
/** Between the items of a block: a comma or a line end. */
export const Separator = category("Separator", "`,` or a new line", [AnyToken]);

/** Inserted where a line end separates two items; never in the text. */
export const Newline = createToken({
  name: "Newline",
  label: "a new line",
  pattern: /(?!)/,
  categories: [AnyToken, Separator],
});
/** Whatever no token of the table takes: the parser meets it and says so once. */
export const Unknown = createToken({
  name: "Unknown",
  label: "an unknown character",
  pattern: /(?!)/,
  categories: [AnyToken],
});
/** The `<` and `>` around a unit of measure, told apart from the relations by what stands between them. */
export const UnitOpen = createToken({ name: "UnitOpen", label: "`<`", pattern: /(?!)/, categories: [AnyToken] });
export const UnitClose = createToken({ name: "UnitClose", label: "`>`", pattern: /(?!)/, categories: [AnyToken] });

const INFIX: ReadonlySet<string> = new Set<TokenName>([
  "PipeInto",
  "Range",
  "Plus",
  "Minus",
  "Star",
  "Slash",
  "Caret",
  "EqualEqual",
  "NotEqual",
  "LessEqual",
  "GreaterEqual",
  "Less",
  "Greater",
]);
const RELATIONS: ReadonlySet<string> = new Set<TokenName>([
  "EqualEqual",
  "NotEqual",
  "LessEqual",
  "GreaterEqual",
  "Less",
  "Greater",
]);

function tableToken(spec: TokenSpec): TokenType {
  const categories = [AnyToken];
  if (spec.name === "Name") categories.push(Identifier);
  if (spec.name === "Comma") categories.push(Separator);
  if (INFIX.has(spec.name)) categories.push(Infix);
  if (RELATIONS.has(spec.name)) categories.push(Relation);
  const base = { name: spec.name, label: spec.label, pattern: spec.pattern, categories };
  if (spec.category === "space") return createToken({ ...base, group: Lexer.SKIPPED });
  if (spec.category === "comment" || spec.category === "doc") return createToken({ ...base, group: "comments" });
  return createToken(base);
}

function wordToken(spec: WordSpec): TokenType {
  const categories = [AnyToken];
  if (!spec.reserved) categories.push(Identifier);
  if (spec.word === "by" || spec.word === "on" || spec.word === "over") categories.push(NamedInfix);
  if (spec.word === "and" || spec.word === "or" || spec.word === "where") categories.push(Infix);
  return createToken({ name: `word:${spec.word}`, label: `\`${spec.word}\``, pattern: /(?!)/, categories });
}

function named<K extends string>(entries: readonly (readonly [K, TokenType])[]): Readonly<Record<K, TokenType>> {
  return Object.fromEntries(entries) as Record<K, TokenType>;
}

/** Tokens of the text, by their name in the table. */
export const T = named<TokenName>(TOKENS.map((spec) => [spec.name, tableToken(spec)]));
/** Tokens of the words, by the word. */
export const W = named<Word>(WORDS.map((spec) => [spec.word, wordToken(spec)]));

/** What the lexer tries, in the table's order; words are told from names afterwards. */
export const lexedTypes: TokenType[] = TOKENS.map((spec) => T[spec.name]);

const wordTypes: ReadonlyMap<string, TokenType> = new Map(WORDS.map((spec) => [spec.word, W[spec.word]]));

/** The token type of a name that is a word of the grammar. */
export function wordType(image: string): TokenType | undefined {
  return wordTypes.get(image);
}

/** All types, for the parser. */
export const vocabulary: TokenType[] = [
  AnyToken,
  Identifier,
  Relation,
  Infix,
  NamedInfix,
  Separator,
  Newline,
  UnitOpen,
  UnitClose,
  Unknown,
  ...lexedTypes,
  ...WORDS.map((spec) => W[spec.word]),
];

const texts: ReadonlyMap<TokenType, string> = new Map<TokenType, string>([
  ...TOKENS.flatMap((spec) => (typeof spec.pattern === "string" ? [[T[spec.name], spec.pattern] as const] : [])),
  ...WORDS.map((spec) => [W[spec.word], spec.word] as const),
]);

/** The one spelling of an operator or word, whatever the source has in its place (`&&` for `and`). */
export function spellingOf(type: TokenType): string {
  const text = texts.get(type);
  if (text === undefined) throw new Error(`${type.name} has no fixed spelling`);
  return text;
}
