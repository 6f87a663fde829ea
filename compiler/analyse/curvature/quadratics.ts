import { isPositiveDefinite, quadraticForm, symmetricEigenvalues } from "../quadratic.ts";
import type { Problem } from "../problem.ts";
import type { QuadraticFacts } from "./facts.ts";
import { consumersOf, type Scope } from "./forward.ts";

/** Beyond so many variables no matrix is made: it would cost more than the rest of the compiler. */
export const MATRIX_LIMIT = 400;
/** Up to here eigenvalues are found by rotations; beyond by bisection over Cholesky factors. */
const ROTATION_LIMIT = 64;

/** A quadratic, and whether it is a sum of squares of affine expressions: `v ↦ (v, 1)ᵀ H (v, 1)` with H ⪰ 0. */
export interface Quadratic extends QuadraticFacts {
  readonly sumOfSquares: boolean;
}

/**
 * The quadratic that a scalar of degree two in the variables is, where its coefficients are known numbers; only of
 * values that are no part of a larger quadratic, for those inside decide nothing by themselves.
 */
export function quadraticsOf(scope: Scope): (id: number) => Quadratic | null {
  const { b, output } = scope;
  const consumers = consumersOf(b, output);
  const known = new Map<number, Quadratic | null>();
  return (id) => {
    let found = known.get(id);
    if (found === undefined) {
      const readers = consumers.get(id);
      const whole = readers !== undefined && (id === output || isWhole(scope, readers));
      found = whole && fitsQuadratic(scope, id) ? readQuadratic(scope, id) : null;
      known.set(id, found);
    }
    return found;
  };
}

/** Whether something that reads a quadratic is none itself, so that the quadratic decides. */
export function isWhole(scope: Omit<Scope, "output">, readers: readonly number[]): boolean {
  return readers.some((reader) => !fitsQuadratic(scope, reader));
}

/** Whether a value is a scalar of degree two with known coefficients, in few enough variables for its matrix. */
export function fitsQuadratic({ b, variables, degree, closed }: Omit<Scope, "output">, id: number): boolean {
  return degree(id) === 2 && closed(id) && b.shape(id).length === 0 && variables.size <= MATRIX_LIMIT;
}

/** The quadratic that a value that fits is; `null` where its coefficients cannot be read off. */
export function readQuadratic({ b, variables }: Pick<Scope, "b" | "variables">, id: number): Quadratic | null {
  const problems: Problem[] = [];
  const form = quadraticForm(b.finish(id), variables, { file: 0, start: 0, end: 0 }, problems);
  if (problems.some((problem) => problem.code === "risk-term-not-quadratic")) return null;
  const n = variables.size;
  const matrix = form.quadratic ?? Array.from({ length: n * n }, () => 0);
  const { least, greatest } = extremeEigenvalues(matrix, n);
  const tolerance = 1e-10 * n * matrix.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  return {
    matrix,
    linear: form.linear,
    constant: form.constant,
    definiteness:
      least >= -tolerance ? "positive-semidefinite" : greatest <= tolerance ? "negative-semidefinite" : "indefinite",
    leastEigenvalue: least,
    greatestEigenvalue: greatest,
    sumOfSquares: least >= -tolerance && isSumOfSquares(matrix, form.linear, form.constant, n),
  };
}

function isSumOfSquares(matrix: readonly number[], linear: readonly number[], constant: number, n: number): boolean {
  const size = n + 1;
  const whole = Array.from({ length: size * size }, () => 0);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) whole[i * size + j] = matrix[i * n + j]!;
    whole[i * size + n] = whole[n * size + i] = linear[i]! / 2;
  }
  whole[size * size - 1] = constant;
  const most = whole.reduce((a, v) => Math.max(a, Math.abs(v)), 0);
  return isPositiveDefinite(whole, size, 1e-12 * size * most);
}

/** A lower bound of the least and an upper bound of the greatest eigenvalue of a symmetric n × n matrix. */
export function extremeEigenvalues(
  matrix: readonly number[],
  n: number,
): { readonly least: number; readonly greatest: number } {
  if (n === 0) return { least: 0, greatest: 0 };
  const diagonal = matrix.every((v, k) => v === 0 || k % (n + 1) === 0);
  if (diagonal || n <= ROTATION_LIMIT) {
    const values = diagonal
      ? Array.from({ length: n }, (_, i) => matrix[i * (n + 1)]!)
      : symmetricEigenvalues(matrix, n);
    return { least: Math.min(...values), greatest: Math.max(...values) };
  }
  const negated = matrix.map((v) => -v);
  return { least: leastByBisection(matrix, n), greatest: -leastByBisection(negated, n) };
}

/** The largest shift found for which `matrix − shift·I` still has a Cholesky factor, within 1e-6 of the matrix's size. */
function leastByBisection(matrix: readonly number[], n: number): number {
  let [low, high] = [Infinity, Infinity];
  let size = 0;
  for (let i = 0; i < n; i++) {
    let off = 0;
    for (let j = 0; j < n; j++) if (j !== i) off += Math.abs(matrix[i * n + j]!);
    // Gershgorin's discs hold every eigenvalue, and no eigenvalue of a symmetric matrix is below all of its diagonal.
    low = Math.min(low, matrix[i * (n + 1)]! - off);
    high = Math.min(high, matrix[i * (n + 1)]!);
    size = Math.max(size, Math.abs(matrix[i * (n + 1)]!) + off);
  }
  while (high - low > 1e-6 * size) {
    const middle = (low + high) / 2;
    if (isPositiveDefinite(matrix, n, -middle)) low = middle;
    else high = middle;
  }
  return low;
}
