import { createCombinatorialSolver } from "../decide/classical/index.ts";
import type { CombinatorialSet } from "../decide/classical/index.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import { bindingNormals, linearDescription } from "./normals.ts";
import type { DecisionOracle, OracleAnswer } from "./types.ts";

export interface OracleOptions {
  /** Seconds that one solve may take; what is best by then answers, as `stopped`. */
  readonly timeLimit?: number;
  /** Components that must be whole may be any number in between, as in the relaxation that a search starts from. */
  readonly relax?: boolean;
}

/**
 * `min s·z`, or `max s·z`, over a combinatorial set by its classical algorithm.
 *
 * @throws RuntimeError `problem-malformed`
 */
export async function createCombinatorialOracle(
  set: CombinatorialSet,
  sense: "minimize" | "maximize",
  options: OracleOptions = {},
): Promise<DecisionOracle> {
  const solver = await createCombinatorialSolver(set, options);
  const { size } = solver;
  const direction = sense === "minimize" ? 1 : -1;
  const rows = linearDescription(set);
  const costs = new Float64Array(size);
  const signed = (values: Float64Array, out: Float64Array): void => {
    for (let i = 0; i < size; i++) out[i] = direction * values[i]!;
  };
  return {
    outcome: size,
    decision: size,
    linear: true,
    homogeneous: true,
    contextual: false,
    direction,
    binary: !(set.kind === "knapsack" && set.fractional === true),
    solve: (s) =>
      attempt(size, size, () => {
        signed(s, costs);
        const { z, objective, status } = solver.solve(costs);
        const slope = direction === 1 ? z : z.map((value) => -value);
        return { status, z, objective, slope };
      }),
    value(z, s) {
      let value = 0;
      for (let i = 0; i < size; i++) value += s[i]! * z[i]!;
      return direction * value;
    },
    slope: (z, _s, _x, out) => signed(z, out),
    gradientZ: (_z, s, _x, out) => signed(s, out),
    ...(rows === null ? {} : { normals: (z) => bindingNormals(rows, z) }),
  };
}

/** An answer, or a solver's failure as one: it is for the training to count, not to end on. */
export function attempt(decision: number, outcome: number, solve: () => OracleAnswer): OracleAnswer {
  try {
    return solve();
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    return {
      status: "failed",
      z: new Float64Array(decision).fill(NaN),
      objective: NaN,
      slope: new Float64Array(outcome).fill(NaN),
      detail: `${error.code}: ${error.message}`,
    };
  }
}
