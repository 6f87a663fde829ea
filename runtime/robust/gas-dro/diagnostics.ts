import type { InnerTrace } from "./inner.ts";

/** How far the alternation of 001 algorithm 1 got. */
export interface GasDroDiagnostics {
  /** ε. */
  readonly budget: number;
  /** J(θ₀) of the pre-trained generator. */
  readonly pretraining: number;
  /** J of the last generator, averaged over the last alternation's inner epochs. */
  readonly reconstruction: number;
  /** Whether the budget holds the adversary back: μ is positive at the end. */
  readonly binds: boolean;
  /** `max(0, J/ε − 1)` of the last generator. */
  readonly violation: number;
  /** Spread of μ over the last third of all epochs beside its mean there: near 0 where it settled. */
  readonly multiplierSwing: number;
  /** Change of μ from the first to the second half of that third, beside its mean: near 0 where it no longer goes anywhere. */
  readonly multiplierDrift: number;
  /**
   * Estimate of what the last inner maximisation left, in the unit of f: how far the Lagrangian under its last multiplier
   * rose above its mean along the iterates, plus `|μ (J̄/ε − 1)|`, which is 0 where the budget is just used up (the
   * parts of 001 theorem 1, with the iterates in place of all θ). `null` where no rows were drawn from the iterates.
   */
  readonly innerGap: number | null;
}

/** What a trace says about an alternation that ended. */
export function diagnose(trace: readonly InnerTrace[], budget: number, pretraining: number): GasDroDiagnostics {
  const last = trace.at(-1)!;
  const final = trace.filter(({ outer }) => outer === last.outer);
  const tail = trace.slice(-Math.max(2, Math.ceil(trace.length / 3))).map(({ multiplier }) => multiplier);
  const mean = meanOf(tail);
  const half = tail.length >> 1;
  const drift = meanOf(tail.slice(-half)) - meanOf(tail.slice(0, half));
  const swing = Math.sqrt(meanOf(tail.map((value) => (value - mean) ** 2)));
  const measured = final.flatMap(({ expected, deviation, reconstruction }) =>
    expected === null || deviation === null ? [] : [{ expected, slack: deviation * (reconstruction / budget - 1) }],
  );
  const slack = meanOf(measured.map((entry) => last.multiplier * entry.slack));
  const lagrangians = measured.map((entry) => entry.expected - last.multiplier * entry.slack);
  return {
    budget,
    pretraining,
    reconstruction: meanOf(final.map((entry) => entry.reconstruction)),
    binds: last.multiplier > 0,
    violation: last.violation,
    multiplierSwing: mean === 0 ? 0 : swing / mean,
    multiplierDrift: mean === 0 ? 0 : drift / mean,
    innerGap: measured.length < 2 ? null : Math.max(...lagrangians) - meanOf(lagrangians) + Math.abs(slack),
  };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
