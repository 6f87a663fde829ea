import type { RandomStream } from "../tensor/random.ts";
import { interpolatedQuantile } from "./statistics.ts";

export interface BootstrapInterval {
  readonly lower: number;
  readonly upper: number;
  readonly level: number;
}

export interface BootstrapOptions {
  readonly resamples: number;
  readonly level: number;
  /** Contexts are drawn in runs of so many neighbours (circular blocks): 1 where contexts are independent. */
  readonly block: number;
}

/**
 * Percentile interval for the mean of paired differences that are crossed in seeds and contexts: every resample draws
 * seeds with replacement and, independently, contexts with replacement (the pigeonhole bootstrap of Owen 2007, slightly
 * conservative). With one seed only contexts are drawn. Time series draw contexts in circular blocks (Politis and
 * Romano 1992), since neighbouring days are not independent.
 *
 * @param differences one array a seed, all of one length; the same context at the same position in each
 * @param masks one a seed: 1 where the context counts, `null` where all do
 * @returns `null` where there are fewer than two contexts
 */
export function pairedBootstrap(
  differences: readonly ArrayLike<number>[],
  masks: readonly (ArrayLike<number> | null)[],
  stream: RandomStream,
  options: BootstrapOptions,
): BootstrapInterval | null {
  const seeds = differences.length;
  const contexts = differences[0]?.length ?? 0;
  if (seeds === 0 || contexts < 2) return null;
  const block = Math.max(1, Math.min(options.block, contexts));
  const blocks = Math.ceil(contexts / block);
  const starts = new Int32Array(blocks);
  const seedDraw = new Int32Array(seeds);
  const contextCount = new Float64Array(contexts);
  const means = new Float64Array(options.resamples);
  let valid = 0;
  const contextStream = stream.child("contexts");
  const seedStream = stream.child("seeds");
  for (let b = 0; b < options.resamples; b++) {
    contextStream.integers(starts, contexts, b * blocks);
    contextCount.fill(0);
    let drawn = 0;
    for (const start of starts) {
      for (let k = 0; k < block && drawn < contexts; k++, drawn++) contextCount[(start + k) % contexts]! += 1;
    }
    if (seeds === 1) seedDraw[0] = 0;
    else seedStream.integers(seedDraw, seeds, b * seeds);
    let sum = 0;
    let counted = 0;
    for (const r of seedDraw) {
      const row = differences[r]!;
      const mask = masks[r]!;
      for (let c = 0; c < contexts; c++) {
        const weight = contextCount[c]! * (mask === null ? 1 : mask[c]!);
        if (weight === 0) continue;
        sum += weight * row[c]!;
        counted += weight;
      }
    }
    // A resample that missed every context that counts says nothing.
    if (counted > 0) means[valid++] = sum / counted;
  }
  if (valid === 0) return null;
  const kept = means.subarray(0, valid);
  const tail = (1 - options.level) / 2;
  return {
    lower: interpolatedQuantile(kept, tail),
    upper: interpolatedQuantile(kept, 1 - tail),
    level: options.level,
  };
}
