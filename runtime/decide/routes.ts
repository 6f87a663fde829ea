import type { Highs } from "highs";
import { RuntimeError } from "../errors/runtime-error.ts";
import type { DecisionProblem, IntegerSearchSpec } from "../spec.ts";
import { decideCatalogue } from "./catalogue.ts";
import { getGlpk, solveWithGlpk } from "./glpk.ts";
import { solveWithHighs } from "./highs.ts";
import { createLinearConeSolver } from "./linear-cone.ts";
import type { LinearModel } from "./linear-model.ts";
import type { LinearSolution } from "./linear-solution.ts";
import type { DecideOptions } from "./types.ts";

type SolverName = NonNullable<DecideOptions["solver"]>;
export type LibraryName = Exclude<SolverName, "auto" | "structured">;

/** Which solvers a problem goes to. */
export interface Route {
  /** Whether the structured solver is first. */
  readonly structured: boolean;
  /** Solvers of the epigraph form in the order in which they are asked, until an answer is proved optimal. */
  readonly libraries: readonly LibraryName[];
}

/** A solver of the epigraph form. */
export interface Library {
  readonly name: LibraryName;
  /** @param seconds after which it returns the best point that it has */
  solve(model: LinearModel, seconds: number): LinearSolution;
}

/** Seconds that a problem with integer components may take where no limit is given: branch and bound may not end. */
export const INTEGER_SECONDS = 60;

/** A gap wider than this, relative to the objective's scale, makes an answer `inaccurate`, unless a wider one is stated. */
export const OPTIMAL_GAP = 1e-6;

/** Gap, relative to the objective's scale, at which an answer counts as optimal. */
export function gapOf({ search }: DecisionProblem): number {
  return Math.max(OPTIMAL_GAP, search?.gap ?? 0);
}

/**
 * Continuous problems go to the structured solver, integer ones to HiGHS's or our own branch and bound. What one solver
 * does not prove optimal, the next is asked. A quadratic term goes to HiGHS last: its active-set method is wrong too
 * often (see `solveWithHighs`), and what it says counts only with a proof.
 *
 * | components | term | `auto` and `structured` |
 * | --- | --- | --- |
 * | real | linear | structured, highs, cone |
 * | real | quadratic | structured, cone, highs |
 * | integer | linear | highs, cone |
 * | integer | quadratic | cone |
 *
 * @throws RuntimeError `solver-does-not-fit`
 */
export function routeOf(problem: DecisionProblem, wanted: SolverName): Route {
  const integer = problem.feasible.integer.length > 0;
  const quadratic = problem.risk.quadratic?.some((value) => value !== 0) ?? false;
  const misfit = (feature: string, instead: string): RuntimeError =>
    new RuntimeError(decideCatalogue, "solver-does-not-fit", { solver: wanted, feature, instead });
  if (wanted === "glpk" && quadratic) throw misfit("a quadratic term", "cone");
  if (wanted === "highs" && quadratic && integer) throw misfit("integer components with a quadratic term", "cone");
  if (wanted === "structured" && integer) throw misfit("integer components", "highs or cone");
  if (wanted === "cone" || wanted === "highs" || wanted === "glpk") return { structured: false, libraries: [wanted] };
  const order: LibraryName[] = !quadratic ? ["highs", "cone"] : integer ? ["cone"] : ["cone", "highs"];
  return { structured: !integer, libraries: order };
}

/** Loads what a route needs. */
export function loadLibraries(
  { libraries }: Route,
  highs: Highs,
  search: IntegerSearchSpec | undefined,
): Promise<readonly Library[]> {
  const gap = search === undefined ? {} : { gap: search.gap };
  return Promise.all(
    libraries.map(async (name): Promise<Library> => {
      if (name === "cone") return { name, solve: createLinearConeSolver(gap) };
      if (name === "highs") return { name, solve: (model, seconds) => solveWithHighs(highs, model, seconds, gap) };
      const glpk = await getGlpk();
      return { name, solve: (model, seconds) => solveWithGlpk(glpk, model, seconds) };
    }),
  );
}

/**
 * Seconds that one decision may take.
 *
 * @throws RuntimeError `problem-malformed`
 */
export function secondsOf(problem: DecisionProblem, options: DecideOptions): number {
  const timeLimit = options.timeLimit ?? (problem.feasible.integer.length > 0 ? problem.search?.timeLimit : undefined);
  if (timeLimit === undefined) return problem.feasible.integer.length > 0 ? INTEGER_SECONDS : Infinity;
  if (timeLimit > 0) return timeLimit;
  const what = `the time limit is ${timeLimit}, which is not a positive number of seconds`;
  throw new RuntimeError(decideCatalogue, "problem-malformed", { what });
}
