import type { DecisionPool, PoolPoint } from "../decision-pool.ts";
import type { OracleAnswer } from "../types.ts";

/** One row of a batch, as a loss sees it. */
export interface LossRow {
  /** ŝ, d values. */
  readonly predicted: Float64Array;
  /** s, the outcome that came. */
  readonly cost: Float64Array;
  /** x, p values. */
  readonly context: Float64Array;
  /** `z(s)`: the best decision in hindsight. */
  readonly best: OracleAnswer;
  /** Whether this row is solved exactly at this step, or answered from the cache. */
  readonly exact: boolean;
  /**
   * The decision for an outcome, by a solver or from the cache.
   *
   * @throws SolveFailure where there is none
   */
  solve(s: Float64Array): OracleAnswer;
  /** `count` standard normal numbers, a function of the row and the step. */
  normal(count: number): Float64Array;
  /** `count` numbers of the sum-of-gamma distribution, likewise. */
  sumOfGamma(count: number, kappa: number): Float64Array;
  /** Receives `∂loss/∂ŝ`, d values; 0 at first. */
  readonly gradient: Float64Array;
  loss: number;
  /** Set where a solve of the row gave no decision: loss and gradient are 0. */
  failure: OracleAnswer | null;
}

/** Sets loss and gradient of every row. */
export interface DflLoss {
  evaluate(rows: readonly LossRow[]): void;
  /** What it carries from step to step, for checkpoints: its own array, read and written in place. */
  readonly state?: Float64Array;
}

/** What `LossRow.solve` throws, and `eachRow` turns into a row without a gradient. */
export class SolveFailure extends Error {
  readonly answer: OracleAnswer;

  constructor(answer: OracleAnswer) {
    super(answer.detail ?? answer.status);
    this.name = "SolveFailure";
    this.answer = answer;
  }
}

/** Applies a function to every row that has not failed: one solve without a decision costs its own row alone. */
export function eachRow(rows: readonly LossRow[], apply: (row: LossRow, index: number) => void): void {
  rows.forEach((row, index) => {
    if (row.failure !== null) return;
    try {
      apply(row, index);
    } catch (error) {
      if (!(error instanceof SolveFailure)) throw error;
      row.failure = error.answer;
      row.loss = 0;
      row.gradient.fill(0);
    }
  });
}

/** A loss that each row has by itself: `of` fills the row's gradient and returns its loss. */
export function rowLoss(of: (row: LossRow) => number): DflLoss {
  return {
    evaluate: (rows) =>
      eachRow(rows, (row) => {
        row.loss = of(row);
      }),
  };
}

/** A loss over the pool of decisions; a row that is solved exactly puts its decision into it first. */
export function poolLoss(pool: DecisionPool, of: (row: LossRow, pool: DecisionPool) => number): DflLoss {
  return rowLoss((row) => {
    if (row.exact) row.solve(row.predicted);
    return of(row, pool);
  });
}

/**
 * A loss of the values of the pool's decisions at each row's prediction. The rows of a batch are taken together: their
 * values are one product of the predictions with the pool's decisions, their gradients another.
 *
 * @param of the row's loss; leaves `∂loss/∂f(z_j, ŝ)` of each decision in `bars`, which are 0 at first, or fills the
 *   row's gradient itself
 */
export function rankingLoss(
  pool: DecisionPool,
  of: (row: LossRow, values: Float64Array, bars: Float64Array) => number,
): DflLoss {
  /** One array a row each, kept from step to step: making them anew costs more than filling them. */
  let values: Float64Array[] = [];
  let bars: Float64Array[] = [];
  return {
    evaluate(rows) {
      const points = rows.map(({ predicted, context }) => ({ s: predicted, x: context }));
      // Every row may add a decision.
      const most = pool.size + rows.length;
      if (values.length < rows.length || values[0]!.length < most) {
        values = rows.map(() => new Float64Array(2 * most));
        bars = rows.map(() => new Float64Array(2 * most));
      }
      let filled = pool.size;
      pool.fill(points, 0, values.slice(0, rows.length));
      const pulled: { readonly row: LossRow; readonly point: PoolPoint; readonly bars: Float64Array }[] = [];
      eachRow(rows, (row, index) => {
        if (row.exact) row.solve(row.predicted);
        if (filled < pool.size) pool.fill(points.slice(index), filled, values.slice(index, rows.length));
        filled = pool.size;
        const own = bars[index]!.subarray(0, filled);
        own.fill(0);
        row.loss = of(row, values[index]!.subarray(0, filled), own);
        pulled.push({ row, point: points[index]!, bars: own });
      });
      pool.addSlopes(
        pulled.map((one) => one.bars),
        pulled.map(({ point }) => point),
        pulled.map(({ row }) => row.gradient),
      );
    },
  };
}
