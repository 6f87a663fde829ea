import type { Catalogue } from "../errors/droc-error.ts";

export const riskCatalogue = {
  "risk-no-losses": {
    severity: "error",
    message: "a risk measure was asked for over no losses",
    why: "The risk of an empty sample does not exist.",
    help: "Give at least one scenario with positive weight.",
  },
  "risk-level": {
    severity: "error",
    message: "level {level} is outside [0, 1]",
    why: "The level is the probability mass below the tail: CVaR at level 0.95 is the mean of the worst 5 %.",
    help: "Give a level between 0 (the mean) and 1 (the worst case).",
  },
  "risk-not-finite": {
    severity: "error",
    message: "{what} {index} is {value}",
    why: "One value that is not a number makes the mean, the quantile and the tail meaningless.",
    help: "Find the scenario that gives this value; losses must be finite, weights finite and at least 0.",
  },
} as const satisfies Catalogue;
