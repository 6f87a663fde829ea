import type { Multipliers } from "../certificate.ts";
import type { ScenarioProgram } from "../scenario-program.ts";
import { dot } from "./dense.ts";
import { solveDense } from "./lu.ts";
import type { RelativeInterior } from "./relative-interior.ts";

/** Where a scenario's loss lies against a CVaR term's t at the optimum. */
export const BELOW = 0;
/** On it: the multiplier is free between 0 and the scenario's mass. */
export const KINK = 1;
/** Above it: the multiplier is the whole mass. */
export const ABOVE = 2;

/** A guess of which inequalities hold with equality at the optimum. `complete` mends it in place. */
export interface ActiveSet {
  /** `BELOW`, `KINK` or `ABOVE`, K for each CVaR term. */
  readonly scenarios: readonly Uint8Array[];
  /** −1 at the lower bound, 1 at the upper, 0 between; n. */
  readonly components: Int8Array;
  /** 1 where an inequality row holds with equality. */
  readonly rows: Uint8Array;
  /** Size of `L − t` over the scenarios: what an excess is small against. */
  spread: number;
}

/** An optimum as exact as the linear algebra. */
export interface Completed {
  readonly z: Float64Array;
  /** t of each CVaR term. */
  readonly t: Float64Array;
  readonly multipliers: Multipliers;
}

export interface ActiveSetSolver {
  readonly guess: ActiveSet;
  /** Room for a program's scenarios. */
  reserve(count: number): void;
  /** `null` where the guess does not lead to an optimum in a few corrections. */
  complete(): Completed | null;
}

/** Corrections of the guess before it is given up. */
const CORRECTIONS = 3;
/** More changes than this at once: the guess was not near. */
const FEW = 8;
/** Violations below this, relative to the numbers compared, are rounding. */
const TOLERANCE = 1e-11;
/** A scenario that is further from t than this share of the spread goes past the kink at once. */
const FAR = 0.1;

/**
 * Completes a scenario program with one piece from a guess of its active set: the optimality conditions with those
 * inequalities as equations are linear in `(z, t, λ, ν, μ)`, and where their solution has every sign right it is the
 * optimum. Signs that are wrong say what to change in the guess: the primal–dual active set method (Hintermüller, Ito
 * and Kunisch 2002), begun near the end of the central path, where the guess is nearly right.
 *
 * One correction costs O(K n) for the losses and O(N³) for the N ≤ 2(n + m) equations.
 */
export function createActiveSetSolver(program: ScenarioProgram, set: RelativeInterior): ActiveSetSolver {
  const { size: n, tails, quadratic } = program;
  const m = tails.length;
  const { basis } = set.equalities;
  const rank = basis.length;
  const rowCount = set.rows.length;
  const limit = 2 * (n + m);
  const guess: { -readonly [K in keyof ActiveSet]: ActiveSet[K] } = {
    scenarios: tails.map(() => new Uint8Array(0)),
    components: new Int8Array(n),
    rows: new Uint8Array(rowCount),
    spread: 0,
  };
  const matrix = new Float64Array(limit * limit);
  const right = new Float64Array(limit);
  const z = new Float64Array(n);
  const t = new Float64Array(m);
  /** Gradient of the Lagrangian but for the bounds, which it must balance. */
  const force = new Float64Array(n);
  const free = new Int32Array(n);
  const kinks = new Int32Array(n + m + 1);
  const kinkTail = new Int32Array(n + m + 1);
  const activeRows = new Int32Array(Math.min(rowCount, n + m));
  let kinkCount = 0;
  let freeCount = 0;
  let activeCount = 0;

  function reserve(count: number): void {
    if (m > 0 && guess.scenarios[0]!.length < count) guess.scenarios = tails.map(() => new Uint8Array(count));
  }

  const massOf = (c: number, k: number): number =>
    (tails[c]!.weight / (1 - tails[c]!.level)) * program.probabilities[k]!;

  /** Lists what the guess holds to equality; false where there are more equations than a solution could satisfy. */
  function list(): boolean {
    freeCount = kinkCount = activeCount = 0;
    for (let i = 0; i < n; i++) if (guess.components[i] === 0) free[freeCount++] = i;
    for (let r = 0; r < rowCount; r++) {
      if (guess.rows[r] === 0) continue;
      if (activeCount === activeRows.length) return false;
      activeRows[activeCount++] = r;
    }
    for (let c = 0; c < m; c++) {
      const states = guess.scenarios[c]!;
      for (let k = 0; k < program.count; k++) {
        if (states[k] !== KINK) continue;
        if (kinkCount === n + m) return false;
        kinkTail[kinkCount] = c;
        kinks[kinkCount++] = k;
      }
    }
    return kinkCount + rank + activeCount <= freeCount + m;
  }

  /** `factor · normal` into a column and a row of the matrix, its fixed components to the right side. */
  function addNormal(at: number, order: number, normal: ArrayLike<number>, offset: number, bound: number): void {
    let value = bound;
    for (let f = 0; f < freeCount; f++) {
      const entry = normal[offset + free[f]!]!;
      matrix[at * order + f] = entry;
      matrix[f * order + at] = entry;
    }
    for (let i = 0; i < n; i++) if (guess.components[i] !== 0) value -= normal[offset + i]! * z[i]!;
    right[at] = value;
  }

  /** Writes and solves the optimality conditions; false where they are singular. */
  function solveConditions(): boolean {
    const { slopes, offsets } = program;
    const order = freeCount + m + kinkCount + rank + activeCount;
    if (order > limit) return false;
    matrix.fill(0, 0, order * order);
    for (let i = 0; i < n; i++) {
      const side = guess.components[i]!;
      z[i] = side === 0 ? 0 : side < 0 ? set.lower[i]! : set.upper[i]!;
    }
    // What does not depend on the unknowns: the linear term, fixed components' curvature, whole masses above t.
    for (let i = 0; i < n; i++) {
      let value = program.linear[i]!;
      if (quadratic !== null) for (let j = 0; j < n; j++) value += 2 * quadratic[i * n + j]! * z[j]!;
      force[i] = value;
    }
    for (let c = 0; c < m; c++) {
      const states = guess.scenarios[c]!;
      let above = 0;
      for (let k = 0; k < program.count; k++) {
        if (states[k] !== ABOVE) continue;
        const mass = massOf(c, k);
        above += mass;
        for (let i = 0; i < n; i++) force[i]! += mass * slopes[k * n + i]!;
      }
      right[freeCount + c] = -(tails[c]!.weight - above);
    }
    for (let f = 0; f < freeCount; f++) {
      right[f] = -force[free[f]!]!;
      if (quadratic === null) continue;
      const row = free[f]! * n;
      for (let g = 0; g < freeCount; g++) matrix[f * order + g] = 2 * quadratic[row + free[g]!]!;
    }
    const firstKink = freeCount + m;
    for (let b = 0; b < kinkCount; b++) {
      const at = firstKink + b;
      const k = kinks[b]!;
      addNormal(at, order, slopes, k * n, -offsets[k]!);
      const tail = freeCount + kinkTail[b]!;
      matrix[at * order + tail] = -1;
      matrix[tail * order + at] = -1;
    }
    const firstEquality = firstKink + kinkCount;
    for (let e = 0; e < rank; e++) addNormal(firstEquality + e, order, basis[e]!.values, 0, basis[e]!.bound);
    const firstRow = firstEquality + rank;
    for (let a = 0; a < activeCount; a++) {
      const r = activeRows[a]!;
      addNormal(firstRow + a, order, set.rows[r]!, 0, set.rowBounds[r]!);
    }
    for (let i = 0; i < order; i++) {
      let largest = 0;
      for (let j = 0; j < order; j++) largest = Math.max(largest, Math.abs(matrix[i * order + j]!));
      if (!(largest > 0)) return false;
      const scale = 1 / largest;
      for (let j = 0; j < order; j++) matrix[i * order + j]! *= scale;
      right[i]! *= scale;
    }
    if (!solveDense(matrix, order, order, right)) return false;
    for (let f = 0; f < freeCount; f++) z[free[f]!] = right[f]!;
    for (let c = 0; c < m; c++) t[c] = right[freeCount + c]!;
    if (quadratic !== null) {
      for (let i = 0; i < n; i++) {
        for (let f = 0; f < freeCount; f++) force[i]! += 2 * quadratic[i * n + free[f]!]! * right[f]!;
      }
    }
    for (let b = 0; b < kinkCount; b++) {
      const lambda = right[firstKink + b]!;
      for (let i = 0; i < n; i++) force[i]! += lambda * slopes[kinks[b]! * n + i]!;
    }
    for (let e = 0; e < rank; e++) {
      for (let i = 0; i < n; i++) force[i]! += right[firstEquality + e]! * basis[e]!.values[i]!;
    }
    for (let a = 0; a < activeCount; a++) {
      for (let i = 0; i < n; i++) force[i]! += right[firstRow + a]! * set.rows[activeRows[a]!]![i]!;
    }
    return true;
  }

  /** Changes the guess where the solution has a sign wrong; returns how many changes. */
  function correct(): number {
    const { slopes, offsets, count } = program;
    const firstKink = freeCount + m;
    const firstRow = firstKink + kinkCount + rank;
    let changes = 0;
    // Kinks first: their multipliers are in `right`, in the order of the list.
    for (let b = 0; b < kinkCount; b++) {
      const mass = massOf(kinkTail[b]!, kinks[b]!);
      const lambda = right[firstKink + b]!;
      const room = TOLERANCE * mass;
      if (lambda >= -room && lambda <= mass + room) continue;
      guess.scenarios[kinkTail[b]!]![kinks[b]!] = lambda < 0 ? BELOW : ABOVE;
      changes++;
    }
    const room = TOLERANCE * (guess.spread + program.magnitude);
    const far = FAR * guess.spread;
    for (let k = 0; k < count; k++) {
      const loss = offsets[k]! + dot(slopes, k * n, z, 0, n);
      for (let c = 0; c < m; c++) {
        const excess = loss - t[c]!;
        const states = guess.scenarios[c]!;
        if (states[k] === BELOW && excess > room) states[k] = excess > far ? ABOVE : KINK;
        else if (states[k] === ABOVE && excess < -room) states[k] = excess < -far ? BELOW : KINK;
        else continue;
        changes++;
      }
    }
    for (let a = 0; a < activeCount; a++) {
      if (right[firstRow + a]! < 0) {
        guess.rows[activeRows[a]!] = 0;
        changes++;
      }
    }
    for (let r = 0; r < rowCount; r++) {
      if (guess.rows[r] === 1) continue;
      const value = dot(set.rows[r]!, 0, z, 0, n);
      if (value > set.rowBounds[r]! + TOLERANCE * (Math.abs(value) + Math.abs(set.rowBounds[r]!))) {
        guess.rows[r] = 1;
        changes++;
      }
    }
    for (let i = 0; i < n; i++) {
      const side = guess.components[i]!;
      if (side !== 0) {
        if (side * force[i]! <= 0) continue;
        guess.components[i] = 0;
      } else {
        const value = z[i]!;
        const slack = TOLERANCE * (1 + Math.abs(value));
        if (value < set.lower[i]! - slack) guess.components[i] = -1;
        else if (value > set.upper[i]! + slack) guess.components[i] = 1;
        else continue;
      }
      changes++;
    }
    return changes;
  }

  function finish(): Completed {
    const firstKink = freeCount + m;
    const firstEquality = firstKink + kinkCount;
    const blocks = guess.scenarios.map((states, c) => {
      const lambda = new Float64Array(program.count);
      for (let k = 0; k < program.count; k++) if (states[k] === ABOVE) lambda[k] = massOf(c, k);
      return lambda;
    });
    for (let b = 0; b < kinkCount; b++) {
      blocks[kinkTail[b]!]![kinks[b]!] = Math.max(0, right[firstKink + b]!);
    }
    const rowForce = new Float64Array(n);
    for (let e = 0; e < rank; e++) {
      for (let i = 0; i < n; i++) rowForce[i]! += right[firstEquality + e]! * basis[e]!.values[i]!;
    }
    let rowSlack = 0;
    const decision = Float64Array.from(z, (value, i) => Math.min(Math.max(value, set.lower[i]!), set.upper[i]!));
    for (let a = 0; a < activeCount; a++) {
      const lambda = Math.max(0, right[firstEquality + rank + a]!);
      const row = set.rows[activeRows[a]!]!;
      for (let i = 0; i < n; i++) rowForce[i]! += lambda * row[i]!;
      rowSlack += lambda * Math.abs(set.rowBounds[activeRows[a]!]! - dot(row, 0, decision, 0, n));
    }
    return { z: decision, t: t.slice(), multipliers: { blocks, rowForce, rowSlack } };
  }

  function complete(): Completed | null {
    for (let round = 0; round < CORRECTIONS; round++) {
      if (!list() || !solveConditions()) return null;
      const changes = correct();
      if (changes === 0) return finish();
      if (changes > FEW) return null;
    }
    return null;
  }

  return { guess, reserve, complete };
}
