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
  /**
   * Estimate of what the last inner maximisation left, in the unit of f: the largest Lagrangian of its iterates under its
   * last multiplier, less the largest E[f] of those within 5 % of the budget (weak duality, with the iterates in place of
   * all θ). `null` where none was within it.
   */
  readonly innerGap: number | null;
}

/** J within this share of ε counts as feasible. */
const FEASIBLE = 0.05;

export function diagnose(trace: readonly InnerTrace[], budget: number, pretraining: number): GasDroDiagnostics {
  const last = trace.at(-1)!;
  const final = trace.filter(({ outer }) => outer === last.outer);
  const tail = trace.slice(-Math.max(2, Math.ceil(trace.length / 3))).map(({ multiplier }) => multiplier);
  const mean = tail.reduce((sum, value) => sum + value, 0) / tail.length;
  const swing = Math.sqrt(tail.reduce((sum, value) => sum + (value - mean) ** 2, 0) / tail.length);
  const measured = final.flatMap(({ expected, deviation, reconstruction }) =>
    expected === null || deviation === null
      ? []
      : [{ expected, lagrangian: expected - last.multiplier * deviation * (reconstruction / budget - 1), reconstruction }],
  );
  const feasible = measured.filter(({ reconstruction }) => reconstruction <= budget * (1 + FEASIBLE));
  return {
    budget,
    pretraining,
    reconstruction: final.reduce((sum, entry) => sum + entry.reconstruction, 0) / final.length,
    binds: last.multiplier > 0,
    violation: last.violation,
    multiplierSwing: mean === 0 ? 0 : swing / mean,
    innerGap:
      feasible.length === 0
        ? null
        : Math.max(...measured.map(({ lagrangian }) => lagrangian)) - Math.max(...feasible.map(({ expected }) => expected)),
  };
}
