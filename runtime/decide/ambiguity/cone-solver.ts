import { prepareCone, solveMixedCone } from "../cone/index.ts";
import type { ConeProblem, PreparedCone } from "../cone/types.ts";
import type { FeasibleSet } from "../../spec.ts";
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

/** Solves the cone form at each context; the KKT system is analysed once for contexts whose form has one pattern. */
export function createConeSolver(robust: RobustProgram, set: FeasibleSet): () => ConeProposal {
  let prepared: { readonly problem: ConeProblem; readonly cone: PreparedCone } | null = null;

  function solveContinuous(problem: ConeProblem): ReturnType<PreparedCone["solve"]> {
    if (prepared === null || !samePattern(prepared.problem, problem)) {
      prepared = { problem, cone: prepareCone(problem) };
      return prepared.cone.solve();
    }
    const { p, q, a, b } = problem;
    return prepared.cone.solve({ ...(p === null ? {} : { p: p.values }), q, a: a.values, b });
  }

  return () => {
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
      const { status, x, bound } = solveMixedCone(form.problem, set.integer);
      return { status, ...read(x), bound: bound * loss + robust.constant, residual: 0, masses: null, form };
    }
    const answer = solveContinuous(form.problem);
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

function samePattern(a: ConeProblem, b: ConeProblem): boolean {
  return (
    a.cones.length === b.cones.length &&
    a.cones.every(
      (cone, k) => "size" in cone === "size" in b.cones[k]! && JSON.stringify(cone) === JSON.stringify(b.cones[k]),
    ) &&
    sameCells(a.a, b.a) &&
    (a.p === null ? b.p === null : b.p !== null && sameCells(a.p, b.p))
  );
}

function sameCells(a: ConeProblem["a"], b: ConeProblem["a"]): boolean {
  return (
    a.rows === b.rows &&
    a.columns === b.columns &&
    a.indices.length === b.indices.length &&
    a.starts.every((start, j) => start === b.starts[j]) &&
    a.indices.every((row, at) => row === b.indices[at])
  );
}
