import { createRepeatedCone, solveMixedCone } from "../cone/index.ts";
import type { FeasibleSet, IntegerSearchSpec } from "../../spec.ts";
import { robustCone, type RobustCone } from "./cone-form.ts";
import type { RobustProgram } from "./robust-program.ts";

/** What the cone solver found, in the problem's own units. */
export interface ConeProposal {
  readonly status: "optimal" | "infeasible" | "unbounded" | "inaccurate";
  readonly z: Float64Array;
  readonly t: Float64Array;
  /** λ */
  readonly multiplier: number;
  /** Lower bound on the minimum. */
  readonly bound: number;
  /** Largest component of the stationarity residual, relative. */
  readonly residual: number;
  /** Multipliers of the scenarios' rows, K × rows of `form.scenarioRows`; `null` with integers. */
  readonly masses: Float64Array | null;
  readonly form: RobustCone;
}

/**
 * Solves the cone form at each context; the KKT system is analysed once for contexts whose form has one pattern.
 *
 * @param seconds after which the best point so far is returned
 */
export function createConeSolver(
  robust: RobustProgram,
  set: FeasibleSet,
  search?: IntegerSearchSpec,
): (seconds: number) => ConeProposal {
  const gap = search === undefined ? {} : { gap: search.gap };
  const solveContinuous = createRepeatedCone();
  return (seconds) => {
    const form = robustCone(robust, set);
    const n = set.size;
    const { loss, decision } = form.units;
    const read = (x: Float64Array) => ({
      z: x.slice(0, n).map((value, i) => {
        const own = value * decision[i]!;
        const inside = Math.min(Math.max(own, set.lower[i]!), set.upper[i]!);
        return set.integer.includes(i) ? Math.round(inside) : inside;
      }),
      t: x.slice(n, n + robust.tails.length).map((value) => value * loss),
      multiplier: Math.max(0, x[form.lambda]! * form.units.multiplier),
    });
    if (set.integer.length > 0) {
      const { status, x, bound } = solveMixedCone(form.problem, set.integer, { ...gap, timeLimit: seconds });
      return { status, ...read(x), bound: bound * loss + robust.constant, residual: 0, masses: null, form };
    }
    const answer = solveContinuous(form.problem, seconds);
    const { status, x, y, dualObjective, dualResidual } = answer;
    const rows = robust.nominal.count * form.scenarioRows.length;
    return {
      status,
      ...read(x),
      bound: dualObjective * loss + robust.constant,
      residual: dualResidual,
      masses: y.slice(form.firstScenarioRow, form.firstScenarioRow + rows),
      form,
    };
  };
}
