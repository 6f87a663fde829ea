import type { RelativeInterior } from "../../decide/structured/relative-interior.ts";
import { independentRows, product } from "./working-set.ts";
import { factorWorkingSystem, type WorkingSystem } from "./working-system.ts";

/** The face of a polyhedron that an optimum is on: every constraint that holds with equality there. */
export interface Face {
  /** −1 at the lower bound, 1 at the upper, 0 between; n. */
  readonly side: Int8Array;
  /** Inequality rows of the relative interior, by index. */
  readonly rows: readonly number[];
  /** Constraints of which it is unclear whether they hold with equality: derivatives are then one-sided. */
  readonly unclear: number;
}

/** An optimum on its face, and the Newton system there: what moves it along the face. */
export interface FaceAnswer {
  readonly z: Float64Array;
  readonly system: WorkingSystem;
  /** 0 where the derivative is two-sided. */
  readonly weak: number;
}

/** Gradient and Hessian of a cost, written by `bend`. */
export interface Curve {
  readonly gradient: Float64Array;
  /** n × n row-major. */
  readonly hessian: Float64Array;
  bend(z: Float64Array): void;
}

const STEPS = 12;
/** A step below this, relative to the decision, is rounding. */
const STILL = 1e-12;
/** Further than this, relative to the decision, the optimum of the face is not what the point was near. */
const NEAR = 1e-3;
/** A multiplier below this share of the gradient's numbers does not show that its constraint holds with equality. */
const PRESSED = 1e-9;
/** What a constraint may be broken by, relative to the numbers compared. */
const ROUNDING = 1e-10;

/**
 * The minimum of a cost on a face by Newton's method from a point near it. Constraints that hold with equality may be
 * more than are independent; the system has a largest independent set of them. Where the minimum of the face leaves the
 * polyhedron or is far, the face was not the optimum's: the point is then returned as it was.
 *
 * `independent` tells whether the constraints that hold with equality are.
 */
export function settleOnFace(
  set: RelativeInterior,
  from: Float64Array,
  face: Face,
  curve: Curve,
): FaceAnswer & { readonly independent: boolean } {
  const { z, system } = descend(set, from, face, curve, NEAR);
  const near = z.every((value, i) => Math.abs(value - from[i]!) <= NEAR * (1 + Math.abs(value)));
  const independent = system.rows.length === set.equalities.basis.length + face.rows.length;
  if (near && moveInside(set, z)) return { z, system, weak: face.unclear, independent };
  curve.bend(from);
  const own = factorWorkingSystem(curve.hessian, from.length, system.free, system.rows);
  return { z: from, system: own, weak: Math.max(1, face.unclear), independent: false };
}

/**
 * The same where the minimum on the face is proven to be the optimum: it keeps every constraint, and the multipliers of
 * those that hold with equality are positive. `null` where they do not show it.
 */
export function optimumOnFace(set: RelativeInterior, from: Float64Array, face: Face, curve: Curve): FaceAnswer | null {
  const { z, system, rows, settled } = descend(set, from, face, curve, Infinity);
  if (!settled || face.unclear > 0 || !moveInside(set, z)) return null;
  const { gradient } = curve;
  const size = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const push = new Float64Array(rows.length);
  system.solve(
    Float64Array.from(system.free, (i) => -gradient[i]!),
    push,
  );
  for (let i = 0; i < z.length; i++) {
    if (face.side[i] === 0) continue;
    let force = gradient[i]!;
    rows.forEach(({ row }, r) => (force += push[r]! * row[i]!));
    if (!(force * -face.side[i]! > PRESSED * size)) return null;
  }
  return rows.every(({ held, scale }, r) => !held || push[r]! * scale > PRESSED * size) ? { z, system, weak: 0 } : null;
}

/** Newton's method on the face, until steps are rounding or one is longer than `longest`. */
function descend(
  set: RelativeInterior,
  from: Float64Array,
  face: Face,
  curve: Curve,
  longest: number,
): {
  readonly z: Float64Array;
  readonly system: WorkingSystem;
  readonly rows: readonly { readonly row: Float64Array; readonly held: boolean; readonly scale: number }[];
  readonly settled: boolean;
} {
  const n = from.length;
  const z = from.slice();
  const free = Int32Array.from(face.side.keys()).filter((i) => face.side[i] === 0);
  const rows = independentRows(
    [
      ...set.equalities.basis.map(({ values, bound }) => ({ row: values, bound, held: false, scale: 1 })),
      ...face.rows.map((r) => {
        const row = set.rows[r]!;
        const scale = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        return { row, bound: set.rowBounds[r]!, held: true, scale };
      }),
    ],
    free,
  );
  const held = rows.map(({ row }) => row);
  for (let i = 0; i < n; i++) {
    if (face.side[i] !== 0) z[i] = face.side[i]! < 0 ? set.lower[i]! : set.upper[i]!;
  }
  curve.bend(z);
  let system = factorWorkingSystem(curve.hessian, n, free, held);
  for (let iteration = 0; iteration < STEPS; iteration++) {
    const step = Float64Array.from(free, (i) => -curve.gradient[i]!);
    system.solve(
      step,
      Float64Array.from(rows, ({ row, bound }) => bound - product(row, z)),
    );
    let moved = 0;
    free.forEach((i, k) => {
      z[i]! += step[k]!;
      moved = Math.max(moved, Math.abs(step[k]!) / (1 + Math.abs(z[i]!)));
    });
    curve.bend(z);
    if (moved <= STILL) return { z, system, rows, settled: true };
    if (!(moved < longest)) break;
    system = factorWorkingSystem(curve.hessian, n, free, held);
  }
  return { z, system, rows, settled: false };
}

/** Whether a point keeps every constraint but for rounding, of which its bounds are then cleared. */
function moveInside(set: RelativeInterior, z: Float64Array): boolean {
  for (let i = 0; i < z.length; i++) {
    const room = ROUNDING * (1 + Math.abs(z[i]!));
    if (!(z[i]! >= set.lower[i]! - room && z[i]! <= set.upper[i]! + room)) return false;
    z[i] = Math.min(Math.max(z[i]!, set.lower[i]!), set.upper[i]!);
  }
  return set.rows.every((row, r) => {
    let size = Math.abs(set.rowBounds[r]!);
    for (let i = 0; i < row.length; i++) size = Math.max(size, Math.abs(row[i]! * z[i]!));
    return product(row, z) - set.rowBounds[r]! <= ROUNDING * (1 + size);
  });
}
