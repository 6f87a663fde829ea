import type { ModelIR } from "../../../runtime/ir/model.ts";
import { analyseExpression, type ExpressionFacts } from "../curvature/index.ts";
import { degreeOf } from "../degree.ts";
import type { FeasibleForm } from "../feasible.ts";
import type { Interval } from "../interval.ts";
import { namesOf, type Layouts } from "../layout.ts";
import { dataRanges, jumpInOutcome, type Piece } from "../loss.ts";
import { symmetricEigenvalues, type QuadraticForm } from "../quadratic.ts";
import type { ExprNode } from "../../../runtime/ir/expr.ts";

/** What the assumptions of the methods are decided from. Facts that cost work are computed when first asked for. */
export interface Facts {
  readonly ir: ModelIR;
  /** The operation through which the loss may jump in the outcome. */
  readonly jump: ExprNode | null;
  /** Of the loss in the outcome, for every feasible decision and every context. */
  outcome(): ExpressionFacts;
  /** Largest m such that the deterministic part of the risk less `m/2·‖z‖²` is convex. */
  modulus(): number;
  /** Pieces of the loss in the decision; none where it bends other than by maxima. */
  readonly pieces: readonly Piece[];
  /** Whether there are pieces, each affine in the outcome too. */
  biaffine(): boolean;
  readonly feasible: FeasibleForm;
  /** Every outcome has a declared range, and its transform keeps it. */
  readonly boundedOutcome: boolean;
}

export interface FactSource {
  readonly ir: ModelIR;
  readonly layouts: Layouts;
  readonly feasible: FeasibleForm;
  readonly pieces: readonly Piece[];
  readonly deterministic: QuadraticForm;
}

export function factsOf({ ir, layouts, feasible, pieces, deterministic }: FactSource): Facts {
  const outcomes = namesOf(layouts.outcome);
  const ranges = dataRanges(ir);
  let outcome: ExpressionFacts | null = null;
  return {
    ir,
    feasible,
    pieces,
    jump: jumpInOutcome(ir.loss.graph, layouts.outcome),
    outcome() {
      outcome ??= analyseExpression(ir.loss.graph, {
        variables: [...outcomes],
        ranges: new Map([...ranges, ...decisionRanges(layouts, feasible)]),
      });
      return outcome;
    },
    modulus() {
      const { quadratic } = deterministic;
      if (quadratic === null) return 0;
      const least = symmetricEigenvalues(quadratic, feasible.size).reduce((a, v) => Math.min(a, v), Infinity);
      return Math.max(0, 2 * least);
    },
    biaffine: () =>
      pieces.length > 0 &&
      pieces.every(({ slope, offset }) => [slope, offset].every((graph) => degreeOf(graph, outcomes) <= 1)),
    boundedOutcome: [...outcomes].every((name) => ranges.has(name)),
  };
}

/** The range of each block as the hull of its components' bounds. */
function decisionRanges(layouts: Layouts, feasible: FeasibleForm): readonly (readonly [string, Interval])[] {
  return layouts.decision.parts.map(({ name, offset, size }) => {
    const end = offset + size;
    const lower = feasible.lower.slice(offset, end).reduce((a, v) => Math.min(a, v), Infinity);
    const upper = feasible.upper.slice(offset, end).reduce((a, v) => Math.max(a, v), -Infinity);
    return [name, { lower, upper }];
  });
}
