import type { DecisionAnswer } from "./types.ts";

/** An answer before it is known how long it took. */
export type UntimedAnswer = Omit<DecisionAnswer, "milliseconds">;

/** What a problem without a decision is answered with: its status, what is to blame, and no number. */
export function withoutAnswer(
  { decision, levels }: { readonly decision: number; readonly levels: number },
  reason: Pick<DecisionAnswer, "status" | "blame" | "missing" | "solver">,
): UntimedAnswer {
  return {
    z: new Float64Array(decision).fill(NaN),
    t: new Float64Array(levels).fill(NaN),
    objective: NaN,
    primalResidual: NaN,
    dualResidual: NaN,
    gap: NaN,
    ...reason,
  };
}
