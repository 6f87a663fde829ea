import { dualBound } from "../certificate.ts";
import type { Reach } from "../implied-bounds.ts";
import type { ScenarioProgram } from "../scenario-program.ts";
import { convexityConstants } from "../strong-convexity.ts";
import { isDiagonal } from "../structured/complement.ts";
import type { RelativeInterior } from "../structured/relative-interior.ts";
import { createStructuredSolver } from "../structured/structured-solver.ts";
import { slopeAt, type OutcomeSlopes } from "./outcome-slopes.ts";

/** A decision, with a lower bound on the minimum of the nominal risk plus `penalty·‖A z + e‖₂`. */
export interface NormProposal {
  readonly z: Float64Array;
  readonly bound: number;
  readonly residual: number;
}

/** Gap, relative to the objective's scale, at which the search for τ ends. */
const TARGET_GAP = 1e-9;
const MAX_SOLVES = 40;
/** Least τ, relative to the norms met: where the best decision leaves no slope at all, the norm is not smooth. */
const LEAST = 1e-9;

/**
 * `min F(z) + κ‖A z + e‖₂`, F the nominal risk, by `‖v‖ = min_{τ > 0} (‖v‖²/τ + τ) / 2`: for each τ the structured solver
 * minimises F plus a convex quadratic, and τ is the fixed point `τ = ‖v(z(τ))‖`, found by secants inside a bracket (the
 * minimum over z is convex in τ). For any g with `‖g‖ ≤ 1`, `‖v‖ ≥ g·v`, so the nominal problem's dual bound with the
 * linear term `κ g·(A z + e)` bounds the minimum from below; `g = v / max(τ, ‖v‖)` makes it tight.
 *
 * @param until when to end with the best decision so far, on the clock of `performance.now()`
 * @param evaluate the objective at a decision and its scale
 * @returns the best of the solves; `null` where the first of them has no answer
 */
export function solveWithNorm(
  nominal: ScenarioProgram,
  slopes: OutcomeSlopes,
  penalty: number,
  interior: RelativeInterior,
  reach: Reach,
  guess: Float64Array | undefined,
  until: number,
  evaluate: (z: Float64Array) => { readonly objective: number; readonly scale: number },
): NormProposal | null {
  const n = nominal.size;
  const d = slopes.constant.length;
  const { matrix, constant } = slopes;
  const gram = gramOf(slopes, n);
  const curvature = curvatureOf(gram, n);
  const pull = new Float64Array(n);
  let pullConstant = 0;
  for (let i = 0; i < d; i++) {
    pullConstant += constant[i]! * constant[i]!;
    for (let k = 0; k < n; k++) pull[k]! += matrix[i * n + k]! * constant[i]!;
  }
  const slope = new Float64Array(d);
  const quadratic = new Float64Array(n * n);

  function normAt(z: Float64Array): number {
    slopeAt(slopes, 0, z, slope);
    return Math.hypot(...slope);
  }

  /** The nominal program plus `κ/(2τ) ‖A z + e‖²`. */
  function smoothed(tau: number): ScenarioProgram {
    const factor = penalty / (2 * tau);
    for (let at = 0; at < n * n; at++) quadratic[at] = (nominal.quadratic?.[at] ?? 0) + factor * gram[at]!;
    return {
      ...nominal,
      quadratic,
      convexity: nominal.convexity.map((value, k) => value + factor * curvature[k]!),
      linear: nominal.linear.map((value, k) => value + 2 * factor * pull[k]!),
      constant: nominal.constant + factor * pullConstant,
    };
  }

  /** With the norm replaced by a linear function below it. */
  function below(tau: number): ScenarioProgram {
    const norm = Math.max(tau, normAtLast);
    const linear = nominal.linear.slice();
    let shift = 0;
    for (let i = 0; i < d; i++) {
      const g = (penalty * lastSlope[i]!) / norm;
      shift += g * constant[i]!;
      for (let k = 0; k < n; k++) linear[k]! += g * matrix[i * n + k]!;
    }
    return { ...nominal, linear, constant: nominal.constant + shift };
  }

  const lastSlope = new Float64Array(d);
  let normAtLast = 0;
  let largest = normAt(guess ?? interior.point);
  let tau = largest > 0 ? largest : 1;
  let low = 0;
  let high = Infinity;
  let previous: { readonly tau: number; readonly excess: number } | null = null;
  let best: { readonly proposal: NormProposal; readonly gap: number } | null = null;
  let start = guess;
  for (let solve = 0; solve < MAX_SOLVES; solve++) {
    const program = smoothed(tau);
    const proposal = createStructuredSolver(program, interior, reach).solve(start, until);
    if (!proposal.z.every(Number.isFinite) || proposal.multipliers === null) break;
    normAtLast = normAt(proposal.z);
    lastSlope.set(slope);
    largest = Math.max(largest, normAtLast);
    const bound = dualBound(below(tau), proposal.z, proposal.multipliers, reach);
    const { objective, scale } = evaluate(proposal.z);
    const gap = objective - bound.value;
    if (best === null || gap < best.gap) {
      best = {
        proposal: { z: proposal.z, bound: bound.value, residual: bound.residual },
        gap,
      };
    }
    if (gap <= TARGET_GAP * scale || performance.now() > until) break;
    start = proposal.z;
    const excess: number = normAtLast - tau;
    if (excess > 0) low = tau;
    else high = tau;
    let next: number = normAtLast;
    if (previous !== null && previous.excess !== excess) {
      next = tau - (excess * (tau - previous.tau)) / (excess - previous.excess);
    }
    previous = { tau, excess };
    if (!(next > low && next < high)) next = high === Infinity ? 2 * tau : low === 0 ? tau / 16 : Math.sqrt(low * high);
    if (next < LEAST * largest || Math.abs(next - tau) <= 1e-15 * tau) break;
    tau = next;
  }
  return best?.proposal ?? null;
}

/** `AᵀA`, n × n. */
function gramOf({ matrix, constant }: OutcomeSlopes, n: number): Float64Array {
  const gram = new Float64Array(n * n);
  for (let i = 0; i < constant.length; i++) {
    const used: number[] = [];
    for (let k = 0; k < n; k++) if (matrix[i * n + k] !== 0) used.push(k);
    for (const k of used) for (const l of used) gram[k * n + l]! += matrix[i * n + k]! * matrix[i * n + l]!;
  }
  return gram;
}

/** Most components for which the curvature of a quadratic with products is measured; O(n³). */
const MEASURED = 64;

/** Constants κ with `δᵀGδ ≥ Σ κ_i δ_i²`: zero is always one. */
function curvatureOf(gram: Float64Array, n: number): Float64Array {
  if (isDiagonal(gram, n)) return Float64Array.from({ length: n }, (_, i) => gram[i * (n + 1)]!);
  return n <= MEASURED ? convexityConstants(gram, n) : new Float64Array(n);
}
