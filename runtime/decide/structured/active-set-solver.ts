import type { Multipliers } from "../certificate.ts";
import type { ScenarioProgram } from "../scenario-program.ts";
import { ABOVE, BELOW, KINK, tailDensities } from "./active-set.ts";
import type { ActiveSet } from "./active-set.ts";
import { positiveDiagonal } from "./complement.ts";
import { addScaled, affineValues, createEntries, dot } from "./dense.ts";
import { createEqualityMinimum } from "./equality-minimum.ts";
import { createEquations, createKinks, listEquations, markReferences } from "./equations.ts";
import type { RelativeInterior } from "./relative-interior.ts";

/** An optimum as exact as the linear algebra. */
export interface Completed {
  readonly z: Float64Array;
  /** t of each CVaR term. */
  readonly t: Float64Array;
  readonly multipliers: Multipliers;
}

export interface ActiveSetSolver {
  /** A guess of which inequalities hold with equality at the optimum, which `complete` mends in place. */
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
  /** Curvature of each component where the quadratic is diagonal and positive on all of them. */
  const diagonal = positiveDiagonal(quadratic, n);
  const minimum = createEqualityMinimum(n, quadratic, diagonal);
  /** Multiplier of each equation. */
  const y = new Float64Array(n);
  const equations = createEquations();
  /** Weight of each tail that the scenarios above it leave to its kinks. */
  const remaining = new Float64Array(m);
  const lambda = new Float64Array(n + m);
  let missed: ActiveSetSolver["missed"] = null;
  const z = new Float64Array(n);
  const t = new Float64Array(m);
  /** Gradient of the Lagrangian but for the bounds, which it must balance. */
  const force = new Float64Array(n);
  const free = new Int32Array(n);
  const entries = createEntries(n);
  let losses = new Float64Array(0);
  const kinks = createKinks(n + m, m);
  const activeRows = new Int32Array(Math.min(rowCount, n + m));
  let freeCount = 0;
  let activeCount = 0;

  function reserve(count: number): void {
    if (m > 0 && guess.scenarios[0]!.length < count) guess.scenarios = tails.map(() => new Uint8Array(count));
  }

  const densities = tailDensities(program);
  const massOf = (c: number, k: number): number => densities[c]! * program.probabilities[k]!;

  /** Lists what the guess holds to equality; false where there are more equations than a solution could satisfy. */
  function list(): boolean {
    freeCount = kinks.count = activeCount = 0;
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
        if (kinks.count === n + m) return false;
        kinks.tail[kinks.count] = c;
        kinks.scenario[kinks.count++] = k;
      }
    }
    return kinks.count + rank + activeCount <= freeCount + m;
  }

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
        addScaled(force, mass, slopes, k * n, n);
      }
      remaining[c] = left;
    }
  }

  /** The equations that the unknown multipliers belong to; false where there are too many, or a tail has no kink. */
  function startEquations(): boolean {
    if (!markReferences(kinks)) return false;
    for (let c = 0; c < m; c++) {
      addScaled(force, remaining[c]!, program.slopes, kinks.scenario[kinks.reference[c]!]! * n, n);
    }
    listEquations(equations, program, set, kinks, activeRows, activeCount);
    return equations.count <= freeCount;
  }

  /** Solves the optimality conditions for z and the multipliers y; false where they are singular. */
  function solveConditions(): boolean {
    startForce();
    if (!startEquations()) return false;
    const { rows, bounds, count } = equations;
    for (let e = 0; e < count; e++) {
      let value = bounds[e]!;
      for (let i = 0; i < n; i++) if (guess.components[i] !== 0) value -= rows[e * n + i]! * z[i]!;
      bounds[e] = value;
    }
    if (!minimum.solve(equations, free, freeCount, force, z, y)) return false;
    for (let e = 0; e < count; e++) addScaled(force, y[e]!, rows, e * n, n);
    if (diagonal !== null) {
      for (let f = 0; f < freeCount; f++) force[free[f]!]! += diagonal[free[f]!]! * z[free[f]!]!;
    } else if (quadratic !== null) {
      for (let i = 0; i < n; i++) {
        for (let f = 0; f < freeCount; f++) force[i]! += 2 * quadratic[i * n + free[f]!]! * z[free[f]!]!;
      }
    }
    let e = 0;
    for (let b = 0; b < kinks.count; b++) {
      const c = kinks.tail[b]!;
      if (kinks.reference[c] === b) continue;
      lambda[b] = y[e]!;
      remaining[c]! -= y[e++]!;
    }
    for (let c = 0; c < m; c++) {
      const first = kinks.reference[c]!;
      lambda[first] = remaining[c]!;
      const k = kinks.scenario[first]!;
      t[c] = program.offsets[k]! + dot(program.slopes, k * n, z, 0, n);
    }
    return true;
  }

  /** Changes the guess where the solution has a sign wrong; counts the changes, and those of scenarios not chosen. */
  function correct(chosen: Uint8Array | null): { readonly changes: number; readonly outside: number } {
    const { count } = program;
    const firstRow = equations.count - activeCount;
    let changes = 0;
    let outside = 0;
    for (let b = 0; b < kinks.count; b++) {
      const [c, k] = [kinks.tail[b]!, kinks.scenario[b]!];
      const mass = massOf(c, k);
      const own = lambda[b]!;
      const room = TOLERANCE * mass;
      if (own >= -room && own <= mass + room) continue;
      guess.scenarios[c]![k] = own < 0 ? BELOW : ABOVE;
      changes++;
    }
    const room = TOLERANCE * (guess.spread + program.magnitude);
    const far = FAR * guess.spread;
    if (losses.length < count) losses = new Float64Array(count);
    affineValues(program.slopes, program.offsets, count, z, entries, losses);
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
    const firstEquality = equations.count - activeCount - rank;
    const blocks = guess.scenarios.map((states, c) => {
      const all = new Float64Array(program.count);
      for (let k = 0; k < program.count; k++) if (states[k] === ABOVE) all[k] = massOf(c, k);
      return all;
    });
    for (let b = 0; b < kinks.count; b++) blocks[kinks.tail[b]!]![kinks.scenario[b]!] = Math.max(0, lambda[b]!);
    const rowForce = new Float64Array(n);
    for (let e = 0; e < rank; e++) addScaled(rowForce, y[firstEquality + e]!, basis[e]!.values, 0, n);
    let rowSlack = 0;
    const decision = clampedDecision();
    for (let a = 0; a < activeCount; a++) {
      const pull = Math.max(0, y[firstEquality + rank + a]!);
      const row = set.rows[activeRows[a]!]!;
      addScaled(rowForce, pull, row, 0, n);
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
