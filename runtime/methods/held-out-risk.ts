import { riskOf } from "../risk/index.ts";
import type { DecisionProblem } from "../spec.ts";
import type { DecidedContexts } from "./decide-contexts.ts";

/** The model's risk of the realised losses over contexts, with the deterministic part averaged over the decisions. */
export function heldOutRisk(
  problem: DecisionProblem,
  { z, realised }: Pick<DecidedContexts, "z" | "realised">,
): number {
  const n = problem.sizes.decision;
  const none = { ...problem.risk, linear: problem.risk.linear.map(() => 0), quadratic: null, constant: 0 };
  let fixed = 0;
  for (let i = 0; i < realised.length; i++) {
    const nothing = { ...problem.risk, mean: 0, cvar: [] };
    fixed += riskOf(nothing, z.subarray(i * n, (i + 1) * n), realised) / realised.length;
  }
  return fixed + riskOf(none, new Float64Array(n), realised);
}
