import { foldParams, GraphBuilder } from "../../../runtime/ir/builder.ts";
import { evaluateGraph } from "../../../runtime/ir/evaluate.ts";
import type { ExprGraph } from "../../../runtime/ir/expr.ts";
import type { ModelIR } from "../../../runtime/ir/model.ts";
import { argsOf } from "../../../runtime/ir/scalar-ops.ts";
import { sizeOf } from "../../../runtime/ir/shape.ts";
import { intervalsOf } from "../interval.ts";
import { dataRanges, type Piece } from "../loss.ts";
import type { QuadraticForm } from "../quadratic.ts";
import { findPoint, type LinearSystem, type SystemRow, type Work } from "./simplex.ts";
import type { SourcedSystem } from "./system.ts";

/** A component that may run away, and the side on which it has no bound. */
export interface MissingBound {
  readonly component: number;
  readonly side: "lower" | "upper";
}

/** The risk falls without end along a direction of the set: whatever the data are, or for some data. */
export interface Unbounded {
  readonly certain: boolean;
  readonly missing: readonly MissingBound[];
}

const DESCENT = 1e-7;

/**
 * Looks for a direction of the set's recession cone along which the risk falls without end (Rockafellar 1970, §8): its
 * slope at infinity is `(mean + Σ weights) · max_j slope_j·d + linear·d`, on directions with `Q d = 0`. Pieces whose
 * slope is a constant are known; the slope of a piece that reads data may have any size, so a direction that only such
 * pieces could hold back is possible, not certain.
 */
export function findUnbounded(
  ir: ModelIR,
  set: SourcedSystem,
  pieces: readonly Piece[],
  deterministic: QuadraticForm,
  work: Work,
): Unbounded | null {
  const n = set.size;
  const cone = coneOf(set, deterministic);
  const open = movable(cone, work);
  if (open.length === 0) return null;
  const weight = ir.risk.mean + ir.risk.cvar.reduce((sum, term) => sum + term.weight, 0);
  const slopes = pieces.map((piece) => constantSlope(piece.slope, n));
  const find = (known: readonly Float64Array[]) => (c: LinearSystem) =>
    steepest(c, known, weight, deterministic.linear, work);
  if (slopes.every((slope) => slope !== null)) {
    const direction = find(slopes)(cone);
    return direction === null ? null : { certain: true, missing: fewest(cone, direction, find(slopes)) };
  }
  // What reads data has its most favourable slope, where the declared ranges tell it.
  const best = pieces.map((piece, j) => slopes[j] ?? favourableSlope(ir, piece.slope, n, open));
  const known = best.filter((slope) => slope !== null);
  if (known.length === best.length) {
    const direction = find(known)(cone);
    return direction === null ? null : { certain: false, missing: fewest(cone, direction, find(known)) };
  }
  // The others may be steep either way on each component that they read data for.
  const read = pieces.map((piece) => readComponents(piece.slope));
  for (const { component, side } of open) {
    if (!read.some((components, j) => best[j] === null && components[component])) continue;
    const direction = find(known)(hold(cone, component, side === "upper" ? 1 : -1));
    if (direction === null && known.length > 0) continue;
    return { certain: false, missing: [{ component, side }] };
  }
  return null;
}

/** A side's bound on directions: none may be passed for ever. */
function zero(bound: number): number {
  return Number.isFinite(bound) ? 0 : bound;
}

/** Directions of the set with `Q d = 0`, each component within ±1. */
function coneOf(set: SourcedSystem, { quadratic }: QuadraticForm): LinearSystem {
  const n = set.size;
  const flat: SystemRow[] =
    quadratic === null
      ? []
      : Array.from({ length: n }, (_, i) => ({
          coefficients: quadratic.slice(i * n, (i + 1) * n),
          lower: 0,
          upper: 0,
        }));
  return {
    size: n,
    lower: Float64Array.from(set.lower, (bound) => (Number.isFinite(bound) ? 0 : -1)),
    upper: Float64Array.from(set.upper, (bound) => (Number.isFinite(bound) ? 0 : 1)),
    rows: [
      ...set.rows.map((row) => ({ coefficients: row.coefficients, lower: zero(row.lower), upper: zero(row.upper) })),
      ...flat,
    ],
  };
}

/** Sides on which a component can move without end. */
function movable(cone: LinearSystem, work: Work): readonly MissingBound[] {
  const missing: MissingBound[] = [];
  if (!Array.from(cone.lower).some((v, i) => v !== 0 || cone.upper[i] !== 0)) return missing;
  const start = findPoint(cone, work);
  if (start.status !== "feasible") return missing;
  for (let component = 0; component < cone.size; component++) {
    for (const side of ["upper", "lower"] as const) {
      if ((side === "upper" ? cone.upper : cone.lower)[component] === 0) continue;
      const cost = new Float64Array(cone.size);
      cost[component] = side === "upper" ? -1 : 1;
      const minimum = start.simplex.minimise(cost);
      if (minimum.status === "optimal" && minimum.value < -DESCENT) missing.push({ component, side });
    }
  }
  return missing;
}

/**
 * A direction of the cone with a negative slope at infinity, or `null`. Without pieces only the linear part speaks: its
 * slope may be 0, for then the data decide.
 */
function steepest(
  cone: LinearSystem,
  slopes: readonly Float64Array[],
  weight: number,
  linear: readonly number[],
  work: Work,
): Float64Array | null {
  const n = cone.size;
  // One more variable t ≥ slope_j · d.
  const widen = (coefficients: ArrayLike<number>, t: number): Float64Array => {
    const wide = new Float64Array(n + 1);
    for (let j = 0; j < n; j++) wide[j] = coefficients[j]!;
    wide[n] = t;
    return wide;
  };
  const most = slopes.reduce((sum, slope) => sum + slope.reduce((total, v) => total + Math.abs(v), 0), 0);
  const system: LinearSystem = {
    size: n + 1,
    lower: [...Array.from(cone.lower), slopes.length === 0 ? 0 : -most],
    upper: [...Array.from(cone.upper), slopes.length === 0 ? 0 : most],
    rows: [
      ...cone.rows.map((row) => ({ ...row, coefficients: widen(row.coefficients, 0) })),
      ...slopes.map((slope) => ({ coefficients: widen(slope, -1), lower: -Infinity, upper: 0 })),
    ],
  };
  const start = findPoint(system, work);
  if (start.status !== "feasible") return null;
  const cost = widen(linear, weight);
  const size = cost.reduce((largest, v) => Math.max(largest, Math.abs(v)), most * weight);
  const minimum = start.simplex.minimise(cost);
  return minimum.status === "optimal" && minimum.value < -DESCENT * Math.max(size, Number.MIN_VALUE)
    ? minimum.point.slice(0, n)
    : null;
}

/** The sides of a direction from which no component can be left out. */
function fewest(
  cone: LinearSystem,
  direction: Float64Array,
  find: (cone: LinearSystem) => Float64Array | null,
): readonly MissingBound[] {
  let [kept, found] = [cone, direction];
  for (let component = 0; component < cone.size; component++) {
    if (Math.abs(found[component]!) <= DESCENT) continue;
    const held = hold(kept, component, 0);
    const other = find(held);
    if (other !== null) [kept, found] = [held, other];
  }
  return Array.from(found, (step, component): MissingBound => ({
    component,
    side: step < 0 ? "lower" : "upper",
  })).filter(({ component }) => Math.abs(found[component]!) > DESCENT);
}

function hold(cone: LinearSystem, component: number, at: number): LinearSystem {
  const still = (bounds: ArrayLike<number>): Float64Array =>
    Float64Array.from(bounds, (bound, i) => (i === component ? at : bound));
  return { ...cone, lower: still(cone.lower), upper: still(cone.upper) };
}

/** The slope of a piece that reads no data, else `null`. */
function constantSlope(slope: ExprGraph, size: number): Float64Array | null {
  if (slope.nodes.some((node) => node.op === "input")) return null;
  return Float64Array.from(evaluateGraph(foldParams(slope), {})).slice(0, size);
}

/** The least slope upwards, or the greatest downwards, of each component that can move; `null` where unbounded. */
function favourableSlope(
  ir: ModelIR,
  slope: ExprGraph,
  size: number,
  open: readonly MissingBound[],
): Float64Array | null {
  const b = new GraphBuilder();
  const ids = b.graft(slope);
  const output = ids[slope.output]!;
  const interval = intervalsOf(b, dataRanges(ir));
  const parts = partsOf(slope).map(({ node, count }) => ({
    interval: interval(node === null ? output : ids[node]!),
    count,
  }));
  const elements = parts.flatMap((part) => Array.from({ length: part.count }, () => part.interval));
  const best = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const sides = open.filter(({ component }) => component === i).map(({ side }) => side);
    if (sides.length === 0) continue;
    const { lower, upper } = elements[i]!;
    if (sides.length === 2 && lower !== upper) return null;
    best[i] = sides[0] === "upper" ? lower : upper;
    if (!Number.isFinite(best[i]!)) return null;
  }
  return best;
}

/** Components whose slope reads data. */
function readComponents(slope: ExprGraph): readonly boolean[] {
  const reads: boolean[] = [];
  for (const node of slope.nodes) {
    reads.push(node.op === "input" || argsOf(node).some((arg) => reads[arg]!));
  }
  return partsOf(slope).flatMap(({ node, count }) => Array.from({ length: count }, () => reads[node ?? slope.output]!));
}

/** The slope's elements by the node that makes them, where it is one list of several; else the whole of it. */
function partsOf(slope: ExprGraph): readonly { readonly node: number | null; readonly count: number }[] {
  const output = slope.nodes[slope.output]!;
  if (output.op !== "concat") return [{ node: null, count: sizeOf(output.shape) }];
  return output.args.map((node) => ({ node, count: sizeOf(slope.nodes[node]!.shape) }));
}
