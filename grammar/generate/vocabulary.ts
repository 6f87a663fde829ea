/** Tokens as the generated documents show them. */
import { OPERATORS } from "../operators.ts";
import { TOKENS } from "../lexing/tokens.ts";
import type { TokenSpec } from "../lexing/tokens.ts";
import { WORDS } from "../lexing/words.ts";
import type { WordSpec } from "../lexing/words.ts";

const tokens: readonly TokenSpec[] = TOKENS;
const words: readonly WordSpec[] = WORDS;
const byName: ReadonlyMap<string, TokenSpec> = new Map(tokens.map((spec) => [spec.name, spec]));

/** Names of the classes of tokens that the parser matches on, and of the tokens that the layout inserts. */
const CLASSES: Readonly<Record<string, string>> = {
  Identifier: "identifier",
  Infix: "infix-operator",
  NamedInfix: "named-operator",
  Relation: "relation",
  Separator: "separator",
  Newline: "new-line",
};

export interface Shown {
  readonly text: string;
  /** Written as it stands, or the name of a class of texts. */
  readonly literal: boolean;
}

/** How a token of the grammar is shown. */
export function shown(token: string): Shown {
  const cls = CLASSES[token];
  if (cls !== undefined) return { text: cls, literal: false };
  if (token.startsWith("word:")) return { text: token.slice("word:".length), literal: true };
  if (token === "UnitOpen") return { text: "<", literal: true };
  if (token === "UnitClose") return { text: ">", literal: true };
  const spec = byName.get(token);
  if (!spec) throw new Error(`no token "${token}" in the table`);
  if (typeof spec.pattern === "string") return { text: spec.pattern, literal: true };
  return { text: token.toLowerCase(), literal: false };
}

/** Classes of tokens by their members. */
export const tokenClasses: Readonly<Record<string, readonly Shown[]>> = {
  identifier: [
    { text: "name", literal: false },
    ...words.filter((spec) => !spec.reserved).map((spec) => ({ text: spec.word, literal: true })),
  ],
  "infix-operator": OPERATORS.filter((spec) => spec.kind !== "named").map((spec) => ({
    text: spec.text,
    literal: true,
  })),
  "named-operator": OPERATORS.filter((spec) => spec.kind === "named").map((spec) => ({
    text: spec.text,
    literal: true,
  })),
  relation: OPERATORS.filter((spec) => spec.kind === "relation").map((spec) => ({ text: spec.text, literal: true })),
  separator: [
    { text: ",", literal: true },
    { text: "new-line", literal: false },
  ],
};

/** Tokens that are given by a pattern, with the text of their EBNF. */
export const patternTokens: readonly { readonly name: string; readonly ebnf: string }[] = tokens.flatMap((spec) =>
  spec.ebnf === undefined ? [] : [{ name: spec.name.toLowerCase(), ebnf: spec.ebnf }],
);

/** Operators from the loosest to the tightest, those of one strength together. */
export const precedenceLevels: readonly { readonly texts: readonly string[]; readonly associativity: string }[] =
  (() => {
    const levels = new Map<number, { texts: string[]; associativity: string }>();
    for (const { text, precedence, associativity } of OPERATORS) {
      const level = levels.get(precedence) ?? { texts: [], associativity };
      level.texts.push(text);
      levels.set(precedence, level);
    }
    levels.set(6, { texts: ["not"], associativity: "prefix" });
    levels.set(11, { texts: ["-"], associativity: "prefix" });
    return [...levels].toSorted(([a], [b]) => a - b).map(([, level]) => level);
  })();

/** What the layout does, which no context-free rule can say. */
export const LAYOUT_NOTES: readonly string[] = [
  "Comments run from // to the end of the line; /// above a declaration or a field is its documentation.",
  "A new line separates two items (of a block, or declarations) where what stands before it could end an item and what",
  "stands after it could begin one. Inside ( ) and [ ] a new line means nothing. So a line that begins with -, ( or [",
  "begins a new item, and a line that begins with another operator, with { or with a word such as by or extends goes",
  "on with the line above.",
  "A separator may be repeated at line ends, and one may follow the last item.",
  "A word is special only where the grammar expects it; only reserved words never name anything.",
  "After the source of data, { opens options if it holds key: value, and the fields otherwise.",
  "A chain of relations (0 <= z <= cap) is read in constraints and bounds only.",
];

export const reservedWords: readonly string[] = words.filter((spec) => spec.reserved).map((spec) => spec.word);
