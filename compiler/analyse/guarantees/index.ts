import type { ModelIR, OptionValue } from "../../../runtime/ir/model.ts";
import { assumptionTable, factsOf, isViolated, judge, type Judgement } from "../assumptions/index.ts";
import { numberText } from "../feasibility/text.ts";
import type { CanonicalProblem } from "../index.ts";
import type { Layouts } from "../layout.ts";
import { symmetricEigenvalues } from "../quadratic.ts";

/** A property of the problem, with what follows from it. */
export interface Guarantee {
  readonly name: string;
  /** `false` says what is not promised; `unknown`: it rests on what no check of a spec can decide. */
  readonly holds: boolean | "unknown";
  readonly text: string;
  /** The bound that follows, with its constants as far as the spec fixes them. */
  readonly bound?: string;
  readonly source?: string;
  /** What would have to change for a stronger statement. */
  readonly stronger?: string;
}

/** What the compiler proved, or could not, about a model that it accepted. */
export function guaranteesOf(ir: ModelIR, canonical: CanonicalProblem): readonly Guarantee[] {
  return [
    convexity(canonical),
    uniqueness(canonical),
    set(canonical),
    existence(canonical),
    {
      name: "coherent-risk",
      holds: true,
      text: "mean and CVaR with non-negative weights: the risk is monotone and convex",
      source: assumptionTable.coherent_risk.source,
    },
    sampling(ir),
    differentiability(canonical),
    ...regretBound(ir, canonical),
    leakage(ir),
    evaluation(ir),
    ...canonical.judgements.flatMap(waived),
  ];
}

function convexity({ feasible }: CanonicalProblem): Guarantee {
  return feasible.integer.length === 0
    ? {
        name: "convex",
        holds: true,
        text: "loss, risk and set are convex in the decision: every decision is a global minimum, with a duality gap to show it",
      }
    : {
        name: "convex",
        holds: false,
        text: "some components of the decision are integer: branch and bound proves optimality, and takes longer",
        stronger: "declare the decision `real` where rounding it afterwards does no harm",
      };
}

/** What to add so that the objective curves in every direction, in the spec's own names. */
function ridge({ decision }: Layouts): string {
  const squares = decision.parts.map(({ name, shape }) =>
    shape.length === 0 ? `square(${name})` : `sum_squares(${name})`,
  );
  const sum = squares.length === 1 ? squares[0]! : `(${squares.join(" + ")})`;
  return `add \`eta * ${sum}\` to \`risk\``;
}

function uniqueness({ deterministic, feasible, conic, layouts }: CanonicalProblem): Guarantee {
  const { quadratic } = deterministic;
  const least =
    quadratic === null ? 0 : symmetricEigenvalues(quadratic, feasible.size).reduce((a, v) => Math.min(a, v), Infinity);
  return least > 0
    ? {
        name: "unique-decision",
        holds: true,
        text: `the objective is strongly convex (smallest curvature ${numberText(2 * least)}): for given scenarios the best decision is unique`,
        bound: `‖z − z*‖² ≤ ${numberText(1 / least)} · gap`,
      }
    : conic !== null
      ? {
          name: "unique-decision",
          holds: "unknown",
          text: "the objective curves in the decision, but not provably in every direction: several decisions may be equally good for the same scenarios",
          stronger: ridge(layouts),
        }
      : {
          name: "unique-decision",
          holds: false,
          text: "the objective is not strongly convex: several decisions may be equally good for the same scenarios",
          stronger: ridge(layouts),
        };
}

function set({ feasibility, layouts, feasible }: CanonicalProblem): Guarantee {
  const { fixed } = feasibility;
  const held = fixed.length === 0 ? "" : `; ${fixed.length} of ${feasible.size} components have one value only`;
  if (feasibility.set === "not-examined") {
    return {
      name: "nonempty",
      holds: "unknown",
      text: "whether a decision meets all constraints is left to the run: the set is too large to examine here",
    };
  }
  if (feasible.curved.length > 0) {
    return {
      name: "nonempty",
      holds: "unknown",
      text: `the affine constraints of ${layouts.decision.parts.map((part) => part.name).join(", ")} can be met together; whether the curved ones can too shows at the first solve`,
    };
  }
  const relaxed = feasibility.relaxed
    ? "; of whole numbers only the bounds were rounded, so that no whole point may meet the rows"
    : "";
  return {
    name: "nonempty",
    holds: feasibility.relaxed ? "unknown" : true,
    text: `the constraints of ${layouts.decision.parts.map((part) => part.name).join(", ")} can be met together${held}${relaxed}`,
  };
}

function existence({ feasible, feasibility }: CanonicalProblem): Guarantee {
  const boxed = [...feasible.lower, ...feasible.upper].every(Number.isFinite);
  if (boxed) {
    return {
      name: "bounded",
      holds: true,
      text: "every component of the decision has finite bounds: a best decision exists whatever the scenarios",
    };
  }
  if (feasibility.unbounded === "no") {
    return {
      name: "bounded",
      holds: true,
      text: "the risk rises, or the set ends, in every direction: a best decision exists whatever the scenarios",
    };
  }
  return {
    name: "bounded",
    holds: "unknown",
    text: "a component of the decision has no finite bound: whether a best decision exists depends on the scenarios, and is checked at each solve",
    stronger: "give each component a lower and an upper bound",
  };
}

function sampling(ir: ModelIR): Guarantee {
  const value = ir.uncertainty.generator.options["scenarios"]?.value;
  const count = typeof value === "number" ? value : 0;
  const tail = ir.risk.cvar.reduce((least, term) => Math.min(least, 1 - term.level), 1);
  const used = Math.round(count * tail);
  return {
    name: "sample-average",
    holds: true,
    text: `each decision is exact for its ${count} scenarios and approximate for the law that they are drawn from${tail < 1 ? `; ${used} of them make the CVaR's tail` : ""}`,
    bound: `error of the risk of order ${numberText(1 / Math.sqrt(Math.max(1, used)))} · sd of the loss${tail < 1 ? " in the tail" : ""}`,
    source: "Shapiro, Dentcheva & Ruszczyński 2014, §5.1",
    stronger: "raise `scenarios`: four times as many halve the error",
  };
}

function differentiability({ differentiableInOutcome }: CanonicalProblem): Guarantee {
  return {
    name: "differentiable-in-outcome",
    holds: differentiableInOutcome,
    text: differentiableInOutcome
      ? "the loss is continuous and almost everywhere differentiable in the outcome, as decision weights assume (003 §4.2)"
      : "the loss may jump in the outcome: decision weights miss the jump",
    source: assumptionTable.differentiable_in_outcome.source,
  };
}

/** The regret bounds of flow matching: the general one, or the sharper one where the risk curves. */
function regretBound(ir: ModelIR, canonical: CanonicalProblem): readonly Guarantee[] {
  if (ir.uncertainty.generator.name !== "flow_matching") return [];
  const facts = factsOf({ ir, ...canonical });
  const lacking = judge("dw_fm_strong", facts).filter(isViolated);
  const weighted = ir.train.name === "dw_fm";
  if (lacking.length === 0) {
    return [
      {
        name: "regret-bound",
        holds: "unknown",
        text: "regret falls linearly with the weighted squared error of the velocity, if the paths are regular (003 assumptions C.1 to C.3)",
        bound: `regret ≤ L / (2 · ${numberText(facts.modulus())}²) · weighted squared velocity error`,
        source: "003 theorem C.4",
      },
    ];
  }
  return [
    {
      name: "regret-bound",
      holds: "unknown",
      text: `expected regret is bounded by the root of ${weighted ? "the weighted fitting error plus the tilt of the weights" : "the fitting error"}, if the learnt path stays where the interpolation has mass (003 assumptions 5.1, 5.2, 5.5)`,
      bound: weighted
        ? "E[regret] ≤ 2 · E[√(2 · C · (fitting error + tilt))]"
        : "E[regret] ≤ 2 · E[√(2 · C · fitting error)]",
      source: "003 theorem 5.6",
      stronger: `the linear bound of 003 theorem C.4 lacks: ${lacking.map(({ need, verdict }) => `that ${assumptionTable[need.assumption].statement} (${verdict.because})`).join("; ")}`,
    },
  ];
}

function leakage(ir: ModelIR): Guarantee {
  const weighted = ir.train.name === "dw_fm";
  return {
    name: "no-leakage",
    holds: true,
    text: `transforms are fitted on the training rows${weighted ? ", references are cross-fitted, strengths are chosen on validation" : ""}; windows end at their own row, and no feature reads the outcome that it predicts`,
  };
}

function evaluation(ir: ModelIR): Guarantee {
  const evaluator: OptionValue | undefined = ir.evaluate.options["evaluator"]?.value;
  const truth = typeof evaluator === "object" && "name" in evaluator && evaluator.name === "truth";
  return {
    name: "regret-under-truth",
    holds: truth,
    text: truth
      ? "regret is measured under the task's true conditional law, up to sampling"
      : "the true law is unknown: regret is measured under a frozen stand-in fitted on all rows, realised losses on what occurred",
  };
}

function waived(judgement: Judgement): readonly Guarantee[] {
  const { need, verdict, waiver } = judgement;
  if (waiver === null || !isViolated(judgement)) return [];
  const { statement, source } = assumptionTable[need.assumption];
  return [
    {
      name: `waived-${need.assumption.replaceAll("_", "-")}`,
      holds: false,
      text: `waived: ${need.method} assumes that ${statement}, but ${verdict.because}; accepted because "${waiver.because}"`,
      source,
    },
  ];
}
