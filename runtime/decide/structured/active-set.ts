import type { ScenarioProgram } from "../scenario-program.ts";

/** Where a scenario's loss lies against a CVaR term's t at the optimum. */
export const BELOW = 0;
/** On it: the multiplier is free between 0 and the scenario's mass. */
export const KINK = 1;
/** Above it: the multiplier is the whole mass. */
export const ABOVE = 2;

/** Which inequalities hold with equality at the optimum, or a guess of it. */
export interface ActiveSet {
  /** `BELOW`, `KINK` or `ABOVE`, K for each CVaR term. */
  readonly scenarios: readonly Uint8Array[];
  /** −1 at the lower bound, 1 at the upper, 0 between; n. */
  readonly components: Int8Array;
  /** 1 where an inequality row holds with equality. */
  readonly rows: Uint8Array;
  /** Size of `L − t` over the scenarios: what an excess is small against. */
  spread: number;
}

/** What a scenario's mass in each CVaR term is of its probability: `weight / (1 − level)`. */
export function tailDensities({ tails }: ScenarioProgram): Float64Array {
  return Float64Array.from(tails, ({ weight, level }) => weight / (1 - level));
}
