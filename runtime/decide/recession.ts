import type { Highs } from "highs";
import type { FeasibleSet, LinearRow } from "../spec.ts";
import { solveWithHighs } from "./highs.ts";
import { unitsOf, writeScenarioModel } from "./linear-model.ts";
import type { ScenarioProgram } from "./scenario-program.ts";
import type { MissingBound } from "./types.ts";

/** A slope at least this steep, relative to the cost's unit, counts as falling without end. */
const DESCENT = 1e-7;

/**
 * Bounds missing along a direction in which the objective falls without end, or `null` where there is none, so that the
 * problem is bounded. The direction minimises the objective's recession function (its slope at infinity: offsets vanish
 * and `Qd = 0`) over the set's recession cone, cut off at unit size (Rockafellar 1970, §8).
 */
export function findUnboundedDirection(
  highs: Highs,
  program: ScenarioProgram,
  set: FeasibleSet,
): readonly MissingBound[] | null {
  const n = program.size;
  const units = unitsOf(program, set);
  const flat: FeasibleSet["equalities"] =
    program.quadratic === null
      ? []
      : Array.from({ length: n }, (_, i) => ({
          coefficients: [...program.quadratic!.subarray(i * n, (i + 1) * n)],
          bound: 0,
          at: "",
        }));
  const cone: FeasibleSet = {
    size: n,
    lower: set.lower.map((bound, i) => (bound > -Infinity ? 0 : -units.decision[i]!)),
    upper: set.upper.map((bound, i) => (bound < Infinity ? 0 : units.decision[i]!)),
    inequalities: set.inequalities.map(zeroRow),
    equalities: [...set.equalities.map(zeroRow), ...flat],
    integer: [],
  };
  const homogeneous: ScenarioProgram = {
    ...program,
    constant: 0,
    quadratic: null,
    offsets: new Float64Array(program.offsets.length),
  };
  const solution = solveWithHighs(highs, writeScenarioModel(homogeneous, cone, units));
  if (solution.status !== "optimal" || !(solution.objective < -DESCENT)) return null;
  const missing: MissingBound[] = [];
  for (let component = 0; component < n; component++) {
    const step = solution.x[component]!;
    if (Math.abs(step) > DESCENT) missing.push({ component, side: step < 0 ? "lower" : "upper" });
  }
  return missing;
}

function zeroRow(row: LinearRow): LinearRow {
  return { ...row, bound: 0 };
}
