import type { DecisionProblem, GenDflSpec } from "../../spec.ts";
import { isMean } from "../../risk/sample-risk.ts";
import { trainingProblem } from "./train.ts";

/**
 * Whether the decision is a step function of its scenarios, with a derivative that is 0 almost everywhere: a linear cost
 * whose mean alone counts, over a polyhedron, has a vertex for its best decision.
 */
export function isFlat(problem: DecisionProblem): boolean {
  const { risk, pieces, conic } = problem;
  const curved = risk.quadratic?.some((value) => value !== 0) ?? false;
  return conic === undefined && pieces.count === 1 && isMean(risk) && !curved;
}

/** Why a surrogate cannot train this problem; `null` where it can. */
export function surrogateMisfit(
  problem: DecisionProblem,
  { surrogate, tail }: Pick<GenDflSpec, "surrogate" | "tail">,
): string | null {
  if (surrogate.kind === "contrastive") return null;
  if (problem.feasible.integer.length > 0) return "whole components have no derivative";
  if (problem.risk.curved !== undefined) return "the risk has a curved part whose gradient is not known";
  if (!isFlat(trainingProblem(problem, tail))) return null;
  return "the decision is a vertex that does not move with the scenarios, so its derivative is 0 almost everywhere";
}
