import { leastNormForm } from "../decide/conic-least-norm.ts";
import type { DecisionAnswer } from "../decide/types.ts";
import type { DecisionProblem } from "../spec.ts";
import type { Backend } from "./backend.ts";
import { solve } from "./solve.ts";

/**
 * The feasible point of least Euclidean norm: 1/n each on a simplex whose cap allows it, 0 where 0 is feasible. What
 * "equal weights" means on any feasible set; it uses no data.
 */
export async function leastNormDecision(backend: Backend, problem: DecisionProblem): Promise<DecisionAnswer> {
  const { decision: n, outcome: d, context: p } = problem.sizes;
  const identity = Array.from({ length: n * n }, (_, k) => (k % (n + 1) === 0 ? 1 : 0));
  const { conic, ...linear } = problem;
  const decider = await backend.createDecider({
    ...linear,
    // A set of bounds and rows alone needs no cones.
    ...(conic === undefined || conic.constraints.length === 0 ? {} : { conic: leastNormForm(conic) }),
    loss: () => 0,
    lossGradientZ: (_z, _s, _x, out) => out.fill(0),
    lossGradientS: (_z, _s, _x, out) => out.fill(0),
    extendedGradientS: (_z, _t, _s, _x, out) => out.fill(0),
    pieces: {
      count: 1,
      fill: (_s, _x, slopes, offsets) => {
        slopes.fill(0);
        offsets.fill(0);
      },
    },
    risk: { mean: 1, cvar: [], linear: Array.from({ length: n }, () => 0), quadratic: identity, constant: 0 },
  });
  const nothing = { count: 1, outcomes: new Float64Array(d) };
  return solve(decider, nothing, new Float64Array(p), "equal_weights");
}
