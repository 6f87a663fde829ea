import type { Catalogue } from "../../../runtime/errors/droc-error.ts";

/** Types, shapes, units and values of expressions. */
export const expressionMessages = {
  "dim-mismatch": {
    severity: "error",
    message: "{left} and {right} have different dims",
    why: "values are matched by the names of their dims, never by size alone: elements that mean different things would be combined",
    help: "use values over the same dims, index one of them, or reduce it with `sum(… over Dim)`",
  },
  "shape-mismatch": {
    severity: "error",
    message: "`{name}` needs {expected}, this is {found}",
    why: "values are matched by the names of their dims, never by size alone",
    help: "give a value of that shape",
  },
  "unit-mismatch": {
    severity: "error",
    message: "`{operation}` of a value {left} and a value {right}",
    why: "their sum or comparison would mean nothing, and would change with the scale of either",
    help: "multiply one of them by a parameter that converts it, for instance `param factor: real<{ratio}> = …`",
  },
  "unit-expected": {
    severity: "error",
    message: "`{name}` is {expected}, this is {found}",
    why: "a value in another unit would be read as if it were in this one",
    help: "give a value {expected}; a plain number takes that unit only where it is the whole value",
  },
  "unit-not-plain": {
    severity: "error",
    message: "`{name}` needs a number without a unit, this is {found}",
    why: "the result would depend on the scale in which the value is written",
    help: "divide by a parameter {found} first",
  },
  "unit-expression": {
    severity: "error",
    message: "this is not a unit",
    why: "a unit is a product or quotient of declared units and their powers",
    help: "write it like `<usd/item>`, `<MWh*h>` or `<m^2>`; `<1>` has no unit",
  },
  "type-mismatch": {
    severity: "error",
    message: "`{name}` needs {expected}, this is {found}",
    why: "the value could not be used without guessing what was meant",
    help: "{advice}",
  },
  "power-exponent": {
    severity: "error",
    message: "the exponent of `^` must be a single known number without a unit",
    why: "the unit and the derivative of a power follow from its exponent",
    help: "write a number or a parameter, or use `exp` and `log`",
  },
  "unit-power": {
    severity: "error",
    message: "{unit} to the power {exponent} is no unit",
    why: "units have whole or half exponents at most",
    help: "divide by a parameter in {unit} first",
  },
  "not-constant": {
    severity: "error",
    message: "`{name}` must be known before anything runs, but this depends on {inputs}",
    why: "it fixes the problem that is trained for and solved",
    help: "use numbers, parameters and dims only",
  },
  "not-finite": {
    severity: "error",
    message: "this is no finite number: {value}",
    why: "every result that uses it would be infinite or no number at all",
    help: "look for a division by zero, the logarithm or root of a negative number, or an overflow",
  },
  "dim-size": {
    severity: "error",
    message: "dim `{name}` would have {size} elements",
    why: "a dim has between 1 and {limit} elements, a whole number of them",
    help: 'write a whole number, or a list of distinct labels: `dim {name} = ["a", "b"]`',
  },
  "dim-label-duplicate": {
    severity: "error",
    message: 'dim `{name}` has the label "{label}" twice',
    why: "an element is found by its label",
    help: "give every element its own label",
  },
  "shape-too-large": {
    severity: "error",
    message: "`{name}` would have {elements} elements; the limit is {limit}",
    why: "specs are checked from strangers too, so the work that one may ask for is limited",
    help: "use smaller dims, or reduce over one before combining it with another",
  },
  "expression-too-large": {
    severity: "error",
    message: "the expressions of this model are too large to check: {what}",
    why: "specs are checked from strangers too, so the work that one may ask for is limited",
    help: "simplify the expression or the functions it calls; reductions over a dim replace long sums",
  },
  "index-count": {
    severity: "error",
    message: "{found} indices for {value}, which has {expected}",
    why: "each index selects along one dim",
    help: "give one index for each dim; the name of a dim keeps all of its elements",
  },
  "index-range": {
    severity: "error",
    message: "index {index} is outside {dim}, which has {size} elements",
    why: "elements count from 0",
    help: "use an index from 0 to {last}",
  },
  "index-label": {
    severity: "error",
    message: '{dim} has no element "{label}"',
    why: "an element is found by its label",
    help: "{suggestion}",
  },
  "over-missing-dim": {
    severity: "error",
    message: "{value} has no dim `{dim}` to reduce over",
    why: "nothing would be added up",
    help: "reduce over one of its own dims: {dims}",
  },
  "argument-count": {
    severity: "error",
    message: "`{name}` takes {expected}, {found} given",
    why: "a missing or extra argument would change what is computed",
    help: "write it as `{signature}`",
  },
  "argument-unknown": {
    severity: "error",
    message: "`{callee}` has no argument `{name}`",
    why: "a misspelt argument would silently keep its default",
    help: "{suggestion}write it as `{signature}`",
  },
  "argument-twice": {
    severity: "error",
    message: "`{callee}` is given `{name}` twice",
    why: "which of the two is meant would depend on their order",
    help: "keep one of them",
  },
  "not-an-expression": {
    severity: "error",
    message: "{what} cannot stand in an expression",
    why: "an expression is built from numbers, names, operators and functions",
    help: "{advice}",
  },
  "list-mixed": {
    severity: "error",
    message: "the items of this list have different types or shapes",
    why: "a list is one array, row by row",
    help: "give every item the same type and as many elements",
  },
} as const satisfies Catalogue;
