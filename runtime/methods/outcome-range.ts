import type { ScenarioSet } from "../decide/types.ts";
import type { FieldSpec } from "../spec.ts";

/** Declared bounds of the d components of the outcome, one after another in the order of the fields. */
export interface OutcomeRange {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** Scenarios as a model drew them, with the values that had to be moved into the declared range. */
export interface DrawnScenarios extends ScenarioSet {
  readonly moved?: number;
}

/**
 * The bounds that the outcome fields declare, `null` where none does.
 * @param transform fitted on the outcome, in whose units scenarios are drawn; its scales are positive
 */
export function outcomeRange(
  fields: readonly FieldSpec[],
  transform: { readonly shift: ArrayLike<number>; readonly scale: ArrayLike<number> },
): OutcomeRange | null {
  const outcomes = fields.filter((field) => field.role === "outcome");
  if (outcomes.every((field) => field.range === undefined)) return null;
  const bounds = (side: "lower" | "upper", none: number): Float64Array =>
    Float64Array.from(
      outcomes.flatMap(({ size, range }) => Array.from({ length: size }, () => range?.[side] ?? none)),
      (bound, i) => (bound - transform.shift[i]!) / transform.scale[i]!,
    );
  return { lower: bounds("lower", -Infinity), upper: bounds("upper", Infinity) };
}

/**
 * Moves every value to the nearest one of the range, in place. That is the Euclidean projection on the box of the
 * declared ranges: it leaves what lies inside as it is and brings no two scenarios further apart, so the Wasserstein
 * distance of the drawn law to any law that keeps to the range can only fall.
 * @param outcomes rows × d, row-major
 * @returns the number of values moved
 */
export function projectOnRange({ lower, upper }: OutcomeRange, outcomes: Float64Array): number {
  const d = lower.length;
  let moved = 0;
  for (let i = 0; i < outcomes.length; i++) {
    const value = outcomes[i]!;
    const nearest = Math.min(Math.max(value, lower[i % d]!), upper[i % d]!);
    // What is not a number stays so, for the check of scenarios to refuse.
    if (nearest === value || Number.isNaN(value)) continue;
    outcomes[i] = nearest;
    moved++;
  }
  return moved;
}
