import type { FeasibleSet } from "../../spec.ts";
import type { Cone, ConeProblem } from "../cone/types.ts";
import { columnUnits } from "../linear-model.ts";
import { sparseFromDense } from "../sparse/matrix.ts";
import { createColumnWriter, type ColumnWriter } from "./column-writer.ts";
import { dualOf } from "./norms.ts";
import type { ConditionalLaw, RobustProgram, SurePieces } from "./robust-program.ts";

/** Where the parts of the worst-case problem stand in its cone form, and its units. */
export interface RobustCone {
  readonly problem: ConeProblem;
  /** Columns of z and t come first, then λ. */
  readonly lambda: number;
  /** First row of the scenarios', which are in the order of `scenarioRows`. */
  readonly firstScenarioRow: number;
  /** Regime and piece of each row of one scenario. */
  readonly scenarioRows: readonly { readonly regime: number; readonly piece: number }[];
  readonly units: RobustUnits;
  readonly places: RobustPlaces;
}

/** Columns and rows by what they stand for; the set's equalities are the first rows. */
export interface RobustPlaces {
  /** First columns of the ν_j and v_j of the pieces that move, and of the u_k. */
  readonly nu: number;
  readonly v: number;
  readonly u: number;
  /** KL: the row `Σ p_k w_k ≤ λ`, and the first column of the w_k. */
  readonly divergence: { readonly row: number; readonly w: number } | null;
  /** First row of the set's inequalities; then, component by component, of its finite bounds, the upper one first. */
  readonly inequalities: number;
  /** Order 1: first of the rows `f_max ν_j ≤ λ`. */
  readonly steepest: number;
  /** Rows `s = ∓(A_j z + e_j)_i` and more, in units of loss over radius: their entries of z and bounds grow with the radius. */
  readonly slopes: readonly number[];
}

export interface RobustUnits {
  /** One a component of z. */
  readonly decision: Float64Array;
  /** Of losses and of the objective. */
  readonly loss: number;
  /** Of λ: the loss's over the radius's power, or the loss's for a divergence. */
  readonly multiplier: number;
}

/**
 * The worst-case problem as a cone program. What the outcomes' move costs does not depend on the scenario it starts at, so
 * a Wasserstein ball needs cones for each piece, not for each piece of each scenario as in 002 §3:
 *
 * `min deterministic(z) + Σ_c weight_c t_c + price·λ + Σ_k p_k u_k` over, for scenario k, regime R (factor f) and piece j,
 *
 * - order 1: `f (a_kj·z + b_kj) − steepness_R·t ≤ u_k`, `f_max ν_j ≤ λ`, price r;
 * - order 2: `… + f² v_j ≤ u_k`, `ν_j² ≤ 4 λ v_j` (a rotated cone), price r²;
 * - order infinity: `… + r f ν_j ≤ u_k`, no price;
 * - KL: `…  ≤ u_k`, `λ exp((u_k − η) / λ) ≤ w_k`, `Σ p_k w_k ≤ λ`, the objective `λ r + η` in place of `Σ p_k u_k`;
 *
 * - order 2 of a conditional law (`ConditionalLaw`): `… + f² v_j − λ cost_k ≤ η + u_k`, `u ≥ 0`, the objective `η + τ` in
 *   place of `price·λ + Σ p_k u_k`, `τ ≥ g` and `τ ≥ g / probability` with `g = Σ u_k / N + λ budget`;
 *
 * with `ν_j ≥ ‖A_j z + e_j‖_*`, the norm dual to the ground metric's. Losses are divided by their size, and outcomes by
 * the radius.
 */
export function robustCone(robust: RobustProgram, set: FeasibleSet): RobustCone {
  const { nominal, regimes, tails, moving, set: ambiguity } = robust;
  const { size: n, count, pieces } = nominal;
  const m = tails.length;
  const kl = ambiguity.kind === "kl";
  const units = robustUnits(robust, set);
  const { decision, loss } = units;
  const lambda = n + m;
  const nu = lambda + 1;
  const curved = !kl && ambiguity.order === 2;
  const v = nu + moving.length;
  const u = v + (curved ? moving.length : 0);
  // Of KL: η, then one w a scenario.
  const eta = u + count;
  const { conditional, sure } = robust;
  // Of a conditional law: η and τ.
  const sums = kl ? eta + 1 + count : conditional === null ? eta : eta + 2;
  const { outcomes } = robust;
  const summed = !kl && dualOf(ambiguity.norm) === "l1";
  const columns = sums + (summed ? moving.length * outcomes : 0);
  const q = new Float64Array(columns);
  for (let i = 0; i < n; i++) q[i] = (robust.linear[i]! * decision[i]!) / loss;
  for (let c = 0; c < m; c++) q[n + c] = tails[c]!.weight;
  q[lambda] = kl ? ambiguity.radius : ambiguity.order === "infinity" ? 0 : 1;
  if (kl) q[eta] = 1;
  else if (conditional !== null) {
    q[lambda] = 0;
    q[eta] = 1;
    q[eta + 1] = 1;
  } else {
    for (let k = 0; k < count; k++) q[u + k] = nominal.probabilities[k]!;
    const moved = kl || ambiguity.order === 1 ? null : curved ? v : nu;
    if (sure !== null) addSure(robust, sure, units, lambda, moved, (column, value) => (q[column]! += value));
  }

  const writer = createColumnWriter(columns);
  const cones: Cone[] = [];
  const close = (kind: "zero" | "nonnegative", from: number): void => {
    if (writer.rows > from) cones.push({ kind, size: writer.rows - from });
  };
  const setRow = ({ coefficients, bound }: FeasibleSet["equalities"][number]): void => {
    const scaled = coefficients.map((value, i) => value * decision[i]!);
    const size = scaled.reduce((a, value) => Math.max(a, Math.abs(value)), 0) || 1;
    writer.row(bound / size);
    scaled.forEach((value, i) => writer.entry(i, value / size));
  };
  for (const row of set.equalities) setRow(row);
  close("zero", 0);

  const linear = writer.rows;
  for (const row of set.inequalities) setRow(row);
  for (let i = 0; i < n; i++) {
    if (set.upper[i]! < Infinity) {
      writer.row(set.upper[i]! / decision[i]!);
      writer.entry(i, 1);
    }
    if (set.lower[i]! > -Infinity) {
      writer.row(-set.lower[i]! / decision[i]!);
      writer.entry(i, -1);
    }
  }
  writer.row(0);
  writer.entry(lambda, -1);
  const steepest = regimes.reduce((a, { factor }) => Math.max(a, factor), 0);
  const firstSteepest = writer.rows;
  const slopeRows: number[] = [];
  if (!kl && ambiguity.order === 1) {
    moving.forEach((_, at) => {
      writer.row(0);
      writer.entry(lambda, -1);
      writer.entry(nu + at, steepest);
    });
  }
  if (!kl) writePolyhedralNorms(robust, writer, { nu, sums, units, outcomes }, slopeRows);
  const divergence = kl ? { row: writer.rows, w: eta + 1 } : null;
  if (kl) {
    writer.row(0);
    writer.entry(lambda, -1);
    for (let k = 0; k < count; k++) writer.entry(eta + 1 + k, nominal.probabilities[k]!);
  }
  const scenarioRows = regimes.flatMap(({ factor }, regime) =>
    Array.from({ length: factor === 0 ? 1 : pieces }, (_, piece) => ({ regime, piece })),
  );
  const firstScenarioRow = writer.rows;
  for (let k = 0; k < count; k++) {
    for (const { regime, piece } of scenarioRows) {
      const { factor, steepness } = regimes[regime]!;
      const base = (k * pieces + piece) * n;
      writer.row((-factor * nominal.offsets[k * pieces + piece]!) / loss);
      if (factor !== 0) {
        for (let i = 0; i < n; i++) writer.entry(i, (factor * nominal.slopes[base + i]! * decision[i]!) / loss);
        const at = moving.indexOf(piece);
        if (!kl && at >= 0) {
          if (ambiguity.order === 2) writer.entry(v + at, factor * factor);
          if (ambiguity.order === "infinity") writer.entry(nu + at, factor);
        }
      }
      for (let c = 0; c < m; c++) if (steepness[c] !== 0) writer.entry(n + c, -steepness[c]!);
      writer.entry(u + k, -1);
      if (conditional !== null) {
        writer.entry(lambda, -conditional.costs[k]!);
        writer.entry(eta, -1);
      }
    }
  }
  if (conditional !== null) {
    const added = new Float64Array(columns);
    if (sure !== null) {
      addSure(robust, sure, units, lambda, v, (column, value) => (added[column]! += value));
      added[eta]! += sure.eta;
    }
    const constant = (sure?.constant ?? 0) / loss;
    writeConditional(conditional, writer, { u, count, lambda, tau: eta + 1 }, added, constant);
  }
  close("nonnegative", linear);

  if (!kl && ambiguity.norm === "l2") {
    moving.forEach((piece, at) => {
      writer.row(0);
      writer.entry(nu + at, -1);
      for (let i = 0; i < outcomes; i++) {
        slopeRows.push(writer.rows);
        writeSlope(robust, writer, piece, i, units, -1);
      }
      cones.push({ kind: "second-order", size: outcomes + 1 });
    });
  }
  if (curved) {
    moving.forEach((_, at) => {
      for (const [column, value] of [
        [lambda, -1],
        [v + at, -2],
        [nu + at, -1],
      ] as const) {
        writer.row(0);
        writer.entry(column, value);
      }
      cones.push({ kind: "rotated", size: 3 });
    });
  }
  for (let k = 0; k < (kl ? count : 0); k++) {
    writer.row(0);
    writer.entry(u + k, -1);
    writer.entry(eta, 1);
    writer.row(0);
    writer.entry(lambda, -1);
    writer.row(0);
    writer.entry(eta + 1 + k, -1);
    cones.push({ kind: "exponential" });
  }
  const p = hessian(robust, units, columns);
  const problem = { p, q, ...writer.finish(), cones };
  const places = { nu, v, u, divergence, inequalities: linear, steepest: firstSteepest, slopes: slopeRows };
  return { problem, lambda, firstScenarioRow, scenarioRows, units, places };
}

/** What the sure scenarios add to the expectation, column by column but for η; `moved` is the first column of the `v_j` or ν_j. */
function addSure(
  { moving }: RobustProgram,
  sure: SurePieces,
  { decision, loss }: RobustUnits,
  lambda: number,
  moved: number | null,
  add: (column: number, value: number) => void,
): void {
  const n = decision.length;
  sure.z.forEach((value, i) => add(i, (value * decision[i]!) / loss));
  sure.t.forEach((value, c) => add(n + c, value));
  add(lambda, sure.lambda);
  if (moved !== null) moving.forEach((piece, at) => add(moved + at, sure.moved[piece]!));
}

/**
 * `u ≥ 0`, `τ ≥ g`, `τ ≥ g / probability`: the neighbourhood has at least its least probability, and at most 1.
 *
 * @param added slopes of what the sure scenarios add to g, one a column; `constant` is the rest of it, in units of the loss
 */
function writeConditional(
  { budget, rows, probability }: ConditionalLaw,
  writer: ColumnWriter,
  { u, count, lambda, tau }: { readonly [name in "u" | "count" | "lambda" | "tau"]: number },
  added: Float64Array,
  constant: number,
): void {
  for (let k = 0; k < count; k++) {
    writer.row(0);
    writer.entry(u + k, -1);
  }
  for (const share of [1, probability]) {
    writer.row(-constant / share);
    for (let k = 0; k < count; k++) writer.entry(u + k, 1 / (rows * share));
    for (let column = 0; column < u; column++) {
      writer.entry(column, (added[column]! + (column === lambda ? budget : 0)) / share);
    }
    writer.entry(tau - 1, added[tau - 1]! / share);
    writer.entry(tau, -1);
  }
}

interface NormColumns {
  readonly nu: number;
  readonly sums: number;
  readonly units: RobustUnits;
  readonly outcomes: number;
}

/** `ν ≥ ‖a‖_∞` as `±a_i ≤ ν`; `ν ≥ ‖a‖₁` as `±a_i ≤ y_i`, `Σ y_i ≤ ν`. */
function writePolyhedralNorms(
  robust: RobustProgram,
  writer: ColumnWriter,
  { nu, sums, units, outcomes }: NormColumns,
  slopeRows: number[],
): void {
  if (robust.set.kind === "kl" || robust.set.norm === "l2") return;
  const summed = dualOf(robust.set.norm) === "l1";
  robust.moving.forEach((piece, at) => {
    for (let i = 0; i < outcomes; i++) {
      for (const sign of [1, -1] as const) {
        slopeRows.push(writer.rows);
        writeSlope(robust, writer, piece, i, units, sign);
        writer.entry(summed ? sums + at * outcomes + i : nu + at, -1);
      }
    }
    if (!summed) return;
    writer.row(0);
    writer.entry(nu + at, -1);
    for (let i = 0; i < outcomes; i++) writer.entry(sums + at * outcomes + i, 1);
  });
}

/** Starts the row `b − Ax = −sign·(A_j z + e_j)_i`, in units of loss over radius. */
function writeSlope(
  { slopes, set, outcomes: d, nominal: { size: n } }: RobustProgram,
  writer: ColumnWriter,
  piece: number,
  i: number,
  { decision, loss }: RobustUnits,
  sign: 1 | -1,
): void {
  const { matrix, constant } = slopes!;
  const unit = set.radius / loss;
  writer.row(-sign * constant[piece * d + i]! * unit);
  for (let k = 0; k < n; k++) {
    const value = matrix[(piece * d + i) * n + k]!;
    if (value !== 0) writer.entry(k, sign * value * decision[k]! * unit);
  }
}

/** Losses in units of their largest number at decisions of the set's size. */
function robustUnits({ nominal, set }: RobustProgram, feasible: FeasibleSet): RobustUnits {
  const { size: n, count, pieces, slopes, offsets } = nominal;
  const decision = columnUnits(feasible);
  let loss = 0;
  for (let row = 0; row < count * pieces; row++) {
    loss = Math.max(loss, Math.abs(offsets[row]!));
    for (let i = 0; i < n; i++) loss = Math.max(loss, Math.abs(slopes[row * n + i]!) * decision[i]!);
  }
  if (loss === 0) loss = 1;
  const power = set.kind === "kl" || set.order === "infinity" ? 0 : set.order;
  return { decision, loss, multiplier: loss / set.radius ** power };
}

/** `zᵀQz` as `½xᵀPx`. */
function hessian({ nominal }: RobustProgram, { decision, loss }: RobustUnits, columns: number): ConeProblem["p"] {
  const { size: n, quadratic } = nominal;
  if (quadratic === null) return null;
  const dense = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) dense[i * n + j] = (2 * quadratic[i * n + j]! * decision[i]! * decision[j]!) / loss;
  }
  const p = sparseFromDense(n, n, dense);
  const starts = new Int32Array(columns + 1).fill(p.starts[n]!);
  starts.set(p.starts);
  return { ...p, rows: columns, columns, starts };
}
