import type { Highs } from "highs";
import type { FeasibleSet } from "../../spec.ts";
import { solveWithHighs } from "../highs.ts";
import type { Reach } from "../implied-bounds.ts";
import { createModelWriter } from "../linear-model.ts";
import { createNullSpace } from "./null-space.ts";
import type { NullSpace } from "./null-space.ts";

/**
 * A set as the interior-point method needs it: everything that holds with equality on the whole set (rows, fixed
 * components, and inequalities that the others leave no room in) is an equality, and the rest is strict at `point`.
 */
export interface RelativeInterior {
  readonly point: Float64Array;
  /** ±Infinity where the bound is missing or holds with equality everywhere. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly rows: readonly Float64Array[];
  readonly rowBounds: Float64Array;
  readonly equalities: NullSpace;
}

/** Below this margin, relative to the components' units, inequalities are looked through for hidden equalities. */
const THIN = 1e-6;
/** A set thinner than this has no interior that rounding leaves alone. */
const TOO_THIN = 1e-9;

/** `coefficients · z ≤ bound`, from a bound or an inequality row. */
interface Inequality {
  readonly coefficients: Float64Array;
  readonly bound: number;
  readonly from: { readonly side: "lower" | "upper"; readonly component: number } | "row";
}
interface Equality {
  readonly coefficients: ArrayLike<number>;
  readonly bound: number;
}

/** `null` where the set is empty or too thin for an interior-point method. */
export function relativeInterior(highs: Highs, set: FeasibleSet, reach: Reach): RelativeInterior | null {
  const n = set.size;
  const equalities: Equality[] = [...set.equalities];
  let inequalities: Inequality[] = [];
  for (let component = 0; component < n; component++) {
    const lower = set.lower[component]!;
    const upper = set.upper[component]!;
    if (lower === upper) {
      equalities.push({ coefficients: unitVector(n, component, 1), bound: lower });
      continue;
    }
    if (lower > -Infinity) {
      inequalities.push({
        coefficients: unitVector(n, component, -1),
        bound: -lower,
        from: { side: "lower", component },
      });
    }
    if (upper < Infinity) {
      inequalities.push({
        coefficients: unitVector(n, component, 1),
        bound: upper,
        from: { side: "upper", component },
      });
    }
  }
  for (const row of set.inequalities) {
    if (row.coefficients.every((value) => value === 0)) continue;
    inequalities.push({ coefficients: Float64Array.from(row.coefficients), bound: row.bound, from: "row" });
  }
  const unit = radii(n, reach);
  let centre = findCentre(highs, inequalities, equalities, unit);
  if (centre === null) return null;
  if (centre.margin < THIN) {
    const strict = findStrict(highs, inequalities, equalities, unit);
    if (strict === null) return null;
    inequalities.forEach((inequality, i) => {
      if (!strict[i]) equalities.push(inequality);
    });
    inequalities = inequalities.filter((_, i) => strict[i]);
    centre = findCentre(highs, inequalities, equalities, unit);
    if (centre === null) return null;
  }
  const nullSpace = createNullSpace(n, equalities);
  const { point } = centre;
  nullSpace.project(point);
  nullSpace.project(point);
  if (inequalities.some((inequality) => slackOf(inequality, point) <= TOO_THIN * weightOf(inequality, unit)))
    return null;

  const lower = new Float64Array(n).fill(-Infinity);
  const upper = new Float64Array(n).fill(Infinity);
  const rows: Float64Array[] = [];
  const rowBounds: number[] = [];
  for (const { coefficients, bound, from } of inequalities) {
    if (from === "row") {
      rows.push(coefficients);
      rowBounds.push(bound);
    } else if (from.side === "lower") lower[from.component] = -bound;
    else upper[from.component] = bound;
  }
  return { point, lower, upper, rows, rowBounds: Float64Array.from(rowBounds), equalities: nullSpace };
}

function unitVector(size: number, component: number, value: number): Float64Array {
  const vector = new Float64Array(size);
  vector[component] = value;
  return vector;
}

/** Half the width of each component's range; where that is infinite, the size of its bound, or 1. */
function radii(size: number, reach: Reach): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => {
    const lower = reach.lower[i]!;
    const upper = reach.upper[i]!;
    const width = (upper - lower) / 2;
    if (width > 0 && width < Infinity) return width;
    const bound = Math.max(lower > -Infinity ? Math.abs(lower) : 0, upper < Infinity ? Math.abs(upper) : 0);
    return bound > 0 ? bound : 1;
  });
}

/** How far an inequality's left side moves when every component moves by its unit. */
function weightOf({ coefficients }: Inequality, unit: Float64Array): number {
  let weight = 0;
  for (let i = 0; i < unit.length; i++) weight += Math.abs(coefficients[i]!) * unit[i]!;
  return weight;
}

function slackOf({ coefficients, bound }: Inequality, z: Float64Array): number {
  let slack = bound;
  for (let i = 0; i < z.length; i++) slack -= coefficients[i]! * z[i]!;
  return slack;
}

/** The point whose least slack, relative to the inequalities' weights, is largest: `max θ ≤ 1, a·z + weight·θ ≤ b`. */
function findCentre(
  highs: Highs,
  inequalities: readonly Inequality[],
  equalities: readonly Equality[],
  unit: Float64Array,
): { readonly point: Float64Array; readonly margin: number } | null {
  const n = unit.length;
  const writer = createModelWriter();
  for (let i = 0; i < n; i++) writer.addColumn(0, -Infinity, Infinity);
  const margin = writer.addColumn(-1, 0, 1);
  for (const inequality of inequalities) {
    const weight = weightOf(inequality, unit);
    writer.addRow(-Infinity, inequality.bound / weight);
    for (let i = 0; i < n; i++) writer.addEntry(i, (inequality.coefficients[i]! * unit[i]!) / weight);
    writer.addEntry(margin, 1);
  }
  for (const { coefficients, bound } of equalities) {
    const weight = weightOf({ coefficients: Float64Array.from(coefficients), bound, from: "row" }, unit);
    if (weight === 0) continue;
    writer.addRow(bound / weight, bound / weight);
    for (let i = 0; i < n; i++) writer.addEntry(i, (coefficients[i]! * unit[i]!) / weight);
  }
  const solution = solveWithHighs(highs, writer.finish());
  if (solution.status !== "optimal") return null;
  return {
    point: Float64Array.from({ length: n }, (_, i) => solution.x[i]! * unit[i]!),
    margin: solution.x[margin]!,
  };
}

/**
 * Which inequalities hold strictly somewhere in the set: `max Σ σ_i, a_i·z + σ_i ≤ b_i τ, 0 ≤ σ ≤ 1, τ ≥ 1` over the
 * set's cone `(z, τ)`. At the maximum σ_i is 1 where there is room and 0 where there is none (Freund, Roundy and
 * Todd 1985).
 */
function findStrict(
  highs: Highs,
  inequalities: readonly Inequality[],
  equalities: readonly Equality[],
  unit: Float64Array,
): readonly boolean[] | null {
  const n = unit.length;
  const writer = createModelWriter();
  for (let i = 0; i < n; i++) writer.addColumn(0, -Infinity, Infinity);
  const tau = writer.addColumn(0, 1, Infinity);
  const first = tau + 1;
  for (const _ of inequalities) writer.addColumn(-1, 0, 1);
  inequalities.forEach((inequality, r) => {
    const weight = weightOf(inequality, unit);
    writer.addRow(-Infinity, 0);
    for (let i = 0; i < n; i++) writer.addEntry(i, (inequality.coefficients[i]! * unit[i]!) / weight);
    writer.addEntry(tau, -inequality.bound / weight);
    writer.addEntry(first + r, 1);
  });
  for (const { coefficients, bound } of equalities) {
    const weight = weightOf({ coefficients: Float64Array.from(coefficients), bound, from: "row" }, unit);
    if (weight === 0) continue;
    writer.addRow(0, 0);
    for (let i = 0; i < n; i++) writer.addEntry(i, (coefficients[i]! * unit[i]!) / weight);
    writer.addEntry(tau, -bound / weight);
  }
  const solution = solveWithHighs(highs, writer.finish());
  if (solution.status !== "optimal") return null;
  return inequalities.map((_, r) => solution.x[first + r]! > 0.5);
}
