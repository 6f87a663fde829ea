import type { Catalogue } from "../../../runtime/errors/droc-error.ts";

/** Names, declarations, models and parameters. */
export const nameMessages = {
  "unknown-name": {
    severity: "error",
    message: "nothing here is called `{name}`",
    why: "an expression can only use what the spec declares",
    help: "{suggestion}",
  },
  "unknown-function": {
    severity: "error",
    message: "there is no function `{name}`",
    why: "the expression has no value without it",
    help: "{suggestion}",
  },
  "unknown-dim": {
    severity: "error",
    message: "there is no dim `{name}`",
    why: "shapes are compared by the names of their dims",
    help: "{suggestion}",
  },
  "unknown-unit": {
    severity: "error",
    message: "there is no unit `{name}`",
    why: "units are checked through every expression, so each must be declared",
    help: "{suggestion}",
  },
  "unknown-type": {
    severity: "error",
    message: "there is no type `{name}`",
    why: "values are checked against their declared type",
    help: "{suggestion}types are real, int, bool, date, datetime and text",
  },
  "wrong-kind": {
    severity: "error",
    message: "`{name}` is a {found}, not a {expected}",
    why: "each kind of declaration has its own use",
    help: "use a {expected} here",
  },
  "duplicate-name": {
    severity: "error",
    message: "`{name}` is declared twice",
    why: "which of the two is meant would depend on their order",
    help: "rename or remove one of them",
  },
  "duplicate-declaration": {
    severity: "error",
    message: "`{name}` has a second `{what}` declaration",
    why: "a model has exactly one, and which of the two is meant would depend on their order",
    help: "keep one of them; for a variant of the problem write another model with `extends`",
  },
  "missing-declaration": {
    severity: "error",
    message: "model `{model}` has no `{what}`",
    why: "{reason}",
    help: "add one, for instance `{example}`",
  },
  "extends-unknown": {
    severity: "error",
    message: "there is no model `{name}` to extend",
    why: "what this model inherits is not known",
    help: "{suggestion}",
  },
  "extends-cycle": {
    severity: "error",
    message: "these models extend each other: {cycle}",
    why: "none of them has a first declaration to start from",
    help: "let one of them declare its problem in full",
  },
  "definition-cycle": {
    severity: "error",
    message: "`{name}` is defined by itself: {cycle}",
    why: "its value could never be computed",
    help: "give one of them a value that does not use the others",
  },
  "graph-form": {
    severity: "error",
    message: "`{name}` is not given as a graph",
    why: "its nodes and edges are the dims of what is decided",
    help: "{suggestion}write `graph {name} = grid(5, 5)`, whose edges lead right and down, or `complete(8)`",
  },
  "graph-size": {
    severity: "error",
    message: "graph `{name}` cannot have size {size}",
    why: "its nodes are counted in whole numbers, and a way needs at least two of them",
    help: "write whole numbers that are at least 1, for instance `grid(5, 5)`",
  },
  "graph-part": {
    severity: "error",
    message: "a graph has no part `{part}`",
    why: "its parts are the dims of what is decided on it",
    help: "{suggestion}write `G.edges` or `G.nodes`",
  },
  "function-recursion": {
    severity: "error",
    message: "function `{name}` calls itself",
    why: "functions are written out where they are called, which would never end",
    help: "write the expression without recursion; reductions like `sum(x over Dim)` repeat over a dim",
  },
  "name-builtin": {
    severity: "error",
    message: "`{name}` is already a function of the language",
    why: "a reader would take a call for the built-in function",
    help: "choose another name",
  },
  "import-shadows": {
    severity: "error",
    message: "`{name}` is imported and declared here too",
    why: "a reader could not tell which of the two an expression uses",
    help: "import it under another name, with `{name} as other`",
  },
  "set-unknown-param": {
    severity: "error",
    message: "`--set {name}` names no parameter of this file",
    why: "a value that is silently not set changes the decision",
    help: "{suggestion}parameters are: {names}",
  },
  "set-not-a-value": {
    severity: "error",
    message: "`--set {name}={text}` is not a value for `{name}: {type}`",
    why: "the run would not be the one you asked for",
    help: "write a number, a percentage, true or false, or a list of these: `--set {name}=0.5`",
  },
  "waive-unknown": {
    severity: "error",
    message: "there is no assumption `{name}` to waive",
    why: "a waiver that waives nothing gives false comfort to a reviewer",
    help: "{suggestion}assumptions that can be waived: {names}",
  },
  "waive-unused": {
    severity: "warning",
    message: "`{name}` is waived, but nothing here needs that waiver",
    why: "a reviewer would look for a danger that is not there",
    help: "remove the waiver",
  },
  "waive-without-reason": {
    severity: "error",
    message: "the waiver of `{name}` gives no reason",
    why: "who signs for the decision must be able to judge it",
    help: 'say why it is safe here: `waive {name} because "…"`',
  },
} as const satisfies Catalogue;
