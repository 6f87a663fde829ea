import type { Multipliers } from "../certificate.ts";
import type { ScenarioProgram } from "../scenario-program.ts";
import { isDiagonal } from "./complement.ts";
import { addProducts, createEntries, dot, takeNonzero } from "./dense.ts";
import { createDenseLu } from "./lu.ts";
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
  /**
   * `null` where the guess does not lead to an optimum in a few corrections.
   *
   * @param chosen 1 for the scenarios that the guess was made with; all without it
   */
  complete(chosen?: Uint8Array | null): Completed | null;
  /**
   * After `complete` returned `null`: the decision and t of a guess that was right but for scenarios that were not
   * chosen, and lie above t there; `null` where there was none.
   */
  readonly missed: { readonly z: Float64Array; readonly t: Float64Array } | null;
}

/** Corrections of the guess before it is given up. */
const CORRECTIONS = 3;
/** More changes than this at once: the guess was not near. */
const FEW = 8;
/** More changes than this among the chosen: what others lie above is not worth knowing. */
const NEARLY_RIGHT = 4;
/** Corrections of what rounding leaves of the equations: the complement squares their condition. */
const REFINEMENTS = 2;
/** Violations below this, relative to the numbers compared, are rounding. */
const TOLERANCE = 1e-11;
/** The same for bounds, which an answer must keep: what is beyond is cut off, and the equalities pay for it. */
const ROUNDING = 1e-14;
/** A scenario that is further from t than this share of the spread goes past the kink at once. */
const FAR = 0.1;

/**
 * Completes a scenario program with one piece from a guess of its active set: the optimality conditions with those
 * inequalities as equations are linear in `(z, t, λ, ν, μ)`, and where their solution has every sign right it is the
 * optimum. Signs that are wrong say what to change in the guess: the primal–dual active set method (Hintermüller, Ito
 * and Kunisch 2002), begun near the end of the central path, where the guess is nearly right.
 *
 * One correction costs O(K n) for the losses and O(N² n + N³) for its N equations where the quadratic is diagonal and
 * positive, else O((n + N)³).
 */
export function createActiveSetSolver(program: ScenarioProgram, set: RelativeInterior): ActiveSetSolver {
  const { size: n, tails, quadratic } = program;
  const m = tails.length;
  const { basis } = set.equalities;
  const rank = basis.length;
  const rowCount = set.rows.length;
  const guess: { -readonly [K in keyof ActiveSet]: ActiveSet[K] } = {
    scenarios: tails.map(() => new Uint8Array(0)),
    components: new Int8Array(n),
    rows: new Uint8Array(rowCount),
    spread: 0,
  };
  const lu = createDenseLu();
  /** At most n equations, so 2n rows with the decision's. */
  const y = new Float64Array(2 * n);
  const change = new Float64Array(n);
  const equations = new Float64Array(n * n);
  const bounds = new Float64Array(n);
  const scaled = new Float64Array(n);
  /** Weight of each tail that the scenarios above it leave to its kinks. */
  const remaining = new Float64Array(m);
  /** Index into `kinks` of each tail's reference. */
  const reference = new Int32Array(m);
  const lambda = new Float64Array(n + m);
  let equationCount = 0;
  let missed: ActiveSetSolver["missed"] = null;
  const z = new Float64Array(n);
  const t = new Float64Array(m);
  /** Gradient of the Lagrangian but for the bounds, which it must balance. */
  const force = new Float64Array(n);
  const free = new Int32Array(n);
  const entries = createEntries(n);
  let losses = new Float64Array(0);
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

  /** Curvature of each component where the quadratic is diagonal and positive on all of them. */
  const diagonal = positiveDiagonal(quadratic, n);

  /** Fixed components at their bounds, and what of the gradient does not depend on the unknowns. */
  function startForce(): void {
    const { slopes } = program;
    for (let i = 0; i < n; i++) {
      const side = guess.components[i]!;
      z[i] = side === 0 ? 0 : side < 0 ? set.lower[i]! : set.upper[i]!;
    }
    for (let i = 0; i < n; i++) {
      let value = program.linear[i]!;
      if (diagonal !== null) value += diagonal[i]! * z[i]!;
      else if (quadratic !== null) for (let j = 0; j < n; j++) value += 2 * quadratic[i * n + j]! * z[j]!;
      force[i] = value;
    }
    for (let c = 0; c < m; c++) {
      const states = guess.scenarios[c]!;
      let left = tails[c]!.weight;
      for (let k = 0; k < program.count; k++) {
        if (states[k] !== ABOVE) continue;
        const mass = massOf(c, k);
        left -= mass;
        for (let i = 0; i < n; i++) force[i]! += mass * slopes[k * n + i]!;
      }
      remaining[c] = left;
    }
  }

  /**
   * The equations `row·z = bound` that the unknown multipliers belong to. One kink of each tail is its reference: it
   * takes what the others leave of the tail's weight, and they become differences from it, so that t is gone.
   */
  function listEquations(): boolean {
    const { slopes, offsets } = program;
    equationCount = 0;
    reference.fill(-1);
    for (let b = 0; b < kinkCount; b++) if (reference[kinkTail[b]!] === -1) reference[kinkTail[b]!] = b;
    for (let c = 0; c < m; c++) {
      const first = reference[c]!;
      if (first === -1) return false;
      const k = kinks[first]!;
      for (let i = 0; i < n; i++) force[i]! += remaining[c]! * slopes[k * n + i]!;
    }
    for (let b = 0; b < kinkCount; b++) {
      const first = reference[kinkTail[b]!]!;
      if (first === b) continue;
      const k = kinks[b]!;
      const other = kinks[first]!;
      const at = equationCount * n;
      for (let i = 0; i < n; i++) equations[at + i] = slopes[k * n + i]! - slopes[other * n + i]!;
      bounds[equationCount++] = offsets[other]! - offsets[k]!;
    }
    for (const { values, bound } of basis) {
      equations.set(values, equationCount * n);
      bounds[equationCount++] = bound;
    }
    for (let a = 0; a < activeCount; a++) {
      const r = activeRows[a]!;
      equations.set(set.rows[r]!, equationCount * n);
      bounds[equationCount++] = set.rowBounds[r]!;
    }
    return equationCount <= freeCount;
  }

  /** Solves the optimality conditions for z and the multipliers y; false where they are singular. */
  function solveConditions(): boolean {
    startForce();
    if (!listEquations()) return false;
    for (let e = 0; e < equationCount; e++) {
      let value = bounds[e]!;
      for (let i = 0; i < n; i++) if (guess.components[i] !== 0) value -= equations[e * n + i]! * z[i]!;
      bounds[e] = value;
    }
    if (!(diagonal === null ? solveWhole() : solveComplement(diagonal))) return false;
    for (let e = 0; e < equationCount; e++) {
      for (let i = 0; i < n; i++) force[i]! += y[e]! * equations[e * n + i]!;
    }
    if (diagonal !== null) {
      for (let f = 0; f < freeCount; f++) force[free[f]!]! += diagonal[free[f]!]! * z[free[f]!]!;
    } else if (quadratic !== null) {
      for (let i = 0; i < n; i++) {
        for (let f = 0; f < freeCount; f++) force[i]! += 2 * quadratic[i * n + free[f]!]! * z[free[f]!]!;
      }
    }
    let e = 0;
    for (let b = 0; b < kinkCount; b++) {
      const c = kinkTail[b]!;
      if (reference[c] === b) continue;
      lambda[b] = y[e]!;
      remaining[c]! -= y[e++]!;
    }
    for (let c = 0; c < m; c++) {
      const first = reference[c]!;
      lambda[first] = remaining[c]!;
      const k = kinks[first]!;
      t[c] = program.offsets[k]! + dot(program.slopes, k * n, z, 0, n);
    }
    return true;
  }

  /** With curvature H on every component: `B H⁻¹ Bᵀ y = −B H⁻¹ force − bounds`, of as many rows as there are equations. */
  function solveComplement(curvature: Float64Array): boolean {
    const order = equationCount;
    const matrix = lu.matrix(order);
    for (let e = 0; e < order; e++) {
      const row = e * n;
      let value = -bounds[e]!;
      for (let f = 0; f < freeCount; f++) {
        const i = free[f]!;
        scaled[i] = equations[row + i]! / curvature[i]!;
        value -= scaled[i]! * force[i]!;
      }
      y[e] = value;
      for (let other = 0; other <= e; other++) {
        let sum = 0;
        for (let f = 0; f < freeCount; f++) sum += scaled[free[f]!]! * equations[other * n + free[f]!]!;
        matrix[e * order + other] = sum;
        matrix[other * order + e] = sum;
      }
    }
    if (!lu.factor()) return false;
    lu.solve(y);
    for (let f = 0; f < freeCount; f++) z[free[f]!] = -force[free[f]!]! / curvature[free[f]!]!;
    pull(y, curvature);
    for (let refinement = 0; refinement < REFINEMENTS; refinement++) {
      for (let e = 0; e < order; e++) {
        let value = -bounds[e]!;
        for (let f = 0; f < freeCount; f++) value += equations[e * n + free[f]!]! * z[free[f]!]!;
        change[e] = value;
      }
      lu.solve(change);
      for (let e = 0; e < order; e++) y[e]! += change[e]!;
      pull(change, curvature);
    }
    return true;
  }

  /** `z −= H⁻¹ Bᵀ multipliers` over the free components. */
  function pull(multipliers: Float64Array, curvature: Float64Array): void {
    for (let f = 0; f < freeCount; f++) {
      const i = free[f]!;
      let value = 0;
      for (let e = 0; e < equationCount; e++) value += multipliers[e]! * equations[e * n + i]!;
      z[i]! -= value / curvature[i]!;
    }
  }

  /** Both at once: `[H Bᵀ; B 0]`. */
  function solveWhole(): boolean {
    const order = freeCount + equationCount;
    const matrix = lu.matrix(order);
    matrix.fill(0, 0, order * order);
    for (let f = 0; f < freeCount; f++) {
      y[f] = -force[free[f]!]!;
      if (quadratic === null) continue;
      for (let g = 0; g < freeCount; g++) {
        matrix[f * order + g] = 2 * quadratic[free[f]! * n + free[g]!]!;
      }
    }
    for (let e = 0; e < equationCount; e++) {
      const at = freeCount + e;
      for (let f = 0; f < freeCount; f++) {
        const entry = equations[e * n + free[f]!]!;
        matrix[at * order + f] = entry;
        matrix[f * order + at] = entry;
      }
      y[at] = bounds[e]!;
    }
    if (!lu.factor()) return false;
    lu.solve(y);
    for (let f = 0; f < freeCount; f++) z[free[f]!] = y[f]!;
    y.copyWithin(0, freeCount, order);
    return true;
  }

  /** Changes the guess where the solution has a sign wrong; counts the changes, and those of scenarios not chosen. */
  function correct(chosen: Uint8Array | null): { readonly changes: number; readonly outside: number } {
    const { slopes, offsets, count } = program;
    const firstRow = equationCount - activeCount;
    let changes = 0;
    let outside = 0;
    for (let b = 0; b < kinkCount; b++) {
      const mass = massOf(kinkTail[b]!, kinks[b]!);
      const own = lambda[b]!;
      const room = TOLERANCE * mass;
      if (own >= -room && own <= mass + room) continue;
      guess.scenarios[kinkTail[b]!]![kinks[b]!] = own < 0 ? BELOW : ABOVE;
      changes++;
    }
    const room = TOLERANCE * (guess.spread + program.magnitude);
    const far = FAR * guess.spread;
    if (losses.length < count) losses = new Float64Array(count);
    for (let k = 0; k < count; k++) losses[k] = offsets[k]!;
    takeNonzero(z, entries);
    addProducts(slopes, n, null, count, entries, losses);
    for (let k = 0; k < count; k++) {
      const loss = losses[k]!;
      for (let c = 0; c < m; c++) {
        const excess = loss - t[c]!;
        const states = guess.scenarios[c]!;
        if (states[k] === BELOW && excess > room) {
          states[k] = excess > far ? ABOVE : KINK;
          if (chosen !== null && chosen[k] === 0) outside++;
        } else if (states[k] === ABOVE && excess < -room) states[k] = excess < -far ? BELOW : KINK;
        else continue;
        changes++;
      }
    }
    for (let a = 0; a < activeCount; a++) {
      if (y[firstRow + a]! < 0) {
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
        const slack = ROUNDING * (1 + Math.abs(value));
        if (value < set.lower[i]! - slack) guess.components[i] = -1;
        else if (value > set.upper[i]! + slack) guess.components[i] = 1;
        else continue;
      }
      changes++;
    }
    return { changes, outside };
  }

  function clampedDecision(): Float64Array {
    const decision = new Float64Array(n);
    for (let i = 0; i < n; i++) decision[i] = Math.min(Math.max(z[i]!, set.lower[i]!), set.upper[i]!);
    return decision;
  }

  function finish(): Completed {
    const firstEquality = equationCount - activeCount - rank;
    const blocks = guess.scenarios.map((states, c) => {
      const all = new Float64Array(program.count);
      for (let k = 0; k < program.count; k++) if (states[k] === ABOVE) all[k] = massOf(c, k);
      return all;
    });
    for (let b = 0; b < kinkCount; b++) {
      blocks[kinkTail[b]!]![kinks[b]!] = Math.max(0, lambda[b]!);
    }
    const rowForce = new Float64Array(n);
    for (let e = 0; e < rank; e++) {
      for (let i = 0; i < n; i++) rowForce[i]! += y[firstEquality + e]! * basis[e]!.values[i]!;
    }
    let rowSlack = 0;
    const decision = clampedDecision();
    for (let a = 0; a < activeCount; a++) {
      const pull = Math.max(0, y[firstEquality + rank + a]!);
      const row = set.rows[activeRows[a]!]!;
      for (let i = 0; i < n; i++) rowForce[i]! += pull * row[i]!;
      rowSlack += pull * Math.abs(set.rowBounds[activeRows[a]!]! - dot(row, 0, decision, 0, n));
    }
    return { z: decision, t: t.slice(), multipliers: { blocks, rowForce, rowSlack } };
  }

  function complete(chosen: Uint8Array | null = null): Completed | null {
    missed = null;
    for (let round = 0; round < CORRECTIONS; round++) {
      if (!list() || !solveConditions()) return null;
      const { changes, outside } = correct(chosen);
      if (changes === 0) return finish();
      if (round === 0 && outside > 0 && changes - outside <= NEARLY_RIGHT)
        missed = { z: clampedDecision(), t: t.slice() };
      if (changes > FEW) return null;
    }
    return null;
  }

  return {
    guess,
    reserve,
    complete,
    get missed() {
      return missed;
    },
  };
}

/** `2 Q_ii`, or `null` where Q is not a positive diagonal. */
export function positiveDiagonal(quadratic: Float64Array | null, size: number): Float64Array | null {
  if (quadratic === null || !isDiagonal(quadratic, size)) return null;
  const diagonal = Float64Array.from({ length: size }, (_, i) => 2 * quadratic[i * (size + 1)]!);
  return diagonal.every((value) => value > 0) ? diagonal : null;
}
