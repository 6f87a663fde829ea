import type { Decider, DecisionAnswer } from "../decide/types.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import { decideCatalogue } from "../decide/catalogue.ts";
import { violation } from "../decide/violation.ts";
import { createEllipsoidLayer, type SetModel } from "../dfl/index.ts";
import { probeCost } from "../dfl/probe.ts";
import type { DecisionProblem, Sizes } from "../spec.ts";
import { randomStream } from "../tensor/random.ts";
import { createLossSlopes } from "./gen-dfl/loss-slopes.ts";
import type { ScenarioSource } from "./sources.ts";

/** Whether the worst outcome of an ellipsoid is known in closed form, and the decision against it has a derivative. */
export function takesUncertaintySet(problem: DecisionProblem): boolean {
  const { conic, feasible, pieces, ambiguity, risk } = problem;
  if (conic !== undefined || ambiguity !== undefined || pieces.count > 1 || feasible.integer.length > 0) return false;
  if (risk.curved !== undefined || !createLossSlopes(problem, randomStream(0, "set")).constant) return false;
  const { contextual } = probeCost(problem, {
    value: problem.loss,
    slope: problem.lossGradientS,
  });
  return !contextual;
}

/** The set's centre at each context: what the method predicts. */
export function setSource(model: SetModel, { context: p }: Sizes): ScenarioSource {
  return {
    draw: async (contexts, from, to) =>
      Array.from({ length: to - from }, (_, k) => {
        const at = (from + k) * p;
        return { count: 1, outcomes: model.at(contexts.values.subarray(at, at + p)).centre };
      }),
  };
}

/**
 * Decides against the worst outcome of the set at the context, whatever the scenarios.
 *
 * @throws RuntimeError `solver-failed` where a context's decision is not found
 */
export async function setDecider(problem: DecisionProblem, model: SetModel): Promise<Decider> {
  const layer = await createEllipsoidLayer(problem);
  return {
    decide(_scenarios, context): DecisionAnswer {
      const start = performance.now();
      const answer = layer.solve(model.at(context), context);
      if (answer === null) {
        const status = "the interior-point method did not end";
        throw new RuntimeError(decideCatalogue, "solver-failed", { solver: "ellipsoid", status });
      }
      const { z, value } = answer;
      return {
        z,
        t: new Float64Array(problem.risk.cvar.length),
        objective: value,
        status: "optimal",
        primalResidual: violation(problem.feasible, z),
        dualResidual: 0,
        gap: 0,
        milliseconds: performance.now() - start,
        solver: "ellipsoid",
        blame: [],
      };
    },
  };
}
