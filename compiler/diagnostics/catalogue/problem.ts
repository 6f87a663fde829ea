import type { Catalogue } from "../../../runtime/errors/droc-error.ts";

/** Decision, constraints, loss, risk, uncertainty, training and evaluation. */
export const problemMessages = {
  "decision-type": {
    severity: "error",
    message: "the decision `{name}` cannot be of type {found}",
    why: "a decision is a vector of real, whole or yes/no numbers",
    help: "declare it as real, int or bool, for instance `decision {name}: real[Asset]`",
  },
  "decision-domain": {
    severity: "error",
    message: "the decision `{name}` cannot be in {what}",
    why: "its domain is a set or a range",
    help: "{suggestion}write `in simplex { cap: 0.3 }`, `in 0..1`, or declare a `set`",
  },
  "decision-range": {
    severity: "error",
    message: "no value of `{name}` can be in {lower}..{upper}",
    why: "the feasible set would be empty",
    help: "write the smaller bound first",
  },
  "constraint-relation": {
    severity: "error",
    message: "a constraint cannot use `{op}`",
    why: "{reason}",
    help: "use `<=`, `>=` or `==`",
  },
  "constraint-uses": {
    severity: "error",
    message: "a constraint uses the {role} `{name}`",
    why: "{reason}",
    help: "{advice}",
  },
  "constraint-without-decision": {
    severity: "error",
    message: "this constraint does not depend on the decision",
    why: "it is either always true or can never be met",
    help: "use a decision in it, or remove it",
  },
  "loss-parameter": {
    severity: "error",
    message: "`{name}` is neither a decision nor a field of the data",
    why: "the loss is a function of what is decided, what is observed and what happens",
    help: "{suggestion}",
  },
  "loss-unlisted": {
    severity: "error",
    message: "the loss `{loss}` uses `{name}` without listing it",
    why: "a reader takes its parameters for all that it depends on",
    help: "add it: `loss {loss}({parameters})`",
  },
  "loss-shape": {
    severity: "error",
    message: "the loss `{loss}` is {found}, not a single number",
    why: "decisions are compared by one number for each scenario",
    help: "reduce it, for instance with `sum(…)` or `dot(…, …)`",
  },
  "risk-not-linear": {
    severity: "error",
    message: "`{what}` is not a sum of risk measures",
    why: "the risk is a sum of `mean(L)`, `cvar(L, …)` and terms of the decision, each times a number, which is what keeps it coherent",
    help: "write it as `mean(L) + gamma * cvar(L, level = 90%) + eta * sum_squares(z)`",
  },
  "risk-negative-weight": {
    severity: "error",
    message: "the weight of `{term}` is {weight}",
    why: "a negative weight would reward risk, and the problem would no longer be convex",
    help: "make the weight zero or positive",
  },
  "risk-without-loss": {
    severity: "error",
    message: "the risk does not use the loss",
    why: "no outcome could then change the decision",
    help: "add `mean({loss})` or `cvar({loss}, level = 90%)`",
  },
  "risk-uses": {
    severity: "error",
    message: "a term of the risk uses the {role} `{name}` outside `mean` and `cvar`",
    why: "it differs from row to row, so how it is averaged must be said",
    help: "move the term into the loss",
  },
  "risk-loss-name": {
    severity: "error",
    message: "`{measure}` takes the loss `{loss}`, this is {found}",
    why: "a risk measure is of the loss that the model declares",
    help: "write `{measure}({loss}{rest})`",
  },
  "cvar-level-missing": {
    severity: "error",
    message: "`cvar` needs exactly one of `level = …` and `tail = …`",
    why: "both conventions are in use, and a bare number would mean the worst 5% to one reader and the worst 95% to another",
    help: "write `cvar({loss}, level = 95%)`, which is the same as `cvar({loss}, tail = 5%)`",
  },
  "cvar-level-range": {
    severity: "error",
    message: "`{name} = {value}` is outside {range}",
    why: "{reason}",
    help: "write, for instance, `level = 95%`, the mean of the worst 5%",
  },
  "uncertainty-target": {
    severity: "error",
    message: "the generator does not fit the data: {what}",
    why: "the generator must draw every outcome that the loss can read, and nothing else",
    help: "write `uncertainty {expected} ~ …`",
  },
  "evaluate-on": {
    severity: "error",
    message: "`{name}` is not a part of the data to evaluate on",
    why: "results on the training part say nothing about new data",
    help: "{suggestion}write `evaluate on test` or `evaluate on validation`",
  },
} as const satisfies Catalogue;
