/** The Monarch definition, which colours `.dro` in the Monaco editor: the same tables as the TextMate grammar. */
import { TYPE_NAMES } from "../lexing/words.ts";
import { prettyJson } from "./json.ts";
import { anyOf, patternOf, texts, wordsOf } from "./textmate.ts";

type Rule = readonly [pattern: string, action: string | { readonly cases: Readonly<Record<string, string>> }];

/** Strings that Monaco compiles to regular expressions; `@name` in them stands for the list of that name. */
export function generateMonarch(): string {
  const rules: readonly Rule[] = [
    ["[ \\t\\r\\n]+", "white"],
    [patternOf("DocComment"), "comment.doc"],
    [patternOf("LineComment"), "comment"],
    [patternOf("Text"), "string"],
    [patternOf("Date"), "number.date"],
    [patternOf("Number"), "number"],
    ["[A-Za-z_]\\w*(?=\\s*:)", { cases: { "@roles": "keyword", "@default": "key" } }],
    ["[A-Za-z_]\\w*(?=\\s*\\()", { cases: { "@operators": "keyword.operator", "@default": "entity.name.function" } }],
    [
      patternOf("Name"),
      {
        cases: {
          "@constants": "constant.language",
          "@operators": "keyword.operator",
          "@declarations": "keyword",
          "@clauses": "keyword",
          "@roles": "keyword",
          "@types": "type",
          "@default": "identifier",
        },
      },
    ],
    ["[{}()\\[\\]]", "@brackets"],
    [anyOf(texts("operator")), "operator"],
    [anyOf(texts("punctuation")), "delimiter"],
  ];
  const definition = {
    defaultToken: "",
    tokenPostfix: ".dro",
    // Words that name things elsewhere are coloured as words only where a line begins with them, which Monarch cannot
    // tell from the middle of one: the language server's tokens correct it.
    declarations: wordsOf("declaration"),
    clauses: [...wordsOf("clause"), ...wordsOf("source")],
    operators: wordsOf("operator"),
    constants: wordsOf("constant"),
    types: TYPE_NAMES,
    roles: ["index", "context", "outcome", "window", "trajectory", "price", "group"],
    brackets: [
      { open: "{", close: "}", token: "delimiter.curly" },
      { open: "[", close: "]", token: "delimiter.square" },
      { open: "(", close: ")", token: "delimiter.parenthesis" },
    ],
    tokenizer: { root: rules },
  };
  return prettyJson(definition);
}
