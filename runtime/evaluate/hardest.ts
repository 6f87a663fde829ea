import type { TrainingSet } from "../models/sampler.ts";
import { neighbourFinder } from "../methods/neighbours.ts";
import type { EvaluationContexts } from "./contexts.ts";

/** Training rows that the sensitivity at a context is averaged over. */
export const HARDNESS_NEIGHBOURS = 50;

/**
 * Decision sensitivity of each context: the mean of `‖∇ₛ ℓ_ext(ẑ_ref, s)‖²` over the nearest training rows, an estimate
 * of `E[‖∇ₛ ℓ‖² | x]`. It reads the contexts and the training data only, so the ranking is fixed before any generator is
 * trained, as 003 §6.2 asks of its hardest 25 %.
 *
 * @param squares one a training row, from `crossFittedSensitivities`
 */
export function decisionSensitivity(
  contexts: EvaluationContexts,
  train: TrainingSet,
  squares: Float64Array,
  contextSize: number,
): Float64Array {
  const finder = neighbourFinder(train, contextSize);
  const score = new Float64Array(contexts.count);
  for (let i = 0; i < contexts.count; i++) {
    const context = contexts.values.subarray(i * contextSize, (i + 1) * contextSize);
    const near = finder.nearest(context, HARDNESS_NEIGHBOURS);
    let sum = 0;
    for (const row of near) sum += squares[row]!;
    score[i] = sum / near.length;
  }
  return score;
}

/** 1 for the `share` of the contexts with the largest score (at least one), 0 elsewhere; ties go to the earlier one. */
export function hardestMask(score: Float64Array, share: number): Uint8Array {
  const mask = new Uint8Array(score.length);
  const order = Array.from(score.keys()).sort((a, b) => score[b]! - score[a]! || a - b);
  const count = Math.max(1, Math.round(share * score.length));
  for (const position of order.slice(0, count)) mask[position] = 1;
  return mask;
}
