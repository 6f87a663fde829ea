import type { ScenarioProgram } from "../scenario-program.ts";
import { addWeightedGram, dot, factorize, solveFactored } from "./dense.ts";
import type { RelativeInterior } from "./relative-interior.ts";

/** The scenarios' part of the Newton system: the rows `a_k·Δz − Δt_c` with weight w_ck. */
export interface ScenarioRows {
  /** n columns of `count` slopes. */
  readonly columns: Float64Array;
  readonly count: number;
  /** `count` weights for each tail. */
  readonly weights: readonly Float64Array[];
}

export interface ComplementNewton {
  /** Whether this way is open and the shorter one, for so many scenarios. */
  suits(scenarios: number): boolean;
  load(scenarios: ScenarioRows): void;
  /**
   * @param diagonal curvature of each component, positive
   * @param rowWeights λ/s of the set's inequality rows
   */
  factor(diagonal: Float64Array, scenarios: ScenarioRows, rowWeights: ArrayLike<number>): void;
  /** The step of `(z, t)` for a right side, with `E Δz = 0`. */
  solve(right: Float64Array, step: Float64Array): void;
}

/**
 * The Newton system where decisions have more components than there are scenarios to solve with, and the quadratic is
 * diagonal. With D diagonal, `B = [G; R; E]` the rows of scenarios, set and equalities, and Ω their weights (∞ for E),
 *
 *     (D + GᵀWG + RᵀPR) Δz + Eᵀν − GᵀW Δt = r_z,   E Δz = 0,   1ᵀW (Δt − G Δz) = r_t
 *
 * becomes, with `y = Ω (B Δz − Δt)`, a system of as many rows as B has (the Schur complement of D):
 *
 *     (B D⁻¹ Bᵀ + Ω⁻¹) y + 1 Δt = B D⁻¹ r_z,   −1ᵀ y = r_t,   Δz = D⁻¹ (r_z − Bᵀ y)
 *
 * O(N² n + N³) for N rows, against O(K n² + n³).
 */
export function createComplementNewton(program: ScenarioProgram, set: RelativeInterior): ComplementNewton {
  const { size: n, tails, quadratic } = program;
  const m = tails.length;
  const { basis } = set.equalities;
  const fixedRows = [...set.rows, ...basis.map(({ values }) => values)];
  const rowCount = set.rows.length;
  const separable = quadratic === null || quadratic.every((value, at) => value === 0 || Math.floor(at / n) === at % n);
  const curved = Array.from({ length: n }, (_, i) => {
    const bounded = set.lower[i]! > -Infinity || set.upper[i]! < Infinity;
    return bounded || (quadratic !== null && quadratic[i * (n + 1)]! > 0);
  }).every(Boolean);

  let K = 0;
  /** Distinct rows: scenarios, inequalities, equalities. */
  let distinct = 0;
  /** Rows of the system, with the scenarios once for each tail. */
  let order = 0;
  /** The distinct rows, n values each. */
  let table = new Float64Array(0);
  const scaled = new Float64Array(n);
  let gram = new Float64Array(0);
  let system = new Float64Array(0);
  let y = new Float64Array(0);
  let change = new Float64Array(0);
  /** `Ω⁻¹` */
  let compliance = new Float64Array(0);
  let rowResidual = new Float64Array(0);
  const residual = new Float64Array(n + m);
  let image = new Float64Array(0);
  const inverse = new Float64Array(n);
  /** `C⁻¹ 1_c` for each tail. */
  let responses: Float64Array[] = [];
  const shift = new Float64Array(m);
  const shifts = new Float64Array(m * m);

  const tailOf = (at: number): number => (at < m * K ? Math.floor(at / K) : -1);
  const rowOf = (at: number): number => (at < m * K ? at % K : at - (m - 1) * K);

  function load(scenarios: ScenarioRows): void {
    K = scenarios.count;
    distinct = K + fixedRows.length;
    order = m * K + fixedRows.length;
    if (table.length < n * distinct) table = new Float64Array(n * distinct);
    if (system.length < order * order) {
      system = new Float64Array(order * order);
      gram = new Float64Array(distinct * distinct);
    }
    if (y.length < order) {
      y = new Float64Array(order);
      change = new Float64Array(order);
      compliance = new Float64Array(order);
      rowResidual = new Float64Array(order);
      image = new Float64Array(distinct);
      responses = tails.map(() => new Float64Array(order));
    }
    for (let k = 0; k < K; k++) {
      for (let i = 0; i < n; i++) table[k * n + i] = scenarios.columns[i * K + k]!;
    }
    fixedRows.forEach((row, r) => table.set(row, (K + r) * n));
  }

  function factor(diagonal: Float64Array, scenarios: ScenarioRows, rowWeights: ArrayLike<number>): void {
    for (let i = 0; i < n; i++) inverse[i] = 1 / diagonal[i]!;
    gram.fill(0, 0, distinct * distinct);
    addWeightedGram(gram, distinct, table, distinct, n, inverse);
    for (let a = 0; a < order; a++) {
      const row = rowOf(a);
      for (let b = 0; b <= a; b++) {
        const other = rowOf(b);
        system[a * order + b] = row >= other ? gram[row * distinct + other]! : gram[other * distinct + row]!;
      }
      const tail = tailOf(a);
      compliance[a] =
        tail >= 0 ? 1 / scenarios.weights[tail]![row]! : row < K + rowCount ? 1 / rowWeights[row - K]! : 0;
      system[a * (order + 1)]! += compliance[a]!;
    }
    factorize(system, order, order);
    for (let c = 0; c < m; c++) {
      const response = responses[c]!;
      response.fill(0, 0, order);
      response.fill(1, c * K, (c + 1) * K);
      solveFactored(system, order, order, response);
      for (let other = 0; other < m; other++) shifts[other * m + c] = sumOfTail(response, other);
    }
    factorize(shifts, m, m);
  }

  function sumOfTail(x: Float64Array, tail: number): number {
    let sum = 0;
    for (let k = tail * K; k < (tail + 1) * K; k++) sum += x[k]!;
    return sum;
  }

  /** Adds to `step` and `y` the solution for residuals of the system's three parts. */
  function addSolution(first: Float64Array, second: Float64Array | null, step: Float64Array): void {
    for (let i = 0; i < n; i++) scaled[i] = inverse[i]! * first[i]!;
    for (let a = 0; a < distinct; a++) image[a] = dot(table, a * n, scaled, 0, n);
    for (let a = 0; a < order; a++) change[a] = image[rowOf(a)]! + (second === null ? 0 : second[a]!);
    solveFactored(system, order, order, change);
    for (let c = 0; c < m; c++) shift[c] = first[n + c]! + sumOfTail(change, c);
    solveFactored(shifts, m, m, shift);
    for (let c = 0; c < m; c++) {
      step[n + c]! += shift[c]!;
      for (let a = 0; a < order; a++) change[a]! -= shift[c]! * responses[c]![a]!;
    }
    for (let a = 0; a < order; a++) y[a]! += change[a]!;
    for (let i = 0; i < n; i++) scaled[i] = first[i]!;
    subtractForce(change, scaled);
    for (let i = 0; i < n; i++) step[i]! += inverse[i]! * scaled[i]!;
  }

  /** `out −= Bᵀ multipliers` */
  function subtractForce(multipliers: Float64Array, out: Float64Array): void {
    image.fill(0, 0, distinct);
    for (let a = 0; a < order; a++) image[rowOf(a)]! += multipliers[a]!;
    for (let a = 0; a < distinct; a++) {
      const pull = image[a]!;
      for (let i = 0; i < n; i++) out[i]! -= pull * table[a * n + i]!;
    }
  }

  function solve(right: Float64Array, step: Float64Array): void {
    step.fill(0);
    y.fill(0, 0, order);
    addSolution(right, null, step);
    // One refinement: D is as uneven as the barrier, and the complement of it loses digits.
    for (let i = 0; i < n; i++) residual[i] = right[i]! - step[i]! / inverse[i]!;
    subtractForce(y, residual);
    for (let c = 0; c < m; c++) residual[n + c] = right[n + c]! + sumOfTail(y, c);
    for (let a = 0; a < distinct; a++) image[a] = dot(table, a * n, step, 0, n);
    for (let a = 0; a < order; a++) {
      const tail = tailOf(a);
      rowResidual[a] = image[rowOf(a)]! - compliance[a]! * y[a]! - (tail >= 0 ? step[n + tail]! : 0);
    }
    addSolution(residual, rowResidual, step);
  }

  return {
    suits: (scenarios) => separable && curved && m > 0 && 2 * (m * scenarios + fixedRows.length) < n,
    load,
    factor,
    solve,
  };
}

/** Whether a quadratic has no products of two components; none at all has none. */
export function isDiagonal(quadratic: Float64Array | null, size: number): boolean {
  return quadratic === null || quadratic.every((value, at) => value === 0 || Math.floor(at / size) === at % size);
}

/** `2 Q_ii`, or `null` where Q is not a positive diagonal. */
export function positiveDiagonal(quadratic: Float64Array | null, size: number): Float64Array | null {
  if (quadratic === null || !isDiagonal(quadratic, size)) return null;
  const diagonal = Float64Array.from({ length: size }, (_, i) => 2 * quadratic[i * (size + 1)]!);
  return diagonal.every((value) => value > 0) ? diagonal : null;
}
