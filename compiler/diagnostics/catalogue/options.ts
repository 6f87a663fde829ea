import type { Catalogue } from "../../../runtime/errors/droc-error.ts";

/** Options of generators, methods, metrics, sets and tasks. */
export const optionMessages = {
  "option-unknown": {
    severity: "error",
    message: "`{owner}` has no option `{name}`",
    why: "a misspelt option would silently keep its default",
    help: "{suggestion}the options of `{owner}` are: {names}",
  },
  "option-twice": {
    severity: "error",
    message: "option `{name}` is given twice",
    why: "which of the two is meant would depend on their order",
    help: "keep one of them",
  },
  "option-missing": {
    severity: "error",
    message: "`{owner}` needs the option `{name}`",
    why: "it has no default that would suit every problem",
    help: "add `{name}: {example}`: {doc}",
  },
  "option-type": {
    severity: "error",
    message: "option `{name}` of `{owner}` needs {expected}, this is {found}",
    why: "the value could not be used without guessing what was meant",
    help: "write, for instance, `{name}: {example}`",
  },
  "option-range": {
    severity: "error",
    message: "option `{name}` of `{owner}` must be {range}, this is {value}",
    why: "no other value has a meaning here; `{name}` stands for: {doc}",
    help: "write, for instance, `{name}: {example}`",
  },
  "option-word": {
    severity: "error",
    message: "option `{name}` of `{owner}` cannot be `{value}`",
    why: "no other word has a meaning here; `{name}` stands for: {doc}",
    help: "{suggestion}it is one of: {words}",
  },
  "option-conflict": {
    severity: "error",
    message: "`{owner}` has both `{first}` and `{second}`",
    why: "they set the same thing in two ways",
    help: "keep one of them",
  },
  "choice-empty": {
    severity: "error",
    message: "there is nothing to choose from",
    why: "a choice or a range needs at least one value",
    help: "write `one_of(a, b)`, or a range from the smaller to the larger number",
  },
  "tuning-criteria": {
    severity: "error",
    message: "options of `{name}` are chosen by {first} and by {second}",
    why: "their combinations are compared with each other, so that one criterion has to rank them all",
    help: "write the same criterion after each `one_of(…)`, or none for regret",
  },
  "tuning-size": {
    severity: "error",
    message: "`{name}` would be tried with {count} combinations of its options, more than {most}",
    why: "each is fitted and decides at every validation context, and the best of very many is the luckiest",
    help: "give fewer values to choose from, or to fewer options",
  },
  "method-unknown": {
    severity: "error",
    message: "there is no {what} `{name}`",
    why: "nothing could be run under that name",
    help: "{suggestion}droc has: {names}",
  },
  "method-form": {
    severity: "error",
    message: "this is not the name of a {what}",
    why: "nothing could be run under that name",
    help: "write a name, with its options in braces where it needs them: `{example}`",
  },
  "method-twice": {
    severity: "warning",
    message: "`{name}` is compared with the same options twice",
    why: "it would be run twice for the same numbers",
    help: "remove one of them",
  },
  "method-needs": {
    severity: "error",
    message: "`{name}` needs {needs}",
    why: "{reason}",
    help: "{advice}",
  },
  "rows-condition": {
    severity: "error",
    message: "this does not say which rows of the data count",
    why: "{reason}",
    help: "write, for instance, `where date < 2020-01-01 and date >= 2015-01-01`",
  },
  "metric-qualifier": {
    severity: "error",
    message: "`{metric}` cannot be qualified by `{qualifier}`",
    why: "the metric would not be the one you read in the table",
    help: "write it as `{example}`",
  },
  "selection-on-test": {
    severity: "error",
    message: "`{name}` is chosen on the test data",
    why: "the test data would then no longer tell how the decision does on data it has not seen",
    help: "write `{name}: {metric} on validation`",
  },
  "preset-kind": {
    severity: "error",
    message: "preset `{name}` is for `{found}`, which is not a {what}",
    why: "options mean something only for what they were written for",
    help: "use it where `{found}` may stand",
  },
} as const satisfies Catalogue;
