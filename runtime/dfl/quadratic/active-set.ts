import { dot } from "../../decide/structured/dense.ts";
import { product, sideOf, type Polyhedron, type WorkingSet } from "./working-set.ts";
import { factorWorkingSystem, type WorkingSystem } from "./working-system.ts";

/** A multiplier below this share of the gradient's numbers is 0. */
const NOTHING = 1e-10;
/** A step below this, relative to the decision, leads nowhere. */
const STILL = 1e-13;

/** Where a solve starts: feasible, with an independent working set at it. */
export interface ActiveSetStart extends WorkingSet {
  readonly z: Float64Array;
}

/** An optimum, exact to rounding, with the system that it solves. */
export interface ActiveSetAnswer extends ActiveSetStart {
  readonly system: WorkingSystem;
  /** Constraints at which the decision is and whose multiplier is 0: derivatives are then one-sided. */
  readonly weak: number;
}

/**
 * Primal active-set method (Nocedal & Wright 2006, alg. 16.3) for `min ½ zᵀHz + c·z` over a polyhedron, H positive
 * definite. From the optimum of a nearby c it needs a few changes of the working set, each O(|F|³) in the components
 * that are free. The last solve is a function of the working set alone, so that the answer does not depend on where it
 * started beyond rounding, unless constraints beyond the working set hold with equality too: it is then `weak`.
 *
 * @param h n × n row-major
 * @param changes most changes of the working set: at degenerate vertices they may go round in circles
 * @returns `null` where they do not end by then
 */
export function solveActiveSet(
  polyhedron: Polyhedron,
  h: Float64Array,
  c: Float64Array,
  start: ActiveSetStart,
  changes: number,
): ActiveSetAnswer | null {
  const { size: n, lower, upper, inequalities, equalities } = polyhedron;
  const z = start.z.slice();
  const side = start.side.slice();
  let rows = [...start.rows];
  const gradient = new Float64Array(n);
  const step = new Float64Array(n);
  const fixed = equalities.length;

  function factor(): WorkingSystem {
    let free = 0;
    for (let i = 0; i < n; i++) if (side[i] === 0) free++;
    const list = new Int32Array(free);
    for (let i = 0, a = 0; i < n; i++) if (side[i] === 0) list[a++] = i;
    return factorWorkingSystem(h, n, list, [
      ...equalities.map(({ row }) => row),
      ...rows.map((index) => inequalities[index]!.row),
    ]);
  }

  /** Returns the size of its numbers. */
  function differentiate(): number {
    let size = 0;
    for (let i = 0; i < n; i++) {
      const curvature = dot(h, i * n, z, 0, n);
      gradient[i] = curvature + c[i]!;
      size = Math.max(size, Math.abs(curvature), Math.abs(c[i]!));
    }
    return size;
  }

  /** The optimum of the working set from its own equations, without what earlier steps left. */
  function settle({ free, rows: held, solve }: WorkingSystem): void {
    const a = new Float64Array(free.length);
    for (let k = 0; k < free.length; k++) {
      const i = free[k]!;
      let sum = -c[i]!;
      for (let j = 0; j < n; j++) if (side[j] !== 0 && z[j] !== 0) sum -= h[i * n + j]! * z[j]!;
      a[k] = sum;
    }
    const b = Float64Array.from(held, (row, r) => {
      let left = r < fixed ? equalities[r]!.bound : inequalities[rows[r - fixed]!]!.bound;
      for (let j = 0; j < n; j++) if (side[j] !== 0) left -= row[j]! * z[j]!;
      return left;
    });
    solve(a, b);
    for (let k = 0; k < free.length; k++) {
      const i = free[k]!;
      z[i] = Math.min(Math.max(a[k]!, lower[i]!), upper[i]!);
    }
  }

  let system: WorkingSystem | null = null;
  for (let iteration = 0; iteration <= changes; iteration++) {
    differentiate();
    system ??= factor();
    const { free, rows: held } = system;
    const p = Float64Array.from(free, (i) => -gradient[i]!);
    const push = new Float64Array(held.length);
    system.solve(p, push);
    step.fill(0);
    // As many rows as free components leave no way to go; what rounding makes of that is none.
    if (free.length <= held.length) p.fill(0);
    for (let k = 0; k < free.length; k++) step[free[k]!] = p[k]!;

    let share = 1;
    let block = -1;
    for (let k = 0; k < free.length; k++) {
      const i = free[k]!;
      const move = p[k]!;
      if (Math.abs(move) <= STILL * (1 + Math.abs(z[i]!))) continue;
      const room = (move < 0 ? z[i]! - lower[i]! : upper[i]! - z[i]!) / Math.abs(move);
      if (room < share) {
        share = Math.max(0, room);
        block = i;
      }
    }
    for (let index = 0; index < inequalities.length; index++) {
      if (rows.includes(index)) continue;
      const { row, bound, scale } = inequalities[index]!;
      const along = product(row, step);
      if (along <= STILL * scale) continue;
      const room = (bound - product(row, z)) / along;
      if (room < share) {
        share = Math.max(0, room);
        block = n + index;
      }
    }
    for (let i = 0; i < n; i++) z[i]! += share * step[i]!;
    if (block >= 0) {
      if (block < n) {
        side[block] = step[block]! < 0 ? -1 : 1;
        z[block] = side[block]! < 0 ? lower[block]! : upper[block]!;
      } else rows = [...rows, block - n];
      system = null;
      continue;
    }

    const size = differentiate();
    let worst = -1;
    let least = -NOTHING * size;
    let weak = 0;
    for (let i = 0; i < n; i++) {
      if (side[i] === 0 || lower[i] === upper[i]) continue;
      let force = gradient[i]!;
      for (let r = 0; r < held.length; r++) force += push[r]! * held[r]![i]!;
      const pressed = side[i]! < 0 ? force : -force;
      if (Math.abs(pressed) <= NOTHING * size) weak++;
      if (pressed < least) {
        least = pressed;
        worst = i;
      }
    }
    for (let k = 0; k < rows.length; k++) {
      const pressed = push[fixed + k]! * inequalities[rows[k]!]!.scale;
      if (Math.abs(pressed) <= NOTHING * size) weak++;
      if (pressed < least) {
        least = pressed;
        worst = n + k;
      }
    }
    if (worst < 0) {
      settle(system);
      weak += touching(polyhedron, { z, side, rows });
      return { z, side, rows, system, weak };
    }
    if (worst < n) side[worst] = 0;
    else rows = rows.filter((_, k) => k !== worst - n);
    system = null;
  }
  return null;
}

/** Constraints outside the working set that hold with equality. */
function touching(polyhedron: Polyhedron, { z, side, rows }: ActiveSetStart): number {
  let count = 0;
  for (let i = 0; i < z.length; i++) if (side[i] === 0 && sideOf(polyhedron, i, z[i]!) !== 0) count++;
  polyhedron.inequalities.forEach(({ row, bound, scale }, index) => {
    if (rows.includes(index) || scale === 0) return;
    if (bound - product(row, z) <= 1e-10 * (Math.abs(bound) + scale)) count++;
  });
  return count;
}
