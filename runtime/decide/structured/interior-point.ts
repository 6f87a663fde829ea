import { largestDescent } from "../certificate.ts";
import type { Reach } from "../implied-bounds.ts";
import type { Proposal } from "../library-solver.ts";
import { unitsOf } from "../linear-model.ts";
import { NUMBERS_SHARE } from "../scenario-program.ts";
import type { ScenarioProgram } from "../scenario-program.ts";
import { createComplementNewton, isDiagonal } from "./complement.ts";
import { factorize, solveFactored } from "./dense.ts";
import { createActiveSetSolver } from "./active-set-solver.ts";
import { createEpigraphBlocks } from "./epigraph-blocks.ts";
import { createTailBlocks } from "./tail-blocks.ts";
import type { RelativeInterior } from "./relative-interior.ts";
import { createSetBarrier } from "./set-barrier.ts";

const MAX_ITERATIONS = 60;
/** Estimated gap, relative to the objective's size, at which the certificate is drawn up. */
const TARGET_GAP = 1e-9;
/** Complementarity below which rounding in the multipliers undoes what further iterations gain. */
const NOISE_GAP = 1e-12;
/** Share of the way to the boundary that a step goes. */
const STEP_SHARE = 0.995;
/** Pull towards the start, in units of the barrier, on components that nothing bounds. */
const ANCHOR = 1e-2;
/** Complementarity at the start, in units of what the objective can change by. */
const START_GAP = 0.3;
/** Complementarity, relative to the objective's size, from which the active set is worth guessing, and how much closer next. */
const GUESS_GAP = 3e-3;
const NEXT_GUESS = 0.1;
const SHORTEST_STEP = 1e-8;
/** Changes of the objective near the smallest numbers that there are. */
const NOTHING_TO_GAIN = 1e-250;

/** Where and how far to run; everything has a default. */
export interface SolveOptions {
  /** Strictly inside the set and on its equalities. */
  readonly from?: Float64Array;
  /** Complementarity at the start, in units of what the objective can change by. */
  readonly startGap?: number;
  /** Estimated gap, relative to the objective's size, to stop at. */
  readonly targetGap?: number;
  /** Scenarios to solve with; all others are taken to lie below every tail. Only for losses with one piece. */
  readonly chosen?: Int32Array | null;
  /** 1 for the scenarios chosen, 0 for the others. With it the solve ends early where others are found to matter. */
  readonly isChosen?: Uint8Array;
  /** No more than the target gap is wanted. */
  readonly rough?: boolean;
  /** When to stop with the best decision so far, on the clock of `performance.now()`. */
  readonly until?: number;
}

export interface InteriorPoint {
  solve(options?: SolveOptions): InteriorProposal;
  /** t of each CVaR term at the last solution, a number between the values at risk of optimal decisions. */
  readonly thresholds: Float64Array;
}

export type InteriorProposal = Proposal & {
  readonly iterations: number;
  /** Whether the active set was completed over every scenario, those not chosen among them. */
  readonly complete: boolean;
  /** Ended early: at z the active set of the chosen scenarios is right, and others lie above t. */
  readonly missed: boolean;
  /** t of each CVaR term, where it is at hand. */
  readonly thresholds?: Float64Array;
};

/**
 * Primal–dual interior-point method with Mehrotra's predictor and corrector (Mehrotra 1992; Wright 1997, ch. 10) for the
 * scenario program over a set with a relative interior. It starts feasible and stays so; what it drives to zero are the
 * complementarity products and the gradient's part along the set.
 *
 * One iteration costs two products with the K·J × n slopes to build the Newton matrix, four more to apply it, and a
 * dense Cholesky factorisation of order n + m − r (r equalities): O(K J n²) in all. Equalities are eliminated by
 * orthogonal coordinates, so they hold to rounding throughout.
 *
 * Components that neither a bound nor the rows reach are held by `ANCHOR·mu·(z − start)²/unit²`. It fades with the
 * barrier, so it does not move the answer; without it a flat direction would run to infinity along the central path.
 */
export function createInteriorPoint(program: ScenarioProgram, set: RelativeInterior, reach: Reach): InteriorPoint {
  const { size: n, tails, quadratic } = program;
  const m = tails.length;
  const order = n + m;
  const { rank } = set.equalities;
  const free = order - rank;
  const blocks = program.pieces === 1 ? createTailBlocks(program) : createEpigraphBlocks(program);
  const barrier = createSetBarrier(set);
  const z = new Float64Array(n);
  const t = new Float64Array(m);
  const activeSet = blocks.guessActive === null ? null : createActiveSetSolver(program, set);
  const separable = isDiagonal(quadratic, n);
  const complement = createComplementNewton(program, set);
  const diagonal = new Float64Array(n);
  const rowWeights = new Float64Array(set.rows.length);
  const h = new Float64Array(order * order);
  const reduced = new Float64Array(order * order);
  const gradient = new Float64Array(order);
  const right = new Float64Array(order);
  const residual = new Float64Array(order);
  const step = new Float64Array(order);
  const unreached = Array.from({ length: n }, (_, i) => i).filter(
    (i) => reach.lower[i] === -Infinity || reach.upper[i] === Infinity,
  );
  /** How far each component can move; for those that nothing bounds, estimated from each program. */
  const unit = reach.upper.map((upper, i) => upper - reach.lower[i]!);

  /** Smooth part: gradient `c + 2Qz` and t's weights; the right side starts as its negative. Returns `|c·z| + zᵀQz`. */
  function startGradient(): number {
    let linearSize = 0;
    let quadraticSize = 0;
    for (let i = 0; i < n; i++) {
      let curvature = 0;
      if (separable) curvature = quadratic === null ? 0 : quadratic[i * (n + 1)]! * z[i]!;
      else if (quadratic !== null) for (let j = 0; j < n; j++) curvature += quadratic[i * n + j]! * z[j]!;
      gradient[i] = program.linear[i]! + 2 * curvature;
      linearSize += program.linear[i]! * z[i]!;
      quadraticSize += curvature * z[i]!;
    }
    let tailSize = 0;
    for (let c = 0; c < m; c++) {
      gradient[n + c] = tails[c]!.weight;
      tailSize += tails[c]!.weight * Math.abs(t[c]!);
    }
    for (let i = 0; i < order; i++) right[i] = -gradient[i]!;
    return Math.abs(linearSize) + quadraticSize + tailSize;
  }

  function startMatrix(mu: number, apart: boolean): void {
    if (apart) {
      for (let i = 0; i < n; i++) diagonal[i] = quadratic === null ? 0 : 2 * quadratic[i * (n + 1)]!;
    } else h.fill(0);
    if (quadratic !== null && !apart) {
      for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) h[i * order + j] = 2 * quadratic[i * n + j]!;
    }
    for (const i of unreached) {
      const pull = (2 * ANCHOR * mu) / (unit[i]! * unit[i]!);
      if (apart) diagonal[i]! += pull;
      else h[i * (order + 1)]! += pull;
      right[i]! -= pull * (z[i]! - set.point[i]!);
    }
  }

  function factor(): void {
    if (rank === 0) {
      reduced.set(h);
    } else {
      for (let i = 0; i < order; i++) for (let j = 0; j < i; j++) h[j * order + i] = h[i * order + j]!;
      set.equalities.rotateMatrix(h, order);
      for (let i = 0; i < free; i++) {
        for (let j = 0; j <= i; j++) reduced[i * order + j] = h[(i + rank) * order + j + rank]!;
      }
    }
    factorize(reduced, free, order);
  }

  /** `step` from `right`, within the equalities. */
  function solveNewton(apart: boolean): void {
    if (apart) {
      complement.solve(right, step);
      // What rounding left across the equalities.
      set.equalities.rotate(step);
      step.fill(0, 0, rank);
      set.equalities.rotateBack(step);
      blocks.direct(step);
      barrier.direct(step);
      return;
    }
    step.set(right);
    set.equalities.rotate(step);
    if (rank > 0) step.copyWithin(0, rank);
    solveFactored(reduced, free, order, step);
    if (rank > 0) {
      step.copyWithin(rank, 0, free);
      step.fill(0, 0, rank);
    }
    set.equalities.rotateBack(step);
    blocks.direct(step);
    barrier.direct(step);
  }

  /** Splits the gradient into its part along the set, which must vanish, and `force = Eᵀν`, which the rows balance. */
  function splitGradient(): void {
    residual.set(gradient);
    set.equalities.rotate(residual);
    residual.fill(0, 0, rank);
    set.equalities.rotateBack(residual);
  }

  /** What the residual can cost the certificate. A residual in t scales the tail's multipliers. */
  function residualCharge(tailSize: number): number {
    let charge = 0;
    for (let i = 0; i < n; i++) {
      if (residual[i] === 0) continue;
      charge += largestDescent(residual[i]!, z[i]!, reach.lower[i]!, reach.upper[i]!, program.convexity[i]!);
    }
    for (let c = 0; c < m; c++) charge += (Math.abs(residual[n + c]!) / tails[c]!.weight) * tailSize;
    return charge;
  }

  function propose(status: Proposal["status"], detail: string, iterations: number): InteriorProposal {
    const rowForce = new Float64Array(n);
    const rowSlack = barrier.rowForce(rowForce);
    for (let i = 0; i < n; i++) {
      rowForce[i]! -= gradient[i]! - residual[i]!;
      z[i] = Math.min(Math.max(z[i]!, set.lower[i]!), set.upper[i]!);
    }
    const multipliers = { blocks: blocks.multipliers(), rowForce, rowSlack };
    return { status, detail, z: z.slice(), multipliers, bound: -Infinity, iterations, complete: false, missed: false };
  }

  /** Jumps from the central path to the optimum where the active set can be told from here. */
  function complete(gain: number, iterations: number, chosen: Uint8Array | null): InteriorProposal | null {
    if (activeSet === null || blocks.guessActive === null) return null;
    activeSet.reserve(program.count);
    blocks.guessActive(activeSet.guess);
    barrier.guessActive(activeSet.guess, gain, unit);
    const completed = activeSet.complete(chosen);
    const { missed } = activeSet;
    const found = completed ?? missed;
    if (found === null) return null;
    t.set(found.t);
    return {
      status: "optimal",
      detail: "",
      z: found.z,
      multipliers: completed?.multipliers ?? null,
      bound: -Infinity,
      iterations,
      complete: completed !== null,
      missed: completed === null,
    };
  }

  function solve(options: SolveOptions = {}): InteriorProposal {
    const { startGap = START_GAP, targetGap = TARGET_GAP, until = Infinity } = options;
    z.set(options.from ?? set.point);
    if (unreached.length > 0) {
      const { decision } = unitsOf(program, { lower: reach.lower, upper: reach.upper, integer: [] });
      for (const i of unreached) unit[i] = decision[i]!;
    }
    const spread = blocks.load(program, z, t, options.chosen ?? null);
    startGradient();
    splitGradient();
    const pairs = blocks.pairs() + barrier.pairs();
    const floor = NUMBERS_SHARE * program.magnitude;
    let start = Math.max(spread, floor);
    for (let i = 0; i < n; i++) start += Math.abs(residual[i]!) * unit[i]!;
    if (start < NOTHING_TO_GAIN) {
      barrier.centre(z, 0);
      return propose("optimal", "every decision is as good", 0);
    }
    blocks.centre(t, (startGap * start) / pairs);
    barrier.centre(z, (startGap * start) / pairs);
    let guessAt = unreached.length > 0 || options.rough === true ? 0 : GUESS_GAP;
    const rows = blocks.rows === null ? null : blocks.rows();
    let apart = rows !== null && complement.suits(rows.count);
    if (rows !== null && apart) complement.load(rows);
    for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
      const gap = blocks.complementarity() + barrier.complementarity();
      const mu = pairs === 0 ? 0 : gap / pairs;
      const coreSize = startGradient();
      startMatrix(mu, apart);
      blocks.accumulate(apart ? null : h, gradient, right);
      if (apart) barrier.accumulateDiagonal(diagonal, rowWeights, gradient);
      else barrier.accumulate(h, order, gradient);
      splitGradient();
      const size = blocks.size() + coreSize + floor;
      if (gap + residualCharge(size) <= targetGap * size || (iteration > 0 && gap <= NOISE_GAP * size)) {
        return propose("optimal", "", iteration);
      }
      if (until < Infinity && performance.now() > until) return propose("stopped", "the time limit struck", iteration);
      if (rows === null || !apart) factor();
      else complement.factor(diagonal, rows, rowWeights);
      blocks.clearCorrection();
      barrier.clearCorrection();
      solveNewton(apart);
      if (gap <= guessAt * size) {
        const completed = complete(start, iteration, options.isChosen ?? null);
        if (completed !== null) return completed;
        guessAt = NEXT_GUESS * (gap / size);
      }
      const primal = barrier.longestSlackStep(blocks.longestSlackStep(1));
      const dual = barrier.longestLambdaStep(blocks.longestLambdaStep(1));
      const [first, second] = quadratic === null ? [primal, dual] : [Math.min(primal, dual), Math.min(primal, dual)];
      const after = blocks.complementarityAfter(first, second) + barrier.complementarityAfter(first, second);
      const centring = gap === 0 ? 0 : (after / gap) ** 3;
      blocks.correct(centring * mu, right);
      barrier.correct(centring * mu, right);
      solveNewton(apart);
      let slackStep = Math.min(1, STEP_SHARE * barrier.longestSlackStep(blocks.longestSlackStep(1 / STEP_SHARE)));
      let lambdaStep = Math.min(1, STEP_SHARE * barrier.longestLambdaStep(blocks.longestLambdaStep(1 / STEP_SHARE)));
      if (quadratic !== null) slackStep = lambdaStep = Math.min(slackStep, lambdaStep);
      if (!(slackStep > SHORTEST_STEP && lambdaStep > SHORTEST_STEP)) {
        if (!apart) return propose("failed", "no progress", iteration);
        // The complement has lost too many digits this near the boundary; the whole matrix keeps more.
        apart = false;
        continue;
      }
      blocks.move(slackStep, lambdaStep);
      barrier.move(slackStep, lambdaStep);
      for (let i = 0; i < n; i++) z[i]! += slackStep * step[i]!;
      for (let c = 0; c < m; c++) t[c]! += slackStep * step[n + c]!;
    }
    return propose("failed", "too many iterations", MAX_ITERATIONS);
  }

  return { solve, thresholds: t };
}
