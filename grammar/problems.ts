/**
 * Every problem that the grammar reports, as data. The shape is that of the runtime's `MessageSpec`; it is declared
 * here because the grammar imports nothing above it.
 */
export interface ProblemSpec {
  readonly severity: "error" | "warning" | "note";
  readonly message: string;
  readonly why: string;
  readonly help: string;
}

export const SYNTAX_PROBLEMS = {
  "unknown-character": {
    severity: "error",
    message: "{character} ({codepoint}) is not part of the language",
    why: "a character that looks like another would let two files that read the same mean different things",
    help: "{hint}",
  },
  "foreign-operator": {
    severity: "error",
    message: "`{found}` is not an operator here",
    why: "each operation has one spelling, so that a reviewer needs to know only one",
    help: "write `{write}`",
  },
  "foreign-comment": {
    severity: "error",
    message: "`{found}` does not begin a comment",
    why: "only `//` comments are kept by the formatter",
    help: "begin each line of the comment with `//`",
  },
  "unterminated-string": {
    severity: "error",
    message: "this string is not closed",
    why: "where it ends decides what the rest of the line means",
    help: 'close it with `"` on the same line',
  },
  "single-quoted-string": {
    severity: "error",
    message: "strings are written with double quotes",
    why: "a single quote after a name means the next stage, as in `w'`",
    help: 'write `"{text}"`',
  },
  "bad-escape": {
    severity: "error",
    message: "`{escape}` is not an escape",
    why: "a backslash that means nothing is most often a path or a pattern that will not match",
    help: 'use `\\"`, `\\\\`, `\\n`, `\\t` or `\\u{…}` with a hexadecimal code; a path is written with `/`',
  },
  "bad-number": {
    severity: "error",
    message: "`{text}` is not a number",
    why: "a misread digit changes the decision without a trace",
    help: "{hint}",
  },
  "bad-date": {
    severity: "error",
    message: "`{text}` is not a day of the calendar",
    why: "rows are selected by it",
    help: "write year-month-day, as in `2020-01-31`",
  },
  "unclosed-bracket": {
    severity: "error",
    message: "this `{open}` is never closed",
    why: "what follows could belong inside it or after it",
    help: "add `{close}` {where}",
  },
  "unmatched-bracket": {
    severity: "error",
    message: "this `{close}` closes nothing",
    why: "what stands before it could belong inside or outside",
    help: "delete it, or add the `{open}` that it should close",
  },
  "mismatched-bracket": {
    severity: "error",
    message: "`{close}` cannot close the `{open}` at line {line}, column {column}",
    why: "brackets of different kinds mean different things",
    help: "write `{expected}`",
  },
  "nesting-too-deep": {
    severity: "error",
    message: "this is nested more than {limit} deep",
    why: "the limit keeps a hostile or generated file from exhausting the machine",
    help: "name parts of it with `param`, `fn` or `preset`",
  },
  "source-too-large": {
    severity: "error",
    message: "the file has {size} bytes; at most {limit} are read",
    why: "the limit keeps a hostile or generated file from exhausting the machine",
    help: "data belongs in a file that a `data` declaration names; declarations can be split with `import`",
  },
  "too-many-problems": {
    severity: "error",
    message: "reading stopped here, after {limit} problems",
    why: "what follows has not been read",
    help: "solve the problems above first; many may have one cause",
  },
  "expected-token": {
    severity: "error",
    message: "expected {expected}, found {found}",
    why: "the rest of this item cannot be read without it",
    help: "{hint}",
  },
  "unexpected-token": {
    severity: "error",
    message: "{found} is not expected here",
    why: "what comes before it is already complete",
    help: "{hint}",
  },
  "unexpected-keyword": {
    severity: "error",
    message: "`{word}` is a word of the language and cannot stand here",
    why: "a reserved word never names anything",
    help: "{hint}",
  },
  "reserved-name": {
    severity: "error",
    message: "`{word}` cannot be a name",
    why: "it is a reserved word of the language",
    help: "choose another name, such as `{word}_`",
  },
  "missing-value": {
    severity: "error",
    message: "{what} is missing {where}",
    why: "nothing is assumed for what a spec leaves out in the middle of a line",
    help: "{hint}",
  },
  "missing-equals": {
    severity: "error",
    message: "`=` is missing before {found}",
    why: "a name and its value are always joined by `=`",
    help: "write `= {text}`",
  },
  "missing-colon": {
    severity: "error",
    message: "`:` is missing after `{key}`",
    why: "{why}",
    help: "write `{key}: …`",
  },
  "equals-for-colon": {
    severity: "error",
    message: "an option is given with `:`, not `=`",
    why: "`=` defines a name; an option belongs to what stands before the brace",
    help: "write `{key}: …`",
  },
  "colon-for-equals": {
    severity: "error",
    message: "a named argument is given with `=`, not `:`",
    why: "`:` gives a type in a call, as in `softmax(theta: real[Industry])`",
    help: "write `{key} = {text}`",
  },
  "single-equals": {
    severity: "error",
    message: "an equation in a constraint is written `==`",
    why: "`=` defines a name, it does not compare",
    help: "write `==`",
  },
  "missing-comma": {
    severity: "error",
    message: "a comma or a new line is missing before {found}",
    why: "two items that run together could be read as one",
    help: "write `,` before {found}, or begin a new line",
  },
  "extra-comma": {
    severity: "error",
    message: "nothing stands before this comma",
    why: "an item may have been lost here",
    help: "delete the comma, or write the item",
  },
  "missing-newline": {
    severity: "error",
    message: "`{word}` begins a declaration and must begin a line",
    why: "a declaration that hides at the end of a line is missed in review",
    help: "begin a new line before `{word}`",
  },
  "unknown-declaration": {
    severity: "error",
    message: "`{word}` does not begin a declaration",
    why: "what it declares would be ignored",
    help: "{hint}",
  },
  "line-begins-new-item": {
    severity: "error",
    message: "a line that begins with {found} begins a new item",
    why: "it cannot be told from a sign, a group or a list that stands on its own",
    help: "end the line above with the operator, or put the whole expression in parentheses",
  },
  "bare-level": {
    severity: "error",
    message: "`{callee}(…, {text})` does not say whether {text} is a level or a tail",
    why: "both conventions are in use: level 90% and tail 10% are the same risk, level 10% is another decision",
    help: "write `{callee}(…, level = 90%)` or `{callee}(…, tail = 10%)`",
  },
  "chained-relation": {
    severity: "error",
    message: "`{op}` follows another relation",
    why: "a chain of relations is read only in constraints",
    help: "join the two with `and`",
  },
  "not-a-constraint": {
    severity: "error",
    message: "a constraint needs `<=`, `>=` or `==`",
    why: "an expression alone does not restrict the decision",
    help: "write a relation after it, as in `sum(z) <= 1`",
  },
  "misplaced-import": {
    severity: "error",
    message: "imports come first in a file",
    why: "a reader must know from the first lines what a file depends on",
    help: "move this line to the top",
  },
  "misplaced-model": {
    severity: "error",
    message: "a model cannot stand inside another declaration",
    why: "a model reaches from its line to the next `model`",
    help: "close the declaration above, or move the model out of it",
  },
  "unclosed-unit": {
    severity: "error",
    message: "the unit that begins here is not closed",
    why: "units are checked, so where one ends must be certain",
    help: "write `<unit>` with names, `*`, `/` and `^`, as in `real<usd/item>`",
  },
} as const satisfies Readonly<Record<string, ProblemSpec>>;

export type SyntaxCode = keyof typeof SYNTAX_PROBLEMS;
