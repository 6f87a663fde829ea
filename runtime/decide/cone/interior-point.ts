import { addProduct, addSymmetricProduct, addTransposedProduct } from "../sparse/matrix.ts";
import type { ConeBlock, ScalingStrategy } from "./cones/cone-block.ts";
import type { Numbers } from "./equilibrate.ts";
import type { KktSystem } from "./kkt.ts";
import { dot } from "../dot.ts";
import { createJudge } from "./termination.ts";
import type { Accuracy } from "./termination.ts";

/** Share of the way to the boundary that a step goes. */
const STEP_SHARE = 0.99;
/** Pairs of exponential cones must stay this well centred (Dahl and Andersen 2022, eq. 32). */
const LEAST_CENTRALITY = 1e-6;
/** A step below this makes the method change to the safer scaling, or end. */
const SHORT_STEP = 1e-3;
const SHORTEST_STEP = 1e-8;
/** What counts as solved where rounding allows no more. */
const ACCEPTABLE = 1e-6;
const CERTIFIED = 1e-7;
/** A certificate must rule out points of the problem's typical size; failing that, of what it weighs itself. */
const UNIT = 1;
const ROUGH = 1e-2;

/**
 * Ways to solve the KKT system, in the order in which they are tried: refined to the exact system, or as the regularised
 * system, which is that of a proximal step and errs by ε times the step. Where equalities depend on each other only that
 * one has a solution for every right side. A larger ε withstands more rounding. `residual` is what counts as solved,
 * relative to the right side; a rough direction is taken only where the point is not acceptable yet.
 */
const ATTEMPTS = [
  { regularisation: 1e-8, exact: true, residual: 1e-6 },
  { regularisation: 1e-8, exact: false, residual: 1e-6 },
  { regularisation: 1e-6, exact: true, residual: 1e-6 },
  { regularisation: 1e-6, exact: false, residual: 1e-6 },
  { regularisation: 1e-4, exact: false, residual: 1e-6 },
  { regularisation: 1e-8, exact: true, residual: ROUGH },
] as const;

/** Iterations without a better point after which no better one is to be expected. */
const PATIENCE = 25;

interface Limits {
  readonly tolerance: number;
  readonly maxIterations: number;
  /** On the clock of `performance.now()`. */
  readonly until: number;
}

export interface InteriorPointResult {
  readonly status: "optimal" | "infeasible" | "unbounded" | "inaccurate";
  /** The point, or the certificate; of the scaled problem. */
  readonly x: Float64Array;
  readonly s: Float64Array;
  readonly z: Float64Array;
  readonly iterations: number;
}

/**
 * Primal–dual interior-point method on the homogeneous embedding of Goulart and Chen (2024):
 *
 * `Px + Aᵀz + qτ = 0`, `Ax + s − bτ = 0`, `κ + qᵀx + bᵀz + xᵀPx/τ = 0`, `(s, z, τ, κ) ∈ K × K* × R₊ × R₊`.
 *
 * It has a solution always: with τ > 0 the point `(x, s, z)/τ` is optimal, with κ > 0 either z proves infeasibility or x
 * unboundedness. Each iteration factorises the KKT matrix once and solves with it three times: for the right side
 * `(−q, b)`, for Mehrotra's predictor, and for the corrector. Scalings are the cones' (`ConeBlock`).
 */
export function runInteriorPoint(
  numbers: Numbers,
  blocks: readonly ConeBlock[],
  kkt: KktSystem,
  { tolerance, maxIterations, until }: Limits,
): InteriorPointResult {
  const { p, q, a, b } = numbers;
  const n = q.length;
  const m = b.length;
  const degree = blocks.reduce((total, block) => total + block.degree, 0) + 1;
  const judge = createJudge(numbers);
  const x = new Float64Array(n);
  const s = new Float64Array(m);
  const z = new Float64Array(m);
  const px = new Float64Array(n);
  const dx = new Float64Array(n);
  const ds = new Float64Array(m);
  const dz = new Float64Array(m);
  const shift = new Float64Array(m);
  const dualResidual = new Float64Array(n);
  const primalResidual = new Float64Array(m);
  /** Solution for `(−q, b)`. */
  const constant = new Float64Array(n + m);
  const constantX = constant.subarray(0, n);
  const constantZ = constant.subarray(n);
  const pConstant = new Float64Array(n);
  const solution = new Float64Array(n + m);
  const scaled = new Float64Array(m);
  const between = new Float64Array(n);
  let tau = 1;
  let kappa = 1;
  let dTau = 0;
  let dKappa = 0;
  let gapResidual = 0;
  /** Of the current iteration, in `ATTEMPTS`. */
  let attempt = 0;

  function finish(status: InteriorPointResult["status"], iterations: number): InteriorPointResult {
    const by = status === "optimal" || status === "inaccurate" ? tau : 1;
    return { status, x: x.map((v) => v / by), s: s.map((v) => v / by), z: z.map((v) => v / by), iterations };
  }

  /** Without exponential cones: the least-squares point of the equations, moved inside the cones. */
  function start(): void {
    for (const block of blocks) block.setUnit(s, z);
    if (!blocks.every((block) => block.symmetric)) return;
    for (const block of blocks) block.setIdentity();
    if (!ATTEMPTS.some(({ regularisation, residual }) => kkt.factor(regularisation) && startFrom(residual))) return;
    for (const block of blocks) if (block.degree === 0) s.fill(0, block.offset, block.offset + block.size);
    for (const v of [s, z]) {
      let margin = Infinity;
      for (const block of blocks) margin = Math.min(margin, block.margin(v));
      if (margin < 1) for (const block of blocks) block.addUnit(v, 1 - margin);
    }
  }

  /** `[P Aᵀ; A −I] [x; z] = [−q; b]` with s = −z; without P for x and s, and for z, on their own. */
  function startFrom(residual: number): boolean {
    const first = solution;
    first.set(b, n);
    for (let j = 0; j < n; j++) first[j] = p === null ? 0 : -q[j]!;
    if (!(kkt.solve(first, true) <= residual)) return false;
    const second = new Float64Array(n + m);
    for (let j = 0; j < n; j++) second[j] = -q[j]!;
    if (p === null && !(kkt.solve(second, true) <= residual)) return false;
    x.set(first.subarray(0, n));
    z.set((p === null ? second : first).subarray(n));
    for (let i = 0; i < m; i++) s[i] = -first[n + i]!;
    return true;
  }

  function updateResiduals(): void {
    px.fill(0);
    if (p !== null) addSymmetricProduct(p, x, 1, px);
    for (let j = 0; j < n; j++) dualResidual[j] = px[j]! + q[j]! * tau;
    addTransposedProduct(a, z, 1, dualResidual);
    for (let i = 0; i < m; i++) primalResidual[i] = s[i]! - b[i]! * tau;
    addProduct(a, x, 1, primalResidual);
    gapResidual = kappa + dot(q, x) + dot(b, z) + dot(px, x) / tau;
  }

  /**
   * Factorises and solves for the constant right side, at the attempt that is due or a later one. Attempts end where
   * none solves the system.
   */
  function solveConstant(): boolean {
    for (; attempt < ATTEMPTS.length; attempt++) {
      const { regularisation, exact, residual } = ATTEMPTS[attempt]!;
      if (residual === ROUGH && best !== undefined && best.error <= ACCEPTABLE) return false;
      const factored = ATTEMPTS[attempt - 1]?.regularisation === regularisation || kkt.factor(regularisation);
      if (!factored) return false;
      for (let j = 0; j < n; j++) constant[j] = -q[j]!;
      constant.set(b, n);
      if (!(kkt.solve(constant, !exact) <= residual)) continue;
      pConstant.fill(0);
      if (p !== null) addSymmetricProduct(p, constantX, 1, pConstant);
      return true;
    }
    return false;
  }

  /**
   * The step for residuals times `keep`, `Δs = −(HΔz + shift)` and `κΔτ + τΔκ = −complement`. Goulart and Chen (2024),
   * eqs. (26)–(28).
   */
  function solveStep(keep: number, complement: number): boolean {
    for (let j = 0; j < n; j++) solution[j] = -keep * dualResidual[j]!;
    for (let i = 0; i < m; i++) solution[n + i] = shift[i]! - keep * primalResidual[i]!;
    const { exact, residual } = ATTEMPTS[attempt]!;
    if (!(kkt.solve(solution, !exact) <= residual)) {
      // Both right sides must be solved in the same way.
      attempt++;
      return solveConstant() && solveStep(keep, complement);
    }
    const stepX = solution.subarray(0, n);
    const stepZ = solution.subarray(n);
    for (let j = 0; j < n; j++) between[j] = x[j]! / tau - constantX[j]!;
    let distance = 0;
    if (p !== null) {
      pointProduct.fill(0);
      addSymmetricProduct(p, between, 1, pointProduct);
      distance = dot(pointProduct, between);
    }
    const numerator =
      -keep * gapResidual + complement / tau - dot(q, stepX) - dot(b, stepZ) - (2 * dot(px, stepX)) / tau;
    // −‖Δz₂‖²_H − ‖x/τ − Δx₂‖²_P − κ/τ, without cancellation in the second term.
    const denominator = dot(q, constantX) + dot(b, constantZ) + dot(pConstant, constantX) - distance - kappa / tau;
    dTau = numerator / denominator;
    dKappa = -(complement + kappa * dTau) / tau;
    for (let j = 0; j < n; j++) dx[j] = stepX[j]! + dTau * constantX[j]!;
    for (let i = 0; i < m; i++) dz[i] = stepZ[i]! + dTau * constantZ[i]!;
    for (const block of blocks) block.applyScaling(dz, scaled);
    for (let i = 0; i < m; i++) ds[i] = -(scaled[i]! + shift[i]!);
    return Number.isFinite(dTau) && dx.every(Number.isFinite) && dz.every(Number.isFinite);
  }
  const pointProduct = new Float64Array(n);

  function longestStep(): number {
    let step = 1 / STEP_SHARE;
    if (dTau < 0) step = Math.min(step, -tau / dTau);
    if (dKappa < 0) step = Math.min(step, -kappa / dKappa);
    for (const block of blocks) if (block.symmetric) step = block.longestStep(s, z, ds, dz, step);
    for (const block of blocks) if (!block.symmetric) step = block.longestStep(s, z, ds, dz, step);
    return step;
  }

  const nextS = new Float64Array(m);
  const nextZ = new Float64Array(m);
  /** Shortens a step until the exponential cones' pairs stay well centred. */
  function keepCentred(longest: number): number {
    const asymmetric = blocks.filter((block) => !block.symmetric);
    if (asymmetric.length === 0) return longest;
    for (let step = longest; step > SHORTEST_STEP; step *= 0.8) {
      for (let i = 0; i < m; i++) {
        nextS[i] = s[i]! + step * ds[i]!;
        nextZ[i] = z[i]! + step * dz[i]!;
      }
      const mu = (dot(nextS, nextZ) + (tau + step * dTau) * (kappa + step * dKappa)) / degree;
      if (asymmetric.every((block) => block.centrality(nextS, nextZ, mu) > LEAST_CENTRALITY)) return step;
    }
    return 0;
  }

  let strategy: ScalingStrategy = "primal-dual";
  let best: { readonly error: number; readonly result: InteriorPointResult } | undefined;
  let stale = 0;

  function giveUp(iterations: number): InteriorPointResult {
    for (const least of [UNIT, 0]) {
      if (judge.infeasibilityOf(z, least) <= CERTIFIED) return finish("infeasible", iterations);
      if (judge.unboundednessOf(x, s, least) <= CERTIFIED) return finish("unbounded", iterations);
      if (best !== undefined && best.error <= ACCEPTABLE) return { ...best.result, status: "optimal", iterations };
    }
    return best === undefined ? finish("inaccurate", iterations) : { ...best.result, iterations };
  }

  /** Whether there is an answer that would do, so that it is not worth going on where nothing gets better. */
  function hasAnswer(): boolean {
    if (best !== undefined && best.error <= ACCEPTABLE) return true;
    return Math.min(judge.infeasibilityOf(z, 0), judge.unboundednessOf(x, s, 0)) <= tolerance;
  }

  start();
  for (let iteration = 0; ; iteration++) {
    updateResiduals();
    const mu = (dot(s, z) + tau * kappa) / degree;
    const error = errorOf(judge.accuracyOf(x, s, z, tau));
    if (error <= tolerance) return finish("optimal", iteration);
    if (judge.infeasibilityOf(z, UNIT) <= tolerance) return finish("infeasible", iteration);
    if (judge.unboundednessOf(x, s, UNIT) <= tolerance) return finish("unbounded", iteration);
    if (best === undefined || error < best.error) {
      best = { error, result: finish("inaccurate", iteration) };
      stale = 0;
    } else if (++stale > PATIENCE && hasAnswer()) return giveUp(iteration);
    if (iteration >= maxIterations || !(mu > 0) || performance.now() > until) return giveUp(iteration);

    const scaling = strategy;
    attempt = 0;
    if (!blocks.every((block) => block.updateScaling(s, z, mu, scaling)) || !solveConstant()) {
      return giveUp(iteration);
    }
    for (const block of blocks) block.affineShift(s, shift);
    if (!solveStep(1, tau * kappa)) return giveUp(iteration);
    const predicted = Math.min(1, longestStep());
    const centring = (1 - predicted) ** 3;
    // A badly centred start makes the first correction unreliable.
    const weight = iteration === 0 ? predicted : 1;
    const complement = tau * kappa + weight * dTau * dKappa - centring * mu;
    for (const block of blocks) block.combinedShift(s, z, ds, dz, centring * mu, weight, shift);
    if (!solveStep(1 - centring, complement)) return giveUp(iteration);
    const step = Math.min(1, STEP_SHARE * keepCentred(longestStep()));
    if (step < SHORT_STEP) {
      if (strategy === "primal-dual" && blocks.some((block) => !block.symmetric)) {
        strategy = "dual";
        continue;
      }
      if (step < SHORTEST_STEP) return giveUp(iteration);
    }
    for (let j = 0; j < n; j++) x[j]! += step * dx[j]!;
    for (let i = 0; i < m; i++) {
      s[i]! += step * ds[i]!;
      z[i]! += step * dz[i]!;
    }
    tau += step * dTau;
    kappa += step * dKappa;
    rescale();
  }

  /** The embedding is homogeneous: keeps its numbers from vanishing where τ and κ both do. */
  function rescale(): void {
    const factor = 1 / Math.max(tau, kappa);
    if (factor > 1e-3 && factor < 1e3) return;
    for (const v of [x, s, z]) for (let i = 0; i < v.length; i++) v[i]! *= factor;
    tau *= factor;
    kappa *= factor;
  }
}

function errorOf({ primal, dual, gap }: Accuracy): number {
  const error = Math.max(primal, dual, gap);
  return Number.isNaN(error) ? Infinity : error;
}
