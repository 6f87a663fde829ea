import { meanOf, type Estimate, type GeneratorSample } from "./sample.ts";

/**
 * Continuous ranked probability score `E|S − s| − ½ E|S − S′|` of one outcome under equally weighted scenarios
 * (Gneiting and Raftery 2007, eq. 21), in the fair form that averages over pairs of different scenarios (Ferro 2014).
 *
 * @param sorted at least two scenarios, ascending
 */
export function fairCrps(sorted: Float64Array, outcome: number): number {
  const count = sorted.length;
  let away = 0;
  // Σ_{k<l} (s_l − s_k) = Σ_k (2k + 1 − K) s_k for sorted values.
  let pairs = 0;
  for (let k = 0; k < count; k++) {
    away += Math.abs(sorted[k]! - outcome);
    pairs += (2 * k + 1 - count) * sorted[k]!;
  }
  return away / count - pairs / (count * (count - 1));
}

export interface ComponentScore extends Estimate {
  /** The score of the training outcomes of the component, whatever the context, at the same outcomes. */
  readonly reference: number | null;
}

/** Training outcomes that stand for what is known without the context, at most. */
export const REFERENCE_ROWS = 1024;

/**
 * CRPS of each component, averaged over contexts, beside that of the training outcomes. O(n·d·K log K).
 *
 * @param climate training outcomes, rows × d, in the units of the sample
 * @returns d entries; the value is `null` for fewer than two scenarios, the reference for fewer than two rows
 */
export function crpsByComponent(sample: GeneratorSample, climate: Float64Array): ComponentScore[] {
  const { contexts, components: d, observations: m, observed, draws, drawn } = sample;
  const rows = climate.length / d;
  const kept = Math.min(rows, REFERENCE_ROWS);
  return Array.from({ length: d }, (_, j) => {
    const known = Float64Array.from({ length: kept }, (_, k) => climate[Math.floor((k * rows) / kept) * d + j]!).sort();
    const scores = new Float64Array(contexts);
    const references = new Float64Array(contexts);
    const sorted = new Float64Array(draws);
    for (let i = 0; i < contexts; i++) {
      for (let k = 0; k < draws; k++) sorted[k] = drawn[(i * draws + k) * d + j]!;
      sorted.sort();
      for (let o = 0; o < m; o++) {
        const outcome = observed[(i * m + o) * d + j]!;
        if (draws > 1) scores[i]! += fairCrps(sorted, outcome) / m;
        if (kept > 1) references[i]! += fairCrps(known, outcome) / m;
      }
    }
    const score = meanOf(scores);
    return {
      value: draws > 1 ? score.value : null,
      standardError: draws > 1 ? score.standardError : null,
      reference: kept > 1 ? meanOf(references).value : null,
    };
  });
}
