import type { ModelIR } from "../../../runtime/ir/model.ts";
import { symmetricEigenvalues } from "../../analyse/quadratic.ts";
import type { CanonicalProblem } from "../../analyse/index.ts";
import { isOptions, numberText } from "./text-of.ts";

/** A property of the problem, with what follows from it. `holds: false` says what is not promised. */
export interface Guarantee {
  readonly name: string;
  readonly holds: boolean;
  readonly text: string;
}

/** What the compiler proved, or could not, about a model that it accepted. */
export function guaranteesOf(ir: ModelIR, canonical: CanonicalProblem): readonly Guarantee[] {
  const { feasible, deterministic } = canonical;
  const integer = feasible.integer.length > 0;
  const bounded = [...feasible.lower, ...feasible.upper].every(Number.isFinite);
  const curvature =
    deterministic.quadratic === null ? 0 : Math.min(...symmetricEigenvalues(deterministic.quadratic, feasible.size));
  const weighted = ir.train.name === "dw_fm";
  const evaluator = ir.evaluate.options["evaluator"]?.value;
  const truth = evaluator !== undefined && isOptions(evaluator) && evaluator.name === "truth";
  return [
    {
      name: "convex",
      holds: !integer,
      text: integer
        ? "some components of the decision are integer: branch and bound proves optimality, and takes longer"
        : "loss, risk and set are convex in the decision: every decision is a global minimum, with a duality gap to show it",
    },
    {
      name: "unique-decision",
      holds: curvature > 0,
      text:
        curvature > 0
          ? `the objective is strongly convex (smallest curvature ${numberText(2 * curvature)}): for given scenarios the best decision is unique`
          : "the objective is not strongly convex: several decisions may be equally good for the same scenarios",
    },
    {
      name: "bounded",
      holds: bounded,
      text: bounded
        ? "every component of the decision has finite bounds: a best decision exists whatever the scenarios"
        : "a component of the decision has no finite bound: whether a best decision exists depends on the scenarios, and is checked at each solve",
    },
    {
      name: "coherent-risk",
      holds: true,
      text: "mean and CVaR with non-negative weights: the risk is monotone and convex",
    },
    {
      name: "differentiable-in-outcome",
      holds: canonical.differentiableInOutcome,
      text: canonical.differentiableInOutcome
        ? "the loss is continuous and almost everywhere differentiable in the outcome, as decision weights assume (003 §4.2)"
        : "the loss may jump in the outcome: decision weights miss the jump",
    },
    {
      name: "no-leakage",
      holds: true,
      text: `transforms are fitted on the training rows${weighted ? ", references are cross-fitted, strengths are chosen on validation" : ""}; no feature reads the row that it predicts`,
    },
    {
      name: "regret-under-truth",
      holds: truth,
      text: truth
        ? "regret is measured under the task's true conditional law, up to sampling"
        : "the true law is unknown: regret is measured under a frozen stand-in fitted on all rows, realised losses on what occurred",
    },
  ];
}
