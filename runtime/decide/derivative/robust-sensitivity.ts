import type { FeasibleSet } from "../../spec.ts";
import { robustCone, type RobustCone } from "../ambiguity/cone-form.ts";
import type { RobustProgram } from "../ambiguity/robust-program.ts";
import type { ConeAnswer, ConeProblem } from "../cone/types.ts";
import { entriesOf } from "../sparse/matrix.ts";
import { coneSensitivity, type ConeAdjoint, type ConeSensitivity } from "./cone-sensitivity.ts";
import type { DecisionSensitivity, Differentiability, ProgramGradient } from "./types.ts";

/** A multiplier above this share of the largest holds its row. */
const HOLDS = 1e-7;

/** `∂L/∂·` of a worst-case problem's numbers. */
export interface RobustGradient extends ProgramGradient {
  /** Of the radius at the context. */
  readonly radius: number;
}

export interface RobustSensitivity extends DecisionSensitivity {
  pull(zBar: Float64Array): RobustGradient;
}

/**
 * Implicit differentiation of the worst-case problem in its cone form (`robustCone`, `coneSensitivity`). The numbers of
 * the form are products of the problem's own, so each derivative of those is a sum over the entries that they are in. The
 * units of the form are taken as they are: they change no decision.
 *
 * Degenerate active sets are treated as `coneSensitivity` says, with one exception: where it is only auxiliary variables
 * that have many optimal values (a value at risk between two scenarios, the norm of a piece that is nowhere the largest),
 * the decision is differentiable all the same. Only in the weights it then has a kink, where the mass of a CVaR's tail
 * ends between two scenarios.
 *
 * @param robust filled at the context
 * @param solve the solver of its cone form
 * @throws RuntimeError `no-derivative` where the solver has no solution
 */
export function createRobustSensitivity(
  robust: RobustProgram,
  set: FeasibleSet,
  solve: (problem: ConeProblem) => ConeAnswer,
): RobustSensitivity {
  const form = robustCone(robust, set);
  const { problem, units, places } = form;
  const cone = coneSensitivity(problem, solve(problem));
  const { nominal, regimes, moving, tails, set: ambiguity } = robust;
  const { size: n, pieces, count } = nominal;
  const { decision, loss } = units;
  const { x, y } = cone.solution;
  const z = Float64Array.from({ length: n }, (_, i) => x[i]! * decision[i]!);
  const bounds = boundRows(form, set);
  const fixed = fixedBySet(form, set, y, bounds) >= n;
  const determined = isDetermined(cone, form, set, bounds);
  const differentiability: Differentiability =
    cone.weak || !determined ? "chosen" : fixed ? "zero almost everywhere" : "exact";

  function pull(zBar: Float64Array): RobustGradient {
    const xBar = new Float64Array(problem.q.length);
    for (let i = 0; i < n; i++) xBar[i] = zBar[i]! * decision[i]!;
    // Which values auxiliary variables have is of no account; a choice that shows in the decision is the one of least norm.
    const adjoint = cone.adjoint({ x: xBar }, determined);
    const entry = (row: number, column: number): number =>
      -(y[row]! * adjoint.x[column]! + adjoint.y[row]! * x[column]!);
    /** Of z's entries in a row, n values, and of what multiplies them. */
    const wide = Float64Array.from({ length: n }, (_, i) => adjoint.x[i]! * decision[i]!);
    const entriesOfZ = (row: number, i: number): number => -(y[row]! * wide[i]! + adjoint.y[row]! * z[i]!);
    const { slopes, offsets, factorBar, steepnessBar } = pullScenarios(adjoint, entry, entriesOfZ);
    if (ambiguity.kind === "wasserstein" && ambiguity.order === 1) {
      let steepest = 0;
      regimes.forEach(({ factor }, r) => (steepest = factor > regimes[steepest]!.factor ? r : steepest));
      moving.forEach((_, at) => (factorBar[steepest]! += entry(places.steepest + at, places.nu + at)));
    }
    const { divergence } = places;
    const probabilities = Float64Array.from({ length: count }, (_, k) =>
      divergence === null ? -adjoint.x[places.u + k]! : entry(divergence.row, divergence.w + k),
    );
    const rows = pullSet(adjoint, entriesOfZ);
    return {
      slopes,
      offsets,
      probabilities,
      linear: wide.map((part) => 0 - part / loss),
      quadratic:
        nominal.quadratic === null
          ? null
          : Float64Array.from(
              { length: n * n },
              (_, at) => -(wide[Math.floor(at / n)]! * z[at % n]! + z[Math.floor(at / n)]! * wide[at % n]!) / loss,
            ),
      meanWeight: factorBar.reduce((sum, part) => sum + part, 0),
      tailWeights: Float64Array.from(tails, ({ level }, c) => {
        let part = -adjoint.x[n + c]!;
        regimes.forEach(({ steepness }, r) => {
          if (steepness[c] !== 0) part += (factorBar[r]! + steepnessBar[r * tails.length + c]!) / (1 - level);
        });
        return part;
      }),
      ...rows,
      radius: pullRadius(adjoint, entry),
    };
  }

  /** Of the rows `f (a_kj·z + b_kj) (+ f² v_j | + f ν_j) − steepness·t ≤ u_k`. */
  function pullScenarios(
    adjoint: ConeAdjoint,
    entry: (row: number, column: number) => number,
    entriesOfZ: (row: number, i: number) => number,
  ): {
    readonly slopes: Float64Array;
    readonly offsets: Float64Array;
    readonly factorBar: Float64Array;
    readonly steepnessBar: Float64Array;
  } {
    const slopes = new Float64Array(count * pieces * n);
    const offsets = new Float64Array(count * pieces);
    const factorBar = new Float64Array(regimes.length);
    const steepnessBar = new Float64Array(regimes.length * tails.length);
    const order = ambiguity.kind === "kl" ? null : ambiguity.order;
    let row = form.firstScenarioRow;
    for (let k = 0; k < count; k++) {
      for (const { regime, piece } of form.scenarioRows) {
        const { factor, steepness } = regimes[regime]!;
        const at = k * pieces + piece;
        let ofFactor = (-nominal.offsets[at]! / loss) * adjoint.y[row]!;
        for (let i = 0; i < n; i++) {
          const part = entriesOfZ(row, i) / loss;
          slopes[at * n + i]! += factor * part;
          ofFactor += nominal.slopes[at * n + i]! * part;
        }
        offsets[at]! -= (factor / loss) * adjoint.y[row]!;
        const place = moving.indexOf(piece);
        if (place >= 0 && order === 2) ofFactor += 2 * factor * entry(row, places.v + place);
        if (place >= 0 && order === "infinity") ofFactor += entry(row, places.nu + place);
        // Without a factor the row stands for every piece alike: which of them would count first is not in the form.
        factorBar[regime]! += factor === 0 && pieces > 1 ? NaN : ofFactor;
        steepness.forEach((steep, c) => {
          if (steep !== 0) steepnessBar[regime * tails.length + c]! -= entry(row, n + c);
        });
        row++;
      }
    }
    return { slopes, offsets, factorBar, steepnessBar };
  }

  function pullRadius(adjoint: ConeAdjoint, entry: (row: number, column: number) => number): number {
    if (ambiguity.kind === "kl") return -adjoint.x[form.lambda]!;
    const scaled = new Uint8Array(problem.b.length);
    let along = 0;
    for (const row of places.slopes) {
      scaled[row] = 1;
      along += problem.b[row]! * adjoint.y[row]!;
    }
    for (const { row, column, value } of entriesOf(problem.a)) {
      if (column >= n) break;
      if (scaled[row] === 1) along += value * entry(row, column);
    }
    return along / ambiguity.radius;
  }

  function pullSet(
    adjoint: ConeAdjoint,
    entriesOfZ: (row: number, i: number) => number,
  ): Pick<
    ProgramGradient,
    "lower" | "upper" | "inequalityBounds" | "equalityBounds" | "inequalityRows" | "equalityRows"
  > {
    const rowsOf = (list: FeasibleSet["equalities"], first: number) => {
      const right = new Float64Array(list.length);
      const coefficients = new Float64Array(list.length * n);
      list.forEach((row, r) => {
        const size = rowSize(row.coefficients, decision);
        right[r] = adjoint.y[first + r]! / size;
        for (let i = 0; i < n; i++) coefficients[r * n + i] = entriesOfZ(first + r, i) / size;
      });
      return { right, coefficients };
    };
    const equalities = rowsOf(set.equalities, 0);
    const inequalities = rowsOf(set.inequalities, places.inequalities);
    const lower = new Float64Array(n);
    const upper = new Float64Array(n);
    for (const { row, component, side } of bounds) {
      const part = adjoint.y[row]! / decision[component]!;
      if (side === "lower") lower[component]! -= part;
      else if (set.lower[component] === set.upper[component]) lower[component]! += part;
      else upper[component] = part;
    }
    return {
      lower,
      upper,
      inequalityBounds: inequalities.right,
      equalityBounds: equalities.right,
      inequalityRows: inequalities.coefficients,
      equalityRows: equalities.coefficients,
    };
  }

  return { differentiability, equations: y.filter((value) => value > 0).length, pull };
}

interface BoundRow {
  readonly row: number;
  readonly component: number;
  readonly side: "lower" | "upper";
}

/** In the order in which `robustCone` writes them. */
function boundRows({ places }: RobustCone, set: FeasibleSet): readonly BoundRow[] {
  const found: BoundRow[] = [];
  let row = places.inequalities + set.inequalities.length;
  for (let component = 0; component < set.size; component++) {
    if (set.upper[component]! < Infinity) found.push({ row: row++, component, side: "upper" });
    if (set.lower[component]! > -Infinity) found.push({ row: row++, component, side: "lower" });
  }
  return found;
}

function rowSize(coefficients: readonly number[], decision: Float64Array): number {
  return coefficients.reduce((size, value, i) => Math.max(size, Math.abs(value * decision[i]!)), 0) || 1;
}

/** Equalities, and inequalities and bounds that a multiplier holds: n of them fix the decision, if none is dependent. */
function fixedBySet(form: RobustCone, set: FeasibleSet, y: Float64Array, bounds: readonly BoundRow[]): number {
  const largest = y.reduce((size, value) => Math.max(size, Math.abs(value)), 0);
  const held = new Set<number>();
  let rows = set.equalities.length;
  for (let r = 0; r < set.inequalities.length; r++) if (y[form.places.inequalities + r]! > HOLDS * largest) rows++;
  for (const { row, component } of bounds) if (y[row]! > HOLDS * largest) held.add(component);
  return rows + held.size;
}

/**
 * Whether the singular directions of the system, if there are any, leave the decision and the multipliers alone: a right
 * side with every component of the decision and every row after the equalities in it then has a solution.
 */
function isDetermined(
  { solution }: ConeSensitivity,
  { problem, places }: RobustCone,
  set: FeasibleSet,
  bounds: readonly BoundRow[],
): boolean {
  const { system } = solution;
  if (!system.singular) return true;
  const columns = problem.q.length;
  const right = new Float64Array(columns + problem.b.length);
  for (let i = 0; i < set.size; i++) right[i] = Math.sin(1 + 12.9898 * i);
  const rows = right.subarray(columns);
  for (let row = places.inequalities; row < rows.length; row++) rows[row] = Math.sin(2 + 78.233 * row);
  // The two bounds of a component that is fixed repeat each other, as equalities may.
  for (const { row, component } of bounds) if (set.lower[component] === set.upper[component]) rows[row] = 0;
  system.applyRoot(rows);
  return system.solveExactly(right) !== null;
}
