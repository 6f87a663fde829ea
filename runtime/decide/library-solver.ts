import type { FeasibleSet } from "../spec.ts";
import type { Multipliers } from "./certificate.ts";
import type { LinearModel, ModelUnits } from "./linear-model.ts";
import type { LinearSolution } from "./linear-solution.ts";
import { unitsOf, writeScenarioModel } from "./linear-model.ts";
import type { ScenarioProgram } from "./scenario-program.ts";

/** What a solver proposes: a decision inside the bounds, and what its optimality can be proved with. */
export interface Proposal {
  readonly status: LinearSolution["status"];
  readonly detail: string;
  readonly z: Float64Array;
  /** For continuous problems. */
  readonly multipliers: Multipliers | null;
  /** For mixed-integer problems: the solver's own lower bound on the minimum. */
  readonly bound: number;
}

/** Solves the epigraph form with a library's solver and puts the result back into the problem's own units. */
export function solveEpigraph(
  program: ScenarioProgram,
  set: FeasibleSet,
  solve: (model: LinearModel) => LinearSolution,
): Proposal {
  const n = program.size;
  const units = unitsOf(program, set);
  const solution = solve(writeScenarioModel(program, set, units));
  const { status, detail } = solution;
  const z = new Float64Array(n).fill(NaN);
  if (status !== "optimal" && status !== "stopped") return { status, detail, z, multipliers: null, bound: -Infinity };
  for (let i = 0; i < n; i++) {
    const value = solution.x[i]! * units.decision[i]!;
    const inside = Math.min(Math.max(value, set.lower[i]!), set.upper[i]!);
    z[i] = set.integer.includes(i) ? Math.round(inside) : inside;
  }
  const multipliers = solution.duals === null ? null : readMultipliers(program, set, units, solution.duals, z);
  return { status, detail, z, multipliers, bound: solution.bound * units.cost + program.constant };
}

/** The rows of `writeScenarioModel`, in its order. */
function readMultipliers(
  program: ScenarioProgram,
  set: FeasibleSet,
  units: ModelUnits,
  duals: Float64Array,
  z: Float64Array,
): Multipliers {
  const n = program.size;
  const perBlock = program.count * program.pieces;
  const blocks: Float64Array[] = [];
  const blockCount = (program.meanWeight > 0 ? 1 : 0) + program.tails.length;
  for (let block = 0; block < blockCount; block++) {
    blocks.push(duals.slice(block * perBlock, (block + 1) * perBlock).map((dual) => (dual * units.cost) / units.loss));
  }
  const rowForce = new Float64Array(n);
  let rowSlack = 0;
  const rows = [...set.inequalities, ...set.equalities];
  rows.forEach((row, r) => {
    let largest = 0;
    let activity = 0;
    for (let i = 0; i < n; i++) {
      largest = Math.max(largest, Math.abs(row.coefficients[i]! * units.decision[i]!));
      activity += row.coefficients[i]! * z[i]!;
    }
    if (largest === 0) return;
    const free = (-duals[blockCount * perBlock + r]! * units.cost) / largest;
    const multiplier = r < set.inequalities.length ? Math.max(free, 0) : free;
    for (let i = 0; i < n; i++) rowForce[i]! += multiplier * row.coefficients[i]!;
    rowSlack += multiplier * (row.bound - activity);
  });
  return { blocks, rowForce, rowSlack };
}
