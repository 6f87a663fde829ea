import { RuntimeError } from "../errors/runtime-error.ts";
import { cvar, deterministicRisk } from "../risk/index.ts";
import type { DecisionProblem } from "../spec.ts";
import { decideCatalogue } from "./catalogue.ts";
import { checkProblem } from "./check-problem.ts";
import { impliedBounds } from "./implied-bounds.ts";
import { columnUnits } from "./linear-model.ts";
import { allFinite, lossRows, STRIP_ROWS } from "./loss-rows.ts";
import type { LossRows } from "./loss-rows.ts";
import { convexityConstants } from "./strong-convexity.ts";
import { affineValues, createEntries } from "./structured/dense.ts";
import { createTailValue } from "./tail-value.ts";
import type { ScenarioSet } from "./types.ts";

/** `weight · (t + E[(L − t)+] / (1 − level))` with its own t. */
export interface TailTerm {
  readonly weight: number;
  readonly level: number;
}

/**
 * The problem at one context, in the form that every solver reads:
 *
 * `min linear·z + zᵀQz + constant + meanWeight·E[L] + Σ_c weight_c·CVaR_c[L]`, `L_k = max_j a_kj·z + b_kj`.
 *
 * Where the loss has one piece it is affine in z, so its mean is already inside `linear` and `constant` and
 * `meanWeight` is 0. Scenarios of weight zero are left out. The arrays are reused from context to context and may be
 * longer than what `count` fills.
 */
export interface ScenarioProgram {
  /** n */
  readonly size: number;
  /** J, pieces of the loss. */
  readonly pieces: number;
  /** CVaR terms of positive weight and level. */
  readonly tails: readonly TailTerm[];
  readonly meanWeight: number;
  readonly quadratic: Float64Array | null;
  /** n constants κ with `δᵀQδ ≥ Σ κ_i δ_i²`. */
  readonly convexity: Float64Array;
  readonly linear: Float64Array;
  constant: number;
  /** Size of the numbers that the objective adds up, at decisions of the set's size. */
  magnitude: number;
  /** K */
  count: number;
  /** K × J × n */
  slopes: Float64Array;
  /** K × J */
  offsets: Float64Array;
  /** K, positive, summing to 1. */
  probabilities: Float64Array;
}

/** The risk at a decision, and the size of the terms that it sums: what a gap is small or large against. */
export interface Evaluation {
  readonly objective: number;
  readonly scale: number;
}

/**
 * Share of the numbers that the objective adds up, at decisions of the set's size, that counts towards its scale. Without
 * it an objective whose minimum is 0, such as the newsvendor's at one scenario, would have no scale and no gap could be
 * small.
 */
export const NUMBERS_SHARE = 1e-2;

/** Losses this near a guess of the value at risk, relative to it and to the losses' mean size, may be it. */
const NEAR = 1e-9;

/** Fills a scenario program at each context and evaluates the true risk of any decision there. */
export interface ProgramBuilder {
  readonly program: ScenarioProgram;
  /** @throws RuntimeError a `scenario-…`, `context-…` or `piece-…` code of `decideCatalogue` */
  fill(scenarios: ScenarioSet, context: Float64Array): void;
  /**
   * The risk at z by direct evaluation; `t` receives the value at risk of each CVaR term of the risk, in order.
   *
   * @param thresholds a guess of the value at risk of each of `program.tails`; only the time depends on it
   */
  evaluate(z: Float64Array, t: Float64Array, thresholds?: Float64Array | null): Evaluation;
}

/** @throws RuntimeError `problem-malformed`, `risk-level-out-of-range`, `risk-not-convex`, `quadratic-not-convex` */
export function createProgramBuilder(problem: DecisionProblem): ProgramBuilder {
  checkProblem(problem);
  const { risk } = problem;
  const { fill: fillPieces } = problem.pieces;
  const { context: contextSize, outcome: outcomeSize, decision: size } = problem.sizes;
  const pieces = problem.pieces.count;
  // CVaR at level 0 is the mean.
  const totalMean = risk.mean + sumOf(risk.cvar.map((term) => (term.level === 0 ? term.weight : 0)));
  const quadratic = risk.quadratic === null ? null : Float64Array.from(risk.quadratic);
  const program: ScenarioProgram = {
    size,
    pieces,
    tails: risk.cvar.filter((term) => term.weight > 0 && term.level > 0),
    meanWeight: pieces === 1 ? 0 : totalMean,
    quadratic,
    convexity: convexityConstants(quadratic, size),
    linear: new Float64Array(size),
    constant: 0,
    magnitude: 0,
    count: 0,
    slopes: new Float64Array(0),
    offsets: new Float64Array(0),
    probabilities: new Float64Array(0),
  };
  const riskWeight = risk.mean + sumOf(risk.cvar.map((term) => term.weight));
  const outcome = new Float64Array(outcomeSize);
  const pieceSlopes = new Float64Array(pieces * size);
  const pieceOffsets = new Float64Array(pieces);
  const units = decisionUnits(problem.feasible);
  const fixedNumbers = deterministicNumbers(problem.risk, units);
  /** Of a loss with one piece: mean of the slopes and of their sizes. */
  const meanSlopes = new Float64Array(size);
  const slopeSizes = new Float64Array(size);
  const entries = createEntries(size);
  const tailValue = createTailValue();
  /** Of a loss with one piece, for so many scenarios. */
  let rows: LossRows | null = null;
  let rowsFor = 0;
  let losses = new Float64Array(0);
  let pieceLosses = new Float64Array(0);

  function reserve(count: number): void {
    if (program.probabilities.length >= count) return;
    program.slopes = new Float64Array(count * pieces * size);
    program.offsets = new Float64Array(count * pieces);
    program.probabilities = new Float64Array(count);
    losses = new Float64Array(count);
    if (pieces > 1) pieceLosses = new Float64Array(count * pieces);
  }

  function fill(scenarios: ScenarioSet, context: Float64Array): void {
    const mass = checkSizesAndWeights(scenarios, context, outcomeSize, contextSize);
    if (pieces > 1) checkOutcomes(scenarios.outcomes, outcomeSize);
    reserve(scenarios.count);
    const { linear } = program;
    program.constant = risk.constant;
    for (let i = 0; i < size; i++) linear[i] = risk.linear[i]!;
    const lossNumbers = pieces === 1 ? fillOnePiece(scenarios, context, mass) : fillPiecewise(scenarios, context, mass);
    program.magnitude = fixedNumbers + riskWeight * lossNumbers;
  }

  /** Returns the size of the loss's numbers; the mean goes into the linear terms. */
  function fillOnePiece(scenarios: ScenarioSet, context: Float64Array, mass: number): number {
    const { slopes, offsets, probabilities, linear } = program;
    const { outcomes, weights } = scenarios;
    if (rows === null || scenarios.count !== rowsFor) {
      rows = lossRows(outcomeSize, size, scenarios.count);
      rowsFor = scenarios.count;
    }
    rows.clear();
    let count = 0;
    let meanOffset = 0;
    let offsetSize = 0;
    for (let from = 0; from < scenarios.count; from += STRIP_ROWS) {
      const to = Math.min(scenarios.count, from + STRIP_ROWS);
      const first = count;
      rows.outcomes.set(outcomes.subarray(from * outcomeSize, to * outcomeSize));
      if (!rows.areFinite(to - from)) throw outcomeError(outcomes, outcomeSize);
      for (let row = from; row < to; row++) {
        const weight = weights === undefined ? 1 : weights[row]!;
        if (weight === 0) continue;
        fillPieces(rows.outcome[row - from]!, context, rows.slope[count - first]!, pieceOffsets);
        const offset = pieceOffsets[0]!;
        const probability = weight / mass;
        offsets[count] = offset;
        meanOffset += probability * offset;
        offsetSize += probability * Math.abs(offset);
        rows.weights[count - first] = probability;
        probabilities[count++] = probability;
      }
      const filled = count - first;
      rows.addSums(filled);
      slopes.set(filled === STRIP_ROWS ? rows.slopes : rows.slopes.subarray(0, filled * size), first * size);
    }
    rows.readSums(meanSlopes, slopeSizes);
    program.count = count;
    let numbers = offsetSize;
    for (let i = 0; i < size; i++) numbers += slopeSizes[i]! * units[i]!;
    if (!(numbers < Infinity)) checkSizes(scenarios);
    if (totalMean > 0) {
      program.constant += totalMean * meanOffset;
      for (let i = 0; i < size; i++) linear[i]! += totalMean * meanSlopes[i]!;
    }
    return numbers;
  }

  /** @throws RuntimeError `piece-not-finite` at the first scenario whose numbers, at decisions of the set's size, are not */
  function checkSizes({ count, weights }: ScenarioSet): void {
    for (let row = 0, k = 0; row < count; row++) {
      if (weights !== undefined && weights[row] === 0) continue;
      const own = program.slopes.subarray(k * size, (k + 1) * size);
      let numbers = Math.abs(program.offsets[k]!);
      for (let i = 0; i < size; i++) numbers += Math.abs(own[i]!) * units[i]!;
      if (!(numbers < Infinity)) throw pieceError(row, 0, own, program.offsets.subarray(k, k + 1), size);
      k++;
    }
  }

  /** Returns the size of the loss's numbers. */
  function fillPiecewise(scenarios: ScenarioSet, context: Float64Array, mass: number): number {
    const { slopes, offsets, probabilities } = program;
    const { outcomes, weights } = scenarios;
    let count = 0;
    let lossNumbers = 0;
    for (let row = 0; row < scenarios.count; row++) {
      const weight = weights === undefined ? 1 : weights[row]!;
      if (weight === 0) continue;
      for (let i = 0; i < outcomeSize; i++) outcome[i] = outcomes[row * outcomeSize + i]!;
      fillPieces(outcome, context, pieceSlopes, pieceOffsets);
      const base = count * pieces;
      let largest = 0;
      for (let j = 0; j < pieces; j++) {
        let numbers = Math.abs(pieceOffsets[j]!);
        offsets[base + j] = pieceOffsets[j]!;
        for (let i = 0; i < size; i++) {
          const slope = pieceSlopes[j * size + i]!;
          slopes[(base + j) * size + i] = slope;
          numbers += Math.abs(slope) * units[i]!;
        }
        if (!(numbers < Infinity)) throw pieceError(row, j, pieceSlopes, pieceOffsets, size);
        largest = Math.max(largest, numbers);
      }
      lossNumbers += (weight / mass) * largest;
      probabilities[count++] = weight / mass;
    }
    program.count = count;
    return lossNumbers;
  }

  /** Losses at z; components that are 0 add nothing. */
  function measure(z: Float64Array): void {
    const { count, slopes, offsets } = program;
    const values = pieces === 1 ? losses : pieceLosses;
    affineValues(slopes, offsets, count * pieces, z, entries, values);
    if (pieces === 1) return;
    for (let k = 0; k < count; k++) {
      let loss = -Infinity;
      for (let j = 0; j < pieces; j++) loss = Math.max(loss, values[k * pieces + j]!);
      losses[k] = loss;
    }
  }

  function evaluate(z: Float64Array, t: Float64Array, thresholds: Float64Array | null = null): Evaluation {
    const { count, probabilities } = program;
    let mean = 0;
    let meanSize = 0;
    measure(z);
    for (let k = 0; k < count; k++) {
      const loss = losses[k]!;
      mean += probabilities[k]! * loss;
      meanSize += probabilities[k]! * Math.abs(loss);
    }
    const deterministic = deterministicRisk(risk, z);
    let objective = deterministic + risk.mean * mean;
    let scale = Math.abs(deterministic - risk.constant) + risk.mean * meanSize + NUMBERS_SHARE * program.magnitude;
    let tail = 0;
    for (let c = 0; c < risk.cvar.length; c++) {
      const term = risk.cvar[c]!;
      const guess = thresholds !== null && term.weight > 0 && term.level > 0 ? thresholds[tail++]! : NaN;
      // Losses that are not finite are an error of `cvar`.
      const { value, var: threshold } = !(Math.abs(guess) + meanSize < Infinity)
        ? cvar(losses.subarray(0, count), term.level, probabilities.subarray(0, count))
        : tailValue.measure(losses, probabilities, count, term.level, guess, NEAR * (Math.abs(guess) + meanSize));
      t[c] = threshold;
      objective += term.weight * value;
      scale += term.weight * Math.abs(value);
    }
    return { objective, scale };
  }

  return { program, fill, evaluate };
}

/** Size of each component in the set, 1 where nothing bounds it. */
function decisionUnits(set: DecisionProblem["feasible"]): Float64Array {
  return columnUnits({ ...set, ...impliedBounds(set), integer: [] });
}

function deterministicNumbers(risk: DecisionProblem["risk"], units: Float64Array): number {
  const n = units.length;
  let numbers = 0;
  for (let i = 0; i < n; i++) {
    numbers += Math.abs(risk.linear[i]!) * units[i]!;
    for (let j = 0; j < n && risk.quadratic !== null; j++) {
      numbers += Math.abs(risk.quadratic[i * n + j]!) * units[i]! * units[j]!;
    }
  }
  return numbers;
}

/**
 * Returns the total weight.
 *
 * @throws RuntimeError `scenario-…`, `context-not-finite`, `problem-malformed`
 */
export function checkInput(scenarios: ScenarioSet, context: Float64Array, d: number, p: number): number {
  const mass = checkSizesAndWeights(scenarios, context, d, p);
  checkOutcomes(scenarios.outcomes, d);
  return mass;
}

/** All of it but that outcomes are finite. */
function checkSizesAndWeights(scenarios: ScenarioSet, context: Float64Array, d: number, p: number): number {
  const { count, outcomes, weights } = scenarios;
  const wrong = (size: number, expected: number, actual: number) =>
    new RuntimeError(decideCatalogue, "scenario-count", { count, size, expected, actual });
  if (!(count >= 1) || outcomes.length !== count * d) throw wrong(d, Math.max(count, 1) * d, outcomes.length);
  if (weights !== undefined && weights.length !== count) throw wrong(1, count, weights.length);
  if (context.length !== p) {
    throw new RuntimeError(decideCatalogue, "problem-malformed", {
      what: `a context has ${p} values and ${context.length} were given`,
    });
  }
  for (let i = 0; i < p; i++) {
    const value = context[i]!;
    if (!Number.isFinite(value)) throw new RuntimeError(decideCatalogue, "context-not-finite", { component: i, value });
  }
  if (weights === undefined) return count;
  let mass = 0;
  for (let row = 0; row < count; row++) {
    const value = weights[row]!;
    if (!(value >= 0 && value < Infinity)) throw new RuntimeError(decideCatalogue, "scenario-weight", { row, value });
    mass += value;
  }
  if (mass === 0) throw new RuntimeError(decideCatalogue, "scenario-weights-zero", { count });
  if (mass === Infinity) throw new RuntimeError(decideCatalogue, "scenario-weight", { row: 0, value: mass });
  return mass;
}

function checkOutcomes(outcomes: Float64Array, d: number): void {
  if (!allFinite(outcomes)) throw outcomeError(outcomes, d);
}

function outcomeError(outcomes: Float64Array, d: number): Error {
  const at = outcomes.findIndex((outcome) => !Number.isFinite(outcome));
  const value = outcomes[at]!;
  return new RuntimeError(decideCatalogue, "scenario-not-finite", {
    row: Math.floor(at / d),
    component: at % d,
    value,
  });
}

function pieceError(row: number, piece: number, slopes: Float64Array, offsets: Float64Array, size: number): Error {
  const numbers = [...slopes.subarray(piece * size, (piece + 1) * size), offsets[piece]!];
  const value = numbers.find((number) => !Number.isFinite(number)) ?? Infinity;
  return new RuntimeError(decideCatalogue, "piece-not-finite", { piece, row, value });
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
