import { RuntimeError } from "../../errors/runtime-error.ts";
import { deterministicRisk } from "../../risk/index.ts";
import type { AmbiguitySet, DecisionProblem } from "../../spec.ts";
import { decideCatalogue } from "../catalogue.ts";
import { goldenSection } from "../golden-section.ts";
import type { ScenarioSet } from "../types.ts";
import { NUMBERS_SHARE, type ScenarioProgram, type TailTerm } from "../scenario-program.ts";
import { worstDivergence, type WorstDivergence } from "./divergence.ts";
import { dualOf, normOf } from "./norms.ts";
import { ignoresOutcome, slopeAt, type OutcomeSlopes } from "./outcome-slopes.ts";

/** The CVaR terms in whose tail an outcome lies, and by how much its loss counts there. */
export interface Regime {
  /** `mean + Σ_{c in tail} weight_c / (1 − level_c)` */
  readonly factor: number;
  /** For each CVaR term, `weight_c / (1 − level_c)` in its tail, else 0. */
  readonly steepness: Float64Array;
}

/**
 * A conditional law in place of the scenarios' own: mass of scenario i enters the neighbourhood of the context at the cost
 * `costs[i]`, and what is moved in all, contexts and outcomes, may cost `budget` a unit of the joint law's mass.
 */
export interface ConditionalLaw {
  /** One a scenario of the program; negative for one that is inside. */
  readonly costs: Float64Array;
  /** ρ less what it would cost to bring every row that is inside out: the joint law's budget in the dual. */
  readonly budget: number;
  /** N: the program may hold fewer scenarios, those that can be worth their cost. */
  readonly rows: number;
  /** Least probability of the neighbourhood. */
  readonly probability: number;
}

/**
 * Scenarios that the program leaves out since one piece of theirs is known to be the largest, or is taken to be: what they
 * add to the expectation is linear, and never more than with all of their pieces.
 */
export interface SurePieces {
  /** Slopes in z, n, and in t, one a CVaR term. */
  readonly z: Float64Array;
  readonly t: Float64Array;
  /** Slope in what moving each piece adds: in `v_j` for order 2, in `r ν_j` for order infinity; J values. */
  readonly moved: Float64Array;
  readonly constant: number;
  /** Of a conditional law: slopes in λ, in units of `set.radius`, and η. */
  readonly lambda: number;
  readonly eta: number;
}

/** Pieces of the extended loss; more are refused. */
const MOST_PIECES = 256;

/**
 * The worst-case problem at one context,
 * `min_z deterministic(z) + min_t Σ_c weight_c t_c + sup_Q E_Q[Λ(z, t, s)]`, with the extended loss
 *
 * `Λ = mean·L + Σ_c weight_c / (1 − level_c) (L − t_c)⁺ = max over regimes R and pieces j of
 * factor_R (a_kj·z + b_kj) − Σ_c steepness_Rc t_c` at scenario k.
 *
 * Minimum and supremum may be exchanged: Λ is convex in t, the expectation linear in the law (Sion).
 */
export interface RobustProgram {
  /** With the radius at the context. */
  set: AmbiguitySet;
  /** d */
  readonly outcomes: number;
  /** The nominal problem, filled at the context. */
  readonly nominal: ScenarioProgram;
  readonly regimes: readonly Regime[];
  readonly tails: readonly TailTerm[];
  readonly mean: number;
  /** Of the nominal problem without the mean of a loss of one piece, which `nominal.linear` may hold. */
  readonly linear: Float64Array;
  readonly constant: number;
  /** Of a Wasserstein ball: how each piece depends on the outcome, filled at the context. */
  slopes: OutcomeSlopes | null;
  /** Indices of pieces whose slope in the outcome is not zero at every decision. */
  moving: readonly number[];
  /** Of a conditional law within a transport budget; order 2 alone. Its distances are in units of `set.radius`. */
  conditional: ConditionalLaw | null;
  /** Scenarios beside those of `nominal`; not of a divergence. */
  sure: SurePieces | null;
}

function malformed(what: string): RuntimeError {
  return new RuntimeError(decideCatalogue, "problem-malformed", { what });
}

/** @throws RuntimeError `problem-malformed` */
export function createRobustProgram(
  problem: DecisionProblem,
  set: AmbiguitySet,
  nominal: ScenarioProgram,
): RobustProgram {
  const { risk } = problem;
  if (!(set.radius >= 0 && set.radius < Infinity)) throw malformed(`the ambiguity set has the radius ${set.radius}`);
  const { tails } = nominal;
  const mean = risk.mean + risk.cvar.reduce((sum, { level, weight }) => sum + (level === 0 ? weight : 0), 0);
  let regimes: readonly Regime[] = [{ factor: mean, steepness: new Float64Array(tails.length) }];
  tails.forEach(({ weight, level }, c) => {
    const steep = weight / (1 - level);
    regimes = regimes.flatMap((regime) => {
      const steepness = regime.steepness.slice();
      steepness[c] = steep;
      return [regime, { factor: regime.factor + steep, steepness }];
    });
  });
  const pieces = regimes.length * nominal.pieces;
  if (pieces > MOST_PIECES) {
    throw malformed(
      `the loss and its CVaR terms have ${pieces} pieces together, and the worst case takes ${MOST_PIECES}`,
    );
  }
  const { linear, constant } = risk;
  const { outcome: outcomes } = problem.sizes;
  return {
    set,
    outcomes,
    nominal,
    regimes,
    tails,
    mean,
    linear: Float64Array.from(linear),
    constant,
    slopes: null,
    moving: [],
    conditional: null,
    sure: null,
  };
}

/** Takes the radius that the scenarios at hand bring with them, where the set is `widened`. */
export function setRadius(robust: RobustProgram, set: AmbiguitySet, { widening = 0 }: ScenarioSet): void {
  if (set.kind === "wasserstein" && set.widened === true) robust.set = { ...set, radius: set.radius + widening };
}

/** Takes the slopes in the outcome of the context that the nominal program is filled at. */
export function setSlopes(robust: RobustProgram, slopes: OutcomeSlopes): void {
  const { nominal, outcomes } = robust;
  robust.slopes = slopes;
  robust.moving = Array.from({ length: nominal.pieces }, (_, j) => j).filter(
    (j) => !ignoresOutcome(slopes, j, outcomes, nominal.size),
  );
}

/** `Λ` at the scenarios, K × R × J: every piece in every regime, before anything is moved. */
export function extendedPieces(robust: RobustProgram, z: Float64Array, t: Float64Array): Float64Array {
  const { nominal, regimes } = robust;
  const { count, pieces, size: n, slopes, offsets } = nominal;
  const values = new Float64Array(count * regimes.length * pieces);
  for (let k = 0; k < count; k++) {
    for (let j = 0; j < pieces; j++) {
      const base = (k * pieces + j) * n;
      let loss = offsets[k * pieces + j]!;
      for (let i = 0; i < n; i++) loss += slopes[base + i]! * z[i]!;
      for (let r = 0; r < regimes.length; r++) {
        const { factor, steepness } = regimes[r]!;
        let value = factor * loss;
        for (let c = 0; c < t.length; c++) value -= steepness[c]! * t[c]!;
        values[(k * regimes.length + r) * pieces + j] = value;
      }
    }
  }
  return values;
}

/** Dual norm of each piece's slope in the outcome at z, J values. */
export function slopeNorms(robust: RobustProgram, z: Float64Array): Float64Array {
  const norms = new Float64Array(robust.nominal.pieces);
  const { set, slopes, outcomes } = robust;
  if (set.kind === "kl" || slopes === null) return norms;
  const slope = new Float64Array(outcomes);
  for (let j = 0; j < norms.length; j++) {
    slopeAt(slopes, j, z, slope);
    norms[j] = normOf(dualOf(set.norm), slope);
  }
  return norms;
}

/** The worst-case risk at a decision for given t: an upper bound on the worst-case risk, equal to it at the best t. */
export interface RobustValue {
  readonly objective: number;
  /** Size of the terms that it sums. */
  readonly scale: number;
  /** The price of distance or divergence. */
  readonly multiplier: number;
  readonly divergence: WorstDivergence | null;
}

/** By direct evaluation; the price λ is found here, from `near` where one is known. */
export function evaluateRobust(
  robust: RobustProgram,
  problem: DecisionProblem,
  z: Float64Array,
  t: Float64Array,
  near: number,
): RobustValue {
  const { nominal, regimes, tails, set } = robust;
  const { count, pieces, probabilities } = nominal;
  const width = regimes.length * pieces;
  const values = extendedPieces(robust, z, t);
  const fixed = deterministicRisk(problem.risk, z);
  const shifts = tails.reduce((sum, { weight }, c) => sum + weight * t[c]!, 0);
  const used = probabilities.subarray(0, count);
  const finish = (worst: number, multiplier: number, divergence: WorstDivergence | null = null): RobustValue => ({
    objective: fixed + shifts + worst,
    scale: Math.abs(fixed - problem.risk.constant) + Math.abs(shifts + worst) + NUMBERS_SHARE * nominal.magnitude,
    multiplier,
    divergence,
  });
  const expected = (added: (index: number) => number): number => {
    let sum = 0;
    for (let k = 0; k < count; k++) {
      let largest = -Infinity;
      for (let p = 0; p < width; p++) largest = Math.max(largest, values[k * width + p]! + added(p));
      sum += used[k]! * largest;
    }
    return sum;
  };
  if (set.kind === "kl") {
    const epigraph = new Float64Array(count);
    for (let k = 0; k < count; k++) {
      epigraph[k] = values.subarray(k * width, (k + 1) * width).reduce((a, b) => Math.max(a, b), -Infinity);
    }
    const divergence = worstDivergence(epigraph, used, set.radius);
    return finish(divergence.value, divergence.multiplier, divergence);
  }
  const norms = slopeNorms(robust, z);
  const steepness = Float64Array.from({ length: width }, (_, p) => {
    return regimes[Math.floor(p / pieces)]!.factor * norms[p % pieces]!;
  });
  const steepest = steepness.reduce((a, b) => Math.max(a, b), 0);
  if (set.order === 1) return finish(set.radius * steepest + expected(() => 0), steepest);
  if (set.order === "infinity")
    return finish(
      expected((p) => set.radius * steepness[p]!),
      0,
    );
  if (steepest === 0)
    return finish(
      expected(() => 0),
      0,
    );
  const at = (log: number): number => {
    const lambda = Math.exp(log);
    return lambda * set.radius ** 2 + expected((p) => (steepness[p]! * steepness[p]!) / (4 * lambda));
  };
  // Between moving every outcome along the least steep and along the steepest piece lies λ = steepness / 2r.
  const highest = Math.log(steepest / (2 * set.radius));
  const start = near > 0 && Math.log(near) < highest ? Math.log(near) : highest;
  const log = minimise(at, start, highest);
  return finish(at(log), Math.exp(log));
}

/** The least of a convex function of log λ below `highest`: between bounds around `start`, moved outward while it falls. */
function minimise(at: (log: number) => number, start: number, highest: number): number {
  let low = start - 1e-3;
  let high = Math.min(highest, start + 1e-3);
  let width = 1e-3;
  while (at(low) <= at(low + width / 2) && width < 64) low -= width *= 2;
  width = 1e-3;
  while (high < highest && at(high) <= at(high - width / 2)) high = Math.min(highest, high + (width *= 2));
  return goldenSection(at, low, high, 1e-9);
}
