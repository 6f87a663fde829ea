import type { OracleAnswer } from "../types.ts";
import { dot } from "../../decide/dot.ts";
import type { LossRow } from "./row.ts";

/**
 * A linear cost `s·φ(z) + g(z)` as `(s, w)·(φ, g)` with w = 1: what moves costs about (DBB, I-MLE, PG) moves w with s
 * where there is a g, such as the variance of a portfolio.
 */
export interface Extended {
  /** φ(z), d values. */
  readonly slope: Float64Array;
  /** g(z). */
  readonly offset: number;
}

export function extend({ slope, objective }: OracleAnswer, s: Float64Array): Extended {
  return { slope, offset: objective - dot(slope, s) };
}

/**
 * `argmin_z s·φ(z) + w g(z)`. Without a g there is nothing to scale; with one, w must be positive.
 *
 * @throws SolveFailure
 */
export function solveExtended(row: LossRow, s: Float64Array, w: number, homogeneous: boolean): Extended {
  if (homogeneous || w === 1) return extend(row.solve(s), s);
  const scaled = s.map((value) => value / w);
  return extend(row.solve(scaled), scaled);
}
