/** `lower ≤ x ≤ upper` and `row.lower ≤ row.coefficients · x ≤ row.upper`; bounds may be ±Infinity. */
export interface LinearSystem {
  readonly size: number;
  readonly lower: ArrayLike<number>;
  readonly upper: ArrayLike<number>;
  readonly rows: readonly SystemRow[];
}
export interface SystemRow {
  readonly coefficients: ArrayLike<number>;
  readonly lower: number;
  readonly upper: number;
}

/**
 * Farkas: `Σ weights_k · v_k = 0` holds for every x, where v is x followed by the activities of the rows; yet no values
 * within the bounds of v add up to 0. Checked against the system's own numbers.
 */
export interface Certificate {
  readonly weights: Float64Array;
  /** The one variable whose own bounds cross, where that is all; its weight is 1 and there is no identity. */
  readonly crossed: number | null;
}

export type Feasibility =
  | { readonly status: "feasible"; readonly point: Float64Array; readonly simplex: Simplex }
  | { readonly status: "empty"; readonly certificate: Certificate }
  /** Out of work, or the answer did not stand the check. */
  | { readonly status: "undecided" };

export type Minimum =
  | {
      readonly status: "optimal";
      readonly value: number;
      /** Variables (x, then rows) whose bounds hold the minimum where it is. */
      readonly binding: readonly number[];
      readonly point: Float64Array;
    }
  | { readonly status: "unbounded" }
  | { readonly status: "undecided" };

export interface Simplex {
  /** The least `cost · x` over the system, from the current vertex. */
  minimise(cost: ArrayLike<number>): Minimum;
}

/** Units of work, one multiplication each, that several solves share. */
export interface Work {
  left: number;
}

const FEASIBLE = 1e-9;
const PIVOT = 1e-9;
/** Pivots by the steepest choice before Bland's rule, which cannot cycle, takes over. */
const GREEDY = 200;

/**
 * Bounded-variable simplex on a dense tableau, without artificial variables: each row's activity is a variable of its
 * own that starts in the basis (Dutertre & de Moura 2006). A basic variable outside its bounds is moved to the nearest
 * one against a non-basic variable that can still move; where none can, its row is the certificate of emptiness. Past
 * the first pivots, Bland's rule chooses, so that it ends. Columns and rows are scaled by powers of two.
 */
export function findPoint(system: LinearSystem, work: Work): Feasibility {
  const n = system.size;
  const m = system.rows.length;
  const scales = scalesOf(system);
  const lower = new Float64Array(n + m);
  const upper = new Float64Array(n + m);
  for (let k = 0; k < n + m; k++) {
    const row = k < n ? null : system.rows[k - n]!;
    lower[k] = (row === null ? system.lower[k]! : row.lower) * scales[k]!;
    upper[k] = (row === null ? system.upper[k]! : row.upper) * scales[k]!;
    if (lower[k]! > upper[k]! + FEASIBLE * (1 + Math.abs(upper[k]!))) {
      const weights = new Float64Array(n + m);
      weights[k] = 1;
      return { status: "empty", certificate: { weights, crossed: k } };
    }
  }
  /** basic_i = Σ_j table[i][j] · nonbasic_j; the last row is the cost's. */
  const table = new Float64Array((m + 1) * n);
  system.rows.forEach((row, i) => {
    for (let j = 0; j < n; j++) table[i * n + j] = (row.coefficients[j]! * scales[n + i]!) / scales[j]!;
  });
  const basic = Int32Array.from({ length: m }, (_, i) => n + i);
  const nonbasic = Int32Array.from({ length: n }, (_, j) => j);
  const value = new Float64Array(n + m);
  for (let j = 0; j < n; j++) value[j] = Math.min(Math.max(0, lower[j]!), upper[j]!);
  refresh();

  for (let pivots = 0; ; pivots++) {
    if (work.left <= 0) return { status: "undecided" };
    const row = violated(pivots < GREEDY);
    if (row < 0) break;
    const b = basic[row]!;
    const below = value[b]! < lower[b]!;
    const column = helper(row, below ? 1 : -1, pivots < GREEDY);
    if (column < 0) {
      const certificate = certify(row);
      return certificate === null ? { status: "undecided" } : { status: "empty", certificate };
    }
    moveBasic(row, column, below ? lower[b]! : upper[b]!);
  }
  const point = pointOf();
  return satisfies(system, point) ? { status: "feasible", point, simplex: { minimise } } : { status: "undecided" };

  function refresh(): void {
    for (let i = 0; i < m; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += table[i * n + j]! * value[nonbasic[j]!]!;
      value[basic[i]!] = sum;
    }
    work.left -= m * n;
  }

  function slackOf(k: number): number {
    return FEASIBLE * (1 + Math.abs(value[k]!));
  }

  /** Tableau row of a basic variable outside its bounds, or −1. */
  function violated(greedy: boolean): number {
    let found = -1;
    let most = 0;
    for (let i = 0; i < m; i++) {
      const k = basic[i]!;
      const outside = Math.max(lower[k]! - value[k]!, value[k]! - upper[k]!);
      if (outside <= slackOf(k)) continue;
      if (greedy ? outside > most : found < 0 || k < basic[found]!) [found, most] = [i, outside];
    }
    return found;
  }

  /** Column whose variable can move so that the basic one of `row` goes in `direction`, or −1. */
  function helper(row: number, direction: 1 | -1, greedy: boolean): number {
    let found = -1;
    let most = 0;
    for (let j = 0; j < n; j++) {
      const rate = table[row * n + j]! * direction;
      if (Math.abs(rate) <= PIVOT) continue;
      const k = nonbasic[j]!;
      if (rate > 0 ? value[k]! >= upper[k]! : value[k]! <= lower[k]!) continue;
      if (greedy ? Math.abs(rate) > most : found < 0 || k < nonbasic[found]!) [found, most] = [j, Math.abs(rate)];
    }
    return found;
  }

  function moveBasic(row: number, column: number, target: number): void {
    const step = (target - value[basic[row]!]!) / table[row * n + column]!;
    const entering = nonbasic[column]!;
    value[entering] = value[entering]! + step;
    for (let i = 0; i < m; i++) {
      if (i !== row) value[basic[i]!] = value[basic[i]!]! + table[i * n + column]! * step;
    }
    value[basic[row]!] = target;
    pivot(row, column, m);
  }

  /** Swaps basic `row` with nonbasic `column` in the first `rows` rows of the table. */
  function pivot(row: number, column: number, rows: number): void {
    const start = row * n;
    const inverse = 1 / table[start + column]!;
    for (let j = 0; j < n; j++) table[start + j] = j === column ? inverse : -table[start + j]! * inverse;
    for (let i = 0; i < rows; i++) {
      const rate = table[i * n + column]!;
      if (i === row || rate === 0) continue;
      table[i * n + column] = 0;
      for (let j = 0; j < n; j++) table[i * n + j] = table[i * n + j]! + rate * table[start + j]!;
    }
    [basic[row], nonbasic[column]] = [nonbasic[column]!, basic[row]!];
    work.left -= rows * n;
  }

  function pointOf(): Float64Array {
    return Float64Array.from({ length: n }, (_, j) => value[j]! / scales[j]!);
  }

  function certify(row: number): Certificate | null {
    const multipliers = new Float64Array(m);
    const set = (k: number, weight: number): void => {
      if (k >= n && Math.abs(weight) > PIVOT) multipliers[k - n] = weight * scales[k]!;
    };
    set(basic[row]!, 1);
    for (let j = 0; j < n; j++) set(nonbasic[j]!, -table[row * n + j]!);
    return certificateOf(system, multipliers);
  }

  function minimise(cost: ArrayLike<number>): Minimum {
    const costRow = m * n;
    for (let j = 0; j < n; j++) {
      const k = nonbasic[j]!;
      table[costRow + j] = k < n ? cost[k]! / scales[k]! : 0;
    }
    for (let i = 0; i < m; i++) {
      const k = basic[i]!;
      const weight = k < n ? cost[k]! / scales[k]! : 0;
      if (weight === 0) continue;
      for (let j = 0; j < n; j++) table[costRow + j] = table[costRow + j]! + weight * table[i * n + j]!;
    }
    let size = 0;
    for (let j = 0; j < n; j++) size = Math.max(size, Math.abs(cost[j]! / scales[j]!));
    const flat = 1e-9 * size;
    for (let pivots = 0; ; pivots++) {
      if (work.left <= 0) return { status: "undecided" };
      const column = descent(flat, pivots < GREEDY);
      if (column < 0) break;
      const k = nonbasic[column]!;
      const direction = table[costRow + column]! < 0 ? 1 : -1;
      const { row, step } = firstBlock(column, direction);
      if (step === Infinity) return { status: "unbounded" };
      if (row < 0) {
        value[k] = direction > 0 ? upper[k]! : lower[k]!;
        refresh();
      } else {
        const b = basic[row]!;
        const rises = table[row * n + column]! * direction > 0;
        moveBasic(row, column, rises ? upper[b]! : lower[b]!);
        // The cost row follows the same exchange.
        const rate = table[costRow + column]!;
        table[costRow + column] = 0;
        for (let j = 0; j < n; j++) table[costRow + j] = table[costRow + j]! + rate * table[row * n + j]!;
      }
    }
    const found = pointOf();
    let total = 0;
    for (let j = 0; j < n; j++) total += cost[j]! * found[j]!;
    const binding: number[] = [];
    for (let j = 0; j < n; j++) if (Math.abs(table[costRow + j]!) > flat) binding.push(nonbasic[j]!);
    return satisfies(system, found)
      ? { status: "optimal", value: total, binding, point: found }
      : { status: "undecided" };
  }

  function descent(flat: number, greedy: boolean): number {
    let found = -1;
    let most = 0;
    for (let j = 0; j < n; j++) {
      const rate = table[m * n + j]!;
      const k = nonbasic[j]!;
      if (Math.abs(rate) <= flat || (rate < 0 ? value[k]! >= upper[k]! : value[k]! <= lower[k]!)) continue;
      if (greedy ? Math.abs(rate) > most : found < 0 || k < nonbasic[found]!) [found, most] = [j, Math.abs(rate)];
    }
    return found;
  }

  /** The basic variable that first meets a bound as the column's variable moves; row −1 is its own other bound. */
  function firstBlock(column: number, direction: 1 | -1): { readonly row: number; readonly step: number } {
    const k = nonbasic[column]!;
    let step = upper[k]! - lower[k]!;
    let row = -1;
    for (let i = 0; i < m; i++) {
      const rate = table[i * n + column]! * direction;
      if (Math.abs(rate) <= PIVOT) continue;
      const b = basic[i]!;
      const room = rate > 0 ? upper[b]! - value[b]! : value[b]! - lower[b]!;
      const limit = Math.max(0, room) / Math.abs(rate);
      if (limit < step || (limit === step && row >= 0 && limit < Infinity && b < basic[row]!)) [row, step] = [i, limit];
    }
    return { row, step };
  }
}

/** The identity that the multipliers of rows imply, or `null` where it does not prove the system empty. */
export function certificateOf(system: LinearSystem, multipliers: Float64Array): Certificate | null {
  const { size: n, rows } = system;
  const weights = new Float64Array(n + rows.length);
  const terms = new Float64Array(n);
  rows.forEach((row, i) => {
    const y = multipliers[i]!;
    if (y === 0) return;
    weights[n + i] = y;
    for (let j = 0; j < n; j++) {
      const term = y * row.coefficients[j]!;
      weights[j] = weights[j]! - term;
      terms[j] = terms[j]! + Math.abs(term);
    }
  });
  for (let j = 0; j < n; j++) if (Math.abs(weights[j]!) <= 1e-10 * terms[j]!) weights[j] = 0;
  const range = rangeOf(system, weights);
  return range.least > range.slack || range.most < -range.slack ? { weights, crossed: null } : null;
}

/** Least and greatest `Σ weights · v` within the bounds of v, and what rounding may have changed. */
export function rangeOf(
  system: LinearSystem,
  weights: ArrayLike<number>,
): { readonly least: number; readonly most: number; readonly slack: number } {
  const n = system.size;
  let [least, most, size] = [0, 0, 0];
  for (let k = 0; k < weights.length; k++) {
    const w = weights[k]!;
    if (w === 0) continue;
    const row = k < n ? null : system.rows[k - n]!;
    const [low, high] = row === null ? [system.lower[k]!, system.upper[k]!] : [row.lower, row.upper];
    least += w > 0 ? w * low : w * high;
    most += w > 0 ? w * high : w * low;
    for (const bound of [low, high]) if (Number.isFinite(bound)) size += Math.abs(w * bound);
  }
  return { least, most, slack: FEASIBLE * size };
}

/** Whether a point meets bounds and rows, up to rounding of its terms. */
export function satisfies(system: LinearSystem, point: ArrayLike<number>): boolean {
  for (let j = 0; j < system.size; j++) {
    const slack = 10 * FEASIBLE * (1 + Math.abs(point[j]!));
    if (point[j]! < system.lower[j]! - slack || point[j]! > system.upper[j]! + slack) return false;
  }
  return system.rows.every((row) => {
    let [sum, size] = [0, 0];
    for (let j = 0; j < system.size; j++) {
      const term = row.coefficients[j]! * point[j]!;
      sum += term;
      size += Math.abs(term);
    }
    const slack = 10 * FEASIBLE * (1 + size);
    return sum >= row.lower - slack && sum <= row.upper + slack;
  });
}

/** Powers of two: columns, then rows, so that the largest coefficient of each is near 1. */
function scalesOf(system: LinearSystem): Float64Array {
  const { size: n, rows } = system;
  const scales = new Float64Array(n + rows.length).fill(1);
  for (let j = 0; j < n; j++) {
    let most = 0;
    for (const row of rows) most = Math.max(most, Math.abs(row.coefficients[j]!));
    scales[j] = powerOfTwo(most);
  }
  rows.forEach((row, i) => {
    let most = 0;
    for (let j = 0; j < n; j++) most = Math.max(most, Math.abs(row.coefficients[j]!) / scales[j]!);
    scales[n + i] = 1 / powerOfTwo(most);
  });
  return scales;
}

function powerOfTwo(value: number): number {
  return value > 0 && Number.isFinite(value) ? 2 ** Math.round(Math.log2(value)) : 1;
}
