import { createRepeatedCone, solveMixedCone, type MixedConeOptions } from "./cone/index.ts";
import type { Cone, ConeProblem } from "./cone/types.ts";
import type { LinearModel } from "./linear-model.ts";
import type { LinearSolution } from "./linear-solution.ts";
import { sparseFromDense } from "./sparse/matrix.ts";
import type { SparseMatrix } from "./sparse/matrix.ts";

/** A model as a cone program, and where its rows went. */
export interface LinearCone {
  readonly problem: ConeProblem;
  /** Cone rows `−a·x ≤ −lower` (or the equality, `a·x = bound`) and `a·x ≤ upper` of each row; −1 where there is none. */
  readonly below: Int32Array;
  readonly above: Int32Array;
  readonly equalities: number;
}

/** A model's numbers are near 1 (`ModelUnits`); those below this are nothing, and their inverses would overflow. */
const NOTHING = 1e-30;
const orZero = (value: number): number => (Math.abs(value) < NOTHING ? 0 : value);

/** Any linear, quadratic or mixed-integer model over half-lines and equalities, those first. */
export function coneOfLinear(model: LinearModel): LinearCone {
  const { columns, rows, rowLower, rowUpper, columnLower, columnUpper, starts, indices, values } = model;
  const below = new Int32Array(rows).fill(-1);
  const above = new Int32Array(rows).fill(-1);
  const b: number[] = [];
  const equal: number[] = [];
  const others: number[] = [];
  for (let r = 0; r < rows; r++) (rowLower[r] === rowUpper[r] ? equal : others).push(r);
  for (const r of equal) {
    below[r] = b.length;
    b.push(rowLower[r]!);
  }
  for (const r of others) {
    if (rowLower[r]! > -Infinity) {
      below[r] = b.length;
      b.push(-rowLower[r]!);
    }
    if (rowUpper[r]! < Infinity) {
      above[r] = b.length;
      b.push(rowUpper[r]!);
    }
  }
  const firstBound = b.length;
  const cells = new Int32Array(columns + 1);
  const copies = (r: number): number => (below[r]! >= 0 ? 1 : 0) + (above[r]! >= 0 ? 1 : 0);
  for (let r = 0; r < rows; r++) {
    const times = copies(r);
    for (let at = starts[r]!; at < starts[r + 1]!; at++) cells[indices[at]! + 1]! += times;
  }
  for (let j = 0; j < columns; j++) {
    if (columnLower[j]! > -Infinity) {
      cells[j + 1]!++;
      b.push(-columnLower[j]!);
    }
    if (columnUpper[j]! < Infinity) {
      cells[j + 1]!++;
      b.push(columnUpper[j]!);
    }
  }
  for (let j = 0; j < columns; j++) cells[j + 1]! += cells[j]!;
  const next = cells.slice();
  const a: SparseMatrix = {
    rows: b.length,
    columns,
    starts: cells,
    indices: new Int32Array(cells[columns]!),
    values: new Float64Array(cells[columns]!),
  };
  const put = (row: number, column: number, value: number): void => {
    const at = next[column]!++;
    a.indices[at] = row;
    a.values[at] = orZero(value);
  };
  // In the order of the cone's rows, so that each column's are sorted.
  for (const r of [...equal, ...others]) {
    for (const [row, sign] of [
      [below[r]!, rowLower[r] === rowUpper[r] ? 1 : -1],
      [above[r]!, 1],
    ] as const) {
      if (row < 0) continue;
      for (let at = starts[r]!; at < starts[r + 1]!; at++) put(row, indices[at]!, sign * values[at]!);
    }
  }
  let row = firstBound;
  for (let j = 0; j < columns; j++) {
    if (columnLower[j]! > -Infinity) put(row++, j, -1);
    if (columnUpper[j]! < Infinity) put(row++, j, 1);
  }
  const cones: Cone[] = [
    { kind: "zero", size: equal.length },
    { kind: "nonnegative", size: b.length - equal.length },
  ];
  const problem = {
    p: hessianOf(model),
    q: model.cost.map(orZero),
    a,
    b: Float64Array.from(b),
    cones: cones.filter((cone) => !("size" in cone) || cone.size > 0),
  };
  return { problem, below, above, equalities: equal.length };
}

function hessianOf({ hessian, columns }: LinearModel): SparseMatrix | null {
  if (hessian === null) return null;
  const { size, values } = hessian;
  const upper = values.map((value, at) => (Math.floor(at / size) <= at % size ? orZero(value) : 0));
  const p = sparseFromDense(size, size, upper);
  const starts = new Int32Array(columns + 1).fill(p.starts[size]!);
  starts.set(p.starts);
  return { ...p, rows: columns, columns, starts };
}

/**
 * The generic cone solver on linear and quadratic models, by branch and bound where columns are integer. The KKT system
 * is analysed once for models of one pattern that follow each other.
 */
export function createLinearConeSolver(
  mixed: Pick<MixedConeOptions, "gap"> = {},
): (model: LinearModel, seconds: number) => LinearSolution {
  const solveRepeated = createRepeatedCone({ tolerance: TOLERANCE });
  return (model, seconds) => {
    const cone = coneOfLinear(model);
    const { problem } = cone;
    if (![problem.q, problem.a.values, problem.b].every(isFinite) || !isFinite(problem.p?.values ?? NO_NUMBERS)) {
      return { ...NO_SOLUTION, status: "failed", detail: "the model's numbers overflow" };
    }
    if (model.integer.length > 0) return solveMixed(problem, model.integer, { ...mixed, timeLimit: seconds });
    const answer = solveRepeated(problem, seconds);
    const { status } = answer;
    const detail = `cone: ${status} after ${answer.iterations} iterations`;
    if (status === "infeasible" || status === "unbounded") return { ...NO_SOLUTION, status, detail };
    if (!isFinite(answer.x) || !isFinite(answer.y)) return { ...NO_SOLUTION, status: "failed", detail };
    return {
      status: status === "optimal" ? "optimal" : "stopped",
      detail,
      x: answer.x,
      duals: dualsOf(cone, answer.y, model.rows),
      objective: answer.objective,
      bound: -Infinity,
    };
  };
}

/** Tighter than the solver's own, because components that nothing bounds multiply what is left by 1000 (`dualBound`). */
const TOLERANCE = 1e-10;
/** What the bounds of branch and bound are exact to, relative to the objective: the tolerance of its relaxations. */
const BOUND_ERROR = 1e-8;

const NO_NUMBERS = new Float64Array(0);
const isFinite = (values: Float64Array): boolean => values.every(Number.isFinite);

const NO_SOLUTION = { x: new Float64Array(0), duals: null, objective: NaN, bound: -Infinity };

function solveMixed(problem: ConeProblem, integer: readonly number[], options: MixedConeOptions): LinearSolution {
  const { status, x, objective, bound, nodes } = solveMixedCone(problem, integer, options);
  const detail = `branch and bound: ${status} after ${nodes} relaxations`;
  if (status === "infeasible" || status === "unbounded") return { ...NO_SOLUTION, status, detail };
  if (!isFinite(x)) return { ...NO_SOLUTION, status: "failed", detail };
  return {
    status: status === "optimal" ? "optimal" : "stopped",
    detail,
    x,
    duals: null,
    objective,
    bound: bound - BOUND_ERROR * Math.max(1, Math.abs(bound)),
  };
}

/** Positive where a lower bound holds, as `LinearSolution` has them: `Px + q = Aᵀ duals + …`, where the cone has `−Aᵀy`. */
function dualsOf({ below, above, equalities }: LinearCone, y: Float64Array, rows: number): Float64Array {
  const duals = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    const low = below[r]!;
    const high = above[r]!;
    if (low >= 0) duals[r] = low < equalities ? -y[low]! : y[low]!;
    if (high >= 0) duals[r]! -= y[high]!;
  }
  return duals;
}
