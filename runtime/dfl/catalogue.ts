import type { Catalogue } from "../errors/droc-error.ts";

/** What training for decisions reports. */
export const dflCatalogue = {
  "prediction-not-finite": {
    severity: "error",
    message: "at step {step} the predicted cost {component} of training row {row} is {value}",
    why: "No decision can be taken for a cost that is not a number, and every weight would be one after this step.",
    help: "Lower the rate of the optimizer, clip its gradient, or look for extreme values in the row's context.",
  },
  "loss-not-finite": {
    severity: "error",
    message: "at step {step} the loss {loss} of training row {row} is {value}",
    why: "Its gradient would turn every weight into something that is not a number.",
    help: "Look for extreme costs in that row, lower the rate, or raise the temperature or sigma of the loss.",
  },
  "no-training-decisions": {
    severity: "error",
    message: "none of the {rows} training rows has a best decision: the first is {status}{detail}",
    why: "A predictor that is trained for decisions learns from the best decision at each outcome that came.",
    help: "Check the constraints at the outcomes of the data, and the time limit of the solver.",
  },
  "loss-does-not-fit": {
    severity: "error",
    message: "the loss {loss} does not fit this problem: {reason}",
    why: "Its gradient is derived for another kind of problem, and would train towards decisions that nobody asked for.",
    help: "Choose one of {fitting}.",
  },
} as const satisfies Catalogue;
