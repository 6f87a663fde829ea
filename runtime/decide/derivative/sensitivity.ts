import type { FeasibleSet } from "../../spec.ts";
import type { Multipliers } from "../certificate.ts";
import type { ScenarioProgram } from "../scenario-program.ts";
import { dot } from "../structured/dense.ts";
import { activePieces, ZERO, type ActiveScenario } from "./active-pieces.ts";
import { createSaddleSystem, type SaddleSystem } from "./saddle-system.ts";
import type { DecisionSensitivity, ProgramGradient } from "./types.ts";

/** A row this near to equality, relative to its numbers, may be active. */
const TOUCHING = 1e-6;
/** The solver's decision is this near to the optimum, relative to its numbers. */
const NEAR = 1e-3;
/** A component that a bound does not hold, and yet this near to it. */
const ON_BOUND = 1e-8;
/** A force or multiplier below this share of the gradient's numbers is 0. */
const NOTHING = 1e-9;

/** A solved scenario program. */
export interface SolvedProgram {
  readonly program: ScenarioProgram;
  readonly set: FeasibleSet;
  /** Weight of the mean that is inside `program.linear`: of a loss with one piece. */
  readonly foldedMean: number;
  readonly z: Float64Array;
  readonly multipliers: Multipliers;
}

/** `row · z (+ τ · t) = bound`, with its place in the answer. */
interface Equation {
  readonly row: Float64Array;
  readonly bound: number;
  readonly from:
    | { readonly kind: "piece"; readonly of: ActiveScenario; readonly piece: number }
    | { readonly kind: "inequality" | "equality"; readonly index: number };
}

/**
 * Implicit differentiation of the optimality conditions of a scenario program (Dontchev and Rockafellar 2014, §2): with
 * the active pieces, rows and bounds held to equality they are
 *
 *     c + 2Qz + Σ_k m_k a_k,ref + Bᵀv = 0,   B (z, t) = f
 *
 * over the components between their bounds and the tails' t, one row of B for each further active piece (its difference
 * from the scenario's reference piece), equality and active inequality. With `[H Bᵀ; B 0] [u; w] = [∂L/∂z; 0]` every
 * derivative of L is a product of `(u, w)` with `(z, v)`: one factorisation of order n, then O(n²) a pull and O(K J n)
 * to spread it over the scenarios.
 *
 * Degenerate active sets: pieces, rows and bounds whose multiplier vanishes are taken as inactive; the singular system
 * that dependent rows or missing curvature leave is solved by its pseudo-inverse (`SaddleSystem`).
 */
export function createSensitivity(solved: SolvedProgram): DecisionSensitivity {
  const { program, set, multipliers } = solved;
  const { size: n, pieces, count, slopes, offsets, probabilities, tails, quadratic } = program;
  const z = solved.z.slice();
  const active = activePieces(program, z, multipliers.blocks);
  const { thresholds } = active;
  let { weak } = active;
  const m = tails.length;

  const equations: Equation[] = [];
  for (const of of active.scenarios) {
    for (const piece of of.others) {
      const row = new Float64Array(n + m);
      let bound = 0;
      const add = (j: number, sign: number): void => {
        if (j === ZERO) return;
        const at = of.scenario * pieces + j;
        for (let i = 0; i < n; i++) row[i]! += sign * slopes[at * n + i]!;
        bound -= sign * offsets[at]!;
        if (of.tail >= 0) row[n + of.tail]! -= sign;
      };
      add(piece, 1);
      add(of.reference, -1);
      equations.push({ row, bound, from: { kind: "piece", of, piece } });
    }
  }
  const scenarioEquations = equations.length;
  const padded = (coefficients: readonly number[]): Float64Array => {
    const row = new Float64Array(n + m);
    row.set(coefficients);
    return row;
  };
  set.equalities.forEach((row, index) => {
    equations.push({ row: padded(row.coefficients), bound: row.bound, from: { kind: "equality", index } });
  });
  set.inequalities.forEach((row, index) => {
    let activity = 0;
    let numbers = Math.abs(row.bound);
    for (let i = 0; i < n; i++) {
      activity += row.coefficients[i]! * z[i]!;
      numbers += Math.abs(row.coefficients[i]! * z[i]!);
    }
    if (row.bound - activity > TOUCHING * numbers || row.coefficients.every((c) => c === 0)) return;
    equations.push({ row: padded(row.coefficients), bound: row.bound, from: { kind: "inequality", index } });
  });

  // Gradient without the rows of B: what the multipliers of B, and the bounds, balance.
  const base = new Float64Array(n + m);
  const scale = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let curvature = 0;
    if (quadratic !== null) for (let j = 0; j < n; j++) curvature += quadratic[i * n + j]! * z[j]!;
    base[i] = program.linear[i]! + 2 * curvature;
    scale[i] = Math.abs(program.linear[i]!) + Math.abs(2 * curvature);
  }
  tails.forEach((tail, c) => {
    base[n + c] = tail.weight;
  });
  for (const { tail, scenario, density, reference } of active.scenarios) {
    if (reference === ZERO) continue;
    const mass = density * probabilities[scenario]!;
    const at = (scenario * pieces + reference) * n;
    for (let i = 0; i < n; i++) {
      base[i]! += mass * slopes[at + i]!;
      scale[i]! += mass * Math.abs(slopes[at + i]!);
    }
    if (tail >= 0) base[n + tail]! -= mass;
  }
  const largest = Math.max(Number.MIN_VALUE, ...scale);

  // Components at a bound that pushes back. What the solver's multipliers leave of the gradient is the bounds' force.
  const force = base.slice(0, n);
  for (let e = 0; e < scenarioEquations; e++) {
    const { row, from } = equations[e]!;
    if (from.kind !== "piece") continue;
    const push = multiplierOf(from.of, from.piece);
    for (let i = 0; i < n; i++) force[i]! += push * row[i]!;
  }
  for (let i = 0; i < n; i++) force[i]! += multipliers.rowForce[i]!;
  const side = new Int8Array(n);
  for (let i = 0; i < n; i++) {
    const [lower, upper] = [set.lower[i]!, set.upper[i]!];
    if (lower === upper) side[i] = -1;
    else {
      const unit = Number.isFinite(upper - lower) ? upper - lower : 1 + Math.abs(z[i]!);
      const towards = force[i]! > 0 ? -1 : 1;
      const distance = (towards < 0 ? z[i]! - lower : upper - z[i]!) / unit;
      const push = Math.abs(force[i]!) / largest;
      if (push > Math.max(NOTHING, distance)) side[i] = towards;
    }
    if (side[i] !== 0) z[i] = side[i]! < 0 ? lower : upper;
  }

  function multiplierOf({ tail, scenario, density }: ActiveScenario, piece: number): number {
    const block = multipliers.blocks[tail < 0 ? 0 : tail + (program.meanWeight > 0 ? 1 : 0)]!;
    if (piece !== ZERO) return block[scenario * pieces + piece]!;
    let rest = density * probabilities[scenario]!;
    for (let j = 0; j < pieces; j++) rest -= block[scenario * pieces + j]!;
    return rest;
  }

  /** Unknowns of the system: components between their bounds, then each t that an equation reads. */
  const unknowns: number[] = [];
  for (let i = 0; i < n; i++) if (side[i] === 0) unknowns.push(i);
  for (let c = 0; c < m; c++) if (equations.some(({ row }) => row[n + c] !== 0)) unknowns.push(n + c);
  const order = unknowns.length;
  const restrict = (x: Float64Array): Float64Array => {
    const out = new Float64Array(order);
    for (let a = 0; a < order; a++) out[a] = x[unknowns[a]!]!;
    return out;
  };
  const hessian = quadratic === null ? null : new Float64Array(order * order);
  if (hessian !== null && quadratic !== null) {
    unknowns.forEach((i, a) =>
      unknowns.forEach((j, b) => {
        if (i < n && j < n) hessian[a * order + b] = 2 * quadratic[i * n + j]!;
      }),
    );
  }

  // A row whose multiplier has the wrong sign, or none, does not hold the decision: the worst leaves, one at a time.
  let kept = equations;
  let system: SaddleSystem;
  let multiplier: Float64Array;
  for (;;) {
    system = createSaddleSystem(
      order,
      hessian,
      kept.map(({ row }) => restrict(row)),
    );
    multiplier = system.solve(
      restrict(base).map((slope) => -slope),
      new Float64Array(kept.length),
    ).v;
    let worst = -1;
    let least = NOTHING;
    kept.forEach(({ row, from }, e) => {
      if (from.kind !== "inequality") return;
      const push = (multiplier[e]! * Math.max(...row.map(Math.abs))) / largest;
      if (push > least) return;
      worst = e;
      least = push;
    });
    if (worst < 0) break;
    const { row, bound } = kept[worst]!;
    const activity = dot(row, 0, z, 0, n);
    if (Math.abs(bound - activity) <= NOTHING * (Math.abs(bound) + Math.abs(activity)) && least > -NOTHING) weak++;
    kept = kept.filter((_, e) => e !== worst);
  }
  polish();

  /** One Newton step on the equations: the solver's answer is exact to its tolerance, derivatives need the rest. */
  function polish(): void {
    const residual = kept.map(({ row, bound, from }) => {
      let left = bound - dot(row, 0, z, 0, n);
      if (from.kind === "piece" && from.of.tail >= 0) left -= row[n + from.of.tail]! * thresholds[from.of.tail]!;
      return left;
    });
    const { u, v } = system.solve(
      restrict(base).map((slope) => -slope),
      Float64Array.from(residual),
    );
    multiplier = v;
    unknowns.forEach((i, a) => {
      if (i < n && Math.abs(u[a]!) <= NEAR * (1 + Math.abs(z[i]!))) z[i]! += u[a]!;
    });
    for (let i = 0; i < n; i++) {
      if (side[i] === 0 && Math.min(z[i]! - set.lower[i]!, set.upper[i]! - z[i]!) <= ON_BOUND * (1 + Math.abs(z[i]!))) {
        weak++;
      }
    }
  }

  const surplus = system.dependent > 0 ? system.dependent - dependentEqualities(kept, restrict, order) : 0;
  const vertex = system.free === system.flat;
  const differentiability =
    weak > 0 || surplus > 0 || system.flat > 0
      ? "chosen"
      : vertex && scenarioEquations === 0
        ? "zero almost everywhere"
        : "exact";

  function pull(zBar: Float64Array): ProgramGradient {
    const right = Float64Array.from(unknowns, (i) => (i < n ? zBar[i]! : 0));
    const { u, v: w } = system.solve(right, new Float64Array(kept.length));
    /** u over all components and tails. */
    const wide = new Float64Array(n + m);
    unknowns.forEach((i, a) => {
      wide[i] = u[a]!;
    });
    const gradient: Mutable<ProgramGradient> = {
      slopes: new Float64Array(count * pieces * n),
      offsets: new Float64Array(count * pieces),
      probabilities: new Float64Array(count),
      linear: wide.slice(0, n).map((part) => 0 - part),
      quadratic: quadratic === null ? null : new Float64Array(n * n),
      meanWeight: 0,
      tailWeights: new Float64Array(m),
      lower: new Float64Array(n),
      upper: new Float64Array(n),
      inequalityBounds: new Float64Array(set.inequalities.length),
      equalityBounds: new Float64Array(set.equalities.length),
      inequalityRows: new Float64Array(set.inequalities.length * n),
      equalityRows: new Float64Array(set.equalities.length * n),
    };
    if (gradient.quadratic !== null) {
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) gradient.quadratic[i * n + j] = -(wide[i]! * z[j]! + z[i]! * wide[j]!);
      }
    }
    for (let c = 0; c < m; c++) gradient.tailWeights[c] = -wide[n + c]!;
    spreadMasses(gradient, wide);
    kept.forEach(({ from }, e) => spreadEquation(gradient, from, multiplier[e]!, w[e]!, wide));
    spreadBounds(gradient, zBar, wide, w);
    return gradient;
  }

  /** What moves with the scenarios' masses and the slopes that they weigh. */
  function spreadMasses(gradient: Mutable<ProgramGradient>, wide: Float64Array): void {
    const { foldedMean } = solved;
    if (foldedMean > 0) {
      for (let k = 0; k < count; k++) {
        const along = dot(slopes, k * n, wide, 0, n);
        gradient.probabilities[k]! -= foldedMean * along;
        gradient.meanWeight -= probabilities[k]! * along;
        for (let i = 0; i < n; i++) gradient.slopes[k * n + i]! -= foldedMean * probabilities[k]! * wide[i]!;
      }
    }
    for (const { tail, scenario, density, reference } of active.scenarios) {
      if (reference === ZERO) continue;
      const at = scenario * pieces + reference;
      const along = dot(slopes, at * n, wide, 0, n) - (tail < 0 ? 0 : wide[n + tail]!);
      const probability = probabilities[scenario]!;
      gradient.probabilities[scenario]! -= density * along;
      if (tail < 0) gradient.meanWeight -= probability * along;
      else gradient.tailWeights[tail]! -= (probability / (1 - tails[tail]!.level)) * along;
      for (let i = 0; i < n; i++) gradient.slopes[at * n + i]! -= density * probability * wide[i]!;
    }
  }

  /** @param v multiplier of the equation at the optimum; `w` its part in the solution for the pull */
  function spreadEquation(
    gradient: Mutable<ProgramGradient>,
    from: Equation["from"],
    v: number,
    w: number,
    wide: Float64Array,
  ): void {
    if (from.kind !== "piece") {
      const [bounds, rows] =
        from.kind === "equality"
          ? [gradient.equalityBounds, gradient.equalityRows]
          : [gradient.inequalityBounds, gradient.inequalityRows];
      bounds[from.index] = w;
      for (let i = 0; i < n; i++) rows[from.index * n + i] = -(v * wide[i]! + w * z[i]!);
      return;
    }
    const { of, piece } = from;
    for (const [j, sign] of [
      [piece, 1],
      [of.reference, -1],
    ] as const) {
      if (j === ZERO) continue;
      const at = of.scenario * pieces + j;
      for (let i = 0; i < n; i++) gradient.slopes[at * n + i]! -= sign * (v * wide[i]! + w * z[i]!);
      gradient.offsets[at]! -= sign * w;
    }
  }

  /** A component at its bound moves with it, and pulls the others along. */
  function spreadBounds(gradient: ProgramGradient, zBar: Float64Array, wide: Float64Array, w: Float64Array): void {
    for (let i = 0; i < n; i++) {
      if (side[i] === 0) continue;
      let moved = zBar[i]!;
      if (quadratic !== null) moved -= 2 * dot(quadratic, i * n, wide, 0, n);
      for (let e = 0; e < kept.length; e++) moved -= w[e]! * kept[e]!.row[i]!;
      (side[i]! < 0 ? gradient.lower : gradient.upper)[i] = moved;
    }
  }

  return { differentiability, equations: kept.length, pull };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Rows among the equalities that repeat each other: the decision is as differentiable without them. */
function dependentEqualities(
  equations: readonly Equation[],
  restrict: (row: Float64Array) => Float64Array,
  order: number,
): number {
  const rows = equations.filter(({ from }) => from.kind === "equality").map(({ row }) => restrict(row));
  return createSaddleSystem(order, null, rows).dependent;
}
