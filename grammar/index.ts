/** The grammar of `.dro` files: text to tree and back. The only entry for other layers. */
export type * from "./ast.ts";
export { format, LINE_WIDTH, print } from "./printer/print.ts";
export { parse } from "./parse.ts";
export { SYNTAX_PROBLEMS } from "./problems.ts";
export type { ProblemSpec, SyntaxCode } from "./problems.ts";
export { tokenize } from "./tokenize.ts";
export type { SourceToken } from "./tokenize.ts";
export { TYPE_NAMES, WORDS } from "./lexing/words.ts";
export type { WordRole, WordSpec } from "./lexing/words.ts";
