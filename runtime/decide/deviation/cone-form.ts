import type { FeasibleSet } from "../../spec.ts";
import { createColumnWriter } from "../ambiguity/column-writer.ts";
import type { Cone, ConeProblem } from "../cone/types.ts";
import { columnUnits } from "../linear-model.ts";
import type { ScenarioProgram } from "../scenario-program.ts";
import { sparseFromDense } from "../sparse/matrix.ts";

/** The cone form of a problem with a deviation term, and its units: columns of z come first, then those of t. */
export interface DeviationCone {
  readonly problem: ConeProblem;
  /** One a component of z. */
  readonly decision: Float64Array;
  /** Of losses and of the objective. */
  readonly loss: number;
}

/**
 * `min linear·z + zᵀQz + mean·Σ p_k u_k + Σ_c weight_c (t_c + Σ p_k e_ck / (1 − level_c)) + λ τ` over
 * `u_k ≥ a_kj·z + b_kj`, `e_ck ≥ u_k − t_c`, `e_ck ≥ 0`, `m = Σ p_k u_k` and the cone `‖(√p_k (u_k − m))_k‖ ≤ τ`.
 * Losses are divided by their size.
 */
export function deviationCone(program: ScenarioProgram, set: FeasibleSet, strength: number): DeviationCone {
  const { size: n, count, pieces, tails, slopes, offsets, probabilities } = program;
  const decision = columnUnits(set);
  const loss = lossUnit(program, decision);
  const t = n;
  const u = t + tails.length;
  const e = u + count;
  const mean = e + tails.length * count;
  const tau = mean + 1;
  const columns = tau + 1;

  const q = new Float64Array(columns);
  for (let i = 0; i < n; i++) q[i] = (program.linear[i]! * decision[i]!) / loss;
  for (let k = 0; k < count; k++) q[u + k] = program.meanWeight * probabilities[k]!;
  for (const [c, { weight, level }] of tails.entries()) {
    q[t + c] = weight;
    for (let k = 0; k < count; k++) q[e + c * count + k] = (weight * probabilities[k]!) / (1 - level);
  }
  q[tau] = strength;

  const writer = createColumnWriter(columns);
  const cones: Cone[] = [];
  const close = (kind: "zero" | "nonnegative", from: number): void => {
    if (writer.rows > from) cones.push({ kind, size: writer.rows - from });
  };
  const setRow = ({ coefficients, bound }: FeasibleSet["equalities"][number]): void => {
    const scaled = coefficients.map((value, i) => value * decision[i]!);
    const unit = scaled.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    writer.row(bound / unit);
    scaled.forEach((value, i) => writer.entry(i, value / unit));
  };
  for (const row of set.equalities) setRow(row);
  writer.row(0);
  writer.entry(mean, -1);
  for (let k = 0; k < count; k++) writer.entry(u + k, probabilities[k]!);
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
  for (let k = 0; k < count; k++) {
    for (let j = 0; j < pieces; j++) {
      const at = k * pieces + j;
      writer.row(-offsets[at]! / loss);
      for (let i = 0; i < n; i++) writer.entry(i, (slopes[at * n + i]! * decision[i]!) / loss);
      writer.entry(u + k, -1);
    }
  }
  for (const c of tails.keys()) {
    for (let k = 0; k < count; k++) {
      writer.row(0);
      writer.entry(u + k, 1);
      writer.entry(t + c, -1);
      writer.entry(e + c * count + k, -1);
      writer.row(0);
      writer.entry(e + c * count + k, -1);
    }
  }
  close("nonnegative", linear);

  writer.row(0);
  writer.entry(tau, -1);
  for (let k = 0; k < count; k++) {
    const root = Math.sqrt(probabilities[k]!);
    writer.row(0);
    writer.entry(u + k, -root);
    writer.entry(mean, root);
  }
  cones.push({ kind: "second-order", size: count + 1 });
  return { problem: { p: hessian(program, decision, loss, columns), q, ...writer.finish(), cones }, decision, loss };
}

/** The largest number in the losses at decisions of the set's size. */
function lossUnit({ size: n, count, pieces, slopes, offsets }: ScenarioProgram, decision: Float64Array): number {
  let loss = 0;
  for (let row = 0; row < count * pieces; row++) {
    loss = Math.max(loss, Math.abs(offsets[row]!));
    for (let i = 0; i < n; i++) loss = Math.max(loss, Math.abs(slopes[row * n + i]!) * decision[i]!);
  }
  return loss === 0 ? 1 : loss;
}

/** `zᵀQz` as `½xᵀPx`. */
function hessian(
  { size: n, quadratic }: ScenarioProgram,
  decision: Float64Array,
  loss: number,
  columns: number,
): ConeProblem["p"] {
  if (quadratic === null) return null;
  const dense = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = i; j < n; j++) dense[i * n + j] = (2 * quadratic[i * n + j]! * decision[i]! * decision[j]!) / loss;
  const p = sparseFromDense(n, n, dense);
  const starts = new Int32Array(columns + 1).fill(p.starts[n]!);
  starts.set(p.starts);
  return { ...p, rows: columns, columns, starts };
}
