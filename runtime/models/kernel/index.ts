import type { KernelSpec } from "../../spec.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { columnScales, normalisedWeights, standardised } from "../mixture/standardise.ts";
import type { TrainingSet } from "../sampler.ts";
import { checkTrainingSet } from "../training-set.ts";

type Sizes = { readonly context: number; readonly outcome: number };

/** Weights of the training outcomes at a context: a law on the observed outcomes themselves, without sampling noise. */
export interface OutcomeWeighting {
  /**
   * @param context p values
   * @returns n weights that add up to 1
   */
  weights(context: Float64Array): Float64Array;
}

/** How one bandwidth did. */
export interface BandwidthCandidate {
  readonly bandwidth: number;
  /** Mean squared error of the outcomes' kernel regression on rows left out, relative to the outcomes' variance. */
  readonly score: number;
}

export interface FittedKernel extends OutcomeWeighting {
  readonly bandwidth: number;
  /** In the order of the spec; empty where there was no choice. */
  readonly candidates: readonly BandwidthCandidate[];
}

/** Share of the rows that `holdout` keeps back. */
const HELD_OUT = 0.2;
/** Rows that bandwidths are compared on at most: each costs a distance to every row. */
const SCORED_ROWS = 1024;
/** A weight below this share of the largest one is 0: it would move no decision, and costs a scenario. */
const NEGLIGIBLE = 1e-12;

/**
 * Nadaraya–Watson weights `w_i(x) ∝ exp(−‖(x − x_i) / σ‖² / 2h²)`, σ the standard deviation of each context component
 * (Nadaraya 1964; 002 §5). The bandwidth h is the candidate whose kernel regression of the outcomes has the least squared
 * error on rows left out: a random fifth (`holdout`), or each row in turn (`cross_validation`; 1,024 rows where there are more), which is the least-squares
 * cross-validation of 002 App. 10.2. Far from all rows the nearest ones keep the weight.
 * @throws RuntimeError for a training set without rows, or with values that are not finite
 */
export function fitKernel(
  spec: Pick<KernelSpec, "bandwidths" | "criterion">,
  data: TrainingSet,
  sizes: Sizes,
  stream: RandomStream,
): FittedKernel {
  checkTrainingSet("kernel", data, sizes);
  const { rows } = data;
  const { context: p } = sizes;
  const own = normalisedWeights(data.weights, rows);
  const scales = columnScales(data.contexts, rows, p, own);
  const points = standardised(data.contexts, p, scales);
  const { bandwidths } = spec;
  const candidates = bandwidths.length === 1 ? [] : scoreBandwidths(spec, points, own, data, sizes, stream);
  const best = candidates.reduce<BandwidthCandidate | null>(
    (least, other) => (least === null || other.score < least.score ? other : least),
    null,
  );
  const bandwidth = best?.bandwidth ?? bandwidths[0]!;
  return {
    bandwidth,
    candidates,
    weights(context) {
      const squares = squaredDistances(points, rows, standardised(context, p, scales));
      return kernelWeights(squares, own, bandwidth, null);
    },
  };
}

function scoreBandwidths(
  { bandwidths, criterion }: Pick<KernelSpec, "bandwidths" | "criterion">,
  points: Float64Array,
  own: Float64Array,
  { rows, outcomes }: TrainingSet,
  { context: p, outcome: d }: Sizes,
  stream: RandomStream,
): BandwidthCandidate[] {
  const { mean, spread } = columnScales(outcomes, rows, d, own);
  const held = new Uint8Array(rows);
  const order = stream.child("holdout").permutation(rows);
  const share = criterion === "holdout" ? Math.min(rows - 1, Math.max(1, Math.round(HELD_OUT * rows))) : rows;
  for (const row of order.slice(0, share)) held[row] = 1;
  const scored = order.slice(0, Math.min(share, SCORED_ROWS)).sort();
  const errors = new Float64Array(bandwidths.length);
  let total = 0;
  for (const i of scored) {
    total += own[i]!;
    const squares = squaredDistances(points, rows, points.subarray(i * p, (i + 1) * p));
    const left = (row: number): boolean => (criterion === "holdout" ? held[row] === 1 : row === i);
    for (const [k, bandwidth] of bandwidths.entries()) {
      const weights = kernelWeights(squares, own, bandwidth, left);
      for (let j = 0; j < d; j++) {
        let fitted = 0;
        for (let row = 0; row < rows; row++) {
          if (weights[row] !== 0) fitted += weights[row]! * ((outcomes[row * d + j]! - mean[j]!) / spread[j]!);
        }
        errors[k]! += own[i]! * (fitted - (outcomes[i * d + j]! - mean[j]!) / spread[j]!) ** 2;
      }
    }
  }
  return bandwidths.map((bandwidth, k) => ({ bandwidth, score: total === 0 ? 0 : errors[k]! / (total * d) }));
}

function squaredDistances(points: Float64Array, rows: number, x: Float64Array): Float64Array {
  const p = x.length;
  const squares = new Float64Array(rows);
  for (let i = 0, at = 0; i < rows; i++) for (let j = 0; j < p; j++, at++) squares[i]! += (points[at]! - x[j]!) ** 2;
  return squares;
}

/** Normalised in log space, so that a context far from every row still has weights; rows `left` out have 0. */
function kernelWeights(
  squares: Float64Array,
  own: Float64Array,
  bandwidth: number,
  left: ((row: number) => boolean) | null,
): Float64Array {
  const out = new Float64Array(squares.length);
  const counts = (row: number): boolean => own[row]! > 0 && !(left?.(row) ?? false);
  let nearest = Infinity;
  for (const [row, square] of squares.entries()) if (counts(row)) nearest = Math.min(nearest, square);
  let total = 0;
  for (const [row, square] of squares.entries()) {
    if (!counts(row)) continue;
    const weight = Math.exp((nearest - square) / (2 * bandwidth ** 2));
    if (weight < NEGLIGIBLE) continue;
    out[row] = weight * own[row]!;
    total += out[row]!;
  }
  // Where every row is left out, none has a weight.
  if (total > 0) for (const row of out.keys()) out[row]! /= total;
  return out;
}
