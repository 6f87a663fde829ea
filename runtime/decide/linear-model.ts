import type { FeasibleSet } from "../spec.ts";
import type { ScenarioProgram } from "./scenario-program.ts";

/**
 * `min cost·x + ½ xᵀHx` over `columnLower ≤ x ≤ columnUpper`, `rowLower ≤ Ax ≤ rowUpper`, some columns integer. Rows are
 * stored one after another (compressed sparse rows).
 */
export interface LinearModel {
  readonly columns: number;
  readonly rows: number;
  readonly cost: Float64Array;
  readonly columnLower: Float64Array;
  readonly columnUpper: Float64Array;
  readonly rowLower: Float64Array;
  readonly rowUpper: Float64Array;
  readonly starts: Int32Array;
  readonly indices: Int32Array;
  readonly values: Float64Array;
  /** Over the first `size` columns, `size × size` symmetric. */
  readonly hessian: { readonly size: number; readonly values: Float64Array } | null;
  readonly integer: readonly number[];
}

/** Collects rows; every array is made once, at the end. */
export interface ModelWriter {
  addColumn(cost: number, lower: number, upper: number): number;
  addRow(lower: number, upper: number): void;
  /** Into the last row; zeros are left out. */
  addEntry(column: number, value: number): void;
  finish(rest?: { hessian?: LinearModel["hessian"]; integer?: readonly number[] }): LinearModel;
}

export function createModelWriter(): ModelWriter {
  const cost: number[] = [];
  const columnLower: number[] = [];
  const columnUpper: number[] = [];
  const rowLower: number[] = [];
  const rowUpper: number[] = [];
  const starts: number[] = [];
  const indices: number[] = [];
  const values: number[] = [];
  return {
    addColumn(c, lower, upper) {
      cost.push(c);
      columnLower.push(lower);
      columnUpper.push(upper);
      return cost.length - 1;
    },
    addRow(lower, upper) {
      rowLower.push(lower);
      rowUpper.push(upper);
      starts.push(indices.length);
    },
    addEntry(column, value) {
      if (value === 0) return;
      indices.push(column);
      values.push(value);
    },
    finish(rest = {}) {
      starts.push(indices.length);
      return {
        columns: cost.length,
        rows: rowLower.length,
        cost: Float64Array.from(cost),
        columnLower: Float64Array.from(columnLower),
        columnUpper: Float64Array.from(columnUpper),
        rowLower: Float64Array.from(rowLower),
        rowUpper: Float64Array.from(rowUpper),
        starts: Int32Array.from(starts),
        indices: Int32Array.from(indices),
        values: Float64Array.from(values),
        hessian: rest.hessian ?? null,
        integer: rest.integer ?? [],
      };
    },
  };
}

/** The rows of a set, over the columns `0 … n − 1` in units of `unit`. */
export function addSetRows(writer: ModelWriter, set: FeasibleSet, unit: Float64Array): void {
  for (const row of set.inequalities) addScaledRow(writer, row.coefficients, -Infinity, row.bound, unit);
  for (const row of set.equalities) addScaledRow(writer, row.coefficients, row.bound, row.bound, unit);
}

/** A bound this far above, in units of the decision, is none: products with it would overflow. */
const FAR_AWAY = 1e30;

/** Divides the row by its largest entry, since the solvers' tolerances are absolute. */
function addScaledRow(
  writer: ModelWriter,
  coefficients: readonly number[],
  lower: number,
  upper: number,
  unit: Float64Array,
): void {
  let largest = 0;
  for (let i = 0; i < coefficients.length; i++) largest = Math.max(largest, Math.abs(coefficients[i]! * unit[i]!));
  const scale = largest === 0 ? 1 : largest;
  const above = upper / scale;
  writer.addRow(lower / scale, lower < upper && above > FAR_AWAY ? Infinity : above);
  for (let i = 0; i < coefficients.length; i++) writer.addEntry(i, (coefficients[i]! * unit[i]!) / scale);
}

/** Units in which the numbers of a model are near 1: solvers compare them with absolute tolerances. */
export interface ModelUnits {
  /** One a component of z; 1 for integer components. */
  readonly decision: Float64Array;
  readonly loss: number;
  readonly cost: number;
}

/**
 * The epigraph form: columns `z, t_1 … t_m`, then one u per scenario of the mean (if it has pieces) and of each CVaR
 * term; rows `u − slope·z (+ t) ≥ offset` scenario by scenario in that order, then the rows of the set.
 */
export function writeScenarioModel(program: ScenarioProgram, set: FeasibleSet, units: ModelUnits): LinearModel {
  const { size: n, pieces, tails, count, slopes, offsets, probabilities, quadratic } = program;
  const { decision, loss, cost } = units;
  const writer = createModelWriter();
  for (let i = 0; i < n; i++) {
    const unit = decision[i]!;
    writer.addColumn((program.linear[i]! * unit) / cost, set.lower[i]! / unit, set.upper[i]! / unit);
  }
  const perLoss = loss / cost;
  const firstT = n;
  for (const tail of tails) writer.addColumn(tail.weight * perLoss, -Infinity, Infinity);
  const addBlock = (density: number, t: number): void => {
    for (let k = 0; k < count; k++) {
      const u = writer.addColumn(density * probabilities[k]! * perLoss, t < 0 ? -Infinity : 0, Infinity);
      for (let j = 0; j < pieces; j++) {
        const piece = k * pieces + j;
        writer.addRow(offsets[piece]! / loss, Infinity);
        for (let i = 0; i < n; i++) writer.addEntry(i, -(slopes[piece * n + i]! * decision[i]!) / loss);
        if (t >= 0) writer.addEntry(t, 1);
        writer.addEntry(u, 1);
      }
    }
  };
  if (program.meanWeight > 0) addBlock(program.meanWeight, -1);
  tails.forEach((tail, c) => addBlock(tail.weight / (1 - tail.level), firstT + c));
  addSetRows(writer, set, decision);
  let hessian: LinearModel["hessian"] = null;
  if (quadratic !== null) {
    const values = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) values[i * n + j] = (2 * quadratic[i * n + j]! * decision[i]! * decision[j]!) / cost;
    }
    hessian = { size: n, values };
  }
  return writer.finish({ hessian, integer: set.integer });
}

interface BoundedComponents {
  readonly lower: ArrayLike<number>;
  readonly upper: ArrayLike<number>;
  readonly integer: readonly number[];
}

/** A component's unit is its largest finite bound, 1 for integers and where there is none. */
export function columnUnits(set: BoundedComponents): Float64Array {
  const unit = new Float64Array(set.lower.length).fill(1);
  for (let i = 0; i < set.lower.length; i++) {
    if (set.integer.includes(i)) continue;
    const lower = Math.abs(set.lower[i]!);
    const upper = Math.abs(set.upper[i]!);
    const largest = Math.max(lower < Infinity ? lower : 0, upper < Infinity ? upper : 0);
    if (largest > 0) unit[i] = largest;
  }
  return unit;
}

/**
 * Units from the data: a component's from its bounds, or else from how far it must move for its slope to outweigh the
 * offsets; the loss's from its pieces over such decisions; the cost's from the largest coefficient.
 */
export function unitsOf(program: ScenarioProgram, set: BoundedComponents): ModelUnits {
  const { size: n, pieces, count, slopes, offsets } = program;
  const largestSlope = new Float64Array(n);
  let largestOffset = 0;
  for (let piece = 0; piece < count * pieces; piece++) {
    largestOffset = Math.max(largestOffset, Math.abs(offsets[piece]!));
    for (let i = 0; i < n; i++) largestSlope[i] = Math.max(largestSlope[i]!, Math.abs(slopes[piece * n + i]!));
  }
  const decision = new Float64Array(n).fill(1);
  let loss = largestOffset;
  for (let i = 0; i < n; i++) {
    if (!set.integer.includes(i)) {
      const lower = Math.abs(set.lower[i]!);
      const upper = Math.abs(set.upper[i]!);
      const bound = Math.max(lower < Infinity ? lower : 0, upper < Infinity ? upper : 0);
      const offsetBound = largestSlope[i]! > 0 ? largestOffset / largestSlope[i]! : 0;
      const bounded = lower < Infinity && upper < Infinity;
      const unit = bounded ? bound : Math.max(bound, offsetBound);
      if (unit > 0) decision[i] = unit;
    }
    loss = Math.max(loss, largestSlope[i]! * decision[i]!);
  }
  if (!(loss > 0)) loss = 1;
  let cost = 0;
  for (let i = 0; i < n; i++) {
    cost = Math.max(cost, Math.abs(program.linear[i]! * decision[i]!));
    if (program.quadratic === null) continue;
    for (let j = 0; j < n; j++) {
      cost = Math.max(cost, Math.abs(program.quadratic[i * n + j]! * decision[i]! * decision[j]!));
    }
  }
  for (const tail of program.tails) cost = Math.max(cost, tail.weight * loss);
  cost = Math.max(cost, program.meanWeight * loss);
  return { decision, loss, cost: cost > 0 ? cost : 1 };
}
