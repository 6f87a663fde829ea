import { RuntimeError } from "../../errors/runtime-error.ts";
import type { DecisionProblem } from "../../spec.ts";
import { decideCatalogue } from "../catalogue.ts";
import { solveCone, solveMixedCone } from "../cone/index.ts";
import { createDecider } from "../decider.ts";
import { boundPlace, checkFeasible } from "../feasible-set.ts";
import { getHighs } from "../highs.ts";
import { findUnboundedDirection } from "../recession.ts";
import { createProgramBuilder } from "../scenario-program.ts";
import type { Decider } from "../types.ts";
import { violation } from "../violation.ts";
import { withoutAnswer, type UntimedAnswer } from "../without-answer.ts";
import { deviationCone } from "./cone-form.ts";

/**
 * Decides by the risk plus `strength` times the standard deviation of the loss under the scenario weights: the
 * regularised Nadaraya–Watson rule of Srivastava et al. 2021 (002 §5) where the weights are a kernel's.
 *
 * Mean plus deviation is not monotone in the losses, so for a loss of several pieces it is not convex in the decision
 * either. What is minimised is the largest convex rule below it that never gains by a loss that rises: `u_k ≥ L_k(z)` in
 * place of `L_k(z)`, which is the worst mean over weights within the χ² distance `strength²` of the scenarios' (their
 * modified-χ² form). Both agree wherever no worst weight is negative. Strength 0 is the nominal problem.
 *
 * @throws RuntimeError a code of `decideCatalogue`
 */
export async function createDeviationDecider(problem: DecisionProblem, strength: number): Promise<Decider> {
  if (strength === 0) return createDecider(problem);
  const { feasible: set } = problem;
  const { blame } = await checkFeasible(set);
  const highs = await getHighs();
  const builder = createProgramBuilder(problem);
  const { program } = builder;
  const shape = { decision: program.size, levels: problem.risk.cvar.length };

  function solve(): UntimedAnswer {
    const { problem: cone, decision, loss } = deviationCone(program, set, strength);
    const integer = set.integer.length > 0;
    const answer = integer ? solveMixedCone(cone, set.integer) : solveCone(cone);
    if (answer.status === "unbounded" || answer.status === "infeasible") {
      const missing = findUnboundedDirection(highs, program, set) ?? [];
      const places = [...new Set(missing.map(({ component, side }) => boundPlace(set, component, side)))];
      return withoutAnswer(shape, { status: "unbounded", blame: places, missing, solver: "cone" });
    }
    if (!answer.x.every(Number.isFinite)) {
      throw new RuntimeError(decideCatalogue, "solver-failed", { solver: "cone", status: answer.status });
    }
    const z = new Float64Array(program.size);
    for (let i = 0; i < z.length; i++) {
      const inside = Math.min(Math.max(answer.x[i]! * decision[i]!, set.lower[i]!), set.upper[i]!);
      z[i] = set.integer.includes(i) ? Math.round(inside) : inside;
    }
    const t = new Float64Array(problem.risk.cvar.length);
    builder.evaluate(z, t);
    const bound = "bound" in answer ? answer.bound : answer.dualObjective;
    return {
      z,
      t,
      objective: answer.objective * loss + program.constant,
      status: answer.status,
      primalResidual: violation(set, z),
      dualResidual: "dualResidual" in answer ? answer.dualResidual : 0,
      gap: (answer.objective - bound) * loss,
      blame: [],
      solver: "cone",
    };
  }

  return {
    decide(scenarios, context) {
      const start = performance.now();
      builder.fill(scenarios, context);
      const answer = blame.length > 0 ? withoutAnswer(shape, { status: "infeasible", blame, solver: "cone" }) : solve();
      return { ...answer, milliseconds: performance.now() - start };
    },
  };
}
