import type { OuterLoss } from "../loss-spec.ts";
import { extend, type Extended } from "./extended.ts";
import type { LossRow } from "./row.ts";
import { dot } from "../../decide/dot.ts";

/** Value of a loss on a decision, and its derivative in the decision's `(φ, g)`. */
export interface OuterValue {
  readonly value: number;
  /** d values. */
  readonly slopeBar: Float64Array;
  readonly offsetBar: number;
}

/** The loss on a decision, or on a mean of several, of a linear cost. */
export function outerLoss(kind: OuterLoss, row: LossRow, { slope, offset }: Extended): OuterValue {
  const { cost, best } = row;
  if (kind === "regret") return { value: dot(cost, slope) + offset - best.objective, slopeBar: cost, offsetBar: 1 };
  const target = extend(best, cost).slope;
  const d = slope.length;
  const slopeBar = new Float64Array(d);
  let value = 0;
  for (let i = 0; i < d; i++) {
    const error = slope[i]! - target[i]!;
    value += kind === "squared_error" ? error ** 2 / d : Math.abs(error) / d;
    slopeBar[i] = kind === "squared_error" ? (2 * error) / d : Math.sign(error) / d;
  }
  return { value, slopeBar, offsetBar: 0 };
}

/** Mean of several decisions in `(φ, g)`. */
export function meanOf(answers: readonly Extended[]): Extended {
  const slope = new Float64Array(answers[0]!.slope.length);
  let offset = 0;
  for (const answer of answers) {
    for (let i = 0; i < slope.length; i++) slope[i]! += answer.slope[i]! / answers.length;
    offset += answer.offset / answers.length;
  }
  return { slope, offset };
}
