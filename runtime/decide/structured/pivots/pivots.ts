import type { ScenarioProgram } from "../../scenario-program.ts";
import type { ActiveSet } from "../active-set.ts";
import type { RelativeInterior } from "../relative-interior.ts";
import { createDirection } from "./direction.ts";
import { createLineSearch } from "./line-search.ts";
import { pivotProblem } from "./pivot-problem.ts";
import type { PivotProblem } from "./pivot-problem.ts";
import { createPricing } from "./pricing.ts";
import { createTailScenarios } from "./tail-scenarios.ts";
import { createPosition, createWorkingSet, listWorkingSet, startAt } from "./working-set.ts";

export interface Pivots {
  /**
   * Moves from a decision in the set to an optimum and writes what holds with equality there into `active`, which has
   * room for the program's scenarios. False where it gave up; `decision` is then no worse than the start.
   *
   * @param until when to give up, on the clock of `performance.now()`
   */
  solve(start: Float64Array, active: ActiveSet, until: number): boolean;
  /** After a solve whose result leaves scenarios above t that were not looked at: goes on with them; false without. */
  resume(active: ActiveSet, until: number): boolean;
  /** Where the last solve ended, n values. */
  readonly decision: Float64Array;
  /** Steps and corrections of the last solve. */
  readonly iterations: number;
}

/** Iterations before it is given up, in units of the unknowns. */
const PATIENCE = 12;
/** Iterations between two looks at the clock. */
const CLOCK = 64;

/**
 * The primal active-set method for a loss with one piece and a quadratic that is a positive diagonal, or none
 * (`null` for other programs): the objective is convex and piecewise quadratic in z, with a kink where a scenario's loss
 * equals a CVaR term's t. From any decision, hold to equality the bounds and rows that touch and some kinks; step to the
 * minimum on what they leave, along the way past every kink that the slope still falls behind (the line search of
 * Barrodale and Roberts 1973 for L1 regression); hold what stopped the step too; where no step is left, let go what has
 * a multiplier of the wrong sign. With kinks and free components a handful at the optimum, a step costs the product of
 * the few scenarios near the tail with the few free components, and a neighbour's decision is some tens of steps away.
 *
 * One takes O(M' F + N² F + N³ + N n) for M' scenarios looked at, F free components and N equations.
 *
 * Which inequalities hold is all that is taken from here: `ActiveSetSolver` solves for the optimum itself.
 */
export function createPivots(program: ScenarioProgram, set: RelativeInterior): Pivots | null {
  const problem = pivotProblem(program, set);
  return problem === null ? null : pivotsOf(problem);
}

function pivotsOf(problem: PivotProblem): Pivots {
  const position = createPosition(problem);
  const tails = createTailScenarios(problem);
  const working = createWorkingSet(problem);
  const direction = createDirection(problem, working);
  const pricing = createPricing(problem, position, tails, working, direction);
  const search = createLineSearch(problem, position, tails, working, direction);
  const patience = PATIENCE * (problem.mostHeld + position.rows.length);
  let iterations = 0;

  function solve(start: Float64Array, active: ActiveSet, until: number): boolean {
    startAt(position, problem, start);
    tails.begin(position.z);
    iterations = 0;
    return run(active, until);
  }

  function run(active: ActiveSet, until: number): boolean {
    for (; iterations < patience; iterations++) {
      if (until < Infinity && iterations % CLOCK === 0 && performance.now() > until) return false;
      if (!listWorkingSet(working, problem, position, tails)) return false;
      const aimed = direction.aim();
      if (direction.moves(working.equations.count)) {
        if (!search.step(aimed)) return false;
        continue;
      }
      const descent = pricing.letGo();
      if (descent !== null) {
        if (descent > 0 && !search.step(descent)) return false;
      } else if (!tails.takeMissed(position.z)) {
        write(active);
        return true;
      }
    }
    return false;
  }

  function write(active: ActiveSet): void {
    active.spread = tails.spread();
    active.components.set(position.components);
    active.rows.set(position.rows);
    tails.write(active.scenarios);
  }

  return {
    solve,
    resume: (active, until) => tails.takeMissed(position.z) && run(active, until),
    decision: position.z,
    get iterations() {
      return iterations;
    },
  };
}
