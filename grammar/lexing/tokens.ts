/**
 * The token table: every token with its pattern and category. The lexer, the EBNF, the railroad page and the TextMate
 * grammar are all made from it (and from the words in `words.ts`), so they cannot disagree.
 */

export type TokenCategory =
  "space" | "comment" | "doc" | "literal" | "name" | "bracket" | "punctuation" | "operator" | "error";

export interface TokenSpec {
  readonly name: string;
  readonly category: TokenCategory;
  /** A literal text, or a regular expression. Earlier rows win. */
  readonly pattern: string | RegExp;
  /** What messages call it. */
  readonly label: string;
  /** For the EBNF, where the pattern alone would be hard to read. */
  readonly ebnf?: string;
  /** TextMate scope, where the category's own is too coarse. */
  readonly scope?: string;
}

export const TOKENS = [
  // NEL, LS and PS are left out on purpose: editors disagree on whether they end a line.
  { name: "Space", category: "space", pattern: /[ \t\r\n\uFEFF]+/, label: "space" },
  { name: "DocComment", category: "doc", pattern: /\/\/\/(?!\/)[^\r\n]*/, label: "a doc comment" },
  { name: "LineComment", category: "comment", pattern: /\/\/[^\r\n]*/, label: "a comment" },
  { name: "BlockComment", category: "error", pattern: /\/\*(?:[^*]|\*(?!\/))*(?:\*\/)?/, label: "`/* … */`" },
  { name: "HashComment", category: "error", pattern: /#[^\r\n]*/, label: "`#`" },

  {
    name: "Text",
    category: "literal",
    pattern: /"(?:[^"\\\r\n]|\\[^\r\n])*"/,
    label: "a string",
    ebnf: `'"' , { character | escape } , '"'`,
    scope: "string.quoted.double.dro",
  },
  { name: "OpenText", category: "error", pattern: /"(?:[^"\\\r\n,)\]}]|\\[^\r\n])*/, label: "an unfinished string" },
  { name: "SingleQuotedText", category: "error", pattern: /'[^'\r\n]*'?/, label: "a single-quoted string" },
  {
    name: "Date",
    category: "literal",
    pattern: /\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?Z?)?(?![\w-])/,
    label: "a date",
    ebnf: `year , "-" , month , "-" , day , [ "T" , hour , ":" , minute , [ ":" , second ] , [ "Z" ] ]`,
    scope: "constant.other.date.dro",
  },
  {
    name: "Number",
    category: "literal",
    pattern: /\d[\d_]*(?:\.\d[\d_]*|\.(?![.\w]))?(?:[eE][+-]?\d[\d_]*)?\w*%?|\.\d[\w]*%?/,
    label: "a number",
    ebnf: `digits , [ "." , digits ] , [ ( "e" | "E" ) , [ "+" | "-" ] , digits ] , [ "%" ]`,
    scope: "constant.numeric.dro",
  },
  {
    name: "Name",
    category: "name",
    pattern: /[A-Za-z_]\w*'?/,
    label: "a name",
    ebnf: `( letter | "_" ) , { letter | digit | "_" } , [ "'" ]`,
    scope: "variable.other.dro",
  },

  { name: "LeftBrace", category: "bracket", pattern: "{", label: "`{`" },
  { name: "RightBrace", category: "bracket", pattern: "}", label: "`}`" },
  { name: "LeftParen", category: "bracket", pattern: "(", label: "`(`" },
  { name: "RightParen", category: "bracket", pattern: ")", label: "`)`" },
  { name: "LeftBracket", category: "bracket", pattern: "[", label: "`[`" },
  { name: "RightBracket", category: "bracket", pattern: "]", label: "`]`" },

  {
    name: "ForeignOperator",
    category: "error",
    pattern: /&&|\|\||\*\*|:=|=>|=<|<>|===|!==|!(?!=)|[≤≥≠×·÷−–—→∈]/,
    label: "an operator of another language",
  },
  { name: "PipeInto", category: "operator", pattern: "|>", label: "`|>`" },
  { name: "Arrow", category: "punctuation", pattern: "->", label: "`->`" },
  { name: "EqualEqual", category: "operator", pattern: "==", label: "`==`" },
  { name: "NotEqual", category: "operator", pattern: "!=", label: "`!=`" },
  { name: "LessEqual", category: "operator", pattern: "<=", label: "`<=`" },
  { name: "GreaterEqual", category: "operator", pattern: ">=", label: "`>=`" },
  { name: "Less", category: "operator", pattern: "<", label: "`<`" },
  { name: "Greater", category: "operator", pattern: ">", label: "`>`" },
  { name: "Range", category: "operator", pattern: "..", label: "`..`" },
  { name: "Plus", category: "operator", pattern: "+", label: "`+`" },
  { name: "Minus", category: "operator", pattern: "-", label: "`-`" },
  { name: "Star", category: "operator", pattern: "*", label: "`*`" },
  { name: "Slash", category: "operator", pattern: "/", label: "`/`" },
  { name: "Caret", category: "operator", pattern: "^", label: "`^`" },
  { name: "Equal", category: "punctuation", pattern: "=", label: "`=`" },
  { name: "Bar", category: "punctuation", pattern: "|", label: "`|`" },
  { name: "Tilde", category: "punctuation", pattern: "~", label: "`~`" },
  { name: "Comma", category: "punctuation", pattern: ",", label: "`,`" },
  { name: "Colon", category: "punctuation", pattern: ":", label: "`:`" },
  { name: "Semicolon", category: "punctuation", pattern: ";", label: "`;`" },
  { name: "Dot", category: "punctuation", pattern: ".", label: "`.`" },
] as const satisfies readonly TokenSpec[];

export type TokenName = (typeof TOKENS)[number]["name"];

/** What stands for an operator of another language, and what to write for it here. */
export const FOREIGN_OPERATORS: Readonly<Record<string, string>> = {
  "&&": "and",
  "||": "or",
  "!": "not",
  "**": "^",
  ":=": "=",
  "=>": ">=",
  "=<": "<=",
  "<>": "!=",
  "===": "==",
  "!==": "!=",
  "≤": "<=",
  "≥": ">=",
  "≠": "!=",
  "×": "*",
  "·": "*",
  "÷": "/",
  "−": "-",
  "–": "-",
  "—": "-",
  "→": "->",
  "∈": "in",
};
