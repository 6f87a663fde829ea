/** The grammar of `.dro` files: text to tree and back. The only entry for other layers. */
export type * from "./ast.ts";
export { format, LINE_WIDTH, print } from "./printer/print.ts";
export { parse } from "./parse.ts";
export { SYNTAX_PROBLEMS } from "./problems.ts";
export type { ProblemSpec, SyntaxCode } from "./problems.ts";
