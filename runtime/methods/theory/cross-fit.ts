import { backwardSolve, cholesky, forwardSolve } from "../../models/mixture/cholesky.ts";
import { foldsOf } from "../reference.ts";
import type { Features } from "./features.ts";

/** Folds of the cross-fit. */
export const THEORY_FOLDS = 5;
/** Ridges tried, in units of the features' mean square; the last one leaves the base field as it is. */
const RIDGES = [1e-3, 1e-2, 0.1, 1, 10, Infinity] as const;

/** Second moments of the features and of what a base field misses over some rows. */
interface Moments {
  /** `ΦᵀWΦ`, q × q. */
  readonly gram: Float64Array;
  /** `ΦᵀWR`, d × q, one a base. */
  readonly cross: readonly Float64Array[];
  /** `Σ w ‖r‖²`, one a base. */
  readonly squares: readonly number[];
}

/**
 * A field regressed on labels: one of the base fields plus a ridge regression of what it misses, base and ridge chosen by
 * cross-validation. Each row is predicted by a fit and a choice on the other folds alone, so that no row has a say in its
 * own prediction; the base itself is among the choices, so that the fit is hardly worse than the best of them. Folds are
 * blocks of neighbouring rows, the tuples of one row together.
 *
 * @param labels N × d
 * @param bases N × d each
 * @param weights N, non-negative
 * @param repeats tuples a row
 * @returns N × d; the first base where there are fewer rows than folds
 */
export function crossFit(
  { values, size: q }: Features,
  labels: Float64Array,
  bases: readonly Float64Array[],
  weights: Float64Array,
  repeats: number,
): Float64Array {
  const d = labels.length / weights.length;
  const rows = weights.length / repeats;
  const out = bases[0]!.slice();
  if (rows < THEORY_FOLDS) return out;
  const folds = foldsOf(rows, THEORY_FOLDS).map(({ from, to }) => ({ from: from * repeats, to: to * repeats }));
  const parts = folds.map((fold) => momentsOf(values, q, labels, bases, weights, d, fold));
  for (const [held, { from, to }] of folds.entries()) {
    const others = parts.filter((_, k) => k !== held);
    const { base, ridge } = chooseFit(others, q, d);
    const slopes = solveRidge(addUp(others), base, ridge, q, d);
    for (let i = from; i < to; i++) {
      for (let j = 0; j < d; j++) {
        let sum = bases[base]![i * d + j]!;
        if (slopes !== null) for (let a = 0; a < q; a++) sum += slopes[j * q + a]! * values[i * q + a]!;
        out[i * d + j] = sum;
      }
    }
  }
  return out;
}

/** Base and ridge with the least error on each of the parts when fitted on the others; a tie goes to the later ridge. */
function chooseFit(parts: readonly Moments[], q: number, d: number): { readonly base: number; readonly ridge: number } {
  const bases = parts[0]!.squares.length;
  let best = { base: 0, ridge: Infinity, error: Infinity };
  for (let base = 0; base < bases; base++) {
    for (const ridge of RIDGES) {
      let error = 0;
      for (const [k, part] of parts.entries()) {
        const slopes = solveRidge(addUp(parts.filter((_, other) => other !== k)), base, ridge, q, d);
        error += errorOf(part, base, slopes, q, d);
      }
      if (error < best.error || (error === best.error && base === best.base)) best = { base, ridge, error };
    }
  }
  return best;
}

/** Slopes d × q; `null` leaves the base as it is. */
function solveRidge({ gram, cross }: Moments, base: number, ridge: number, q: number, d: number): Float64Array | null {
  if (ridge === Infinity) return null;
  const ridged = gram.slice();
  let trace = 0;
  for (let a = 0; a < q; a++) trace += gram[a * q + a]!;
  for (let a = 0; a < q; a++) ridged[a * q + a]! += (ridge * trace) / q;
  const factor = cholesky(ridged, q);
  if (factor === null) return null;
  const slopes = cross[base]!.slice();
  for (let j = 0; j < d; j++) {
    const slope = slopes.subarray(j * q, (j + 1) * q);
    forwardSolve(factor, q, slope);
    backwardSolve(factor, q, slope);
  }
  return slopes;
}

/** `Σ w ‖r − Bφ‖²` from the moments. */
function errorOf(part: Moments, base: number, slopes: Float64Array | null, q: number, d: number): number {
  let error = part.squares[base]!;
  if (slopes === null) return error;
  for (let j = 0; j < d; j++) {
    for (let a = 0; a < q; a++) {
      const slope = slopes[j * q + a]!;
      let row = -2 * part.cross[base]![j * q + a]!;
      for (let b = 0; b < q; b++) row += part.gram[a * q + b]! * slopes[j * q + b]!;
      error += slope * row;
    }
  }
  return error;
}

function total(arrays: readonly Float64Array[]): Float64Array {
  const sum = arrays[0]!.slice();
  for (const array of arrays.slice(1)) for (let i = 0; i < sum.length; i++) sum[i]! += array[i]!;
  return sum;
}

function addUp(parts: readonly Moments[]): Moments {
  return {
    gram: total(parts.map(({ gram }) => gram)),
    cross: parts[0]!.cross.map((_, base) => total(parts.map(({ cross }) => cross[base]!))),
    squares: parts[0]!.squares.map((_, base) => parts.reduce((sum, { squares }) => sum + squares[base]!, 0)),
  };
}

function momentsOf(
  features: Float64Array,
  q: number,
  labels: Float64Array,
  bases: readonly Float64Array[],
  weights: Float64Array,
  d: number,
  { from, to }: { readonly from: number; readonly to: number },
): Moments {
  const gram = new Float64Array(q * q);
  const cross = bases.map(() => new Float64Array(d * q));
  const squares = bases.map(() => 0);
  for (let i = from; i < to; i++) {
    const row = features.subarray(i * q, (i + 1) * q);
    for (let a = 0; a < q; a++) {
      const scaled = weights[i]! * row[a]!;
      if (scaled === 0) continue;
      for (let b = 0; b <= a; b++) gram[a * q + b]! += scaled * row[b]!;
    }
    for (const [base, field] of bases.entries()) {
      for (let j = 0; j < d; j++) {
        const missed = labels[i * d + j]! - field[i * d + j]!;
        const scaled = weights[i]! * missed;
        squares[base]! += scaled * missed;
        for (let a = 0; a < q; a++) cross[base]![j * q + a]! += scaled * row[a]!;
      }
    }
  }
  for (let a = 0; a < q; a++) for (let b = 0; b < a; b++) gram[b * q + a] = gram[a * q + b]!;
  return { gram, cross, squares };
}
