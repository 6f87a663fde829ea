/**
 * The TextMate grammar, which colours `.dro` files in editors and on web pages. It sees one line after the other and no
 * names, so it colours by position alone; the language server's semantic tokens refine it.
 */
import { TOKENS } from "../lexing/tokens.ts";
import type { TokenSpec } from "../lexing/tokens.ts";
import { TYPE_NAMES, WORDS } from "../lexing/words.ts";
import type { WordRole, WordSpec } from "../lexing/words.ts";
import { prettyJson } from "./json.ts";

interface Captured {
  readonly name?: string;
  readonly patterns?: readonly Pattern[];
}
type Captures = Readonly<Record<string, Captured>>;

type Pattern =
  | { readonly include: string }
  | { readonly name?: string; readonly match: string; readonly captures?: Captures }
  | {
      readonly name?: string;
      readonly begin: string;
      readonly beginCaptures?: Captures;
      readonly end: string;
      readonly endCaptures?: Captures;
      readonly patterns: readonly Pattern[];
    };

const tokens: readonly TokenSpec[] = TOKENS;
const words: readonly WordSpec[] = WORDS;

/** How the roles of words are coloured; the Monarch grammar has the same. */
export const ROLE_SCOPES: Readonly<Record<WordRole, string>> = {
  declaration: "keyword.declaration.dro",
  clause: "keyword.other.clause.dro",
  operator: "keyword.operator.word.dro",
  constant: "constant.language.dro",
  source: "keyword.other.source.dro",
};

const escapeText = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
export const anyOf = (texts: readonly string[]): string => texts.map(escapeText).join("|");

export function wordsOf(role: WordRole): string[] {
  return words.filter((spec) => spec.role === role).map((spec) => spec.word);
}

export function patternOf(name: string): string {
  const spec = tokens.find((token) => token.name === name);
  if (!spec || typeof spec.pattern === "string") throw new Error(`"${name}" has no pattern`);
  return spec.pattern.source;
}

/** Longer texts first, so that `<=` is not read as `<`. */
export function texts(category: TokenSpec["category"]): string[] {
  return tokens
    .flatMap((spec) => (spec.category === category && typeof spec.pattern === "string" ? [spec.pattern] : []))
    .toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1));
}

const NAME = "[A-Za-z_]\\w*";
/** After a declaration's word something must follow: else the word is a name. */
const DECLARES = `(?=\\s+[\\w("{-]|\\s*=(?!=))`;
const scopes = {
  name: "variable.other.dro",
  key: "variable.other.property.dro",
  parameter: "variable.parameter.dro",
  type: "support.type.dro",
  unit: "support.type.unit.dro",
  role: "keyword.other.role.dro",
  operator: "keyword.operator.dro",
  separator: "punctuation.separator.dro",
  section: "punctuation.section.dro",
  called: "entity.name.function.dro",
  declared: "entity.name.type.dro",
} as const;

const literal = (name: string): Pattern => {
  const scope = tokens.find((token) => token.name === name)?.scope;
  if (scope === undefined) throw new Error(`"${name}" has no scope`);
  return { name: scope, match: patternOf(name) };
};

const comments: readonly Pattern[] = [
  { name: "comment.line.documentation.dro", match: patternOf("DocComment") },
  { name: "comment.line.double-slash.dro", match: patternOf("LineComment") },
];

/** `: real<usd/item>`: a type, and a unit whose names are no values. */
const typed: Pattern = {
  match: `(:)\\s*(${anyOf(TYPE_NAMES)})\\b(?:(<)([^>\\r\\n]*)(>))?`,
  captures: {
    1: { name: scopes.separator },
    2: { name: scopes.type },
    3: { name: scopes.operator },
    4: {
      patterns: [
        { name: scopes.unit, match: NAME },
        literal("Number"),
        { name: scopes.operator, match: anyOf(texts("operator")) },
      ],
    },
    5: { name: scopes.operator },
  },
};

/** `decision z: real`, `context x: real`: what stands before the name is a word, the name is no key. */
const declaredNames: readonly Pattern[] = [
  {
    match: `^\\s*(param|decision|state)\\s+(${NAME})(?=\\s*:)`,
    captures: { 1: { name: ROLE_SCOPES.declaration }, 2: { name: scopes.name } },
  },
  {
    match: `(?:^\\s*|(?<=[{,]\\s))(index|context|outcome|window|trajectory|price)\\s+(${NAME})(?=\\s*:)`,
    captures: { 1: { name: scopes.role }, 2: { name: scopes.name } },
  },
  {
    match: `^\\s*(model)\\s+(${NAME})(?:\\s+(extends)\\s+(${NAME}))?`,
    captures: {
      1: { name: ROLE_SCOPES.declaration },
      2: { name: scopes.declared },
      3: { name: ROLE_SCOPES.clause },
      4: { name: scopes.declared },
    },
  },
  // Parameters may go over several lines.
  {
    begin: `^\\s*(fn|set|task)\\s+(${NAME})\\s*(\\()`,
    beginCaptures: {
      1: { name: ROLE_SCOPES.declaration },
      2: { name: scopes.called },
      3: { name: scopes.section },
    },
    end: "\\)",
    endCaptures: { 0: { name: scopes.section } },
    patterns: [
      ...comments,
      typed,
      { name: scopes.parameter, match: `(?<![=\\w]\\s?)\\b${NAME}(?=\\s*[:=,)])` },
      { include: "#expression" },
    ],
  },
];

/** A call's or a group's parentheses, where `name =` gives an argument. */
const parentheses: Pattern = {
  begin: "\\(",
  beginCaptures: { 0: { name: scopes.section } },
  end: "\\)",
  endCaptures: { 0: { name: scopes.section } },
  patterns: [{ name: scopes.parameter, match: `\\b${NAME}(?=\\s*=(?!=))` }, { include: "#expression" }],
};

/** In the order in which they are tried. */
const expression: readonly Pattern[] = [
  ...comments,
  literal("Text"),
  literal("Date"),
  literal("Number"),
  { name: ROLE_SCOPES.constant, match: `\\b(?:${anyOf(wordsOf("constant"))})\\b` },
  typed,
  { name: scopes.key, match: `\\b${NAME}'?(?=\\s*:)` },
  { name: ROLE_SCOPES.clause, match: `\\b(?:${anyOf(wordsOf("clause"))})\\b(?=\\s+[\\w"{-])` },
  { name: ROLE_SCOPES.source, match: `\\b(?:${anyOf(wordsOf("source"))})\\b` },
  { name: ROLE_SCOPES.operator, match: `\\b(?:${anyOf(wordsOf("operator"))})\\b(?!')` },
  { name: scopes.called, match: `\\b${NAME}(?=\\s*\\()` },
  { name: scopes.name, match: patternOf("Name") },
  parentheses,
  { name: scopes.operator, match: anyOf(texts("operator")) },
  { name: scopes.separator, match: anyOf(texts("punctuation")) },
  { name: scopes.section, match: anyOf(texts("bracket")) },
];

export function generateTextMate(): string {
  const declaration = `^\\s*(?:${anyOf(wordsOf("declaration"))})${DECLARES}`;
  const grammar = {
    $schema: "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
    name: "dro",
    scopeName: "source.dro",
    fileTypes: ["dro"],
    patterns: [
      ...comments,
      ...declaredNames,
      { name: ROLE_SCOPES.declaration, match: declaration },
      { include: "#expression" },
    ],
    repository: { expression: { patterns: expression } },
  };
  return prettyJson(grammar);
}
