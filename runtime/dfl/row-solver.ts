import type { DecisionPool } from "./decision-pool.ts";
import { SolveFailure } from "./losses/row.ts";
import type { DecisionOracle, FailedSolve, OracleAnswer } from "./types.ts";

/** The step that solves of an evaluation are counted under. */
export const EVALUATION = -2;
/** Failures kept with their detail. */
const KEPT = 100;

/** Solves rows and counts what came of it. */
export interface RowSolver {
  readonly failures: readonly FailedSolve[];
  /** failed, solves, stopped, cached: an array, for checkpoints. */
  readonly counts: Float64Array;
  /** A failure is counted and returned. */
  solve(s: Float64Array, x: Float64Array, row: number, step: number): OracleAnswer;
  /**
   * The pool's best decision, or a solver's, which joins the pool.
   *
   * @throws SolveFailure
   */
  answer(s: Float64Array, x: Float64Array, row: number, step: number, exact: boolean): OracleAnswer;
}

/**
 * @param pool where decisions go and come from; `null` where none are kept
 * @param judge solves for evaluations
 */
export function createRowSolver(oracle: DecisionOracle, pool: DecisionPool | null, judge = oracle): RowSolver {
  const failures: FailedSolve[] = [];
  const counts = new Float64Array(4);

  function solve(s: Float64Array, x: Float64Array, row: number, step: number): OracleAnswer {
    // Rows of the training, and those that it is watched on, have keys of their own.
    const answer = step === EVALUATION ? judge.solve(s, x, 2 * row + 1) : oracle.solve(s, x, 2 * row);
    counts[1]!++;
    const { status } = answer;
    if (status === "optimal") return answer;
    if (status === "stopped") {
      counts[2]!++;
      return answer;
    }
    counts[0]!++;
    if (failures.length < KEPT)
      failures.push({ row, step, status, detail: answer.detail ?? `the problem is ${status}` });
    return answer;
  }

  return {
    failures,
    counts,
    solve,
    answer(s, x, row, step, exact) {
      if (!exact && pool !== null) {
        counts[3]!++;
        return pool.best(s, x);
      }
      const answer = solve(s, x, row, step);
      if (hasDecision(answer)) pool?.add(answer, s);
      else throw new SolveFailure(answer);
      return answer;
    },
  };
}

export function hasDecision({ status }: OracleAnswer): boolean {
  return status === "optimal" || status === "stopped";
}
