import { eventLoopTurn } from "../tensor/event-loop.ts";
import { hasDecision } from "./row-solver.ts";
import type { DecisionOracle, DflRows, OracleAnswer } from "./types.ts";

/** Solves one row. */
export type SolveRow = (s: Float64Array, x: Float64Array, row: number) => OracleAnswer;

/**
 * Best decisions in hindsight, one a row: of the costs that came, or of those put in their place.
 *
 * @throws the signal's reason when aborted
 */
export async function hindsight(
  { rows, contexts, costs }: DflRows,
  solve: SolveRow,
  signal?: AbortSignal,
): Promise<readonly OracleAnswer[]> {
  const p = contexts.length / rows;
  const d = costs.length / rows;
  const turn = eventLoopTurn();
  const answers: OracleAnswer[] = [];
  for (let row = 0; row < rows; row++) {
    signal?.throwIfAborted();
    answers.push(solve(costs.slice(row * d, (row + 1) * d), contexts.slice(row * p, (row + 1) * p), row));
    await turn.yield();
  }
  return answers;
}

export interface Regret {
  /** `f(z(ŝ), s) − min f(·, s)` of each row; NaN where a solve had no decision. */
  readonly rows: Float64Array;
  /** Over rows that have one. */
  readonly mean: number;
  /** Sum of the regrets by the sum of the optima's sizes, as PyEPO normalises it; not finite where best decisions cost 0. */
  readonly relative: number;
}

/**
 * Regret of the decisions for predictions.
 *
 * @param predictions rows × d
 * @param best `hindsight` of the same rows
 * @throws the signal's reason when aborted
 */
export async function regretOf(
  predictions: Float64Array,
  data: DflRows,
  best: readonly OracleAnswer[],
  oracle: Pick<DecisionOracle, "value">,
  solve: SolveRow,
  signal?: AbortSignal,
): Promise<Regret> {
  const decided = await hindsight({ ...data, costs: predictions }, solve, signal);
  const p = data.contexts.length / data.rows;
  const d = data.costs.length / data.rows;
  const regrets = new Float64Array(data.rows).fill(NaN);
  let total = 0;
  let scale = 0;
  let count = 0;
  decided.forEach((answer, row) => {
    const optimum = best[row]!;
    if (!hasDecision(answer) || !hasDecision(optimum)) return;
    const s = data.costs.subarray(row * d, (row + 1) * d);
    const x = data.contexts.subarray(row * p, (row + 1) * p);
    regrets[row] = oracle.value(answer.z, s, x) - optimum.objective;
    total += regrets[row]!;
    scale += Math.abs(optimum.objective);
    count++;
  });
  return { rows: regrets, mean: total / count, relative: total / scale };
}
