import type { Decider, DecisionAnswer, ScenarioSet } from "./types.ts";

/** One context and the outcomes to decide against there. */
export interface DecisionCase {
  readonly scenarios: ScenarioSet;
  readonly context: Float64Array;
}

/**
 * Decides at one context after another, as they are asked for; each starts from the last decision found. In the
 * structured solver n components, K scenarios and C contexts cost `O(C · I · (K n + K' n²))`: I iterations, of which a
 * neighbour's decision saves some, and K' the scenarios near the tails (docs/methods.md).
 *
 * @throws RuntimeError as `Decider.decide` does, when the case is reached
 */
export function* decideMany(
  decider: Decider,
  cases: Iterable<DecisionCase>,
  warmStart?: DecisionAnswer,
): Generator<DecisionAnswer, void> {
  let warm = warmStart;
  for (const { scenarios, context } of cases) {
    const answer = decider.decide(scenarios, context, warm);
    if (answer.status === "optimal" || answer.status === "inaccurate") warm = answer;
    yield answer;
  }
}
