import { createDecider } from "../decide/decider.ts";
import type { DecisionAnswer, Decider, ScenarioSet } from "../decide/types.ts";
import type { EvaluationContexts } from "../evaluate/contexts.ts";
import type { DecisionProblem } from "../spec.ts";
import { randomStream } from "../tensor/random.ts";
import { createLossSlopes } from "./gen-dfl/loss-slopes.ts";
import { isFlat } from "./gen-dfl/misfit.ts";

/** Share of the scenarios' size that decides among ties: far below what tells two decisions apart. */
const SHARE = 1e-6;

/**
 * Decisions that a method thinks equally good: for a linear cost of which the mean counts, the best decision of
 * `mean − ε · outcome` for a small ε is, among those that are best for the mean, the worst for the outcome that came
 * (PyEPO's unambiguous regret takes the worst of the ties).
 */
export async function openTies(
  problem: DecisionProblem,
  contexts: Pick<EvaluationContexts, "values" | "outcomes">,
): Promise<{
  /**
   * A solver whose answers are vertices: within the gap of an interior answer the small difference that decides among
   * ties is lost. `null` where the problem's own decider finds vertices, or no tie is looked for.
   */
  readonly exact: Decider | null;
  /** `undefined` for problems whose ties cannot be found so. */
  worst(decider: Decider, set: ScenarioSet, position: number, answer: DecisionAnswer): Float64Array | undefined;
}> {
  const { outcome: d, context: p } = problem.sizes;
  const flat = isFlat(problem) && createLossSlopes(problem, randomStream(0, "ties")).constant;
  const plain = flat && problem.feasible.integer.length === 0 && (problem.ambiguity?.radius ?? 0) === 0;
  return {
    exact: plain ? await createDecider(problem, { solver: "highs" }) : null,
    worst(decider, { count, outcomes, weights }, position, answer) {
      if (!flat) return undefined;
      const mean = new Float64Array(d);
      let total = 0;
      let size = 0;
      let came = 0;
      for (let k = 0; k < count; k++) {
        const share = weights?.[k] ?? 1;
        total += share;
        for (let j = 0; j < d; j++) mean[j]! += share * outcomes[k * d + j]!;
      }
      for (let j = 0; j < d; j++) {
        mean[j]! /= total;
        size = Math.max(size, Math.abs(mean[j]!));
        came = Math.max(came, Math.abs(contexts.outcomes[position * d + j]!));
      }
      const share = came === 0 ? 0 : (SHARE * Math.max(size, 1e-12)) / came;
      const moved = mean.map((value, j) => value - share * contexts.outcomes[position * d + j]!);
      const context = contexts.values.slice(position * p, (position + 1) * p);
      const tie = decider.decide({ count: 1, outcomes: moved }, context, answer);
      return tie.status === "optimal" || tie.status === "inaccurate" ? tie.z : answer.z;
    },
  };
}
