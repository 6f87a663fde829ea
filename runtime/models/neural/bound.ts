import type { PreparedRows } from "./rows.ts";

/** How far beyond the largest standardised training value a sampler may go. */
const MARGIN = 1.25;

/** Name of the tensor that keeps it. */
export const OUTCOME_BOUND = "outcome.bound";

/**
 * Bound on the data that a diffusion predicts while it samples: far out in the noise a small error of the network is a
 * large one of the data. Rounded to float32, as the file keeps it.
 */
export function dataBound({ outcomes }: PreparedRows): number {
  return Math.fround(MARGIN * outcomes.reduce((most, v) => Math.max(most, Math.abs(v)), 1));
}
