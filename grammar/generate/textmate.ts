/** The TextMate grammar, which colours `.dro` files in editors and on web pages. */
import { TOKENS } from "../lexing/tokens.ts";
import type { TokenSpec } from "../lexing/tokens.ts";
import { TYPE_NAMES, WORDS } from "../lexing/words.ts";
import type { WordRole, WordSpec } from "../lexing/words.ts";

interface Pattern {
  readonly name: string;
  readonly match: string;
}

const tokens: readonly TokenSpec[] = TOKENS;
const words: readonly WordSpec[] = WORDS;

const ROLE_SCOPES: Readonly<Record<WordRole, string>> = {
  declaration: "keyword.declaration.dro",
  clause: "keyword.other.clause.dro",
  operator: "keyword.operator.word.dro",
  constant: "constant.language.dro",
  source: "keyword.other.source.dro",
};

const escapeText = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
const anyOf = (texts: readonly string[]): string => texts.map(escapeText).join("|");

function wordsOf(role: WordRole): string[] {
  return words.filter((spec) => spec.role === role).map((spec) => spec.word);
}

function patternOf(name: string): string {
  const spec = tokens.find((token) => token.name === name);
  if (!spec || typeof spec.pattern === "string") throw new Error(`"${name}" has no pattern`);
  return spec.pattern.source;
}

/** Longer texts first, so that `<=` is not read as `<`. */
function texts(category: TokenSpec["category"]): string[] {
  return tokens
    .flatMap((spec) => (spec.category === category && typeof spec.pattern === "string" ? [spec.pattern] : []))
    .toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1));
}

/** In the order in which they are tried. Declaration words are special at the start of a line, clause words before something. */
function patterns(): Pattern[] {
  const literal = (name: string): Pattern => {
    const scope = tokens.find((token) => token.name === name)?.scope;
    if (scope === undefined) throw new Error(`"${name}" has no scope`);
    return { name: scope, match: patternOf(name) };
  };
  return [
    { name: "comment.line.documentation.dro", match: patternOf("DocComment") },
    { name: "comment.line.double-slash.dro", match: patternOf("LineComment") },
    literal("Text"),
    literal("Date"),
    literal("Number"),
    { name: ROLE_SCOPES.constant, match: `\\b(?:${anyOf(wordsOf("constant"))})\\b` },
    { name: "variable.other.property.dro", match: `\\b[A-Za-z_]\\w*'?(?=\\s*:)` },
    { name: ROLE_SCOPES.declaration, match: `^\\s*(?:${anyOf(wordsOf("declaration"))})(?=\\s+[\\w("{-]|\\s*=)` },
    { name: ROLE_SCOPES.clause, match: `\\b(?:${anyOf(wordsOf("clause"))})\\b(?=\\s+[\\w"{-])` },
    { name: ROLE_SCOPES.source, match: `\\b(?:${anyOf(wordsOf("source"))})\\b` },
    { name: ROLE_SCOPES.operator, match: `\\b(?:${anyOf(wordsOf("operator"))})\\b(?!')` },
    { name: "support.type.dro", match: `(?<=: )(?:${anyOf(TYPE_NAMES)})\\b` },
    { name: "entity.name.function.dro", match: `\\b[A-Za-z_]\\w*(?=\\s*\\()` },
    { name: "variable.other.dro", match: patternOf("Name") },
    { name: "keyword.operator.dro", match: anyOf(texts("operator")) },
    { name: "punctuation.separator.dro", match: anyOf(texts("punctuation")) },
    { name: "punctuation.section.dro", match: anyOf(texts("bracket")) },
  ];
}

export function generateTextMate(): string {
  const grammar = {
    $schema: "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
    name: "dro",
    scopeName: "source.dro",
    fileTypes: ["dro"],
    patterns: patterns(),
  };
  // An array of one text stays on its line, as Prettier has it.
  return `${JSON.stringify(grammar, null, 2).replace(/\[\s*("[^"]*")\s*\]/g, "[$1]")}\n`;
}
