import type { Catalogue } from "../../runtime/errors/droc-error.ts";

/** What the analyses of a lowered model report; part of the compiler's catalogue. */
export const analyseCatalogue = {
  "loss-not-piecewise-affine": {
    severity: "error",
    message: "the loss `{loss}` has no form that can be solved: {reason}",
    why: "each context's decision is found by a linear, quadratic or cone program, which needs a loss that provably bends upwards in the decision",
    help: "build the loss from sums, `max`, `pos`, `abs`, squares, norms, `exp` and `-log(…)` of what is affine in the decision, with factors that are provably non-negative",
  },
  "loss-not-convex-in-decision": {
    severity: "error",
    message: "the loss `{loss}` is not convex in the decision: {reason}",
    why: "minimising it could stop at a decision that is only locally best, and no solver here could certify the answer",
    help: "use `max`, `pos` and `abs` with factors that are provably non-negative, `min` only where it is subtracted; if a factor is non-negative by meaning, write it as `abs(…)` or `pos(…)`",
  },
  "loss-too-many-pieces": {
    severity: "error",
    message: "the loss `{loss}` has more than {limit} affine pieces in the decision: {reason}",
    why: "every piece is one row for each scenario, and sums of maxima multiply their pieces",
    help: "write the loss with fewer `max`, `pos` and `abs` terms, or reduce over fewer elements",
  },
  "expression-too-deep": {
    severity: "error",
    message: "{what} has {depth} operations inside each other; the limit is {limit}",
    why: "its proofs and derivatives follow the expression inwards, and a spec must not be able to exhaust the compiler",
    help: "write long sums with `sum` or `dot` over a dim, and let functions call each other less deeply",
  },
  "loss-ignores-decision": {
    severity: "error",
    message: "the loss `{loss}` does not depend on the decision",
    why: "every decision would cost the same, so there is nothing to decide",
    help: "use the decision in the loss: {decisions}",
  },
  "loss-ignores-outcome": {
    severity: "error",
    message: "the loss `{loss}` does not depend on the uncertain outcome",
    why: "no model of uncertainty could change the decision, and training would have no effect",
    help: "use an outcome in the loss: {outcomes}; a cost without uncertainty belongs in `risk`",
  },
  "constraint-not-affine": {
    severity: "error",
    message: "the constraint `{label}` keeps the decision in no convex set, as far as rules show: {reason}",
    why: "in a set that is not convex a decision can be best nearby and not best of all, and no solver here could tell",
    help: "compare a sum of decisions times numbers with a number, or keep something convex (`norm2`, `sum_squares`, `exp`) at or below a number",
  },
  "risk-term-not-quadratic": {
    severity: "error",
    message: "a term of `risk` without the loss is no convex function of the decision, as far as rules show: {reason}",
    why: "minimising what may bend downwards could stop at a decision that is only locally best",
    help: "use `sum_squares(z)`, `dot(c, z)`, norms, `exp`, `-log(…)` and powers of one and above with non-negative factors, or move the term into the loss",
  },
  "risk-term-not-convex": {
    severity: "error",
    message: "the quadratic term of `risk` is not convex: its matrix has the eigenvalue {eigenvalue}",
    why: "minimising it could stop at a decision that is only locally best",
    help: "make the weights of squares non-negative, or of the sign that minimisation needs",
  },
  "feasible-set-empty": {
    severity: "error",
    message: "no decision meets all constraints: {conflict}",
    why: "there is nothing to choose from, so a run would train for an hour and stop at its first decision",
    help: "loosen {any}; without any one of these constraints the others can be met",
  },
  "risk-unbounded": {
    severity: "error",
    message: "the risk falls without end as {components}",
    why: "there is no best decision, only ever larger ones, whatever the data say",
    help: "bound {names}, for instance `{example}`, or charge for its size in `risk`",
  },
  "decision-may-be-unbounded": {
    severity: "warning",
    message: "nothing in the set stops the decision as {components}",
    why: "the data decide whether that lowers the risk without end, and then a run stops without a decision",
    help: "bound {names}, for instance `{example}`, or charge for its size in `risk`",
  },
  "redundant-constraint": {
    severity: "warning",
    message: "the constraint `{label}` changes nothing: {reason}",
    why: "a reviewer takes it for a limit, and a limit that never binds is often a mistyped number or a wrong unit",
    help: "correct its number, or remove it",
  },
  "search-of-nothing": {
    severity: "warning",
    message: "`solve {name}` changes nothing: no component of the decision is a whole number",
    why: "its gap and time limit end a search for whole numbers; decisions of real numbers are solved exactly",
    help: "remove it, or declare the decision `int` or `bool` where it must be whole",
  },
  "feasible-set-not-examined": {
    severity: "note",
    message: "whether the feasible set is empty was not examined: {reason}",
    why: "an empty set would show only when the first decision is solved",
    help: "nothing need be done; `droc run` examines it with its own solver",
  },
  "leak-across-split": {
    severity: "error",
    message: "context `{context}` reads earlier rows, up to {rows} back, but rows are split at random",
    why: "a training row then holds values of test rows beside it, so the test would look too good",
    help: "write `split chronological { … }`, or use only columns of the row itself as context",
  },
  "evaluate-on-selection": {
    severity: "warning",
    message: "results are measured on validation, where `{method}` also chooses its `{option}`",
    why: "what was chosen there does better there than on new data, so the figures promise too much",
    help: "write `evaluate on test { … }`, or give `{option}` one value",
  },
  "assumption-violated": {
    severity: "error",
    message: "`{method}` assumes that {statement}, but {reason}",
    why: "{otherwise} ({source})",
    help: '{advice}; if it is safe here, say why: `waive {assumption} because "…"`',
  },
} as const satisfies Catalogue;

/** Phrases that fill `{reason}`. `{op}` is the operation as it is written in a spec. */
export const reasons = {
  nonlinear: "`{op}` is applied to something that depends on the decision",
  product: "two things that both depend on the decision are multiplied",
  divisor: "it divides by something that depends on the decision",
  condition: "a condition depends on the decision",
  bends: "`{op}` bends downwards here",
  sign: "the factor of a bent term may be negative",
  pieces: "its maxima multiply",
  degree: "`{op}` is neither a sum nor a product of two affine expressions",
  data: "it reads `{op}`, which is not a decision",
} as const;

export type AnalyseCode = keyof typeof analyseCatalogue;
