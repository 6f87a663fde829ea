import { RuntimeError } from "../errors/runtime-error.ts";
import type { DecisionAnswer, Decider, ScenarioSet } from "../decide/types.ts";
import { RUN_MESSAGES } from "../runs/messages.ts";

/**
 * Decides, and turns an answer that is no decision into a located error.
 * @param what named in the error: `saa at context 12`
 * @throws RuntimeError `decision-infeasible`, `decision-unbounded` with the place of the first line to blame
 */
export function solve(
  decider: Decider,
  scenarios: ScenarioSet,
  context: Float64Array,
  what: string,
  warm?: DecisionAnswer,
): DecisionAnswer {
  return requireDecision(decider.decide(scenarios, context, warm), what);
}

/** The answer, where it is a decision. Throws as `solve` does. */
export function requireDecision(answer: DecisionAnswer, what: string): DecisionAnswer {
  if (answer.status === "optimal" || answer.status === "inaccurate") return answer;
  const code = answer.status === "infeasible" ? "decision-infeasible" : "decision-unbounded";
  const place = answer.blame[0];
  throw new RuntimeError(RUN_MESSAGES, code, { what }, place === undefined ? {} : { place });
}
