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
 * problem is bounded. No component can be left out of the direction: every bound named is needed for it.
 *
 * The direction minimises the objective's recession function (its slope at infinity: offsets vanish and `Qd = 0`) over
 * the set's recession cone, cut off at unit size (Rockafellar 1970, §8).
 */
export function findUnboundedDirection(
  highs: Highs,
  program: ScenarioProgram,
  set: FeasibleSet,
): readonly MissingBound[] | null {
  const units = unitsOf(program, set);
  const homogeneous: ScenarioProgram = {
    ...program,
    constant: 0,
    quadratic: null,
    offsets: new Float64Array(program.offsets.length),
  };
  const steepest = (cone: FeasibleSet): Float64Array | null => {
    const solution = solveWithHighs(highs, writeScenarioModel(homogeneous, cone, units));
    return solution.status === "optimal" && solution.objective < -DESCENT ? solution.x : null;
  };
  let cone = recessionCone(program, set, units.decision);
  let direction = steepest(cone);
  if (direction === null) return null;
  for (let component = 0; component < program.size; component++) {
    if (Math.abs(direction[component]!) <= DESCENT) continue;
    const held = holdStill(cone, component);
    const other = steepest(held);
    if (other === null) continue;
    cone = held;
    direction = other;
  }
  const missing: MissingBound[] = [];
  for (let component = 0; component < program.size; component++) {
    const step = direction[component]!;
    if (Math.abs(step) > DESCENT) missing.push({ component, side: step < 0 ? "lower" : "upper" });
  }
  return missing;
}

function recessionCone(program: ScenarioProgram, set: FeasibleSet, unit: Float64Array): FeasibleSet {
  const { size: n, quadratic } = program;
  const flat: FeasibleSet["equalities"] =
    quadratic === null
      ? []
      : Array.from({ length: n }, (_, i) => ({
          coefficients: [...quadratic.subarray(i * n, (i + 1) * n)],
          bound: 0,
          at: "",
        }));
  return {
    size: n,
    lower: set.lower.map((bound, i) => (bound > -Infinity ? 0 : -unit[i]!)),
    upper: set.upper.map((bound, i) => (bound < Infinity ? 0 : unit[i]!)),
    inequalities: set.inequalities.map(zeroRow),
    equalities: [...set.equalities.map(zeroRow), ...flat],
    integer: [],
  };
}

function holdStill(cone: FeasibleSet, component: number): FeasibleSet {
  const still = (bounds: readonly number[]): number[] => bounds.map((bound, i) => (i === component ? 0 : bound));
  return { ...cone, lower: still(cone.lower), upper: still(cone.upper) };
}

function zeroRow(row: LinearRow): LinearRow {
  return { ...row, bound: 0 };
}
