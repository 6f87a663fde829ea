import { createSample, fillSample, selectQuantile } from "../../risk/weighted-sample.ts";
import type { Reach } from "../implied-bounds.ts";
import type { ScenarioProgram } from "../scenario-program.ts";
import { createActiveSetSolver } from "./active-set-solver.ts";
import { createInteriorPoint } from "./interior-point.ts";
import type { InteriorProposal } from "./interior-point.ts";
import { createLineMinimum } from "./line-minimum.ts";
import { createPivots } from "./pivots/pivots.ts";
import type { RelativeInterior } from "./relative-interior.ts";

/** With fewer scenarios than this, solving with all of them is as fast. */
const TRIM_FROM = 100;
/** Scenarios solved with, in units of the largest tail's mass. */
const TAIL_SHARE = 2;
/** Above this share of the mass nothing is gained. */
const LARGEST_SHARE = 0.6;
/** Share of the scenarios, and least number, that a first guess is made with. */
const GUESS_SHARE = 1 / 8;
const GUESS_COUNT = 64;
const GUESS_GAP = 3e-2;
/** Solves with ever more scenarios before all are taken. */
const ROUNDS = 4;
/** Times that pivots go on with scenarios that they had left out. */
const PIVOT_ROUNDS = 6;
/** Objectives of numbers below this are too near the smallest that there are for products of them. */
const SMALLEST = 1e-200;
/** How far a start moves from the guess to the set's centre, so that it is well inside. */
const RETREAT = 0.2;

export interface StructuredSolver {
  /**
   * @param guess a decision near the optimum, where one is known
   * @param until when to stop with the best decision so far, on the clock of `performance.now()`
   */
  solve(guess: Float64Array | undefined, until?: number): InteriorProposal;
}

/**
 * A search along the line where the decision has one component and the risk is a mean (`createLineMinimum`); else pivots
 * where they take the program; where they do not, or end in no optimum, the interior-point method, with scenario
 * trimming where only the tail matters: for a loss with one piece the mean is linear in z, and a scenario below every t
 * at the optimum takes no part in it. The scenarios that are worst at a guess are solved with; if the others then lie
 * below every t, the answer is optimal for all (their multipliers are 0), and otherwise those that do not are added. The
 * guess is the neighbouring context's decision, or a rough solution with
 * every eighth scenario.
 */
export function createStructuredSolver(
  program: ScenarioProgram,
  set: RelativeInterior,
  reach: Reach,
): StructuredSolver {
  const { size: n, tails } = program;
  const interiorPoint = createInteriorPoint(program, set, reach);
  const pivots = createPivots(program, set);
  const activeSet = pivots === null ? null : createActiveSetSolver(program, set);
  const line = createLineMinimum(program, set);
  const start = new Float64Array(n);
  const tailMass = 1 - Math.min(...tails.map((tail) => tail.level));
  const trims = program.pieces === 1 && tails.length > 0 && TAIL_SHARE * tailMass <= LARGEST_SHARE;
  let losses = new Float64Array(0);
  let sample = createSample(0);

  function measureLosses(z: Float64Array): void {
    const { count, slopes, offsets } = program;
    for (let k = 0; k < count; k++) {
      let loss = offsets[k]!;
      for (let i = 0; i < n; i++) loss += slopes[k * n + i]! * z[i]!;
      losses[k] = loss;
    }
  }

  function startNear(z: Float64Array): Float64Array {
    for (let i = 0; i < n; i++) start[i] = (1 - RETREAT) * z[i]! + RETREAT * set.point[i]!;
    set.equalities.project(start);
    return start;
  }

  /** A rough decision from evenly spaced scenarios. */
  function guessDecision(until: number): Float64Array {
    const { count } = program;
    const wanted = Math.max(GUESS_COUNT, Math.ceil(count * GUESS_SHARE));
    const chosen = Int32Array.from({ length: wanted }, (_, k) => Math.floor((k * count) / wanted));
    return interiorPoint.solve({ chosen, targetGap: GUESS_GAP, rough: true, until }).z;
  }

  function solveTrimmed(guess: Float64Array, until: number): InteriorProposal | null {
    const { count, probabilities } = program;
    if (losses.length < count) {
      losses = new Float64Array(count);
      sample = createSample(count);
    }
    const isChosen = new Uint8Array(count);
    measureLosses(guess);
    fillSample(sample, losses.subarray(0, count), probabilities.subarray(0, count));
    let threshold = selectQuantile(sample, 1 - TAIL_SHARE * tailMass);
    let from = startNear(guess);
    let iterations = 0;
    for (let round = 0; round < ROUNDS; round++) {
      let added = 0;
      for (let k = 0; k < count; k++) {
        if (isChosen[k] === 1 || losses[k]! < threshold) continue;
        isChosen[k] = 1;
        added++;
      }
      if (round > 0 && added === 0) break;
      const chosen = Int32Array.from(listOf(isChosen));
      const proposal = interiorPoint.solve({ chosen, isChosen, from, until });
      iterations += proposal.iterations;
      if (proposal.status === "stopped") return { ...proposal, iterations };
      if (proposal.status !== "optimal") return null;
      if (proposal.complete) return { ...proposal, iterations };
      measureLosses(proposal.z);
      const lowest = Math.min(...interiorPoint.thresholds);
      const missed = proposal.missed || losses.some((loss, k) => k < count && isChosen[k] === 0 && loss > lowest);
      if (!missed) return { ...proposal, iterations };
      // Those just below t would be the next to be missed.
      fillSample(sample, losses.subarray(0, count), probabilities.subarray(0, count));
      threshold = Math.min(lowest, selectQuantile(sample, 1 - (TAIL_SHARE / 2) * tailMass));
      from = startNear(proposal.z);
    }
    return null;
  }

  /** By pivots from a decision; `null` where they lead to no optimum. */
  function solveByPivots(from: Float64Array, until: number): InteriorProposal | null {
    if (pivots === null || activeSet === null || program.magnitude < SMALLEST) return null;
    activeSet.reserve(program.count);
    let solved = pivots.solve(from, activeSet.guess, until);
    let completed = solved ? activeSet.complete() : null;
    for (let round = 0; solved && completed === null && round < PIVOT_ROUNDS; round++) {
      solved = pivots.resume(activeSet.guess, until);
      if (solved) completed = activeSet.complete();
    }
    if (completed === null || !completed.z.every(Number.isFinite)) return null;
    const { z, t: thresholds, multipliers } = completed;
    const { iterations } = pivots;
    return {
      status: "optimal",
      detail: "",
      z,
      thresholds,
      multipliers,
      bound: -Infinity,
      iterations,
      complete: true,
      missed: false,
    };
  }

  function solve(guess: Float64Array | undefined, until = Infinity): InteriorProposal {
    const usable = guess !== undefined && guess.length === n && isInside(set, guess) ? guess : undefined;
    const exact = line?.solve(usable?.[0] ?? Number.NaN) ?? null;
    if (exact !== null) return exact;
    const pivoted = solveByPivots(usable ?? set.point, until);
    if (pivoted !== null) return pivoted;
    if (trims && program.count >= TRIM_FROM) {
      const proposal = solveTrimmed(usable ?? guessDecision(until), until);
      if (proposal !== null) return proposal;
    }
    return interiorPoint.solve(usable === undefined ? { until } : { from: startNear(usable), until });
  }

  return { solve };
}

function listOf(flags: Uint8Array): number[] {
  const indices: number[] = [];
  for (let k = 0; k < flags.length; k++) if (flags[k] === 1) indices.push(k);
  return indices;
}

/** Whether a decision keeps the set's inequalities, so that moving it towards the centre makes it strictly inside. */
function isInside(set: RelativeInterior, z: Float64Array): boolean {
  const slack = 1e-9;
  for (let i = 0; i < z.length; i++) {
    const value = z[i]!;
    const margin = slack * (1 + Math.abs(value));
    if (!(value >= set.lower[i]! - margin && value <= set.upper[i]! + margin)) return false;
  }
  return set.rows.every((row, r) => {
    let activity = 0;
    let size = Math.abs(set.rowBounds[r]!);
    for (let i = 0; i < z.length; i++) {
      activity += row[i]! * z[i]!;
      size += Math.abs(row[i]! * z[i]!);
    }
    return activity <= set.rowBounds[r]! + slack * size;
  });
}
