import type { DecisionProblem } from "../../spec.ts";
import { checkInput } from "../scenario-program.ts";
import type { Decider } from "../types.ts";
import { violation } from "../violation.ts";
import { recogniseCombinatorial } from "./recognise.ts";
import { createCombinatorialSolver } from "./solve-combinatorial.ts";

/**
 * A decider for the mean of a linear loss over tours, whose cost is one vector however many the scenarios: the classical
 * algorithm answers it, sooner and more surely than a search over 0/1 variables; `null` for any other problem.
 *
 * @throws RuntimeError as `createCombinatorialSolver`
 */
export async function createMeanTourDecider(
  problem: DecisionProblem,
  timeLimit: number | undefined,
): Promise<Decider | null> {
  const { pieces, risk, sizes, feasible, loss } = problem;
  const { decision: n, outcome: d } = sizes;
  const flat = risk.quadratic?.every((value) => value === 0) ?? true;
  if (pieces.count !== 1 || risk.cvar.length > 0 || !flat || risk.curved !== undefined) return null;
  const set = recogniseCombinatorial(feasible);
  if (set?.kind !== "tour") return null;
  const solver = await createCombinatorialSolver(set, timeLimit === undefined ? {} : { timeLimit });
  const slopes = new Float64Array(n);
  const offsets = new Float64Array(1);
  return {
    decide(scenarios, context) {
      const start = performance.now();
      checkInput(scenarios, context, d, sizes.context);
      const { count, outcomes, weights } = scenarios;
      const total = weights?.reduce((sum, weight) => sum + weight, 0) ?? count;
      const costs = Float64Array.from(risk.linear);
      let fixed = risk.constant;
      for (let k = 0; k < count; k++) {
        const share = (risk.mean * (weights?.[k] ?? 1)) / total;
        if (share === 0) continue;
        pieces.fill(outcomes.subarray(k * d, (k + 1) * d), context, slopes, offsets);
        for (let i = 0; i < n; i++) costs[i]! += share * slopes[i]!;
        fixed += share * offsets[0]!;
      }
      const { z, certificate } = solver.solve(costs);
      let objective = risk.constant;
      for (let i = 0; i < n; i++) objective += risk.linear[i]! * z[i]!;
      for (let k = 0; k < count; k++) {
        const share = (risk.mean * (weights?.[k] ?? 1)) / total;
        if (share !== 0) objective += share * loss(z, outcomes.subarray(k * d, (k + 1) * d), context);
      }
      const gap = certificate.kind === "bound" ? objective - fixed - certificate.value : Infinity;
      const scale = costs.reduce((sum, cost, i) => sum + Math.abs(cost) * z[i]!, Math.abs(fixed));
      return {
        z,
        t: new Float64Array(0),
        objective,
        status: gap <= 1e-6 * scale ? "optimal" : "inaccurate",
        primalResidual: violation(feasible, z),
        dualResidual: 0,
        gap,
        milliseconds: performance.now() - start,
        blame: [],
        solver: "tour",
        multipliers: null,
      };
    },
  };
}
