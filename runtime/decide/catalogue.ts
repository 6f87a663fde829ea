import type { Catalogue } from "../errors/droc-error.ts";

export const decideCatalogue = {
  "scenario-count": {
    severity: "error",
    message: "{count} scenarios of {size} values need {expected} numbers; {actual} were given",
    why: "A row that is too short or too long would shift every later scenario.",
    help: "Give count × d outcomes row by row, and one weight a scenario where there are weights.",
  },
  "scenario-not-finite": {
    severity: "error",
    message: "scenario {row} has the value {value} in component {component}",
    why: "One outcome that is not a number makes the risk of every decision meaningless.",
    help: "Look for overflow in the generator or for missing values in the data that the scenario came from.",
  },
  "scenario-weight": {
    severity: "error",
    message: "scenario {row} has the weight {value}",
    why: "Scenario weights are probabilities up to a factor.",
    help: "Give finite weights, at least 0.",
  },
  "scenario-weights-zero": {
    severity: "error",
    message: "all {count} scenario weights are 0",
    why: "Without any mass there is no risk to minimise.",
    help: "Give at least one scenario a positive weight.",
  },
  "context-not-finite": {
    severity: "error",
    message: "context value {component} is {value}",
    why: "The loss reads the context, so its pieces would not be numbers.",
    help: "Fill or drop rows with missing context before deciding.",
  },
  "piece-not-finite": {
    severity: "error",
    message: "piece {piece} of the loss is {value} at scenario {row}",
    why: "The loss overflows or divides by zero at this outcome and context.",
    help: "Restrict the outcome's range, or rewrite the loss so that it stays finite there.",
  },
  "risk-level-out-of-range": {
    severity: "error",
    message: "cvar level {level} is outside [0, 1)",
    why: "CVaR at level β is the mean of the worst 1 − β, which must have mass.",
    help: "Give a level of at least 0 and under 1, for instance 0.95.",
  },
  "risk-not-convex": {
    severity: "error",
    message: "the weight {weight} of the {term} is negative",
    why: "A negative weight turns a convex risk concave; the solvers would stop at a point that is no minimum.",
    help: "Give weights of at least 0, or write the term into the loss where that is what is meant.",
  },
  "quadratic-not-convex": {
    severity: "error",
    message: "the quadratic term curves downward: its matrix has the curvature {curvature} along some direction",
    why: "Minimising a concave quadratic has many local minima, and the solvers here find only one.",
    help: "Use a positive semidefinite matrix, for instance a covariance or eta * sum_squares(z) with eta ≥ 0.",
  },
  "set-malformed": {
    severity: "error",
    message: "the feasible set is malformed: {what}",
    why: "Bounds and rows must be numbers, one a component, before any solver can read them.",
    help: "Give {size} numbers in each; only bounds may be infinite.",
  },
  "problem-malformed": {
    severity: "error",
    message: "the decision problem is malformed: {what}",
    why: "Sizes that disagree would pair coefficients with the wrong components.",
    help: "Build the problem with droc build, or give every vector the size that `sizes` states.",
  },
  "solver-does-not-fit": {
    severity: "error",
    message: "solver {solver} cannot take {feature}",
    why: "It would have to ignore a part of the problem.",
    help: "Leave the solver at auto, or name {instead}.",
  },
  "no-derivative": {
    severity: "error",
    message: "the decision has no derivative: {reason}",
    why: "Training through a decision needs to know how the optimum moves with the scenarios.",
    help: "Train with a loss that needs none: spo_plus and its like where the cost is linear in what is predicted, a contrastive one over a pool of decisions for any problem, one with integers too.",
  },
  "solver-failed": {
    severity: "error",
    message: "{solver} gave no answer: {status}",
    why: "Neither an optimum nor a proof that there is none was found.",
    help: "Check the scale of the losses: numbers that span more than ten orders of magnitude defeat the solvers.",
  },
} as const satisfies Catalogue;
